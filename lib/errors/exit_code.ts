/**
 * The exit codes of failures.
 *
 * @module
 */

import type { Failure } from "./failure.ts";

const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGTERM: 15,
};

/** The exit code of each kind of failure; for a signal, its number is added. */
export const EXIT_CODES: Readonly<Record<Failure["kind"], number>> = {
  "unknown-target": 2,
  "unknown-flag": 2,
  "misplaced-flag": 2,
  "flag-value": 2,
  "unexpected-argument": 2,
  "argument": 2,
  "many-tests": 2,
  "no-directory": 2,
  "illegal-version": 2,
  "long-project": 2,
  "reserved-project": 2,
  "no-compose-file": 3,
  "invalid-compose-file": 3,
  "invalid-config": 3,
  "lacking": 3,
  "no-role": 3,
  "no-start": 3,
  "many-test-files": 3,
  "unsupported": 3,
  "no-image-name": 3,
  "no-events": 3,
  "unreadable-events": 4,
  "no-git": 4,
  "no-repository": 4,
  "no-commit": 4,
  "git-hangs": 4,
  "no-docker": 4,
  "no-engine": 4,
  "no-compose": 4,
  "old-compose": 4,
  "engine-lost": 4,
  "docker-killed": 4,
  "disk-full": 4,
  "port-taken": 4,
  "no-address-pool": 4,
  "no-registry": 4,
  "network-gone": 4,
  "foreign-volume": 4,
  "lock-held": 4,
  "foreign": 4,
  "in-use": 4,
  "foreign-data": 4,
  "port-in-use": 4,
  "missing": 4,
  "no-state": 4,
  "unsafe-state": 4,
  "unknown-record": 4,
  "no-reports": 4,
  "unwritable": 4,
  "foreign-reports": 4,
  "unpublishable": 4,
  "no-cosign": 4,
  "unverifiable": 4,
  "foreign-tag": 4,
  "step-failed": 1,
  "clean-up-failed": 1,
  "own-fault": 1,
  "not-published": 1,
  "not-verified": 1,
  "deadline": 124,
  "signal": 128,
};

/**
 * The exit code of a failure: 1 a stage failed, 2 usage, 3 configuration, 4 environment, 124 deadline, 128+n signal.
 */
export function exitCode(failure: Failure): number {
  const base = EXIT_CODES[failure.kind];
  return failure.kind === "signal"
    ? base + (SIGNAL_NUMBERS[failure.signal] ?? 0)
    : base;
}

/**
 * Whether an exit code of todoflow means that a signal has stopped the run: 128 stands for a signal without a number
 * here.
 */
export function isStopped(code: number): boolean {
  return code >= EXIT_CODES.signal;
}

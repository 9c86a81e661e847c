import { assert, assertEquals } from "@std/assert";
import { exitCode, explain, type Failure } from "../../../lib/errors.ts";

const STEP = { step: "build", why: "w", shell: "docker x", target: "test" };

/** One of each kind; a kind that is missing here is a type error. */
const FAILURES: {
  [K in Failure["kind"]]: [number, Failure & { kind: K }];
} = {
  "unknown-target": [2, { kind: "unknown-target", word: "x", nearest: "y" }],
  "unknown-flag": [2, { kind: "unknown-flag", flag: "-x", target: "test" }],
  "flag-value": [2, { kind: "flag-value", flag: "-f", problem: "p" }],
  "unexpected-argument": [2, {
    kind: "unexpected-argument",
    word: "x",
    target: "t",
  }],
  "no-directory": [2, { kind: "no-directory", directory: "x" }],
  "illegal-version": [2, { kind: "illegal-version", version: "-" }],
  "no-compose-file": [3, { kind: "no-compose-file", directory: "/x" }],
  "invalid-compose-file": [3, { kind: "invalid-compose-file", detail: "d" }],
  "invalid-config": [3, {
    kind: "invalid-config",
    path: ["x-todoflow", "test"],
    problem: "p",
  }],
  "no-service": [3, {
    kind: "no-service",
    service: "app",
    target: "release",
    known: [],
  }],
  "unsupported": [3, { kind: "unsupported", feature: "f", advice: "a" }],
  "no-git": [4, { kind: "no-git" }],
  "no-repository": [4, { kind: "no-repository", directory: "/x", detail: "d" }],
  "no-commit": [4, { kind: "no-commit", directory: "/x" }],
  "no-docker": [4, { kind: "no-docker" }],
  "no-engine": [4, { kind: "no-engine", detail: "d" }],
  "no-compose": [4, { kind: "no-compose", detail: "d" }],
  "old-compose": [4, {
    kind: "old-compose",
    version: "1.29.2",
    needed: "2.20",
  }],
  "engine-lost": [4, { kind: "engine-lost", ...STEP, detail: "d" }],
  "disk-full": [4, { kind: "disk-full", ...STEP, detail: "d" }],
  "port-taken": [4, { kind: "port-taken", ...STEP, detail: "d" }],
  "no-address-pool": [4, { kind: "no-address-pool", ...STEP, detail: "d" }],
  "lock-held": [4, { kind: "lock-held", target: "test", project: "shop" }],
  "other-checkout": [4, {
    kind: "other-checkout",
    target: "test",
    project: "shop",
    directory: "/x",
  }],
  "no-state": [4, { kind: "no-state", folder: "/x", detail: "d" }],
  "no-reports": [4, { kind: "no-reports", folder: "/x", detail: "d" }],
  "step-failed": [1, { kind: "step-failed", ...STEP, code: 17 }],
  "clean-up-failed": [1, {
    kind: "clean-up-failed",
    shell: ["docker a", "docker b"],
  }],
  "deadline": [124, { kind: "deadline", ...STEP, seconds: 3 }],
  "signal": [130, { kind: "signal", signal: "SIGINT" }],
};

for (const [code, failure] of Object.values(FAILURES)) {
  Deno.test(`${failure.kind}: exit code ${code}, and a headline in the project's grammar`, () => {
    assertEquals(exitCode(failure), code);
    const { headline, next } = explain(failure);
    assert(/^[A-Z]|^test /.test(headline), headline);
    assert(!headline.endsWith("."), headline);
    assert(
      next || ["flag-value", "no-directory", "signal"].includes(failure.kind),
    );
  });
}

Deno.test("each signal has the exit code that a shell would give", () => {
  const code = (signal: string) => exitCode({ kind: "signal", signal });
  assertEquals(["SIGHUP", "SIGINT", "SIGTERM"].map(code), [129, 130, 143]);
});

Deno.test("a run that has the project is told with its target, folder, process, machine and start", () => {
  const failure: Failure = {
    kind: "lock-held",
    target: "clean",
    project: "shop",
  };
  assertEquals(explain(failure).why, undefined);
  const holder = {
    target: "release",
    pid: 17,
    host: "box",
    started: "2024-06-07T08:09:10.000Z",
    directory: "/w/shop",
  };
  const { headline, why = "" } = explain({ ...failure, holder });
  assertEquals(
    headline,
    'Cannot clean: another run has the project "shop"',
  );
  for (const word of Object.values(holder)) assert(why.includes(`${word}`));
});

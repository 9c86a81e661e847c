/**
 * The events of a run, in order: renderers show them, `--json` prints them and `events.jsonl` keeps them.
 *
 * @module
 */

import type { Explanation } from "../errors/explanation.ts";
import type { Guess, StepKind } from "./plan.ts";
import type { TestCase, TestResults } from "../test_results/cases.ts";

/** A planned step. */
export interface PlannedStep {
  /** Unique in the plan. */
  name: string;
  /** A clause without a full stop. */
  why: string;
  /** Names of the steps that must have succeeded before. */
  after: readonly string[];
  /** The kind of the step: `command`, `build`, `gate`, … */
  kind: StepKind["kind"];
  /** Of a step that is about one service. */
  service?: string;
  /** When a step of clean-up runs; absent for all others. */
  cleanup?: "always" | "success" | "failure";
}

/** The commit that a run has found in its checkout. */
export interface Commit {
  /** The whole hash. */
  hash: string;
  /** The page that shows the commit, without credentials; absent if no known host has it. */
  url?: string;
  /** Whether files of the checkout differ from the commit. */
  dirty?: true;
}

/** An event. */
export type Event =
  | {
    /** The plan is made, and begins. If a base has moved during a run, another plan begins, and the run has two of these. */
    kind: "run-start";
    target: string;
    project: string;
    /** Absolute path of the folder of the Compose file. */
    directory: string;
    /** Of the application. */
    version?: string;
    /** The commit of the checkout: its `hash`, its page as `url`, and `dirty`; absent if there is none. */
    commit?: Commit;
    /** Version of todoflow. */
    tool: string;
    /** Where the engine is reached. */
    engine: string;
    /** In the order of the plan. */
    steps: readonly PlannedStep[];
  }
  | {
    /** A decision about a role that the Compose file does not make itself. */
    kind: "role";
    role: Guess["role"];
    service: string;
    /** A clause about the service. */
    reason: string;
  }
  | {
    /** A step begins. */
    kind: "step-start";
    step: string;
    why: string;
  }
  | {
    /** A line of output, of docker or of a container. */
    kind: "output";
    step: string;
    /** Of a container at most 64 KiB; the rest is only in its log. */
    line: string;
    /** Of the container that wrote it; absent for what a command has written. */
    service?: string;
    /** Whether it reports a loss that has not failed the run; such lines are shown at the end. */
    notice?: true;
    /** Whether it is only what a gate waits for: shown beside the step while it runs, and kept in no file. */
    progress?: true;
  }
  | {
    /** An image that later steps run, by its ID. */
    kind: "image";
    step: string;
    services: readonly string[];
    id: string;
    /** Whether it is the image that was there before the run. */
    unchanged: boolean;
  }
  | {
    /** A step has ended. */
    kind: "step-end";
    step: string;
    result: "ok" | "failed" | "stopped";
    ms: number;
  }
  | {
    /** Test reports that were read; more than one where more than one service has some. */
    kind: "tests";
    step: string;
    service: string;
    totals: Omit<TestResults, "cases">;
    failed: readonly TestCase[];
    /** The slowest tests, at most five, each of at least half a second; absent if no test took so long. */
    slowest?: readonly Pick<TestCase, "suite" | "name" | "ms">[];
    /** Lines of code. */
    coverage?: { lines: number; covered: number };
  }
  | {
    /** The use of a container; absent for one that ended before the first measurement, after about 0.3 s. */
    kind: "usage";
    container: string;
    service: string;
    /**
     * The most memory that was measured, in bytes, as `docker stats` counts it: without the cache of files that the
     * kernel takes back first. A peak between two measurements, which are up to a second apart, is missing.
     */
    peakMemory: number;
    /** Of memory, in bytes; absent without a limit. */
    limit?: number;
    /** Processor time until the last measurement, in milliseconds. */
    cpuMs: number;
  }
  | {
    /** The registry says that a tag points at the image that was accepted. */
    kind: "published";
    step: string;
    /** Name and tag. */
    reference: string;
    /** Of the manifest, such as "sha256:…". */
    digest: string;
    /** Whether it did so before the run. */
    unchanged: boolean;
  }
  | {
    /** The application answers here; one event for each app. */
    kind: "url";
    url: string;
    /** The app; absent where the release has only one. */
    service?: string;
  }
  | {
    /** Something has failed; the first one decides the exit code. */
    kind: "failure";
    exitCode: number;
    explanation: Explanation;
  }
  | {
    /** The last event, after clean-up. */
    kind: "run-end";
    /** Exit code. */
    code: number;
    ms: number;
    /** The time that the steps would have taken sequentially. */
    sumMs: number;
  };

/** An event with the time at which it happened, in ISO 8601: a line of `--json` and of `events.jsonl`. */
export type TimedEvent = Event & { at: string };

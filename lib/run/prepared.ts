/**
 * What a target works with, once it is prepared.
 *
 * @module
 */

import type { World } from "../world.ts";
import type { ProjectRecord } from "../state/record.ts";
import type { Workflow } from "../compose/workflow.ts";
import type { Source } from "../git/source.ts";
import { type ReportsPlace, targetFolder } from "../reports/place.ts";
import type { Hidden, Redactor } from "../secrets/redact.ts";
import type { Identity } from "../compose/project.ts";
import type { Shell } from "../plan/plan.ts";
import type { ProjectObject } from "../engine/objects.ts";
import type { RunRequest } from "../cli/request.ts";
import type { Surroundings } from "../child.ts";
import type { FolderOptions } from "../reports/checks.ts";
import type { Signals } from "./signals.ts";

/** Options of {@linkcode prepare}. */
export interface PrepareOptions extends PerformOptions {
  /** Called when Compose has been asked, and there is time to load something. */
  onAsked?: () => void;
}

/** What surrounds the performance of a target. */
export interface PerformOptions {
  request: RunRequest;
  world: World;
  surroundings: Surroundings;
  /** Takes the redactor. */
  hidden?: Hidden;
}

/** What a target works with. */
export interface Prepared {
  version: string | undefined;
  identity: Identity;
  workflow: Workflow;
  /** The commit, where there is one and the target has to do with it. */
  source: Source | undefined;
  /** See {@linkcode Facts}. */
  buildEnv: Readonly<Record<string, string>> | undefined;
  /** The name that Compose gives the project: another one than the workflow's where CI needs one of the checkout's own. */
  plain: string;
  /** Names that this checkout's project may have elsewhere: without CI, or with it. */
  others: readonly { project: string; own: boolean }[];
  /** Whether the project's name is one that todoflow gives a checkout, so that nobody else uses it. */
  own: boolean;
  /** Endpoint. */
  engine: string;
  /** What children see besides the caller's environment. */
  exported: Readonly<Record<string, string>>;
  /** With what is exported. */
  surroundings: Surroundings;
  $: Shell;
  /** Hides the values of secrets in all that is told. */
  redactor: Redactor;
  /** Where reports go. */
  reports: ReportsPlace;
  /** What was on the engine while Compose read its files; undefined where that could not be seen. */
  early: Early | undefined;
  /** Whether containers of the run have its name in a label. */
  marks: boolean;
  /** Writes the Compose files that are merged last, if there are some: when the project is locked. */
  writeOverride(): Promise<void>;
}

/** A look at the engine before the project is locked: it is good as long as no other run has begun or ended since. */
export interface Early {
  objects: readonly ProjectObject[];
  /** The records of runs when the look began. */
  records: ReadonlyMap<string, ProjectRecord>;
}

/** Options of {@linkcode perform}. */
export interface RunOptions extends PerformOptions {
  prepared: Promise<Prepared>;
  /** Names the run; its children carry it in the surroundings, as `RUN_MARK` of engine.ts. */
  run: string;
  signals: Signals;
}

/** Where a target's reports go, and what ends the questions about that. */
export function reportOptions(
  target: string,
  { reports, identity: { directory }, surroundings: { env } }: Prepared,
  { stop: signal }: Signals,
): FolderOptions {
  return { ...targetFolder(reports, target), directory, env, signal };
}

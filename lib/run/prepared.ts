/**
 * Everything that a prepared target works with.
 *
 * @module
 */

import type { World } from "../world.ts";
import type { Model } from "../compose/model.ts";
import type { Workflow } from "../compose/workflow.ts";
import type { Source } from "../git/source.ts";
import { type ReportsPlace, targetFolder } from "../reports/place.ts";
import type { Hidden, Redactor } from "../secrets/redact.ts";
import type { Identity } from "../compose/project.ts";
import type { Shell } from "../plan/plan.ts";
import type { EngineApi } from "../engine/api.ts";
import type { CurrentEngine } from "../engine/current.ts";
import type { RunRequest } from "../cli/request.ts";
import type { Surroundings } from "../child.ts";
import type { FolderOptions } from "../reports/checks.ts";
import type { Signals } from "./signals.ts";

/** Options of {@linkcode prepare}. */
export interface PrepareOptions extends PerformOptions {
  /** The engine that docker uses; the caller closes it. */
  current: CurrentEngine;
  /** Called while Compose reads its files, when there is time to load modules. */
  onAsked?: () => void;
}

/** The request, and the world in which it is performed. */
export interface PerformOptions {
  request: RunRequest;
  world: World;
  surroundings: Surroundings;
  /** Receives the redactor. */
  hidden?: Hidden;
}

/** Everything that a target works with. */
export interface Prepared {
  version: string | undefined;
  /** All Compose files, as absolute paths. */
  files: readonly string[];
  identity: Identity;
  workflow: Workflow;
  /** The Compose model before names became a twin's; absent where Compose cannot read its files. */
  model?: Model;
  /** The version of Compose; undefined if the target does not ask. */
  composeVersion: string | undefined;
  /** The commit; undefined if there is none, or if the target does not need it. */
  source: Source | undefined;
  /** See {@linkcode Facts}. */
  buildEnv: Readonly<Record<string, string>> | undefined;
  /** The name that Compose would give the project. Under CI, only this checkout uses the workflow's names. */
  plain: string;
  /** The Compose file that gives Compose the names of a twin, if it needs one. */
  override?: string;
  /** The exported variables without that file: it is in its place only during the run. */
  typed: Readonly<Record<string, string>>;
  /** Remarks about how the workflow differs from the file. */
  notes: readonly string[];
  /** The checkout's projects of other names; none if the target needs the workflow. */
  others: readonly { project: string; own: boolean }[];
  /** Whether todoflow has chosen the name of the project of the builds, so that only this checkout uses it. */
  own: boolean;
  /** The engine's endpoint, such as `unix:///var/run/docker.sock`. */
  engine: string;
  /** Its API; a second signal cancels each request. */
  api: EngineApi;
  /** Variables that children get in addition to the caller's environment. */
  exported: Readonly<Record<string, string>>;
  /** With the exported variables. */
  surroundings: Surroundings;
  $: Shell;
  /** Hides the values of secrets in all output. */
  redactor: Redactor;
  /** The folder of all reports. */
  reports: ReportsPlace;
  /** Whether containers of the run have its name in a label. */
  marks: boolean;
  /** Writes the Compose files that are merged last, if there are any. Called when the project is locked. */
  writeOverride(): Promise<void>;
}

/** Options of {@linkcode perform}. */
export interface RunOptions extends PerformOptions {
  prepared: Promise<Prepared>;
  /** Names the run; its children carry it in the surroundings, as `RUN_MARK` of engine.ts. */
  run: string;
  signals: Signals;
}

/** The folder of a target's reports, with the signal that cancels queries about it. */
export function reportOptions(
  target: string,
  { reports, identity: { directory }, surroundings: { env } }: Prepared,
  { stop: signal }: Signals,
): FolderOptions {
  return { ...targetFolder(reports, target), directory, env, signal };
}

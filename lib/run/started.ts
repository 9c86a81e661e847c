/**
 * The data of a run between its preparation and its first step: what it observes, what it locks, and how it begins.
 *
 * @module
 */

import type { Proof } from "../engine/owned.ts";
import type { ProjectObject } from "../engine/objects.ts";
import type { Owns, Plan } from "../plan/plan.ts";
import type { Guessed } from "../publish/guesses.ts";
import type { Reporter } from "../reporters/reporter.ts";
import type { CheckedFolder, FolderOptions } from "../reports/checks.ts";
import type { Left } from "../state/left.ts";
import type { Claim } from "../state/lock.ts";
import type { Collected } from "../state/record.ts";
import type { Facts } from "../target.ts";
import type { LastGreen } from "./last_green.ts";
import type { RunOptions } from "./prepared.ts";

/** The state of the engine before the run, and the images below the builds. */
export interface Observed
  extends Pick<Facts, "images" | "local" | "bases" | "built" | "publication"> {
  /** The digests by which registries know the images, by the engine's names. */
  digests: ReadonlyMap<string, string>;
  /** All containers, networks and volumes. */
  objects: readonly ProjectObject[];
  /** The objects in the target's project. */
  own: Left;
  /** The objects in the checkout's projects under other names: the target removes those that todoflow has made. */
  others: readonly Left[];
}

/** A run whose projects are locked. */
export interface ClaimedOptions extends RunOptions, Observed {
  /** The lock of the target's project, then the locks of other projects from which it removes something. */
  claims: Claim[];
  /** The earlier round of the run, which a base that has moved has ended. */
  earlier?: Earlier;
}

/** A round of a run that has ended without a result. */
export interface Earlier {
  /** Base images that have moved in their registries meanwhile. */
  moved: readonly string[];
  /** Shows the next round, too. */
  reporter: Reporter;
}

/** A run that may begin. */
export interface Start {
  plan: Plan;
  /** The command line of each step by the step's name, as a person would type it. */
  lines: ReadonlyMap<string, string>;
  owns: Owns;
  /** Proves that something on the engine belongs to the run. */
  proof: Proof & { built: Set<string> };
  /** The containers whose logs and reports the run collects. */
  collected: readonly Collected[];
  /** The folders on the host that databases of this checkout's runs have filled, including this run. */
  folders: readonly string[];
  /** The folder of the target's reports. */
  reportsOf: FolderOptions;
  /** That folder as the check has found it; undefined for a target that writes no reports. */
  checked: CheckedFolder | undefined;
  /** The guesses of the last successful release. */
  before: Guessed | undefined;
  /** The receipt with which the caller wants a failure to be compared. */
  lastGreen: LastGreen | undefined;
  /** When the run begins, in ISO 8601. */
  started: string;
}

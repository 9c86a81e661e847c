/**
 * The manner of a run: the parts that depend on what the plan of its target needs.
 *
 * Each part is a set of functions. `manners.ts` chooses the parts once, so that the rest of a run asks no target what it
 * needs.
 *
 * @module
 */

import type { Surroundings } from "../child.ts";
import type { Workflow } from "../compose/workflow.ts";
import type { TodoflowError } from "../errors/todoflow_error.ts";
import type { Source } from "../git/source.ts";
import type { Step } from "../plan/plan.ts";
import type { Publication } from "../publish/publication.ts";
import type { Witness } from "../publish/witness.ts";
import type { CheckedFolder, FolderOptions } from "../reports/checks.ts";
import type { ProjectRecord } from "../state/record.ts";
import type { PlanTarget } from "../target.ts";
import type { Found, Mark, Search } from "./found.ts";
import type { PerformOptions, Prepared, RunOptions } from "./prepared.ts";
import type { Keeper, KeeperOptions, Losing } from "./record.ts";
import type { ClaimedOptions, Observed } from "./started.ts";

/** How a run treats its target's project: strictly, because it needs the whole workflow, or leniently. */
export interface Reading extends Losing {
  /** Whether Compose reads the file of tests that lies beside the default one. */
  readsTests: boolean;
  /** Whether a failure is compared with the last successful run, and a success is recorded for that. */
  isCompared: boolean;
  /**
   * The version of the checkout.
   *
   * @throws {TodoflowError} when it is illegal, or when there is none and the run needs it
   */
  version(surroundings: Surroundings): Promise<string | undefined>;
  /** The commit of the checkout; undefined if there is none, or if the run does not need it. */
  source(
    options: Pick<PerformOptions, "request" | "surroundings">,
  ): Promise<Source | undefined>;
  /**
   * Finds the project.
   *
   * @throws {TodoflowError} when the run cannot work with it
   */
  find(search: Search): Promise<Found>;
  /** Makes Compose put the run's name into the labels of containers; undefined if they get no such label. */
  mark(found: Found, options: PerformOptions): Promise<Mark | undefined>;
  /** The folder of reports that the Compose file names, if the run writes reports there. */
  reportsKey(workflow: Workflow): string | undefined;
  /**
   * Checks the folder of the target's reports; undefined if the run writes none.
   *
   * @throws {TodoflowError} when the run may not write there
   */
  checkReports(options: FolderOptions): Promise<CheckedFolder | undefined>;
  /** Tells the caller which earlier projects of the checkout stay. */
  tellElsewhere(
    prepared: Prepared,
    options: Pick<RunOptions, "world" | "request">,
  ): Promise<void>;
}

/** The looks at the things from which a run makes containers. */
export interface Making {
  /** Observes the images that the names in the workflow mean, and the bases of its builds. */
  images(
    prepared: Prepared,
    options: Pick<PerformOptions, "request" | "world">,
  ): Promise<Pick<Observed, "images" | "digests" | "local" | "bases">>;
  /**
   * The folders on the host that databases of this checkout's runs have filled, including the folders of this run.
   *
   * @throws {TodoflowError} when the run would change data in any other folder
   */
  folders(
    prepared: Prepared,
    options: {
      target: string;
      steps: readonly Step[];
      record: ProjectRecord | undefined;
    },
  ): Promise<readonly string[]>;
}

/** Whether the run may change the project, or is a guest there, which only publishes an image. */
export interface Standing {
  /**
   * Finds out what is to be published.
   *
   * @throws {TodoflowError} when it may not be
   */
  publication(
    prepared: Prepared,
    options: Pick<PerformOptions, "request" | "world">,
  ): Promise<Publication | undefined>;
  /** The refusal because of something on the engine. */
  inTheWay(
    prepared: Prepared,
    options: Observed & {
      target: string;
      steps: readonly Step[];
      /** Name of this machine. */
      host: () => string;
    },
  ): Promise<TodoflowError | undefined>;
  /** The keeper of the run's record. */
  keeper(prepared: Prepared, options: KeeperOptions): Keeper;
}

/** A target as its run sees it: its name, its plan, and the parts that were chosen for it. */
export interface Manner
  extends Pick<PlanTarget, "name" | "plan">, Reading, Making, Standing {
  /** The witness of the run, which writes a receipt; undefined if the run accepts no image. */
  witness(
    prepared: Prepared,
    options: Pick<
      ClaimedOptions,
      "world" | "surroundings" | "signals" | "bases"
    >,
  ): Witness | undefined;
}

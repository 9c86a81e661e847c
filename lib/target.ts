/**
 * A target of the CLI: its flags, its plan or its function, and the input that it gets.
 *
 * @module
 */

import type { Typing } from "./errors/typing.ts";
import type { TwinTarget } from "./plan/twin.ts";
import type { Surroundings } from "./child.ts";
import type { Workflow } from "./compose/workflow.ts";
import type { World } from "./world.ts";
import type { Made, Plan, Shell } from "./plan/plan.ts";
import type { Publication } from "./publish/publication.ts";
import type { ProjectRecord } from "./state/record.ts";

/** One flag of a target. */
export interface Flag {
  /** Long name without dashes. */
  name: string;
  /** One letter without a dash. */
  short?: string;
  /** Name of the value in help; a flag without it is a switch. */
  value?: string;
  /** Whether the flag may occur more than once. */
  many?: boolean;
  /** Whether the value must be a legal image tag. */
  isTag?: true;
  /** The only legal values. */
  choices?: readonly string[];
  /** A line of help that says what the flag does. */
  summary: string;
}

/** The input of a target's plan. */
export interface PlanInput {
  /** The resolved Compose file. */
  workflow: Workflow;
  /** The state of the engine. */
  facts: Facts;
  /** Makes the commands. */
  $: Shell;
  /** The switches that were given, by long name. */
  flags: ReadonlySet<string>;
  /** The values of flags that have one, by long name. */
  values: ReadonlyMap<string, readonly string[]>;
  /** The word that follows the target, if it takes one. */
  word?: string;
  /** The arguments after `--`. */
  args: readonly string[];
}

/** The fields that every target of the CLI has. */
export interface TargetBase {
  /** The word that runs it. */
  name: string;
  /** A line of help that says what the target does. */
  summary: string;
  /** The text of the target's help: some full sentences. */
  details: string;
  /** The flags that only this target has. */
  flags: readonly Flag[];
  /** The use of the arguments after `--`, for help; a target without it accepts none. */
  args?: string;
  /** One of these words must follow the target; a target without them accepts no word, unless it has an operand. */
  words?: readonly string[];
  /** Name in help of the one word that may follow the target, such as "FILE"; it may be any. */
  operand?: string;
  /** The flags among `-f`, `-p` and `-C` that mean something to the target, which refuses the others; default: all. */
  place?: readonly PlaceFlag[];
}

/** The long name of a flag that says where a target works. */
export type PlaceFlag = "file" | "project-name" | "directory";

/** A target that runs steps. */
export interface PlanTarget extends TargetBase {
  /** Its field `plan` makes the steps. */
  kind: "plan";
  /** Makes the plan; called in a dry run, too, so it changes nothing. */
  plan(input: PlanInput): Plan;
  /** The facts that todoflow must observe before it calls `plan`; default: `workflow` and `images`. */
  needs?: readonly Need[];
  /** The twin of the project in which it makes containers; absent for a target that makes none. */
  twin?: TwinTarget;
  /** The function that runs instead of a plan when these flags are given; undefined if the plan runs. */
  instead?(given: Given): RunTarget["run"] | undefined;
  /** Whether a successful run accepts the release image, and writes a receipt. */
  accepts?: true;
}

/**
 * The facts that a plan needs:
 *
 * - `workflow`: the resolved Compose file. A target without it works with a broken file, too: it knows the project's name,
 *   its containers and the records of earlier runs. It writes no reports.
 * - `images`: the images on the engine that have the names of the workflow's images, and the bases of builds. A target that
 *   needs them makes containers, so it is refused if a database among them would change data that todoflow has not made.
 * - `receipt`: the image that an earlier run has accepted. The target changes nothing in the project. Any other target is
 *   refused if foreign objects are in the project.
 */
export type Need = "workflow" | "images" | "receipt";

/** Whether the target's plan needs this. */
export function needs(
  { needs = ["workflow", "images"] }: PlanTarget,
  need: Need,
): boolean {
  return needs.includes(need);
}

/** A target without a plan: it only prints an answer. */
export interface RunTarget extends TargetBase {
  /** Its field `run` does all of it. */
  kind: "run";
  /** Prints the answer on `world.stdout`; resolves to the exit code. A signal ends the children that it has started. */
  run(context: RunContext): Promise<number>;
}

/** The input of a target without a plan. */
export interface RunContext {
  /** From the command line. */
  given: Given;
  /** The process around the run; `stdout` takes the answer. */
  world: World;
  /** Where and with what environment the target's children run. */
  surroundings: Surroundings;
  /** The targets that the program has. */
  targets: readonly Target[];
  /** Writes command lines for the same place. */
  typing: Typing;
}

/** The command line without the target. */
export interface Given {
  /** Of `--directory`. */
  directory?: string;
  /** Of `--file`. */
  files: readonly string[];
  /** Of `--project-name`. */
  project?: string;
  /** Of `--color`, where the target has that flag. */
  color?: "auto" | "always" | "never";
  /** The switches, by long name. */
  flags: ReadonlySet<string>;
  /** The values of flags that have one, by long name. */
  values: ReadonlyMap<string, readonly string[]>;
  /** The word that follows the target, if it takes one. */
  word?: string;
  /** The arguments after `--`. */
  args: readonly string[];
}

/** A verb of the CLI. */
export type Target = PlanTarget | RunTarget;

/** The objects that runs of the checkout have made in one project. */
export interface InProject {
  /** Name of the Compose project. */
  project: string;
  /** By IDs, where they have one. */
  made: readonly Made[];
}

/** The state that todoflow observes once, before it makes the plan. */
export interface Facts {
  /** Short hash of the git commit, or the caller's APP_VERSION; undefined where `clean` runs without either. */
  version: string | undefined;
  /** The run's ID, a label of the volumes that it makes. Undefined in a dry run, which makes none. */
  run?: string;
  /** When the plan is made, in ms since 1970. */
  now: number;
  /** The folder of the Compose file, without links. */
  directory: string;
  /**
   * The objects that earlier runs of this checkout have left in the target's project. todoflow makes no plan if the project
   * has others.
   */
  made: readonly Made[];
  /** The images that earlier runs of this checkout have built, whatever the target. */
  built: readonly Made[];
  /** The release, if earlier runs have left one, and its project. */
  left?: Pick<NonNullable<ProjectRecord["left"]>, "version" | "since"> & {
    project: string;
  };
  /** Other projects of the checkout in which earlier runs have left something that this target removes. */
  others: readonly InProject[];
  /** IDs of the images on the engine, by the names that the engine uses. */
  images: ReadonlyMap<string, string>;
  /** Variables that only builds get: they say where the labels of the release image are. */
  buildEnv?: Readonly<Record<string, string>>;
  /** Names of images that were built on this machine and that no registry has: they are not fetched. */
  local?: ReadonlySet<string>;
  /** Whether a base has moved during this run, so that the bases were fetched already and the plan is made again. */
  isFetched?: true;
  /** The base images of builds, by the builds' `key`; undefined where they are unknown. */
  bases: ReadonlyMap<string, readonly string[] | undefined>;
  /** The publication; absent unless the target needs `receipt`. */
  publication?: Publication;
}

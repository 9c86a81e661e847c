/**
 * What a target of the CLI is, and what its plan is made from.
 *
 * @module
 */

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
  /** Whether the flag may be given more than once. */
  many?: boolean;
  /** Whether the value must be a legal image tag. */
  isTag?: true;
  /** The only values that there are. */
  choices?: readonly string[];
  /** What it does, in a line of help. */
  summary: string;
}

/** What a target's plan is made from. */
export interface PlanInput {
  /** What the Compose file says. */
  workflow: Workflow;
  /** What is on the engine. */
  facts: Facts;
  /** Makes the commands. */
  $: Shell;
  /** The switches that were given, by long name. */
  flags: ReadonlySet<string>;
  /** The values of flags that have one, by long name. */
  values: ReadonlyMap<string, readonly string[]>;
  /** The one of the target's words that was given. */
  word?: string;
  /** The arguments after `--`. */
  args: readonly string[];
}

/** What every target of the CLI has. */
export interface TargetBase {
  /** What a person types to run it. */
  name: string;
  /** What it does, in a line of help. */
  summary: string;
  /** What the target does, for its help: some full sentences. */
  details: string;
  /** The flags that only this target has. */
  flags: readonly Flag[];
  /** What the arguments after `--` are for; a target without it takes none. */
  args?: string;
  /** One of these must follow the target; a target without them takes no word. */
  words?: readonly string[];
}

/** A target that runs steps. */
export interface PlanTarget extends TargetBase {
  /** It has a plan. */
  kind: "plan";
  /** Makes the plan, of the dry run, too: it changes nothing. */
  plan(input: PlanInput): Plan;
  /** What the plan is made from; default: `workflow` and `images`. Only this is observed before the plan is made. */
  needs?: readonly Need[];
  /** Whether a run that succeeds accepts what the plan leaves, and writes a receipt. */
  accepts?: true;
}

/**
 * - `workflow`: the resolved Compose file. A target without it goes by the project's name, its containers and the records
 *   of earlier runs, so that it works with a broken file; it writes no reports.
 * - `images`: what is on the engine under the names of the workflow's images, and below the builds. A target that needs
 *   it makes containers, so that it is refused where something else is in the way.
 * - `receipt`: what an earlier run has accepted. The target changes nothing in the project.
 */
export type Need = "workflow" | "images" | "receipt";

/** Whether the target's plan is made from this. */
export function needs(
  { needs = ["workflow", "images"] }: PlanTarget,
  need: Need,
): boolean {
  return needs.includes(need);
}

/** A target that makes no plan: it answers from what it finds. */
export interface RunTarget extends TargetBase {
  /** It has none. */
  kind: "run";
  /** Answers on `world.stdout`; resolves to the exit code. A signal ends the children that it has started. */
  run(context: RunContext): Promise<number>;
}

/** What a target without a plan runs with. */
export interface RunContext {
  /** From the command line. */
  given: Given;
  /** Takes the answer. */
  world: World;
  /** Where and with what environment the target's children run. */
  surroundings: Surroundings;
  /** All that can be called. */
  targets: readonly Target[];
}

/** What was given on the command line besides the target. */
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
  /** The one of the target's words that was given. */
  word?: string;
  /** The arguments after `--`. */
  args: readonly string[];
}

/** A verb of the CLI. */
export type Target = PlanTarget | RunTarget;

/** What is observed once, before the plan is made. */
export interface Facts {
  /** Short hash of the git commit, or the caller's APP_VERSION; undefined where `clean` runs without either. */
  version: string | undefined;
  /** Names the run: the volumes that it makes carry it. Undefined in a dry run, which makes none. */
  run?: string;
  /** When the plan is made, in ms since 1970. */
  now: number;
  /** What earlier runs of this checkout have left in the project: all else there is foreign, and no plan is made. */
  made: readonly Made[];
  /** Services that have one of these containers, such as those of a released application. */
  existing: ReadonlySet<string>;
  /** The release among it, if it is one. */
  left?: Pick<NonNullable<ProjectRecord["left"]>, "version" | "since">;
  /** Other projects of the same checkout, such as the one that it has without `CI`, and what it has made there. */
  others: readonly { project: string; made: readonly Made[] }[];
  /** IDs of the images that are there already, by the names that the engine tells. */
  images: ReadonlyMap<string, string>;
  /** What a build sees besides the environment: where the labels of the release image are. */
  buildEnv?: Readonly<Record<string, string>>;
  /** Names of images that were built here and that no registry has: they are not fetched. */
  local?: ReadonlySet<string>;
  /** The images that builds stand on, by the builds' `key`; undefined where that cannot be told. */
  bases: ReadonlyMap<string, readonly string[] | undefined>;
  /** What is published; absent for targets that publish nothing. */
  publication?: Publication;
}

/**
 * A plan is data: the steps of one target, what each waits for, and the shell text that a person could paste.
 *
 * @module
 */

/**
 * What a dax template yields, as far as a plan needs to know: lazy (nothing runs before it is executed) and awaitable.
 */
export interface Command extends PromiseLike<{ code: number }> {
  /** The same without its output on the terminal. */
  quiet(): Command;
}

/** A value in a dax template; an array becomes one argument for each element. */
export type Value = string | number | readonly string[];

/** The `$` that tasks are written with: the real one runs docker, the recording one writes down their argv. */
export type Shell = (
  strings: TemplateStringsArray,
  ...values: Value[]
) => Command;

/**
 * What is asked of a container. `started`: it runs; `ready`: and is healthy, if it has a health check; `healthy`: it must
 * have one; `steady`: it is ready and, without a health check, has run for a while.
 */
export type Needs = "started" | "ready" | "healthy" | "steady";

/**
 * What the runner does around a step's command:
 *
 * - `command`: it runs the command, which must end with exit code 0.
 * - `build`: the same; the command builds the images of `services`, and sees the variables of `env`, too.
 * - `start`: the same; the command starts `container`, which stays.
 * - `gate`: it waits until `container`, which an earlier step has started, is ready. The command is not run: it is what
 *   a person would type to wait.
 * - `oneshot`: the command starts `container` detached; the runner follows its log, waits for its exit code, copies
 *   `reports` to the host and removes it, unless all that is left to clean-up.
 * - `images`: the command prints one image ID a line; the runner tells them with the names of `images`.
 * - `url`: the command prints the `host:port` of a published port; the runner proves `path` there by a request, as long
 *   as `container` runs.
 * - `push`: the command pushes `reference`, again after a fault of the network, until the registry says that it is the
 *   image with the ID `image`; where it says so at first, the command is not run.
 * - `volume`: the command makes the volume `name`, which must not be there before.
 * - `remove`: it removes what `owns` names. The command is not run: it is what a person would type.
 */
export type StepKind =
  | { kind: "command" }
  | {
    kind: "build";
    services: readonly string[];
    env?: Readonly<Record<string, string>>;
  }
  | { kind: "start"; service: string; container: string }
  | {
    kind: "gate";
    service: string;
    container: string;
    needs: Needs;
    /** Whether the ports that its image exposes are its own; what shares the app's image, a worker, need not listen. */
    serves: boolean;
  }
  | {
    kind: "oneshot";
    service: string;
    container: string;
    /** Files, folders and globs in the container. */
    reports: readonly string[];
    /** When the runner removes the container, if it has ended by itself: else clean-up or a person does. */
    remove: "always" | "success" | "never";
  }
  | {
    kind: "images";
    images: readonly {
      services: readonly string[];
      /** The image ID before the run, if there was one. */
      before: string | undefined;
      /** The names that it takes from images that no run of todoflow has built. */
      taken: readonly Tag[];
    }[];
  }
  | { kind: "volume"; name: string }
  | { kind: "url"; path: string; container: string }
  | {
    kind: "push";
    reference: string;
    /** ID. */
    image: string;
    /** How many layers the image has; without it the image is pushed whatever the registry says. */
    layers?: number;
  }
  | {
    kind: "remove";
    owns: Owns;
    /** Seconds that a container has to end by itself. */
    grace: number;
    /** Whether images stay, for the build that follows. */
    keepsImages: boolean;
    /** What was removed is told by name, and which of these images stay, because no run has built them. */
    tells?: readonly string[];
  };

/** Something on the engine that a run has made, known by what nothing else there has in common with it. */
export interface Made {
  /** What it is. */
  kind: "container" | "network" | "volume" | "image";
  /** Of an image: its tag, such as "shop-app:latest"; "" once it has lost it. */
  name: string;
  /** ID of a container, network or image; of a volume the run that its label names. */
  id: string;
}

/** A name that a build of the run gives to an image. */
export interface Tag {
  /** With its tag, such as "shop-app:latest". */
  name: string;
  /** ID of the image that had the name before the run: it gets it back. */
  before?: string;
}

/**
 * What a run makes and removes on the engine. It is written down before it is made, so that the next run knows what a dead
 * one left. A label is no proof: an image hands the project's on to whatever is started from it, and a developer's own
 * `docker compose up` has it, too.
 */
export interface Owns {
  /** Compose project. */
  project: string;
  /** What earlier runs have made and this one removes. */
  made: readonly Made[];
  /** What earlier runs have made and this one leaves alone, whatever its name. */
  kept: readonly Made[];
  /** Names of the containers that the run makes. */
  containers: readonly string[];
  /** Names of the networks that the run makes. */
  networks: readonly string[];
  /** Names of the volumes that the run makes. */
  volumes: readonly string[];
  /** The names that its builds give. */
  images: readonly Tag[];
}

/** What a run owns that makes nothing and removes nothing. */
export function ownsNothing(project: string): Owns {
  return {
    project,
    made: [],
    kept: [],
    containers: [],
    networks: [],
    volumes: [],
    images: [],
  };
}

/** One command of a plan. */
export interface Step {
  /** Unique in its plan. */
  name: string;
  /** The reason for the step, as a clause without a full stop: shown by `--dry-run` and on failure. */
  why: string;
  /** Names of the steps that must have succeeded before. */
  after: readonly string[];
  /** Milliseconds after which the step is stopped and has failed. */
  deadline: number;
  /** Clean-up runs last, one step after the other: `always`, or only after a `failure` (signals count as one). */
  cleanup?: "always" | "failure";
  /** What the runner does around the command. */
  does: StepKind;
  /** One call of docker, which nobody has started yet. */
  command: Command;
}

/** The steps of one target, and what they make. */
export interface Plan {
  /** In the order in which a person would type them. */
  steps: readonly Step[];
  /** Absent where nothing is made. */
  owns?: Owns;
  /** Whether the application stays up after success, and whatever there is after a failure. */
  leaves?: { success: boolean; failure: boolean };
}

/** The fields of a step that have no default. */
export type StepInit =
  & Pick<Step, "name" | "why" | "command">
  & Partial<Step>;

/** Makes a step: a plain command after nothing, with `deadline` in ms, unless told otherwise. */
export function step(deadline: number, init: StepInit): Step {
  return { after: [], deadline, does: { kind: "command" }, ...init };
}

/**
 * The steps in an order that respects `after`, else the order in which they were written.
 *
 * @throws {Error} when `after` names a step that is not there, or the steps wait for each other: a bug in a task.
 */
export function ordered(steps: readonly Step[]): Step[] {
  const names = new Set(steps.map((step) => step.name));
  const done = new Set<string>();
  const result: Step[] = [];
  for (const { name, after } of steps) {
    const unknown = after.find((other) => !names.has(other));
    if (unknown) {
      throw new Error(`Step "${name}" waits for no step "${unknown}"`);
    }
  }
  while (result.length < steps.length) {
    const next = steps.find((step) =>
      !done.has(step.name) && step.after.every((other) => done.has(other))
    );
    if (!next) throw new Error("Steps wait for each other");
    done.add(next.name);
    result.push(next);
  }
  return result;
}

export type Does<K extends StepKind["kind"]> = Extract<StepKind, { kind: K }>;

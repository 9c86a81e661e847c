/**
 * A plan is data: the steps of one target, their order, and the shell text that a person could paste.
 *
 * @module
 */

import type { AttestStep } from "./attestation.ts";
/** A dax template's result, as far as a plan needs it: lazy (nothing runs before it is executed) and awaitable. */
export interface Command extends PromiseLike<{ code: number }> {
  /** The same command without output on the terminal. */
  quiet(): Command;
}

/** A value in a dax template; an array becomes one argument for each element. */
export type Value = string | number | readonly string[];

/** The `$` of tasks: the real one runs docker, the recording one records the argv. */
export type Shell = (
  strings: TemplateStringsArray,
  ...values: Value[]
) => Command;

/**
 * The state that a step needs of a container. `started`: it runs; `ready`: it also is healthy, if it has a health
 * check; `healthy`: it has a health check and is healthy; `steady`: it is ready and, without a health check, has run
 * for a while.
 */
export type Needs = "started" | "ready" | "healthy" | "steady";

/**
 * The protocol that proves a URL: `http` and `https` by an answer below 500, `tcp` by a connection that stays; `none`
 * proves nothing.
 */
export type UrlProof = "http" | "https" | "tcp" | "none";

/**
 * The actions of the runner around the command of a step:
 *
 * - `command`: it runs the command, which must end with exit code 0.
 * - `build`: the same; the command builds the images of `services`, and sees the variables of `env`, too.
 * - `base`: the command fetches `image`, which is on the engine, while other steps use it. If the registry had another one,
 *   the plan stops, and is made and run again.
 * - `start`: as `command`; the command starts `container`, which stays.
 * - `gate`: it waits until `container`, which an earlier step has started, is ready. The command is not run: a person
 *   would type it to wait.
 * - `oneshot`: the command starts `container` detached; the runner follows its log, waits for its exit code, copies
 *   `reports` to the host, or those that it finds, and removes it, unless `remove` leaves that to clean-up.
 * - `images`: the command prints one image ID a line; the runner emits them with the names of `images`.
 * - `url`: the command prints the `host:port` of a published port; the runner proves it by `proof`, with `path`, as long
 *   as `container` runs.
 * - `push`: the command pushes `reference`, again after a fault of the network, until the registry has it as the image
 *   with the ID `image`. If the registry has it at first, the command is not run.
 * - `volume`: the command makes the volume `name`, which must not exist before.
 * - `remove`: it removes the objects in `owns`. The command is not run: a person would type it.
 */
export type StepKind =
  | { kind: "command" }
  | {
    kind: "build";
    services: readonly string[];
    env?: Readonly<Record<string, string>>;
  }
  | {
    kind: "base";
    image: string;
    /** Its ID before the run. */
    before: string;
  }
  | {
    kind: "start";
    service: string;
    container: string;
    /** Whether Compose runs hooks in containers of their own before. */
    hooks?: true;
  }
  | {
    kind: "gate";
    service: string;
    container: string;
    needs: Needs;
    /** Whether an end with exit code 0 is as good as readiness: other services only need that it has been started. */
    mayEnd?: true;
    /** Whether an end with exit code 0 is a failure, even if its restart policy starts it again. */
    staysUp?: true;
    /** Whether its name says that it ends: that is not told, but it is told if it is steady. */
    ends?: true;
    /** Whether no other service needs it, so that nothing waits for its end. */
    isAlone?: true;
    /**
     * Whether the service itself listens on the ports that its image exposes; a worker that shares the app's image need
     * not.
     */
    serves: boolean;
  }
  | {
    kind: "oneshot";
    service: string;
    container: string;
    /** Whether Compose runs hooks in containers of their own before. */
    hooks?: true;
    /** Files, folders and globs in the container; undefined for a test whose reports are found without being named. */
    reports: readonly string[] | undefined;
    /** When the runner removes a container that has ended by itself; otherwise clean-up or a person removes it. */
    remove: "always" | "success" | "never";
  }
  | {
    kind: "images";
    images: readonly {
      services: readonly string[];
      /** The image ID before the run, if there was one. */
      before: string | undefined;
      /** Names that the build takes from images that todoflow has not built. */
      taken: readonly Tag[];
    }[];
  }
  | { kind: "volume"; name: string }
  | {
    kind: "url";
    service: string;
    container: string;
    /** Container port. */
    port: number;
    path: string;
    /** Without it, the port is asked what it speaks. */
    proof?: UrlProof;
    /** The app whose URL it is; absent where the release has only one. */
    app?: string;
  }
  | {
    kind: "push";
    reference: string;
    /** ID. */
    image: string;
    /** The number of its layers; without it, the image is pushed whatever the registry has. */
    layers?: number;
    /** Whether docker's word is enough where the registry cannot be asked. */
    unproven?: true;
  }
  | AttestStep
  | {
    kind: "remove";
    owns: Owns;
    /** How long (s) a container may take to end by itself. */
    grace: number;
    /** How long (s) containers may take whose services say so, by name: only after success, when there is no hurry. */
    graces?: Readonly<Record<string, number>>;
    /** Whether images stay for the next build. */
    keepsImages: boolean;
    /**
     * Names of images: if present, the removal lists what it has removed, and which of these images stay because no run
     * has built them.
     */
    tells?: readonly string[];
  };

/** An object on the engine that a run has made, with its identity. */
export interface Made {
  /** The kind of object. */
  kind: "container" | "network" | "volume" | "image";
  /** Of an image: its tag, such as "shop-app:latest"; "" once it has lost it. */
  name: string;
  /** ID of a container, network or image; of a volume, the run that its label names. */
  id: string;
}

/** A name that a build of the run gives to an image. */
export interface Tag {
  /** With its tag, such as "shop-app:latest". */
  name: string;
  /** ID of the image that had the name before the run; clean-up gives the name back to it. */
  before?: string;
}

/**
 * The objects that a run makes and removes on the engine. They are recorded before they are made, so that the next run
 * knows the leftovers of a dead one. A label is no proof: an image passes the label of its project to each container
 * started from it, and a developer's own `docker compose up` sets it, too.
 */
export interface Owns {
  /** The Compose project of its containers, networks and volumes. */
  project: string;
  /** The Compose project of its builds; default: the same. */
  base?: string;
  /** Objects of earlier runs that this run removes. */
  made: readonly Made[];
  /** Objects of earlier runs that this run leaves alone, whatever their names. */
  kept: readonly Made[];
  /** Names of the containers that the run makes. */
  containers: readonly string[];
  /** Names of the networks that the run makes. */
  networks: readonly string[];
  /** Names of the volumes that the run makes. */
  volumes: readonly string[];
  /** The names that its builds give to images. */
  images: readonly Tag[];
}

/** The objects of a run that makes nothing and removes nothing. */
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

/** A decision about the role of a service that the Compose file does not make itself. */
export interface Guess {
  /** The role. */
  role: "app" | "entrance" | "test" | "one-shot" | "acceptance";
  /** Name of the service. */
  service: string;
  /** A clause about the service, such as "the only one that publishes a port". */
  reason: string;
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
  /**
   * When a clean-up step runs: `always`, only after `success` or a signal, or only after a `failure` or a signal. Clean-up
   * steps run last, sequentially.
   */
  cleanup?: "always" | "success" | "failure";
  /** Whether its failure does not stop the other steps. */
  failsAlone?: true;
  /** The actions of the runner around the command. */
  does: StepKind;
  /** A docker command that has not been started. */
  command: Command;
}

/** The steps of one target, and the objects that they make. */
export interface Plan {
  /** In the order in which a person would type them. */
  steps: readonly Step[];
  /** Absent in a plan that makes nothing. */
  owns?: Owns;
  /** Decisions about roles on which the plan rests: told at the beginning. */
  guesses?: readonly Guess[];
  /** Remarks that the end of a successful run shows. */
  notes?: readonly string[];
  /** Whether the application stays up after success, and the containers after a failure. */
  leaves?: { success: boolean; failure: boolean };
}

/** The fields of a step that have no default. */
export type StepInit =
  & Pick<Step, "name" | "why" | "command">
  & Partial<Step>;

/** Makes a step: by default a plain command that waits for no step, with `deadline` in ms. */
export function step(deadline: number, init: StepInit): Step {
  return { after: [], deadline, does: { kind: "command" }, ...init };
}

/**
 * The steps in an order that respects `after`, otherwise in the order of the plan.
 *
 * @throws {Error} when `after` names an unknown step, or the steps wait for each other: a bug in a task
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

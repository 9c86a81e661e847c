/**
 * Everything that can go wrong, as data: the kinds of failure, their exit codes, and all of their wording.
 *
 * @module
 */

/** What failed, with the data that its wording needs. */
export type Failure = FailureKind & {
  /** What was removed before it, in a clause. */
  gone?: string;
};

/** Something in a project that todoflow has not made. */
export interface Foreign {
  kind: "container" | "network" | "volume";
  name: string;
  /** The Compose project that it belongs to, "" for none; absent for that of the target. */
  project?: string;
  /** Of a container, such as "running". */
  state?: string;
  /** Of a container: the folder of the Compose file that it was made from. */
  directory?: string;
}

type FailureKind =
  | { kind: "unknown-target"; word: string; nearest?: string }
  | { kind: "unknown-flag"; flag: string; target: string; nearest?: string }
  | { kind: "flag-value"; flag: string; problem: string }
  | { kind: "unexpected-argument"; word: string; target: string }
  | {
    kind: "argument";
    target: string;
    /** Absent where none was given. */
    word?: string;
    expected: readonly string[];
  }
  | { kind: "no-directory"; directory: string }
  | { kind: "illegal-version"; version: string }
  /** With a detail, git is there and could not be started. */
  | { kind: "no-git"; detail?: string }
  | {
    kind: "no-repository";
    directory: string;
    detail: string;
    /** The command that git itself advises. */
    remedy?: string;
  }
  | { kind: "no-commit"; directory: string }
  | { kind: "git-hangs"; directory: string; seconds: number }
  /** The same of docker. */
  | { kind: "no-docker"; detail?: string }
  | { kind: "no-engine"; detail: string }
  | { kind: "no-compose"; detail: string }
  | { kind: "old-compose"; version: string; needed: string }
  | { kind: "no-compose-file"; directory: string }
  | { kind: "invalid-compose-file"; detail: string }
  | {
    kind: "invalid-config";
    /** Keys and indexes from the top of the Compose file. */
    path: readonly (string | number)[];
    problem: string;
    nearest?: string;
    /** Where the last of the keys stands, if that was found. */
    location?: Location;
  }
  | {
    kind: "no-service";
    service: string;
    target: string;
    known: readonly string[];
  }
  | { kind: "unsupported"; feature: string; advice: string }
  | {
    kind: "step-failed";
    step: string;
    why: string;
    shell: string;
    code: number;
    target: string;
    diagnosis?: Diagnosis;
  }
  | {
    kind: "deadline";
    step: string;
    why: string;
    shell: string;
    seconds: number;
    target: string;
    detail?: string;
    diagnosis?: Diagnosis;
  }
  | { kind: "clean-up-failed"; shell: readonly string[] }
  | {
    kind: "own-fault";
    /** Where it happened, if that was in a step. */
    step?: string;
    /** Of the exception. */
    message: string;
    /** The first frames of its stack. */
    frames: readonly string[];
    /** The folder of reports, relative to where the caller stands. */
    reports?: string;
  }
  | { kind: "signal"; signal: string }
  | Fault & { step: string; shell: string; target: string }
  | {
    kind: "lock-held";
    target: string;
    project: string;
    holder?: {
      target: string;
      pid: number;
      host: string;
      /** ISO 8601. */
      started: string;
      directory: string;
    };
    /** The folder that another user has, where that is why. */
    directory?: string;
  }
  | {
    kind: "foreign";
    target: string;
    project: string;
    /** The folder of the Compose file, without links. */
    directory: string;
    /** What no run of this checkout has made. */
    foreign: readonly Foreign[];
  }
  | {
    kind: "in-use";
    target: string;
    project: string;
    /** Containers that stay, and what they have. */
    uses: readonly InUse[];
  }
  | {
    kind: "foreign-data";
    target: string;
    /** Each with a service that would use it, and the command that moves it away. */
    folders: readonly { service: string; folder: string; move: string }[];
  }
  | { kind: "missing"; target: string; things: readonly Missing[] }
  | {
    kind: "release-in-use";
    project: string;
    /** Those of the release that the tests need. */
    services: readonly string[];
    /** Of the release. */
    version?: string;
  }
  | { kind: "unpublishable"; reason: Unpublishable; again: AgainPublish }
  | {
    kind: "no-image-name";
    service: string;
    problem: "no build" | "no name" | "a digest";
    name?: string;
  }
  | {
    kind: "not-published";
    /** In the order in which they were to be pushed. */
    tags: readonly {
      reference: string;
      /** Whether it points at the image that was accepted; undefined where the registry could not be asked. */
      is: boolean | undefined;
      /** What it points at, or why that is not known. */
      detail: string;
    }[];
    again: string;
  }
  | { kind: "no-state"; folder: string; detail: string }
  | {
    kind: "unsafe-state";
    /** Of the records. */
    folder: string;
    /** The part of its path that is unsafe, and why, in words that follow it. */
    path: string;
    problem: string;
    /** What a person would type. */
    fix: string;
  }
  | {
    kind: "unknown-record";
    /** Absolute path. */
    file: string;
    problem: string;
    /** What a person would type to remove it. */
    remove: string;
  }
  | { kind: "no-reports"; folder: string; detail: string }
  | { kind: "foreign-reports"; folder: string } & ForeignReports;

/** A container that stays and has what a run needs for itself. */
export interface InUse {
  container: string;
  /** Such as "running". */
  state?: string;
  /** "" without one. */
  project: string;
  /** Such as "the volume shop_data". */
  what: string;
}

/** What a project takes for there and is not. */
export interface Missing {
  kind: "network" | "volume";
  name: string;
}

/** Why a folder of reports is not todoflow's. */
export type ForeignReports =
  & {
    /** Absolute path of what is not todoflow's; of what git tracks, its path in the repository. */
    path: string;
  }
  & (
    | { problem: "files" | "tracked" | "later" | "mount" | "no folder" }
    | { problem: "project" | "within" | "state" }
    | {
      problem: "link";
      /** Where it leads to, if that is there. */
      to?: string;
    }
    | { problem: "owner"; uid: number }
  );

/** Why nothing is published: the image would not be the one of this commit that was accepted. */
export type Unpublishable =
  | { kind: "no receipt"; file: string }
  | { kind: "unreadable receipt"; file: string }
  | { kind: "other format"; file: string; format: unknown }
  /** The release could make no receipt. */
  | { kind: "none made"; why: string }
  | {
    kind: "other commit";
    accepted: string;
    now: string | undefined;
    /** Why no commit is known, and what helps. */
    detail?: string;
    remedy?: string;
  }
  | {
    kind: "other release";
    what: "Compose file" | "project" | "service" | "repository";
    accepted: string;
    now: string;
  }
  /** A label of the image contradicts the receipt. */
  | {
    kind: "other image";
    image: string;
    label: string;
    expected: string;
    found: string | undefined;
  }
  | { kind: "other version"; accepted: string; now: string }
  | { kind: "dirty release" }
  | {
    kind: "dirty tree";
    /** Filters that were not run, where files differ only without them. */
    filters?: readonly string[];
  }
  | { kind: "no image"; image: string; at: string };

/** What a person would type when nothing is published. */
export interface AgainPublish {
  release: string;
  publish: string;
  /** The same with what is in no commit. */
  dirty: string;
}

/** What is known of a failed step besides its exit code. */
export interface Diagnosis {
  /** Of the container that it was about. */
  service?: string;
  /** What became of it, in words that follow its name, such as "is unhealthy". */
  state?: string;
  /** What the exit code, or docker's words, mean. */
  meaning?: string;
  evidence?: { title: string; lines: readonly string[] };
  /** Services that were not started because of it. */
  blocked: readonly string[];
  /** The file with all of its log, relative to where the caller stands. */
  logs?: string;
  /** The container that it was about. */
  container?: string;
  again?: Again;
  /** What a person would type first. */
  next?: string;
}

/** What a person would type after a failure, with the flags that this run has got. */
export interface Again {
  /** The same once more. */
  command: string;
  /** The same, so that it leaves its containers; absent where it cannot. */
  keeping?: string;
  /** What removes the containers, if this run has left them. */
  clean?: string;
}

/** A step's failure that is the machine's, not the application's. */
export type Fault = {
  [K in FaultKind]: {
    kind: K;
    /** In the engine's words, or docker's. */
    detail: string;
  };
}[FaultKind];

type FaultKind =
  | "engine-lost"
  | "docker-killed"
  | "disk-full"
  | "port-taken"
  | "no-address-pool"
  | "foreign-volume";

/** A place in a file. */
export interface Location {
  /** Relative to where the caller stands. */
  file: string;
  /** Counted from 1. */
  line: number;
  /** Counted from 1. */
  column: number;
}

/** A failure on its way to {@linkcode explain}. */
export class TodoflowError extends Error {
  override name = "TodoflowError";
  constructor(readonly failure: Failure) {
    super(explain(failure).headline);
  }
}

const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGTERM: 15,
};

/** The exit code of each kind of failure; that of a signal is added to its number. */
export const EXIT_CODES: Readonly<Record<Failure["kind"], number>> = {
  "unknown-target": 2,
  "unknown-flag": 2,
  "flag-value": 2,
  "unexpected-argument": 2,
  "argument": 2,
  "no-directory": 2,
  "illegal-version": 2,
  "no-compose-file": 3,
  "invalid-compose-file": 3,
  "invalid-config": 3,
  "no-service": 3,
  "unsupported": 3,
  "no-image-name": 3,
  "no-git": 4,
  "no-repository": 4,
  "no-commit": 4,
  "git-hangs": 4,
  "no-docker": 4,
  "no-engine": 4,
  "no-compose": 4,
  "old-compose": 4,
  "engine-lost": 4,
  "docker-killed": 4,
  "disk-full": 4,
  "port-taken": 4,
  "no-address-pool": 4,
  "foreign-volume": 4,
  "lock-held": 4,
  "foreign": 4,
  "release-in-use": 4,
  "in-use": 4,
  "foreign-data": 4,
  "missing": 4,
  "no-state": 4,
  "unsafe-state": 4,
  "unknown-record": 4,
  "no-reports": 4,
  "foreign-reports": 4,
  "unpublishable": 4,
  "step-failed": 1,
  "clean-up-failed": 1,
  "own-fault": 1,
  "not-published": 1,
  "deadline": 124,
  "signal": 128,
};

/**
 * The exit code of a failure: 1 a stage failed, 2 usage, 3 configuration, 4 environment, 124 deadline, 128+n signal.
 */
export function exitCode(failure: Failure): number {
  const base = EXIT_CODES[failure.kind];
  return failure.kind === "signal"
    ? base + (SIGNAL_NUMBERS[failure.signal] ?? 0)
    : base;
}

/** Whether an exit code of todoflow says that a signal has stopped the run: one without a number of its own is 128. */
export function isStopped(code: number): boolean {
  return code >= EXIT_CODES.signal;
}

/** A failure in words: what failed, why, what shows it, and what to type next. */
export interface Explanation {
  /** What failed, in a line. */
  headline: string;
  /** The cause; a chain of them has one a line, the nearest first. */
  why?: string;
  /** The lines that show it best, such as the last ones of a container's log, and what they are. */
  evidence?: { title: string; lines: readonly string[] };
  /** Where all of it is kept, relative to where the caller stands. */
  logs?: string;
  /** The line of a file that is wrong. */
  location?: Location;
  /** What to type next. */
  next?: string;
}

/** Where faults of todoflow are reported. */
const ISSUES = "https://github.com/todoflow/todoflow/issues";

type Wording = {
  [K in Failure["kind"]]: (
    failure: Extract<Failure, { kind: K }>,
  ) => Explanation;
};

const WORDING: Wording = {
  "unknown-target": ({ word, nearest }) => ({
    headline: `Unknown target "${word}"` +
      (nearest ? `: did you mean "${nearest}"?` : ""),
    next: "todoflow --help",
  }),
  "unknown-flag": ({ flag, target, nearest }) => ({
    headline: `Unknown flag "${flag}"` +
      (nearest ? `: did you mean "${nearest}"?` : ""),
    next: `todoflow ${target} --help`,
  }),
  "flag-value": ({ flag, problem }) => ({
    headline: `Cannot use "${flag}": ${problem}`,
  }),
  "unexpected-argument": ({ word, target }) => ({
    headline: `Unexpected argument "${word}"`,
    why: `the target "${target}" takes no arguments of its own`,
    next: `todoflow ${target} --help`,
  }),
  "argument": ({ target, word, expected }) => ({
    headline: word === undefined
      ? `Cannot use "${target}" alone: it needs one of ${expected.join(", ")}`
      : `Cannot use "${word}": expected one of ${expected.join(", ")}`,
    next: `todoflow ${target} --help`,
  }),
  "no-directory": ({ directory }) => ({
    headline: `Cannot use "-C ${directory}": no such directory`,
  }),
  "illegal-version": ({ version }) => ({
    headline: `Cannot use APP_VERSION "${version}": not a legal image tag`,
    why:
      "a tag has at most 128 letters, digits, '_', '.' and '-', and starts with neither '.' nor '-'",
    next: "unset APP_VERSION   # the version is then the git commit",
  }),
  "no-git": ({ detail }) => ({
    headline: detail === undefined ? "Cannot find git" : "Cannot start git",
    why: detail ?? "the version is the short hash of the git commit",
    next: detail === undefined
      ? "install git, or set APP_VERSION, such as: APP_VERSION=1.0 todoflow version"
      : "git --version",
  }),
  "no-repository": ({ directory, detail, remedy }) => ({
    headline: `Cannot read the git commit in ${directory}`,
    why: detail,
    next: remedy ??
      "run this inside a git repository, or set APP_VERSION, such as: APP_VERSION=1.0 todoflow version",
  }),
  "no-commit": ({ directory }) => ({
    headline: `Cannot name a version: ${directory} has no commit yet`,
    why: "the version is the short hash of the git commit",
    next: "git commit, or set APP_VERSION",
  }),
  "git-hangs": ({ directory, seconds }) => ({
    headline: `Cannot ask git in ${directory}: no answer within ${seconds} s`,
    why:
      "a file system that does not answer, or a wrapper named git, can be the cause",
    next: "GIT_TRACE=1 git rev-parse HEAD   # there",
  }),
  "no-docker": ({ detail }) => ({
    headline: detail === undefined
      ? 'Cannot find the program "docker"'
      : 'Cannot start the program "docker"',
    why: detail ?? "all but version work through the Docker CLI",
    next: detail === undefined
      ? "install Docker: https://docs.docker.com/engine/install/"
      : "docker version",
  }),
  "no-engine": ({ detail }) => ({
    headline: "Cannot reach a Docker Engine",
    why: brief(detail),
    next: /permission denied/.test(detail)
      ? "sudo usermod -aG docker $USER   # then log in again"
      : "docker info   # and start the engine, or set DOCKER_HOST",
  }),
  "no-compose": ({ detail }) => ({
    headline: "Cannot find Docker Compose",
    why: detail,
    next:
      "install the Compose plugin: https://docs.docker.com/compose/install/",
  }),
  "old-compose": ({ version, needed }) => ({
    headline: `Cannot use Docker Compose ${version}: too old`,
    why: `todoflow needs Compose ${needed} or later`,
    next: "update the Compose plugin: https://docs.docker.com/compose/install/",
  }),
  "no-compose-file": ({ directory }) => ({
    headline: `Cannot find a Compose file in ${directory}`,
    why: "no compose.yaml or docker-compose.yml in it or in a folder above",
    next: "name one with -f FILE, or another directory with -C DIR",
  }),
  "invalid-compose-file": ({ detail }) => ({
    headline: "Cannot use the Compose file: it is invalid",
    why: detail,
    next: "docker compose config",
  }),
  "invalid-config": ({ path, problem, nearest, location }) => ({
    headline: `Cannot use "${path.join(".")}"` +
      (location ? ` (${placeText(location)}): ` : ": ") + problem +
      (nearest ? `, did you mean "${nearest}"?` : ""),
    ...(location && { location }),
    next: "todoflow release --dry-run   # checks the block, runs nothing",
  }),
  "no-service": ({ service, target, known }) => ({
    headline: `Cannot ${target}: the Compose file has no service "${service}"`,
    why: `its services are: ${known.join(", ") || "none"}`,
    next: `add a service "${service}"`,
  }),
  "unsupported": ({ feature, advice }) => ({
    headline: `Cannot use ${feature}: not supported`,
    next: advice,
  }),
  "step-failed": (failure) => {
    const { step, why, code, target, diagnosis } = failure;
    const [subject = ` (exit code ${code})`, probe] = subjectOf(diagnosis);
    return {
      headline: `${target} failed at step "${step}"${subject}`,
      ...diagnosed([probe, diagnosis?.meaning, why], diagnosis),
      next: nextOf(failure),
    };
  },
  "deadline": (failure) => {
    const { step, why, seconds, target, detail = why, diagnosis } = failure;
    // A line that is shown as evidence is not told twice.
    const isShown = diagnosis?.evidence?.lines.includes(detail);
    return {
      headline:
        `${target} failed at step "${step}": not done within ${seconds} s`,
      ...diagnosed([diagnosis?.meaning, isShown ? why : detail], diagnosis),
      next: nextOf(failure),
    };
  },
  "clean-up-failed": ({ shell }) => ({
    headline: "Cannot clean up: something is left behind",
    next: shell.join("\n      "),
  }),
  "own-fault": ({ step, message, frames, reports }) => ({
    headline: "Failed" +
      (step === undefined ? "" : ` at step "${step}"`) +
      ": this is a fault of todoflow",
    why: message,
    ...(frames.length > 0 &&
      { evidence: { title: "where it happened", lines: frames } }),
    next: `report it${
      reports === undefined ? "" : ` with ${reports}/events.jsonl`
    }: ${ISSUES}`,
  }),
  "signal": ({ signal }) => ({ headline: `Stopped by ${signal}` }),
  "engine-lost": ({ step, target, detail }) => ({
    headline: `${target} lost the Docker Engine at step "${step}"`,
    why: detail,
    next:
      `start the engine; the next test, release or clean removes what this run has left`,
  }),
  "docker-killed": ({ step, target, detail }) => ({
    headline: `${target} failed at step "${step}": docker was killed`,
    why: `${detail}, by the system for want of memory, or by somebody`,
    next: "journalctl --dmesg --grep 'out of memory'   # then do it again",
  }),
  "disk-full": ({ step, target, detail }) => ({
    headline: `${target} failed at step "${step}": the disk is full`,
    why: detail,
    next: "docker system df   # then: docker builder prune, docker image prune",
  }),
  "port-taken": ({ step, target, detail }) => ({
    headline: `${target} failed at step "${step}": a port is taken`,
    why: brief(detail),
    next:
      "docker ps   # end what has the port, or publish any: 127.0.0.1::8000",
  }),
  "no-address-pool": ({ step, target, detail }) => ({
    headline:
      `${target} failed at step "${step}": the engine has no addresses left for a network`,
    why: detail,
    next:
      "docker network prune   # or more default-address-pools in daemon.json",
  }),
  "foreign-volume": ({ step, target, detail }) => ({
    headline: `${target} failed at step "${step}": a volume is not todoflow's`,
    why: detail,
    next: "docker volume ls   # then remove it, or take another project: -p",
  }),
  "lock-held": ({ target, project, holder, directory }) => ({
    headline: `Cannot ${target}: another run has the project "${project}"`,
    ...(holder && {
      why:
        `todoflow ${holder.target} in ${holder.directory}, process ${holder.pid} on ${holder.host}, since ${holder.started}`,
    }),
    ...(directory !== undefined && {
      why:
        `another user of this machine runs todoflow in ${directory}, or a program has locked that folder (flock)`,
    }),
    next: directory === undefined
      ? "wait until it has ended, or take another project: -p NAME"
      : "ps -eo user,pid,lstart,args | grep todoflow   # then wait until it has ended",
  }),
  "foreign": (failure) => foreignWords(failure),
  "in-use": ({ target, project, uses }) => {
    const names = [...new Set(uses.map(({ container }) => container))];
    const shown = uses.slice(0, TOLD).map((use) => {
      const { container, state, what } = use;
      const from = use.project === project
        ? ""
        : use.project === ""
        ? ", of no project"
        : `, of the project "${use.project}"`;
      const is = state === undefined ? "" : ` (${state})`;
      return `container ${container}${is}${from}, uses ${what}`;
    });
    const more = uses.length - TOLD;
    return {
      headline: `Cannot ${target}: another container uses what it needs`,
      why: [
        ...shown,
        ...(more > 0 ? [`and ${more} more`] : []),
      ].join("\n"),
      next: `docker rm --force ${
        names.join(" ")
      }   # volumes and folders stay; then ${target} again`,
    };
  },
  "foreign-data": ({ target, folders }) => ({
    headline:
      `Cannot ${target}: it would change data that todoflow has not made`,
    why: folders.map(({ service, folder }) =>
      `"${service}" keeps its data in ${folder}, which is not empty`
    ).join("\n"),
    next: folders.map(({ move }) => `${move}   # and back afterwards`)
      .join("\n"),
  }),
  "missing": ({ target, things }) => ({
    headline: `Cannot ${target}: an external network or volume is missing`,
    why: things.map(({ kind, name }) => `no ${kind} ${name}`).join("\n"),
    next: things.map(({ kind, name }) => `docker ${kind} create ${name}`)
      .join("\n"),
  }),
  "release-in-use": ({ project, services, version }) => ({
    headline: `Cannot test: the tests need ${
      services.map((name) => `"${name}"`).join(", ")
    } of the release${version === undefined ? "" : ` ${version}`}`,
    why: "they would change what the release runs on",
    next:
      `todoflow test -p ${project}-test   # beside it, or remove it: todoflow clean`,
  }),
  "unpublishable": ({ reason, again }) => refusal(reason, again),
  "no-image-name": ({ service, problem, name }) => {
    const example = name ?? "registry.example/team/shop";
    switch (problem) {
      case "no build":
        return {
          headline: `Cannot publish: service "${service}" builds no image`,
          why: "what is published is what this project has built",
          next: `x-todoflow: { release: { image: SERVICE } }`,
        };
      case "no name":
        return {
          headline: `Cannot publish: service "${service}" names no image`,
          why: "the name tells the registry and the repository",
          next: `image: ${example}   # in service "${service}"`,
        };
      case "a digest":
        return {
          headline:
            `Cannot publish: service "${service}" names its image by a digest`,
          why: "a digest is for pulls: it names what a registry has already",
          next: `image: ${example}   # in service "${service}"`,
        };
    }
  },
  "not-published": ({ tags, again }) => {
    const missing = tags.filter(({ is }) => !is);
    return {
      headline:
        (missing.length === 0
          ? "All tags point at the accepted image"
          : missing.some(({ is }) => is === undefined)
          ? "Not published, or not known to be: "
          : "Not published: ") +
        missing.map(({ reference }) => reference).join(", "),
      why: tags.map(({ reference, detail }) => `${reference} ${detail}`)
        .join("\n"),
      next: again,
    };
  },
  "no-state": ({ folder, detail }) => ({
    headline: `Cannot write to ${folder}, where runs are recorded`,
    why: detail,
    next: "set XDG_STATE_HOME to a folder that can be written",
  }),
  "unsafe-state": ({ folder, path, problem, fix }) => ({
    headline: `Cannot use ${folder}, where runs are recorded`,
    why: `${path} ${problem}`,
    next: fix,
  }),
  "unknown-record": ({ file, problem, remove }) => ({
    headline: `Cannot read the record ${file}`,
    why: problem,
    next: `docker ps --all   # if nothing of the project is left: ${remove}`,
  }),
  "no-reports": ({ folder, detail }) => ({
    headline: `Cannot write reports to ${folder}`,
    why: detail,
    next: `df -h ${folder}; ls -ld ${folder}`,
  }),
  "foreign-reports": ({ folder, ...reason }) => ({
    headline: `Cannot write reports to ${folder}: todoflow has not made it`,
    why: foreignReports(reason),
    next: `todoflow ${
      folder.split(/[/\\]/).at(-1)
    } --reports DIR   # for good, x-todoflow: { reports: DIR }`,
  }),
};

/** Of many foreign things, how many are told. */
const TOLD = 10;

/** What is in the way, and what a person would type: beside it, or without it. */
function foreignWords(
  { target, project, directory, foreign }: Extract<
    FailureKind,
    { kind: "foreign" }
  >,
): Explanation {
  const isInside = (thing: Foreign) => (thing.project ?? project) === project;
  const lines = foreign.slice(0, TOLD).map((thing) => {
    const { kind, name, state } = thing;
    const from = !isInside(thing)
      ? thing.project
        ? `, of the project "${thing.project}"`
        : ", of no project"
      : kind !== "container"
      ? ""
      : thing.directory === undefined
      ? ", which Compose has not made: it was started from an image of the project"
      : thing.directory === directory
      ? ", made by docker compose"
      : `, made by docker compose in ${thing.directory}`;
    return `${kind} ${name}${state === undefined ? "" : ` (${state})`}${from}`;
  });
  const more = foreign.length - TOLD;
  const commands = [
    ["container", "docker rm --force"],
    ["network", "docker network rm"],
    ["volume", "docker volume rm"],
  ].flatMap(([kind, command]) => {
    const names = foreign.filter((thing) => thing.kind === kind)
      .map(({ name }) => name);
    const data = kind === "volume" ? "   # with the data in it" : "";
    return names.length === 0 ? [] : [`${command} ${names.join(" ")}${data}`];
  });
  // A name that the Compose file gives is the same in every project.
  const helps = foreign.some((thing) =>
    isInside(thing) || thing.name.startsWith(project)
  );
  return {
    headline: foreign.some(isInside)
      ? `Cannot ${target}: todoflow has not made all that the project "${project}" has`
      : `Cannot ${target}: names that the project "${project}" needs are taken`,
    why: [
      "no record of this checkout names it, so it is left alone:",
      ...lines,
      ...(more > 0 ? [`and ${more} more`] : []),
    ].join("\n"),
    next: [
      ...(target === "clean" || !helps ? [] : [
        `todoflow ${target} -p ${project}-todoflow   # in a project of its own, beside it`,
        "or, to remove it:",
      ]),
      ...commands,
    ].join("\n"),
  };
}

/** Why a run, which empties the folder of its reports, must not have it. */
function foreignReports(reason: ForeignReports): string {
  const { path } = reason;
  switch (reason.problem) {
    case "files":
      return `a run would remove ${path}, and there is no .todoflow beside it`;
    case "tracked":
      return `a run would remove ${path}, which git tracks`;
    case "later":
      return `a later version of todoflow has written ${path}`;
    case "mount":
      return `a run would remove what is mounted at ${path}`;
    case "project":
      return `the reports of another project are there, of ${path}`;
    case "within":
      return `it is in ${path}, which a run empties`;
    case "state":
      return `a run would remove ${path}, where todoflow records what it makes`;
    case "no folder":
      return `${path} is no folder`;
    case "link":
      return reason.to === undefined
        ? `${path} is a symbolic link`
        : `${path} leads out of the checkout, to ${reason.to}`;
    case "owner":
      return `${path} belongs to another user (uid ${reason.uid})`;
  }
}

/** A refusal to publish in words. */
function refusal(
  reason: Unpublishable,
  { release, publish, dirty }: AgainPublish,
): Explanation {
  const commit = `git status   # commit, then: ${release}`;
  switch (reason.kind) {
    case "no receipt":
      return {
        headline: "Cannot publish: no release of this checkout was accepted",
        why: `there is no ${reason.file}, which a release that succeeds writes`,
        next: release,
      };
    case "unreadable receipt":
      return {
        headline: "Cannot publish: the receipt cannot be read",
        why: `${reason.file} is not what a release writes`,
        next: release,
      };
    case "other format":
      return {
        headline:
          "Cannot publish: the receipt was written by another version of todoflow",
        why: `${reason.file} has ` +
          (reason.format === undefined
            ? "no format"
            : `the format ${JSON.stringify(reason.format)}`),
        next: release,
      };
    case "none made":
      return {
        headline: "Cannot publish: the last release has no receipt",
        why: reason.why,
        next: release,
      };
    case "other commit":
      return {
        headline: "Cannot publish: another commit was accepted",
        why: reason.now === undefined
          ? `accepted was ${reason.accepted}, and git tells no commit here` +
            (reason.detail === undefined ? "" : `: ${reason.detail}`)
          : `accepted was ${reason.accepted}, the checkout is at ${reason.now}`,
        next: reason.remedy ?? release,
      };
    case "other release":
      return {
        headline:
          `Cannot publish: the accepted release is of another ${reason.what}`,
        why: `accepted was ${reason.accepted}, this is ${reason.now}`,
        next: release,
      };
    case "other image":
      return {
        headline: "Cannot publish: the receipt and its image do not agree",
        why: `the label ${reason.label} of ${reason.image} is ` +
          (reason.found === undefined ? "not there" : `"${reason.found}"`) +
          `, the receipt says "${reason.expected}"`,
        next: release,
      };
    case "other version":
      return {
        headline:
          `Cannot publish as ${reason.now}: accepted was ${reason.accepted}`,
        why: "the image carries the version that it was built as",
        next: `${release}   # or: APP_VERSION=${reason.accepted} ${publish}`,
      };
    case "dirty release":
      return {
        headline:
          "Cannot publish: the accepted image has changes that are in no commit",
        why: "files differed from the commit when it was built",
        next: `${commit}; as it is: ${dirty}`,
      };
    case "dirty tree":
      return {
        headline:
          "Cannot publish: the checkout has changes that are in no commit",
        why: reason.filters?.length
          ? `files differ without their filter, and todoflow runs none of .git/config: ${
            reason.filters.join(", ")
          }`
          : "nobody could tell whether the image has them",
        next: reason.filters?.length
          ? `git status   # runs the filter, then: ${publish}; as it is: ${dirty}`
          : `${commit}; as it is: ${dirty}`,
      };
    case "no image":
      return {
        headline: "Cannot publish: the engine has the accepted image no more",
        why: `accepted was ${reason.image}, ${reason.at}`,
        next: release,
      };
  }
}

/** Which container and what became of it, for the headline; then what else is known of it, such as its last probe. */
function subjectOf(
  { service, state }: Partial<Diagnosis> = {},
): [string?, string?] {
  if (!service || !state) return [];
  const [became, ...more] = state.split("; ");
  return [`: "${service}" ${became}`, more.join("; ")];
}

/** Clean-up has removed the containers that a command of docker would be about: what leaves them, or starts anew. */
function nextOf(
  { shell, diagnosis: { container, again, next } = { blocked: [] } }: Extract<
    Failure,
    { kind: "step-failed" | "deadline" }
  >,
): string {
  if (next !== undefined) return next;
  if (container === undefined || !again) return shell;
  const { command, keeping, clean } = again;
  if (clean !== undefined) {
    return `docker inspect ${container}   # it was kept, until: ${clean}`;
  }
  return keeping === undefined
    ? `${command}   # again, when that is mended`
    : `${keeping}   # leaves it to look at: docker ps --all`;
}

/** The engine's words without what only a program needs: the ids of containers, and requests. */
function brief(detail: string): string {
  return detail.replace(/ \([0-9a-f]{64}\)/g, "")
    .replace(/: (Get|Post|Head|Delete) "[^"]*": dial .*/g, "");
}

/** The causes, their consequence, and what shows them. */
function diagnosed(
  causes: readonly (string | undefined)[],
  diagnosis: Diagnosis | undefined,
): Pick<Explanation, "why" | "evidence" | "logs"> {
  const { blocked = [], evidence, logs } = diagnosis ?? {};
  const names = blocked.map((name) => `"${name}"`).join(", ");
  const consequence = blocked.length === 0
    ? []
    : [`so ${names} ${blocked.length === 1 ? "was" : "were"} not started`];
  return {
    why: [...causes.filter(Boolean), ...consequence].join("\n"),
    ...(evidence && { evidence }),
    ...(logs !== undefined && { logs }),
  };
}

/** In the form that terminals and editors open, such as "docker-compose.yml:12:5". */
function placeText({ file, line, column }: Location): string {
  return `${file}:${line}:${column}`;
}

/** Words a failure. This is the only place that does. */
export function explain(failure: Failure): Explanation {
  // The table is indexed by the failure's own kind, which TypeScript cannot follow.
  const word = WORDING[failure.kind] as (failure: Failure) => Explanation;
  const explanation = word(failure);
  if (failure.gone === undefined) return explanation;
  const why = [explanation.why, failure.gone].filter(Boolean).join("\n");
  return { ...explanation, why };
}

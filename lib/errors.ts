/**
 * Everything that can go wrong, as data: the kinds of failure, their exit codes, and all of their wording.
 *
 * @module
 */

/** What failed, with the data that its wording needs. */
export type Failure =
  | { kind: "unknown-target"; word: string; nearest: string }
  | { kind: "unknown-flag"; flag: string; target: string; nearest?: string }
  | { kind: "flag-value"; flag: string; problem: string }
  | { kind: "unexpected-argument"; word: string; target: string }
  | { kind: "no-directory"; directory: string }
  | { kind: "illegal-version"; version: string }
  | { kind: "no-git" }
  | { kind: "no-repository"; directory: string; detail: string }
  | { kind: "no-commit"; directory: string }
  | { kind: "no-docker" }
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
  }
  | {
    kind: "deadline";
    step: string;
    why: string;
    shell: string;
    seconds: number;
    target: string;
    detail?: string;
  }
  | { kind: "clean-up-failed"; shell: readonly string[] }
  | { kind: "signal"; signal: string };

/** A place in a file; lines and columns are counted from 1. */
export interface Location {
  /** Relative to where the caller stands. */
  file: string;
  line: number;
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

const EXIT_CODES: Readonly<Record<Failure["kind"], number>> = {
  "unknown-target": 2,
  "unknown-flag": 2,
  "flag-value": 2,
  "unexpected-argument": 2,
  "no-directory": 2,
  "illegal-version": 2,
  "no-compose-file": 3,
  "invalid-compose-file": 3,
  "invalid-config": 3,
  "no-service": 3,
  "unsupported": 3,
  "no-git": 4,
  "no-repository": 4,
  "no-commit": 4,
  "no-docker": 4,
  "no-engine": 4,
  "no-compose": 4,
  "old-compose": 4,
  "step-failed": 1,
  "clean-up-failed": 1,
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

/** A failure in words: what failed, why, and what to type next. */
export interface Explanation {
  headline: string;
  why?: string;
  next?: string;
}

type Wording = {
  [K in Failure["kind"]]: (
    failure: Extract<Failure, { kind: K }>,
  ) => Explanation;
};

const WORDING: Wording = {
  "unknown-target": ({ word, nearest }) => ({
    headline: `Unknown target "${word}": did you mean "${nearest}"?`,
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
  "no-directory": ({ directory }) => ({
    headline: `Cannot use "-C ${directory}": no such directory`,
  }),
  "illegal-version": ({ version }) => ({
    headline: `Cannot use APP_VERSION "${version}": not a legal image tag`,
    why:
      "a tag has at most 128 letters, digits, '_', '.' and '-', and starts with neither '.' nor '-'",
    next: "unset APP_VERSION   # the version is then the git commit",
  }),
  "no-git": () => ({
    headline: "Cannot find git",
    why: "the version is the short hash of the git commit",
    next:
      "install git, or set APP_VERSION, such as: APP_VERSION=1.0 todoflow version",
  }),
  "no-repository": ({ directory, detail }) => ({
    headline: `Cannot read the git commit in ${directory}`,
    why: detail,
    next:
      "run this inside a git repository, or set APP_VERSION, such as: APP_VERSION=1.0 todoflow version",
  }),
  "no-commit": ({ directory }) => ({
    headline: `Cannot name a version: ${directory} has no commit yet`,
    why: "the version is the short hash of the git commit",
    next: "git commit, or set APP_VERSION",
  }),
  "no-docker": () => ({
    headline: 'Cannot find the program "docker"',
    why: "test, release and clean work through the Docker CLI",
    next: "install Docker: https://docs.docker.com/engine/install/",
  }),
  "no-engine": ({ detail }) => ({
    headline: "Cannot reach a Docker Engine",
    why: detail,
    next: "docker info   # and start the engine, or set DOCKER_HOST",
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
  "step-failed": ({ step, why, shell, code, target }) => ({
    headline: `${target} failed at step "${step}" (exit code ${code})`,
    why: `the step was needed because ${why}`,
    next: shell,
  }),
  "deadline": ({ step, why, shell, seconds, target, detail }) => ({
    headline:
      `${target} failed at step "${step}": not done within ${seconds} s`,
    why: detail ?? `the step was needed because ${why}`,
    next: shell,
  }),
  "clean-up-failed": ({ shell }) => ({
    headline: "Cannot clean up: something is left behind",
    next: shell.join("\n      "),
  }),
  "signal": ({ signal }) => ({ headline: `Stopped by ${signal}` }),
};

/** In the form that terminals and editors open, such as "docker-compose.yml:12:5". */
function placeText({ file, line, column }: Location): string {
  return `${file}:${line}:${column}`;
}

/** Words a failure. This is the only place that does. */
export function explain(failure: Failure): Explanation {
  // The table is indexed by the failure's own kind, which TypeScript cannot follow.
  const word = WORDING[failure.kind] as (failure: Failure) => Explanation;
  return word(failure);
}

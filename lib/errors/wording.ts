import type { Explanation, Failure, Location } from "./failure.ts";
import { foreignReports, foreignWords, TOLD } from "./foreign_wording.ts";
import { refusal } from "./publish_wording.ts";
import { brief, diagnosed, nextOf, subjectOf } from "./step_wording.ts";

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

/**
 * The wording of failures of the machine: git, docker, Compose, the engine, the disk.
 *
 * @module
 */

import type { Wording } from "./explanation.ts";
import { freePorts, portInUse, portText } from "./port_wording.ts";
import { toShell } from "../text/shell.ts";
import { brief } from "./step_wording.ts";

/** The table. */
export const MACHINE_WORDING: Wording<
  | "no-git"
  | "no-repository"
  | "no-commit"
  | "git-hangs"
  | "no-docker"
  | "no-engine"
  | "no-compose"
  | "old-compose"
  | "engine-lost"
  | "docker-killed"
  | "disk-full"
  | "port-taken"
  | "no-address-pool"
  | "no-registry"
  | "network-gone"
  | "foreign-volume"
  | "unwritable"
  | "no-events"
  | "unreadable-events"
> = {
  "no-git": ({ detail }, typing) => ({
    headline: detail === undefined ? "Cannot find git" : "Cannot start git",
    ...(detail !== undefined && { why: detail }),
    next: detail === undefined
      ? `APP_VERSION=1.0 ${typing.again()}   # or install git`
      : "git --version",
  }),
  "no-repository": ({ directory, detail, remedy }, typing) => ({
    headline: `Cannot read the git commit in ${directory}`,
    why: detail,
    next: remedy ??
      `APP_VERSION=1.0 ${typing.again()}   # or run it inside a git repository`,
  }),
  "no-commit": ({ directory }, typing) => ({
    headline: `Cannot name a version: ${directory} has no commit yet`,
    // Without `git add --all`, which could commit a secret.
    next: `${
      typing.git(["commit", "--allow-empty", "-m", "first"])
    }   # or set APP_VERSION`,
  }),
  "git-hangs": ({ directory, seconds }) => ({
    headline: `Cannot ask git in ${directory}: no answer within ${seconds} s`,
    why: "the file system does not answer, or a wrapper named git waits",
    next: `GIT_TRACE=1 ${
      toShell(["git", "-C", directory, "rev-parse", "HEAD"])
    }`,
  }),
  "no-docker": ({ detail }) => ({
    headline: detail === undefined
      ? 'Cannot find the program "docker"'
      : 'Cannot start the program "docker"',
    ...(detail !== undefined && { why: detail }),
    next: detail === undefined
      ? "install Docker: https://docs.docker.com/engine/install/"
      : "docker version",
  }),
  "no-engine": ({ detail }) => ({
    headline: "Cannot reach a Docker Engine",
    why: brief(detail),
    next: /permission denied/.test(detail)
      ? "sudo usermod -aG docker $USER   # then log in again"
      : "docker context ls   # start the engine with *, or set DOCKER_HOST",
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
  "no-events": ({ file, problem }, typing) => ({
    headline: file === undefined
      ? `Cannot show a run: ${problem}`
      : `Cannot show "${file}": ${problem}`,
    next: file === undefined
      ? `${typing.target(["test"])}   # or name a folder of reports after show`
      : "todoflow show --help",
  }),
  "unreadable-events": ({ file, detail, look }) => ({
    headline: `Cannot show "${file}": it cannot be read`,
    why: detail,
    next: look,
  }),
  "unwritable": ({ file, detail }, typing) => ({
    headline: `Cannot write ${file}`,
    why: detail,
    next: `${typing.target(["init"])}   # prints the text instead`,
  }),
  "engine-lost": ({ step, target, detail }, typing) => ({
    headline: `${target} lost the Docker Engine at step "${step}"`,
    why: detail,
    next:
      `docker info   # once the engine answers: ${typing.again()}, which removes the leftovers`,
  }),
  "docker-killed": ({ step, target, detail }, typing) => ({
    headline: `${target} failed at step "${step}": docker was killed`,
    why: /SIGKILL/.test(detail)
      ? `${detail}, possibly because memory ran out`
      : detail,
    next:
      `journalctl --dmesg --grep 'out of memory'   # then: ${typing.again()}`,
  }),
  "disk-full": ({ step, target, detail }) => ({
    headline: `${target} failed at step "${step}": the disk is full`,
    why: detail,
    next: "docker system df   # then: docker builder prune, docker image prune",
  }),
  "port-taken": ({ step, target, detail, taken }) => ({
    headline: `${target} failed at step "${step}": ` +
      portInUse(taken ? [taken] : []),
    why: taken ? portText(taken) : brief(detail),
    next: taken
      ? freePorts([taken])
      : "docker ps   # stop whatever uses the port, or publish another one",
  }),
  "no-address-pool": ({ step, target, detail }) => ({
    headline:
      `${target} failed at step "${step}": the engine has no addresses left for a network`,
    why: detail,
    next:
      "docker network prune   # or add default-address-pools in daemon.json",
  }),
  "no-registry": ({ step, target, shell, detail }, typing) => ({
    headline: `${target} failed at step "${step}": ${registryProblem(detail)}`,
    why: detail,
    next: /toomanyrequests/.test(detail)
      ? `docker login   # a user has a higher limit; then: ${typing.again()}`
      : shell === undefined
      ? `${typing.again()}   # once the registry answers`
      : `${shell}   # asks it again; then: ${typing.again()}`,
  }),
  "network-gone": ({ step, target, detail }, typing) => ({
    headline:
      `${target} failed at step "${step}": a network is no longer there`,
    why: detail,
    next: typing.again(),
  }),
  "foreign-volume": ({ step, target, detail }, typing) => {
    const [, name] = /^volume ([\w.-]+) was there/.exec(detail) ?? [];
    return {
      headline:
        `${target} failed at step "${step}": a volume is not todoflow's`,
      why: detail,
      next: name === undefined
        ? "docker volume ls"
        : `docker volume inspect ${name}   # if nothing needs its data: docker volume rm ${name}; then: ${typing.again()}`,
    };
  },
};

/** The problem with a registry, by docker's words. */
function registryProblem(detail: string): string {
  if (/toomanyrequests/.test(detail)) {
    return "the registry's rate limit is reached";
  }
  if (/\b5\d\d [A-Z]/.test(detail)) return "the registry has an error";
  return /\b(x509|tls): /.test(detail)
    ? "this machine does not trust the registry"
    : "the registry cannot be reached";
}

/**
 * The wording of failures of the machine: git, docker, Compose, the engine, the disk.
 *
 * @module
 */

import type { Wording } from "./explanation.ts";
import { freePorts, portInUse, portText } from "./port_wording.ts";
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
> = {
  "no-git": ({ detail }) => ({
    headline: detail === undefined ? "Cannot find git" : "Cannot start git",
    ...(detail !== undefined && { why: detail }),
    next: detail === undefined
      ? "APP_VERSION=1.0 todoflow version   # or install git"
      : "git --version",
  }),
  "no-repository": ({ directory, detail, remedy }) => ({
    headline: `Cannot read the git commit in ${directory}`,
    why: detail,
    next: remedy ??
      "APP_VERSION=1.0 todoflow version   # or run it inside a git repository",
  }),
  "no-commit": ({ directory }) => ({
    headline: `Cannot name a version: ${directory} has no commit yet`,
    next: "git commit   # or set APP_VERSION",
  }),
  "git-hangs": ({ directory, seconds }) => ({
    headline: `Cannot ask git in ${directory}: no answer within ${seconds} s`,
    why: "the file system does not answer, or a wrapper named git waits",
    next: "GIT_TRACE=1 git rev-parse HEAD   # in that folder",
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
      : "docker info   # then start the engine, or set DOCKER_HOST",
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
  "unwritable": ({ file, detail }) => ({
    headline: `Cannot write ${file}`,
    why: detail,
    next: "todoflow init   # prints the text instead",
  }),
  "engine-lost": ({ step, target, detail }) => ({
    headline: `${target} lost the Docker Engine at step "${step}"`,
    why: detail,
    next:
      "start the engine; the next test, release or clean removes this run's leftovers",
  }),
  "docker-killed": ({ step, target, detail }) => ({
    headline: `${target} failed at step "${step}": docker was killed`,
    why: /SIGKILL/.test(detail)
      ? `${detail}, possibly because memory ran out`
      : detail,
    next: "journalctl --dmesg --grep 'out of memory'   # then run it again",
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
  "no-registry": ({ step, target, shell, detail }) => ({
    headline: `${target} failed at step "${step}": ${registryProblem(detail)}`,
    why: detail,
    next: /toomanyrequests/.test(detail)
      ? "docker login   # a user has a higher limit; then run it again"
      : `${shell}   # until it works; then: todoflow ${target}`,
  }),
  "network-gone": ({ step, target, detail }) => ({
    headline:
      `${target} failed at step "${step}": a network is no longer there`,
    why: detail,
    next: `todoflow ${target}   # again`,
  }),
  "foreign-volume": ({ step, target, detail }) => ({
    headline: `${target} failed at step "${step}": a volume is not todoflow's`,
    why: detail,
    next:
      "docker volume ls   # then remove it, or use another project: -p NAME",
  }),
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

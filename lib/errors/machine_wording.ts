/**
 * The wording of failures of the machine: git, docker, Compose, the engine, the disk.
 *
 * @module
 */

import type { Wording } from "./explanation.ts";
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
  | "foreign-volume"
> = {
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
};

/**
 * The machine: Docker, Compose, buildx, the context, the disk.
 *
 * @module
 */

import type { Output } from "../child.ts";
import {
  composeProblem,
  composeVersion,
  versionIn,
} from "../compose/resolve.ts";
import type { Docker } from "../engine/docker.ts";
import { DEFAULT_ENDPOINT, observeEndpoint } from "../engine/current.ts";
import type { Shell } from "../plan/plan.ts";
import { ask, jsonOf, linesOf } from "./project/ask.ts";
import { type Draft, type Examined, failureDraft } from "./project/finding.ts";

/** The examined machine. */
interface Machine extends Examined {
  /** Where the engine is reached, such as `unix:///var/run/docker.sock`. */
  endpoint: string;
  /** Whether the engine is on another machine. */
  remote: boolean;
  /** Whether the engine answers. */
  answers: boolean;
  /** Version of Compose; undefined where there is none. */
  compose: string | undefined;
  /** Whether containers can be given less memory than there is. */
  limitsMemory: boolean;
}

/** Options of {@linkcode examineMachine}. */
interface MachineOptions {
  $: Shell;
  /** Name of this machine. */
  host: string;
  /** Bytes that are free where a folder is; undefined where that is unknown. */
  free(folder: string): Promise<number | undefined>;
}

/** The parts of `docker version` that are read: https://docs.docker.com/reference/cli/docker/version/. */
interface Versions {
  Client?: { Version?: string };
  Server?: { Version?: string; ApiVersion?: string } | null;
}

/** The parts of `docker info` that are read: https://docs.docker.com/reference/cli/docker/system/info/. */
interface Info {
  Name?: string;
  DockerRootDir?: string;
  MemTotal?: number;
  MemoryLimit?: boolean;
}

/** Bytes below which a build is likely to fail, and below which it may. */
const DISK_FULL = 512 * 1024 ** 2;
const DISK_LOW = 2 * 1024 ** 3;

/** Examines the machine. A part that does not answer is a finding, and the other parts are examined all the same. */
export async function examineMachine(
  { $, host, free }: MachineOptions,
): Promise<Machine> {
  const docker: Docker = (...args) => ask($`docker ${args}`);
  const [version, info, context, endpoint, compose, buildx, builder, usage] =
    await Promise.all([
      ask($`docker version --format ${"{{json .}}"}`),
      ask($`docker info --format ${"{{json .}}"}`),
      ask($`docker context show`),
      // The other questions report faults of docker.
      observeEndpoint(docker)
        .catch(() => DEFAULT_ENDPOINT),
      composeVersion(docker),
      ask($`docker buildx version`),
      ask($`docker buildx inspect`),
      ask($`docker system df --format ${"{{json .}}"}`),
    ]);
  const remote = isRemote(endpoint);
  const missing = version.code === 127;
  const detail = /Failed to spawn(?!.*entity not found).*/
    .exec(version.stderr)?.[0];
  const answers = version.code === 0;
  const data = answers ? jsonOf<Info>(info) ?? {} : {};
  const isHere = !remote && data.Name === host;
  const bytes = isHere && data.DockerRootDir
    ? await free(data.DockerRootDir)
    : undefined;
  const place = { remote, endpoint, name: context.stdout.trim() || "default" };
  const parts = missing
    ? [{
      facts: [{ name: "docker", value: detail ?? "not found", ok: false }],
      drafts: [
        failureDraft({ kind: "no-docker", ...(detail && { detail }) }),
      ],
    }]
    : [
      examineEngine(version),
      examineContext(place),
      examineCompose(compose),
      examineBuildx(buildx, builder),
      ...(answers ? [examineDisk(data, bytes, usage)] : []),
      ...(answers ? [examineMemory(data)] : []),
    ];
  return {
    facts: parts.flatMap(({ facts }) => facts),
    drafts: parts.flatMap(({ drafts }) => drafts),
    endpoint,
    remote,
    answers,
    compose: compose.code === 0 ? versionIn(compose) : undefined,
    limitsMemory: data.MemoryLimit ?? true,
  };
}

/** A socket or a named pipe is this machine's. */
export function isRemote(endpoint: string): boolean {
  const [, host = ""] =
    /^(?:tcp|ssh|https?):\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/]*)/.exec(endpoint) ??
      [];
  return host !== "" && !/^(localhost|127\..*|\[::1\])$/.test(host);
}

function examineEngine(version: Output): Examined {
  const { Client: client, Server: server } = jsonOf<Versions>(version) ?? {};
  const docker = { name: "docker", value: client?.Version ?? "?", ok: true };
  if (version.code === 0) {
    const value = `${server?.Version ?? "?"}, API ${server?.ApiVersion ?? "?"}`;
    return { facts: [docker, { name: "engine", value, ok: true }], drafts: [] };
  }
  const detail = version.stderr.trim();
  return {
    facts: [docker, { name: "engine", value: "does not answer", ok: false }],
    drafts: [failureDraft({ kind: "no-engine", detail }, {
      ...(/permission denied/i.test(detail) && {
        fix:
          'sudo usermod --append --groups docker "$USER"   # then log in again',
      }),
    })],
  };
}

function examineContext(
  { name, endpoint, remote }: {
    name: string;
    endpoint: string;
    remote: boolean;
  },
): Examined {
  const value = `${name}, ${endpoint}${remote ? ", on another machine" : ""}`;
  return { facts: [{ name: "context", value, ok: true }], drafts: [] };
}

function examineCompose(compose: Output): Examined {
  const problem = composeProblem(compose);
  const version = versionIn(compose);
  const value = problem?.kind === "no-compose"
    ? "none"
    : problem
    ? `${version}, too old`
    : version;
  return {
    facts: [{ name: "compose", value, ok: !problem }],
    drafts: problem ? [failureDraft(problem)] : [],
  };
}

/** The version is the first number in "github.com/docker/buildx v0.13.1 788433953af1"; the driver is a line "Driver: docker". */
function examineBuildx(version: Output, builder: Output): Examined {
  const [number] = /\d+\.\d+(\.\d+)?/.exec(version.stdout) ?? [];
  if (version.code !== 0 || !number) {
    return {
      facts: [{ name: "buildx", value: "none", ok: false }],
      drafts: [{
        id: "no-buildx",
        severity: "warning",
        title: "Cannot find Docker Buildx",
        why:
          "newer Compose builds with it; without it, older Compose lacks many features of Dockerfiles",
        fix: "install buildx: https://github.com/docker/buildx#installing",
      }],
    };
  }
  const [, driver] = /^Driver:[ \t]*(\S+)/m.exec(builder.stdout) ?? [];
  const value = driver ? `${number}, driver ${driver}` : number;
  return {
    facts: [{ name: "buildx", value, ok: true }],
    drafts: driver === undefined || driver === "docker" ? [] : [{
      id: "own-builder",
      severity: "advice",
      title: `Builds run in a builder outside the engine, driver "${driver}"`,
      why:
        "it cannot use the engine's images: each image is copied to the engine after its build, and base images are fetched again, so that test and release can get different ones",
      fix: "docker buildx use default",
    }],
  };
}

function examineDisk(
  { DockerRootDir: folder }: Info,
  bytes: number | undefined,
  usage: Output,
): Examined {
  const reclaimable = linesOf(usage).flatMap((line) => {
    const stdout = line;
    const { Type: type = "", Reclaimable: size = "" } =
      jsonOf<{ Type?: string; Reclaimable?: string }>({ ...usage, stdout }) ??
        {};
    // "206.9MB (44%)"
    const amount = size.split(" ")[0]!;
    return parseFloat(amount) > 0 ? `${type.toLowerCase()} ${amount}` : [];
  });
  const unused = reclaimable.length > 0
    ? `unused: ${reclaimable.join(", ")}`
    : "nothing unused";
  const value = bytes === undefined
    ? unused
    : `${sizeText(bytes)} free in ${folder}; ${unused}`;
  const ok = bytes === undefined || bytes >= DISK_LOW;
  const drafts: Draft[] = ok ? [] : [{
    id: bytes < DISK_FULL ? "disk-full" : "disk-low",
    severity: bytes < DISK_FULL ? "error" : "warning",
    title: `Only ${sizeText(bytes)} is free for images in ${folder}`,
    why: "builds and databases fail when the disk is full",
    fix: "docker builder prune\ndocker image prune",
  }];
  return { facts: [{ name: "disk", value, ok }], drafts };
}

function examineMemory(
  { MemTotal: total, MemoryLimit: limits = true }: Info,
): Examined {
  if (total === undefined) return { facts: [], drafts: [] };
  const value = sizeText(total) + (limits ? "" : ", limits are not enforced");
  return { facts: [{ name: "memory", value, ok: limits }], drafts: [] };
}

/** Bytes for people, in powers of ten as Docker has them. */
function sizeText(bytes: number): string {
  return bytes < 1e9
    ? `${Math.round(bytes / 1e6)} MB`
    : `${(bytes / 1e9).toFixed(1)} GB`;
}

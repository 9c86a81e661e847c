/**
 * Checks of services: roles, unsupported features, images.
 *
 * @module
 */

import { isOn } from "../../compose/files.ts";
import { isAtLeast } from "../../compose/resolve.ts";
import { containersOf } from "../../compose/service.ts";
import type { Check } from "../project/check.ts";
import { failureDraft } from "../project/finding.ts";
import { isFloating } from "../../image_name.ts";
import { missingRoles } from "../project/roles.ts";
import { pinned } from "../project/image.ts";
import { withoutLine } from "../project/paste.ts";
import type { Part, Project } from "../project/project.ts";
import { writtenAt } from "../project/place.ts";

/** Features that `test` and `release` refuse, in the same words. */
const unsupported: Check = ({ parts }) =>
  parts.flatMap(({ service, raw }) => {
    const { network_mode: mode } = raw;
    // The next check reports more than one container, with its line.
    if (!service.unsupported || containersOf(raw) !== 1) return [];
    const isNetwork = mode?.startsWith("service:");
    return [
      failureDraft({ kind: "unsupported", ...service.unsupported }, {
        at: service.unsupported.path,
        ...(isNetwork && {
          why:
            "todoflow starts each container separately, and this one has no network until another one runs",
          fix: withoutLine(`network_mode: ${mode}`),
        }),
      }),
    ];
  });

/** One container of each service is started. */
const scaled: Check = ({ parts }) =>
  parts.flatMap(({ name, raw }) => {
    const { deploy } = raw;
    const count = containersOf(raw);
    return count === 1 ? [] : [{
      id: "unsupported",
      severity: "error",
      title: `Cannot use ${count} containers of "${name}": not supported`,
      why:
        `test and release start one container of "${name}", and wait for that one`,
      at: deploy?.replicas === undefined
        ? ["services", name, "scale"]
        : ["services", name, "deploy", "replicas"],
      fix: deploy?.replicas === undefined ? "scale: 1" : "replicas: 1",
    }];
  });

/** https://docs.docker.com/compose/how-tos/lifecycle/ */
const HOOKS = [2, 30] as const;

/** Compose before 2.30 reads hooks and runs none. */
const hooks: Check = ({ parts }, { compose }) =>
  isAtLeast(compose, HOOKS)
    ? []
    : parts.flatMap(({ name, raw }) =>
      (["post_start", "pre_stop"] as const)
        .filter((key) => raw[key] !== undefined && raw[key].length > 0)
        .map((key) => ({
          id: "unsupported",
          severity: "error" as const,
          title:
            `Cannot use "${key}" of "${name}": not supported by this Compose`,
          why: `Compose ${compose} reads hooks but does not run them; ${
            HOOKS.join(".")
          } is the first version that does`,
          at: ["services", name, key],
          fix: "update Compose: https://docs.docker.com/compose/install/",
        }))
    );

/** Compatibility mode changes container names, so that todoflow would wait for the wrong ones. */
const compatibility: Check = (_, { env: { COMPOSE_COMPATIBILITY: value } }) =>
  !isOn(value) ? [] : [{
    id: "unsupported",
    severity: "error",
    title: `Cannot use COMPOSE_COMPATIBILITY "${value}": not supported`,
    why:
      'it changes the names of containers to the form "project_app_1", so that todoflow would wait for the wrong ones',
    fix: "unset COMPOSE_COMPATIBILITY   # and take it out of .env",
  }];

/** Files of this machine do not exist on another one. */
const remoteMounts: Check = ({ parts, model }, { remote }) =>
  !remote ? [] : parts.flatMap(({ name, raw, build }) => {
    const binds = (raw.volumes ?? []).filter(({ type }) => type === "bind")
      .map(({ source = "", target = "" }) => ({ source, target }));
    const injected = (["secrets", "configs"] as const).flatMap((kind) =>
      (raw[kind] ?? []).flatMap((use) => {
        const { source = "" } = use as { source?: string };
        const file = model[kind][source]?.file;
        return file === undefined ? [] : `${file} as ${kind.slice(0, -1)}`;
      })
    );
    const mounts = [
      ...binds.map(({ source, target }) => `${source} at ${target}`),
      ...injected,
    ];
    return mounts.length === 0 ? [] : [{
      id: "remote-mount",
      severity: "warning" as const,
      title: `"${name}" mounts from this machine: ${mounts.join(", ")}`,
      why:
        "the engine is on another machine, and mounts an empty folder in its place",
      at: ["services", name, binds.length > 0 ? "volumes" : "secrets"],
      fix: copyText(binds, build),
    }];
  });

/** The lines of a Dockerfile that take the place of mounts; "" where the build does not have all of the files. */
function copyText(
  binds: readonly { source: string; target: string }[],
  build: Part["build"],
): string {
  const context = build?.build.context ?? "";
  const lines = binds.map(({ source, target }) =>
    source.startsWith(`${context}/`) && context !== ""
      ? `COPY ${source.slice(context.length + 1)} ${target}`
      : undefined
  );
  return lines.length === 0 || lines.includes(undefined)
    ? ""
    : ["# in the Dockerfile, instead of the mount:", ...lines].join("\n");
}

/** An engine without the memory controller accepts the key, warns, and does not enforce it. */
const memoryLimits: Check = ({ parts }, { limitsMemory }) =>
  limitsMemory ? [] : parts
    .filter(({ raw: { mem_limit: limit, deploy } }) =>
      limit ?? deploy?.resources?.limits?.memory
    )
    .map(({ name, raw }) => ({
      id: "memory-limit",
      severity: "advice",
      title: `The engine does not enforce the memory limit of "${name}"`,
      why: "the memory controller of its kernel is switched off",
      at: raw.mem_limit
        ? ["services", name, "mem_limit"]
        : ["services", name, "deploy", "resources", "limits", "memory"],
      fix:
        "# kernel command line, then update-grub and a restart:\ncgroup_enable=memory swapaccount=1",
    }));

/** Images whose tag can point at another image tomorrow. */
const floatingImages: Check = ({ parts, images }) =>
  parts.flatMap(({ name, build, raw: { image } }) =>
    build || image === undefined || !isFloating(image) ? [] : [{
      id: "latest-image",
      severity: "advice",
      title: `The image "${image}" of "${name}" can change from day to day`,
      why:
        "two agents can run two versions, and a new version arrives without a commit, unless the name has a version or a digest",
      at: ["services", name, "image"],
      fix: pinned(image, images.get(image), "image: "),
      group: {
        all: "Images can change from day to day",
        one: `"${name}": ${image}`,
      },
    }]
  );

/** https://docs.docker.com/reference/compose-file/version-and-name/ */
const obsoleteVersion: Check = ({ written }: Project) => {
  const [version] = writtenAt(written, ["version"]);
  return version === undefined ? [] : [{
    id: "obsolete-version",
    severity: "advice",
    title: 'The key "version" is obsolete',
    why: "Compose ignores it, and warns about it in each call",
    at: ["version"],
    fix: withoutLine(`version: ${JSON.stringify(version)}`),
  }];
};

const roles: Check = (project) => missingRoles(project);

/** The checks of services. */
export const serviceChecks: readonly Check[] = [
  roles,
  unsupported,
  scaled,
  hooks,
  compatibility,
  remoteMounts,
  memoryLimits,
  floatingImages,
  obsoleteVersion,
];

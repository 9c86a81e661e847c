/**
 * Makes a model of a project its twin's: what the Compose file names for every project on the engine gets a name of the
 * twin, and what only one project can have is left out.
 *
 * @module
 */

import { engineName } from "../image_name.ts";
import type { Model } from "./model.ts";
import { isRoute } from "../plan/routes.ts";
import type { TwinTarget } from "../plan/twin.ts";
import type { RawService } from "./raw_service.ts";
import { sortedEntries } from "./service.ts";

/** Options of {@linkcode twinned}. */
export interface TwinOptions {
  /** The project of the builds. */
  base: string;
  /** Undefined for a target that makes no containers, or makes them in the project of the builds. */
  target: TwinTarget | undefined;
  /** Whether images that are built get names of the project, because neighbors on the engine may build them, too. */
  isolated: boolean;
  /** Services of which one container starts, whatever the file says. */
  once?: readonly string[];
  /** The mounts of data that get a new volume instead. */
  fresh?: readonly FreshMount[];
}

/** A mount in a service that gets a new volume. */
export interface FreshMount {
  service: string;
  /** Path in the container. */
  target: string;
}

/** A model, and the Compose file that has the same effect when Compose merges it last. */
export interface Twinned {
  model: Model;
  /** Undefined if nothing differs. */
  override: string | undefined;
  /** Whether the file had named objects that would have been shared with other projects. */
  renames: boolean;
}

/** The changes of one part of a model. */
interface Change<T> {
  /** The part with the changes. */
  part: T;
  /** Lines of YAML, without indentation; none if nothing differs. */
  lines: readonly string[];
}

/** Makes the model that a target works with. */
export function twinned(model: Model, options: TwinOptions): Twinned {
  const { services = {}, networks = {}, volumes = {} } = model;
  const images = imagesOf(services, options);
  const changes = {
    services: changed(services, (name, raw) =>
      merged([
        imageChange(raw, images.of.get(name), options),
        hookChange(raw, images.named),
        ...(options.target ? ownChanges(name, raw ?? {}, options) : []),
      ], raw)),
    networks: changed(networks, (key, raw) => named(key, raw, model, options)),
    volumes: changed(volumes, (key, raw) => named(key, raw, model, options)),
  };
  const sections = Object.entries(changes).flatMap(([section, found]) => {
    const all: [string, Change<unknown>][] = Object.entries(found);
    const parts = all.filter(([, { lines }]) => lines.length > 0);
    return parts.length === 0 ? [] : [
      `${section}:`,
      ...parts.flatMap(([name, { lines }]) => [
        `  ${yaml(name)}:`,
        ...lines.map((line) => `    ${line}`),
      ]),
    ];
  });
  const parts = <T>(found: Record<string, Change<T>>) =>
    Object.fromEntries(
      Object.entries(found).map(([name, { part }]) => [name, part]),
    );
  return {
    model: {
      ...model,
      services: parts(changes.services),
      networks: parts(changes.networks),
      volumes: parts(changes.volumes),
    },
    override: sections.length === 0 ? undefined : `${sections.join("\n")}\n`,
    renames: [
      ...Object.values(changes.networks),
      ...Object.values(changes.volumes),
    ].some(({ lines }) => lines.length > 0),
  };
}

function changed<T>(
  parts: Readonly<Record<string, T>>,
  change: (name: string, part: T) => Change<T>,
): Record<string, Change<T>> {
  return Object.fromEntries(
    sortedEntries(parts).map(([name, part]) => [name, change(name, part)]),
  );
}

/** Several changes of one service. */
function merged(
  changes: readonly Change<Partial<RawService>>[],
  raw: RawService | null,
): Change<RawService | null> {
  const lines = changes.flatMap(({ lines }) => lines);
  return lines.length === 0 ? { part: raw, lines } : {
    part: Object.assign({}, raw, ...changes.map(({ part }) => part)),
    lines,
  };
}

/** The names of images that differ from the file's. */
interface Images {
  /** By service. */
  of: ReadonlyMap<string, string>;
  /** By the engine's form of the name in the file. */
  named: ReadonlyMap<string, string>;
}

/** Gives images other names: with those in the file, two checkouts would overwrite each other's images. */
function imagesOf(
  services: NonNullable<Model["services"]>,
  { base, isolated }: TwinOptions,
): Images {
  if (!isolated) return { of: new Map(), named: new Map() };
  const named = new Map(
    sortedEntries(services).flatMap(([name, raw]) =>
      raw?.build && raw.image !== undefined
        ? [raw.image, ...raw.build.tags ?? []]
          .map((image) => [engineName(image), `${base}-${name}`] as const)
        : []
    ).toReversed(),
  );
  const of = new Map(
    Object.entries(services).flatMap(([name, raw]) => {
      const image = raw?.image;
      // A service without a build runs the image of the one that builds it.
      const own = image === undefined
        ? undefined
        : raw?.build
        ? `${base}-${name}`
        : named.get(engineName(image));
      return own === undefined ? [] : [[name, own] as const];
    }),
  );
  return { of, named };
}

/** Hooks run images of the file, too. Compose merges lists by adding to them, so that all of this one is replaced. */
function hookChange(
  raw: RawService | null,
  named: Images["named"],
): Change<Partial<RawService>> {
  const { pre_start: hooks = [] } = raw ?? {};
  const nameOf = (image: string | undefined) =>
    image && named.get(engineName(image));
  if (!hooks.some(({ image }) => nameOf(image))) return SAME;
  const changed = hooks.map((hook) => {
    const image = nameOf(hook.image);
    return image ? { ...hook, image } : hook;
  });
  return {
    part: { "pre_start": changed },
    lines: [`pre_start: !override ${yaml(changed)}`],
  };
}

function imageChange(
  raw: RawService | null,
  image: string | undefined,
  { isolated }: TwinOptions,
): Change<Partial<RawService>> {
  const { build } = raw ?? {};
  const hasTags = isolated && build?.tags !== undefined &&
    build.tags.length > 0;
  return {
    part: {
      ...(image !== undefined && { image }),
      ...(hasTags && { build: { ...build, tags: [] } }),
    },
    lines: [
      ...(image === undefined ? [] : [`image: ${yaml(image)}`]),
      // Compose merges lists; the tag that removes one is YAML only.
      ...(hasTags ? ["build: { tags: !reset null }"] : []),
    ],
  };
}

/** The changes of the things that only one project on the engine can have. */
function ownChanges(
  name: string,
  raw: RawService,
  { target, fresh = [], once = [] }: TwinOptions,
): Change<Partial<RawService>>[] {
  const replaced = fresh.filter(({ service }) => service === name)
    .map(({ target }) => target);
  return [
    nameChange(raw),
    ...(target === "test" ? [portChange(raw), routeChange(raw)] : []),
    mountChange(raw, replaced),
    ...(once.includes(name) ? [countChange(raw)] : []),
  ];
}

/** A part of a service in which nothing differs. */
const SAME = { part: {}, lines: [] };

/** Compose names the container; the name that the file gives it stays one of its names on its networks. */
function nameChange(raw: RawService): Change<Partial<RawService>> {
  const { container_name: fixed, network_mode: mode, networks = {} } = raw;
  if (fixed === undefined) return SAME;
  const lines = ["container_name: !reset null"];
  const part: Partial<RawService> = { "container_name": undefined };
  const keys = mode === undefined ? Object.keys(networks) : [];
  if (keys.length === 0) return { part, lines };
  // Other containers may know it by that name.
  const aliased = keys.map((key) => {
    const { [key]: network } = networks;
    const aliases = [...network?.aliases ?? [], fixed];
    return [key, { ...network, aliases }] as const;
  });
  // Compose merges lists, so that the aliases of the file stay.
  const added = keys.map((key) => [key, { aliases: [fixed] }] as const);
  return {
    part: { ...part, networks: Object.fromEntries(aliased) },
    lines: [...lines, `networks: ${yaml(Object.fromEntries(added))}`],
  };
}

/** One container, which a run can wait for. */
function countChange({ deploy }: RawService): Change<Partial<RawService>> {
  // Compose prefers the number of `deploy`.
  return deploy?.replicas === undefined
    ? { part: { scale: 1 }, lines: ["scale: 1"] }
    : {
      part: { deploy: { ...deploy, replicas: 1 }, scale: 1 },
      lines: ["scale: 1", "deploy: { replicas: 1 }"],
    };
}

/** Nothing outside asks a test, and a port that the file fixes may be taken. */
function portChange({ ports = [] }: RawService): Change<Partial<RawService>> {
  return ports.length === 0
    ? SAME
    : { part: { ports: [] }, lines: ["ports: !reset []"] };
}

/** A proxy must not send users to a test. */
function routeChange({ labels = {} }: RawService): Change<Partial<RawService>> {
  const routes = Object.keys(labels).filter(isRoute);
  const others = Object.entries(labels).filter(([name]) => !isRoute(name));
  return routes.length === 0 ? SAME : {
    part: { labels: Object.fromEntries(others) },
    lines: [
      "labels:",
      ...routes.map((name) => `  ${yaml(name)}: !reset null`),
    ],
  };
}

/** @param replaced paths in the container that get a new volume */
function mountChange(
  { volumes = [] }: RawService,
  replaced: readonly string[],
): Change<Partial<RawService>> {
  const fresh = replaced.map((target) => ({ type: "volume", target }));
  return fresh.length === 0 ? SAME : {
    part: {
      volumes: volumes.map((mount) =>
        fresh.find(({ target }) => target === mount.target) ?? mount
      ),
    },
    lines: [`volumes: ${yaml(fresh)}`],
  };
}

/** A network or volume, with the name that it would have if the file named none. */
function named<T extends { name?: string; external?: boolean } | null>(
  key: string,
  raw: T,
  { name: project }: Model,
  { target }: TwinOptions,
): Change<T> {
  const name = `${project}_${key}`;
  if (!target || !raw?.name || raw.external || raw.name === name) {
    return { part: raw, lines: [] };
  }
  return { part: { ...raw, name }, lines: [`name: ${yaml(name)}`] };
}

/** A value as YAML on one line; Compose reads "$" as a variable. */
function yaml(value: unknown): string {
  return JSON.stringify(value).replaceAll("$", () => "$$");
}

/**
 * Finds the data that tests would share with a developer: a database in a folder of the host, or in a volume that is not
 * the project's own.
 *
 * @module
 */

import type { Model } from "../compose/model.ts";
import type { RawMount } from "../compose/raw_service.ts";
import type { FreshMount } from "../compose/twin.ts";
import type { EngineApi } from "../engine/api.ts";
import { hasEntries } from "../reports/look.ts";
import { realPath } from "../world.ts";
import { isDataPath, looksLikeData } from "./shared.ts";

/** A mount of data in a service. */
export interface DataMount extends FreshMount {
  /** The folder of the host, or the name of the volume. */
  source: string;
}

/** The mounts of data, in these services, that are not the project's own. */
export async function dataMounts(
  model: Model,
  { base, services: names, api }: {
    /** The project of the builds. */
    base: string;
    /** Names of the services that tests start. */
    services: readonly string[];
    api: EngineApi;
  },
): Promise<DataMount[]> {
  const { services = {} } = model;
  const found: DataMount[] = [];
  for (const service of names) {
    const raw = services[service] ?? {};
    for (const mount of raw.volumes ?? []) {
      const source = sharedSource(mount, model);
      const { target } = mount;
      if (source === undefined || target === undefined) continue;
      const image = raw.image ?? `${base}-${service}`;
      if (await holdsData({ target, image, source }, api)) {
        found.push({ service, target, source });
      }
    }
  }
  return found;
}

/** The remark about a mount that was replaced. */
export function freshText({ service, source, target }: DataMount): string {
  return `"${service}" has a new volume at ${target} instead of ${source}, whose data tests must not change`;
}

/** The source of a mount, if the service can write to it and others share it; undefined for the project's own volume. */
function sharedSource(
  { type, source, read_only: isReadOnly }: RawMount,
  { volumes = {} }: Model,
): string | undefined {
  if (source === undefined || isReadOnly) return undefined;
  if (type === "bind") return source;
  const volume = type === "volume" ? volumes[source] : undefined;
  if (!volume) return undefined;
  if (volume.external) return volume.name ?? source;
  // A volume of another name with the same options is the same folder, or the same share of a server.
  const { device, type: fileSystem } = volume.driver_opts ?? {};
  const isShared = volume.driver !== undefined && volume.driver !== "local" ||
    device !== undefined && fileSystem !== "tmpfs";
  return isShared ? `${device ?? volume.name ?? source}` : undefined;
}

async function holdsData(
  { target, image, source }: { target: string; image: string; source: string },
  api: EngineApi,
): Promise<boolean> {
  const isFolder = source.startsWith("/");
  const folder = isFolder ? await realPath(source) : source;
  // Such as a script that fills the database.
  if (isFolder && await hasEntries(folder) === undefined) return false;
  return await isDataPath(target, image, api) === true ||
    isUsualPath(target) || isRedis(image) && target === "/data" ||
    isFolder && await looksLikeData(folder);
}

/** Redis, whose folder of data has a common name. */
function isRedis(image: string): boolean {
  return /(^|\/)(redis|valkey)\b[^/]*$/.test(image);
}

/** Where images of databases keep their data, for images that are not on the engine yet. */
const USUAL_PATHS = [
  ...["/var/lib/postgresql", "/var/lib/mysql", "/data/db", "/var/lib/mongo"],
  ...["/var/lib/redis", "/var/lib/cassandra", "/var/lib/clickhouse"],
  ...["/var/lib/rabbitmq", "/var/lib/influxdb", "/var/lib/neo4j", "/bitnami"],
  ...["/usr/share/elasticsearch/data", "/usr/share/opensearch/data"],
  ...["/var/opt/mssql", "/opt/couchdb/data", "/qdrant/storage"],
];

function isUsualPath(target: string): boolean {
  return USUAL_PATHS.some((path) =>
    target === path || target.startsWith(`${path}/`)
  );
}

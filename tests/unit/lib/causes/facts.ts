/**
 * Facts for tests of causes: an app with a database, a cache, a broker and a proxy.
 *
 * @module
 */

import type { Facts, Neighbor } from "../../../../lib/causes/facts.ts";

/** A service that runs; absent parts have defaults. */
export function service(
  name: string,
  more: Partial<Neighbor> = {},
): Neighbor {
  return {
    service: name,
    names: [name],
    networks: ["default"],
    image: `shop-${name}`,
    ports: [],
    addresses: [],
    isPart: true,
    state: "running",
    ...more,
  };
}

export const SERVICES: readonly Neighbor[] = [
  service("app", { ports: [8000], addresses: ["172.18.0.5"] }),
  service("db", {
    image: "postgres:15",
    ports: [5432],
    addresses: ["172.18.0.2"],
  }),
  service("cache", { image: "redis:7", ports: [6379] }),
  service("mongo", { image: "mongo:7", ports: [27_017] }),
  service("broker", { image: "rabbitmq:3", ports: [5672] }),
  service("books", { image: "mariadb:10.11", ports: [3306] }),
  service("gone", {
    ports: [9200],
    state: "exited",
    addresses: ["172.18.0.9"],
  }),
  service("late", { ports: [7700], state: "created" }),
  service("left", { isPart: false }),
  service("apart", { networks: ["back"] }),
];

/** The facts about the container of "app"; absent ones have defaults. */
export function factsWith(more: Partial<Facts> = {}): Facts {
  return {
    service: "app",
    exitCode: 1,
    workingDir: "/app",
    user: "",
    memory: 0,
    isReadOnly: false,
    onHost: false,
    shm: 2 ** 26,
    mounts: [],
    variables: ["PATH"],
    networks: ["default"],
    needs: new Map([["db", "service_started"]]),
    services: SERVICES,
    ...more,
  };
}

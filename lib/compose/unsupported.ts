/**
 * Features of Compose with which a service cannot take part in a run.
 *
 * @module
 */

import type { RawService } from "./raw_service.ts";

/** A feature that todoflow does not support. */
export interface Unsupported {
  /** In the words of the Compose file. */
  feature: string;
  /** The advice, as a clause in the imperative. */
  advice: string;
  /** Keys from the top of the Compose file. */
  path: readonly string[];
}

/** A feature of a service, if it has one: its name, and the advice. */
type Test = (
  name: string,
  raw: RawService,
) => [feature: string, advice: string] | undefined;

/** By the key of the service. */
const TESTS: Readonly<Record<string, Test>> = {
  "network_mode": (name, { network_mode: mode }) => {
    const feature = `network_mode "${mode}" of service "${name}"`;
    if (mode?.startsWith("service:")) {
      return [feature, `give "${name}" a network of its own`];
    }
    return mode?.startsWith("container:")
      ? [feature, `give "${name}" a network, such as an external one`]
      : undefined;
  },
  "external_links": (name, { external_links: [link] = [] }) =>
    link === undefined ? undefined : [
      `external_links "${link}" of service "${name}"`,
      `give "${name}" a network that is external instead`,
    ],
  // The engine would remove the anonymous volumes of that container together with this one.
  "volumes_from": (name, { volumes_from: all = [] }) => {
    const from = all.find((from) => from.startsWith("container:"));
    return from === undefined ? undefined : [
      `volumes_from "${from}" of service "${name}"`,
      `mount a volume that has a name into "${name}" instead`,
    ];
  },
  // Compose runs a program of this machine for it, and no container.
  provider: (name, { provider }) =>
    provider && [
      `provider "${provider.type}" of service "${name}"`,
      `put "${name}" into a profile, and start it yourself`,
    ],
  models: (name, { models }) =>
    isEmpty(models) ? undefined : [
      `models of service "${name}"`,
      `give "${name}" the address of a model by environment instead`,
    ],
  // It hands the credentials of the caller to the container.
  "use_api_socket": (name, { use_api_socket: isUsed }) =>
    isUsed
      ? [
        `use_api_socket of service "${name}"`,
        `mount the socket into "${name}" if it needs the engine`,
      ]
      : undefined,
};

function isEmpty(value: unknown): boolean {
  return Object.keys(value ?? {}).length === 0;
}

/** The first feature of a service with which it cannot start. */
export function unsupportedOf(
  name: string,
  raw: RawService,
): Unsupported | undefined {
  const path = ["services", name];
  if (name.startsWith("-")) {
    const advice = "give it a name that Compose does not read as a flag";
    return { feature: `service name "${name}"`, advice, path };
  }
  for (const [key, test] of Object.entries(TESTS)) {
    const found = test(name, raw);
    if (!found) continue;
    const [feature, advice] = found;
    return { feature, advice, path: [...path, key] };
  }
  return undefined;
}

/**
 * The resolved Compose model, as far as the doctor looks at it.
 *
 * @module
 */

import type { RawService } from "../compose/service.ts";

/** A published port in the resolved model. */
export interface Port {
  target: number;
  /** A port, or a range of which the engine takes one; absent where the engine takes any. */
  published?: string;
  "host_ip"?: string;
  protocol?: string;
}

/** The parts of a service that are looked at: https://docs.docker.com/reference/compose-file/services/. */
export interface ModelService extends Omit<RawService, "ports" | "networks"> {
  ports?: readonly Port[];
  healthcheck?: {
    test?: readonly string[];
    interval?: string;
    "start_interval"?: string;
    disable?: boolean;
  };
  user?: string;
  command?: readonly string[] | null;
  entrypoint?: readonly string[] | null;
  environment?: Readonly<Record<string, string | null>>;
  deploy?: {
    replicas?: number;
    resources?: { limits?: { memory?: string } };
  };
  "mem_limit"?: string;
  volumes?: readonly { type: string; source?: string; target: string }[];
  networks?: Readonly<
    Record<string, { "ipv4_address"?: string; "ipv6_address"?: string } | null>
  >;
  "pre_stop"?: readonly unknown[];
  provider?: unknown;
}

/** A network or a volume. */
export interface ModelObject {
  name?: string;
  external?: boolean;
  ipam?: { config?: readonly { subnet?: string }[] };
}

/** The model. */
export interface Model {
  name: string;
  services: Readonly<Record<string, ModelService>>;
  networks: Readonly<Record<string, ModelObject | null>>;
  volumes: Readonly<Record<string, ModelObject | null>>;
  secrets: Readonly<Record<string, { file?: string } | null>>;
  configs: Readonly<Record<string, { file?: string } | null>>;
}

/** Reads what `docker compose config` prints. */
export async function readModel(text: string): Promise<Model> {
  const { parse } = await import("@std/yaml");
  // Compose doubles every "$" of what it prints, so that it could be read again.
  const model = parse(text.replaceAll("$$", () => "$")) as Partial<Model>;
  const services = Object.entries(model.services ?? {})
    .map(([name, service]) => [name, service ?? {}]);
  return {
    name: model.name ?? "",
    services: Object.fromEntries(services),
    networks: model.networks ?? {},
    volumes: model.volumes ?? {},
    secrets: model.secrets ?? {},
    configs: model.configs ?? {},
  };
}

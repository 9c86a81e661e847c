/**
 * The resolved Compose model, as far as the doctor looks at it.
 *
 * @module
 */

import type { Model as Resolved } from "../../compose/model.ts";
import type { RawService } from "../../compose/raw_service.ts";

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
  tmpfs?: string | readonly string[];
  "read_only"?: boolean;
  command?: readonly string[] | null;
  entrypoint?: readonly string[] | null;
  environment?: Readonly<Record<string, string | null>>;
  restart?: string;
  expose?: readonly (string | number)[];
  deploy?: {
    replicas?: number;
    "restart_policy"?: { condition?: string };
    resources?: { limits?: { memory?: string } };
  };
  "mem_limit"?: string;
  volumes?: readonly { type: string; source?: string; target: string }[];
  networks?: Readonly<
    Record<string, { "ipv4_address"?: string; "ipv6_address"?: string } | null>
  >;
  "pre_stop"?: readonly unknown[];
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

/** The model as the doctor looks at it, with the empty parts that Compose leaves out. */
export function modelOf(model: Resolved): Model {
  const { name, services, networks, volumes, secrets, configs } =
    model as Partial<Model>;
  return {
    name: name ?? "",
    services: Object.fromEntries(
      Object.entries(services ?? {})
        .map(([name, service]) => [name, service ?? {}]),
    ),
    networks: networks ?? {},
    volumes: volumes ?? {},
    secrets: secrets ?? {},
    configs: configs ?? {},
  };
}

/**
 * A service as `docker compose config` prints it, as far as it is read.
 *
 * @module
 */

/** The conditions of Compose's `depends_on`. */
export type Condition =
  | "service_started"
  | "service_healthy"
  | "service_completed_successfully";

/** The parts of a service that are read: https://docs.docker.com/reference/compose-file/services/. */
export interface RawService {
  build?: RawBuild;
  image?: string;
  profiles?: readonly string[];
  platform?: string;
  command?: string | readonly string[] | null;
  healthcheck?: { disable?: boolean; test?: unknown } | null;
  restart?: string;
  "container_name"?: string | undefined;
  "external_links"?: readonly string[];
  labels?: Readonly<Record<string, string>>;
  "depends_on"?: Record<string, { condition: Condition; required?: boolean }>;
  ports?: readonly RawPort[];
  "network_mode"?: string;
  networks?: Record<string, { aliases?: readonly string[] } | null>;
  volumes?: readonly RawMount[];
  "volumes_from"?: readonly string[];
  provider?: { type?: string };
  models?: unknown;
  "use_api_socket"?: boolean;
  "working_dir"?: string;
  scale?: number;
  "stop_grace_period"?: string;
  deploy?: {
    replicas?: number;
    "restart_policy"?: { condition?: string };
  } | null;
  secrets?: readonly unknown[];
  configs?: readonly unknown[];
  "pre_start"?: readonly RawHook[];
  "post_start"?: readonly unknown[];
}

/** A hook that Compose runs in a container of its own. */
export interface RawHook {
  /** Compose adds the service's own where the file names none, if the service has one. */
  image?: string;
}

/** A port of a service that is published. */
export interface RawPort {
  target: number;
  published?: string;
  protocol?: string;
  "host_ip"?: string;
}

/** A mount of a service. */
export interface RawMount {
  type?: string;
  source?: string;
  target?: string;
  "read_only"?: boolean;
}

/** The build of a service. */
export interface RawBuild {
  context?: string;
  dockerfile?: string;
  "dockerfile_inline"?: string;
  target?: string;
  args?: Record<string, string | null>;
  labels?: Record<string, string>;
  tags?: readonly string[];
  "additional_contexts"?: Record<string, string>;
}

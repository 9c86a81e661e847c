/**
 * The resolved Compose model, as `docker compose config` prints it.
 *
 * @module
 */

import { TodoflowError } from "../errors/todoflow_error.ts";
import type { RawService } from "./raw_service.ts";

/** The parts of Compose's model that todoflow reads: https://docs.docker.com/reference/compose-file/. */
export interface Model {
  name: string;
  "x-todoflow"?: unknown;
  services?: Readonly<Record<string, RawService | null>>;
  networks?: Readonly<Record<string, RawNetwork | null>>;
  volumes?: Readonly<Record<string, RawVolume | null>>;
  secrets?: Readonly<Record<string, RawStore | null>>;
  configs?: Readonly<Record<string, RawStore | null>>;
}

/** A secret or a config of the model. */
export interface RawStore {
  file?: string;
  /** The variable that has its value. */
  environment?: string;
}

/** A network of the model. */
interface RawNetwork {
  name?: string;
  external?: boolean;
  ipam?: { config?: readonly { subnet?: string }[] | null } | null;
}

/** A volume of the model. */
interface RawVolume {
  name?: string;
  external?: boolean;
  driver?: string;
  "driver_opts"?: Record<string, unknown>;
  labels?: Record<string, unknown>;
}

/**
 * Reads the text of `docker compose config`.
 *
 * @throws {TodoflowError} when it is no mapping, such as half of a model.
 */
export async function readModel(text: string): Promise<Model> {
  // Loaded here, because `version` must not pay for a YAML parser.
  const { parse } = await import("@std/yaml");
  let detail = "the answer of docker compose config is no mapping";
  try {
    // Compose doubles every "$" of what it prints, so that it could be read again.
    const model = parse(text.replaceAll("$$", () => "$"));
    if (typeof model === "object" && model !== null) return model as Model;
  } catch (error) {
    const { message } = error as Error;
    detail = `the answer of docker compose config is no YAML: ${message}`;
  }
  throw new TodoflowError({ kind: "invalid-compose-file", detail });
}

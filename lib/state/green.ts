/**
 * The green record: what the last successful run of a target has worked with. A run that fails is compared with it.
 *
 * @module
 */

/** An image that a run has not built. */
export interface GreenImage {
  /** The engine's name, such as "postgres:16". */
  name: string;
  /** Such as "sha256:…"; absent if only its registry's digest is known. */
  id?: string;
  /** By which its registry knows it; absent for an image that no registry has. */
  digest?: string;
}

/** The versions of the programs that a run uses; absent where they are unknown. */
export interface Versions {
  todoflow: string;
  engine?: string;
  compose?: string;
}

/** The services that a release has taken for app and acceptance tests; see `changedGuesses`. */
export interface Roles {
  apps: readonly string[];
  acceptance?: { service: string };
  unconfirmed?: readonly {
    role: "app" | "acceptance";
    service: string;
    before: string;
  }[];
}

/** The surroundings of a run, in a form that can be compared with those of another run. */
export interface Past {
  /** When the run ended, in ISO 8601. */
  at: string;
  /** Of the application. */
  version?: string;
  /** The whole hash of the commit. */
  commit?: string;
  /** Whether the checkout had uncommitted changes. */
  dirty?: boolean;
  /** Path to stamp of each uncommitted change; absent where they are unknown or too many. */
  changes?: Readonly<Record<string, string>>;
  /** The random part of the hashes of Compose keys. */
  salt?: string;
  /** Path to hash of each Compose key, "" for one whose value may be secret; absent where they are unknown. */
  keys?: Readonly<Record<string, string>>;
  /** The base images, and the images of services, that the run has not built. */
  images: readonly GreenImage[];
  versions: Versions;
  /** Milliseconds of each step, by its name. */
  steps?: Readonly<Record<string, number>>;
}

/** The record of a successful run. It contains no value of the Compose file, only salted hashes. */
export interface Green extends Past {
  /** Name of the Compose project. */
  project: string;
  /** Absolute path of the folder of its Compose file. */
  directory: string;
  /** Endpoint, such as `unix:///var/run/docker.sock`. */
  engine: string;
  target: string;
  /** Of a release. */
  roles?: Roles;
}

/** The run whose record is wanted. */
export type GreenPlace = Pick<
  Green,
  "project" | "directory" | "engine" | "target"
>;

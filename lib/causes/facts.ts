/**
 * The facts by which the words of a program become a cause: about its container, and about the services around it.
 *
 * @module
 */

import { posix } from "node:path";

/** A container, and the services around it. */
export interface Facts {
  /** The service of the container. */
  service: string;
  exitCode: number;
  /** Where its program starts, an absolute path. */
  workingDir: string;
  /** The user of its program, as the image or the file names it; "" is root. */
  user: string;
  /** Its limit of memory in bytes; 0 where it has none. */
  memory: number;
  /** Whether `read_only` closes the file system of the image. */
  isReadOnly: boolean;
  /** Whether it has the network of the machine. */
  onHost: boolean;
  /** The size of /dev/shm in bytes. */
  shm: number;
  mounts: readonly Mounted[];
  /** The names of its variables that have a value. */
  variables: readonly string[];
  /** Its networks, as the Compose file calls them. */
  networks: readonly string[];
  /** The services that it waits for, each with the condition. */
  needs: ReadonlyMap<string, string>;
  /** The file that could not be executed, if there is one. */
  program?: Program;
  /** All services of the Compose file. */
  services: readonly Neighbor[];
}

/** Something that is mounted into a container. */
export interface Mounted {
  kind: "folder" | "volume" | "tmpfs";
  /** Path on the machine of the engine, or name; "" of a tmpfs. */
  source: string;
  /** Path in the container. */
  target: string;
  isReadOnly: boolean;
  /** Of a tmpfs: bytes; undefined without a limit. */
  size?: number;
  /** Whether it is a folder; undefined where that was not asked. */
  isFolder?: boolean;
}

/** A file that could not be executed. */
export interface Program {
  /** As the words name it. */
  path: string;
  /** Its first line, without the line end but with "\r"; undefined unless it is a script. */
  firstLine?: string;
  /** The program that its first line, or its header, names. */
  interpreter?: string;
  /** Whether the container has the interpreter; undefined where that is not known. */
  hasInterpreter?: boolean;
  /** The processor that the file is made for, such as "arm64". */
  machine?: string;
  /** The processor that the image is made for. */
  image?: string;
  /** The processor of the engine. */
  engine?: string;
  /** Whether the container has the file. */
  isThere: boolean;
}

/** A service of the Compose file. */
export interface Neighbor {
  service: string;
  /** Its names on its networks. */
  names: readonly string[];
  /** Its networks, as the Compose file calls them. */
  networks: readonly string[];
  /** Name of its image. */
  image: string;
  /** Ports on which it listens, by the file and its image. */
  ports: readonly number[];
  /** Its addresses on its networks. */
  addresses: readonly string[];
  /** The engine's word, such as "running"; undefined where it has no container. */
  state?: string;
  /** Whether this run starts it. */
  isPart: boolean;
  /** Why a port that the words name does not answer, in words that follow the name of the service. */
  unreachable?: string;
  /** Its volume that was there before this run. */
  oldVolume?: string;
}

/** The mount that has a path of the container: the innermost. */
export function mountOf(
  { mounts, workingDir }: Pick<Facts, "mounts" | "workingDir">,
  path: string,
): Mounted | undefined {
  const full = posix.resolve("/", workingDir, path);
  return mounts
    .filter(({ target }) => full === target || full.startsWith(`${target}/`))
    .toSorted((a, b) => b.target.length - a.target.length)[0];
}

/** A mount in words, such as "the volume data". The engine's name of an anonymous volume says nothing. */
export function mountText({ kind, source, target }: Mounted): string {
  if (kind === "tmpfs") return `the tmpfs ${target}`;
  return /^[0-9a-f]{64}$/.test(source)
    ? `the volume at ${target}`
    : `the ${kind} ${source}`;
}

/** The service that a name or an address of a network belongs to. */
export function serviceAt(
  { services }: Facts,
  host: string,
): Neighbor | undefined {
  return services.find(({ service, names, addresses }) =>
    service === host || names.includes(host) || addresses.includes(host)
  );
}

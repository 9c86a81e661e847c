/**
 * The small commands of docker that todoflow answers itself, by the engine's API: a `docker` process takes 20 ms and more, a
 * request about one. Output and exit code are the CLI's; each other command line is left to it.
 * https://docs.docker.com/reference/cli/docker/
 *
 * @module
 */

import { type Output, TERMINATED } from "../child.ts";
import type { EngineApi } from "./api.ts";
import {
  MISSING,
  removeContainer,
  removeNetwork,
  removeVolume,
  startContainer,
  stopContainer,
  tagImage,
} from "./effects.ts";
import { EngineError } from "./http.ts";
import { inspectImage } from "./images.ts";
import { containerPath } from "./paths.ts";

/** A command with its flags and arguments. */
interface Line {
  api: EngineApi;
  args: readonly string[];
  /** The values of each flag; one without a value has "". */
  flags: ReadonlyMap<string, readonly string[]>;
}

/** A small command. */
interface Small {
  /** Flags by each of their names, and whether they take a value. */
  flags?: Readonly<Record<string, { is: string; takesValue: boolean }>>;
  /** Whether the number of arguments fits. */
  fits: (count: number) => boolean;
  /** Resolves to the output of the command for one argument, or for all of them if `whole`. */
  answer(line: Line, arg: string): Promise<string>;
  whole?: true;
  /** The end of stderr if the command has failed for some arguments. */
  ending?: (failed: readonly string[]) => string;
  /** Whether a missing object is no failure: the CLI names it then, but exits with 0. */
  forgives?: (line: Line) => boolean;
  /** Whether it removes: when there is no answer, the CLI must not try again what may have another owner by then. */
  removes?: true;
}

/** Commands wait as long as they need: the step's deadline ends the wait. */
const PATIENT = { within: Infinity };

const FORCE = { is: "force", takesValue: false };
const VOLUMES = { is: "volumes", takesValue: false };
const TIME = { is: "time", takesValue: true };

const some = (count: number) => count > 0;

const SMALL: Readonly<Record<string, Small>> = {
  "start": {
    fits: some,
    answer: async ({ api }, name) => {
      await startContainer(api, name);
      return `${name}\n`;
    },
    ending: (failed) =>
      `Error: failed to start containers: ${failed.join(", ")}\n`,
  },
  "stop": {
    flags: { "-t": TIME, "--timeout": TIME },
    fits: some,
    answer: async ({ api, flags }, name) => {
      await stopContainer(api, name, flags.get("time")?.[0]);
      return `${name}\n`;
    },
  },
  "wait": {
    fits: some,
    answer: async ({ api }, name) => {
      const { StatusCode } = await api.json<{ StatusCode: number }>(
        containerPath(name, "wait"),
        { method: "POST", ...PATIENT },
      );
      return `${StatusCode}\n`;
    },
  },
  "rm": {
    flags: {
      ...{ "-f": FORCE, "--force": FORCE },
      ...{ "-v": VOLUMES, "--volumes": VOLUMES },
    },
    fits: some,
    answer: async ({ api, flags }, name) => {
      const [force, volumes] = [flags.has("force"), flags.has("volumes")];
      await removeContainer(api, await idOf(api, name), { force, volumes });
      return `${name}\n`;
    },
    forgives: ({ flags }) => flags.has("force"),
    removes: true,
  },
  "tag": {
    fits: (count) => count === 2,
    whole: true,
    answer: async ({ api, args: [image = "", to = ""] }) => {
      if (to.includes("@")) throw new EngineError("a digest", BAD);
      await tagImage(api, image, to);
      return "";
    },
  },
  "port": {
    fits: (count) => count === 2,
    whole: true,
    answer: async ({ api, args: [container = "", port = ""] }) =>
      await portsOf(api, container, port),
  },
  "image inspect": {
    flags: {
      "--format": { is: "format", takesValue: true },
      "-f": { is: "format", takesValue: true },
    },
    fits: some,
    answer: async ({ api, flags }, name) => {
      if (flags.get("format")?.join() !== "{{.Id}}") {
        throw new EngineError("another template", BAD);
      }
      const image = await inspectImage(api, name);
      if (image) return `${image.Id}\n`;
      throw new EngineError("missing: docker words it", BAD);
    },
  },
  "network rm": {
    fits: some,
    answer: async ({ api }, name) => {
      const { Id } = await api.json<{ Id: string }>(
        `/networks/${encodeURIComponent(name)}`,
        PATIENT,
      );
      await removeNetwork(api, Id);
      return `${name}\n`;
    },
    ending: () => "exit status 1\n",
    removes: true,
  },
  "volume rm": {
    flags: { "-f": FORCE, "--force": FORCE },
    fits: some,
    answer: async ({ api, flags }, name) => {
      await removeVolume(api, name, { force: flags.has("force") });
      return `${name}\n`;
    },
    removes: true,
  },
  "volume create": {
    flags: {
      "--driver": { is: "driver", takesValue: true },
      "--opt": { is: "opt", takesValue: true },
      "--label": { is: "label", takesValue: true },
    },
    fits: (count) => count === 1,
    answer: async ({ api, flags }, Name) => {
      const [Driver = "local"] = flags.get("driver") ?? [];
      await api.done("/volumes/create", {
        ...{ method: "POST", ...PATIENT },
        body: {
          ...{ Name, Driver },
          DriverOpts: pairsOf(flags.get("opt")),
          Labels: pairsOf(flags.get("label")),
        },
      });
      return `${Name}\n`;
    },
  },
};

/** The status for which the CLI has words of its own: it checks names and templates before it asks. */
const BAD = 400;

/** Whether the CLI may do better: the engine was not reached, has no such request, or the CLI checks something itself. */
function isForCli({ status, message }: EngineError, small: Small): boolean {
  return status === undefined && !small.removes || status === BAD ||
    status === MISSING && message.startsWith("page not found");
}

/** The ID of a container. */
async function idOf(api: EngineApi, name: string): Promise<string> {
  const path = containerPath(name, "json");
  return (await api.json<{ Id: string }>(path, PATIENT)).Id;
}

/** "name=value" words as an object. */
function pairsOf(words: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(words.map((word) => {
    const [name = "", ...value] = word.split("=");
    return [name, value.join("=")];
  }));
}

/** The addresses at which a container publishes a port, one a line. */
async function portsOf(
  api: EngineApi,
  container: string,
  port: string,
): Promise<string> {
  const { NetworkSettings } = await api.json<{
    NetworkSettings?: {
      Ports?: Readonly<
        Record<string, readonly { HostIp: string; HostPort: string }[] | null>
      >;
    };
  }>(containerPath(container, "json"), PATIENT);
  const key = port.includes("/") ? port : `${port}/tcp`;
  const published = NetworkSettings?.Ports?.[key] ?? [];
  if (published.length === 0) throw new EngineError("not published", BAD);
  return published.map(({ HostIp, HostPort }) =>
    `${HostIp.includes(":") ? `[${HostIp}]` : HostIp}:${HostPort}\n`
  ).toSorted().join("");
}

/**
 * Answers a command line of docker; undefined if it has to be left to the CLI: it is no small command, has a flag that is
 * not known here, the engine cannot be reached this way, or the CLI has words of its own. The CLI may do again what was done
 * by then.
 *
 * @param argv without the word "docker"
 */
export async function answerSmall(
  argv: readonly string[],
  { api: engine, signal }: { api: EngineApi; signal: AbortSignal },
): Promise<Output | undefined> {
  const two = argv.slice(0, 2).join(" ");
  const name = two in SMALL ? two : argv[0] ?? "";
  const small = Object.hasOwn(SMALL, name) ? SMALL[name]! : undefined;
  const read = small && readLine(argv.slice(name.split(" ").length), small);
  if (!read || !small.fits(read.args.length)) return undefined;
  const line = { api: engine.until(signal), ...read };
  const output = { code: 0, stdout: "", stderr: "" };
  const failed: string[] = [];
  for (const arg of small.whole ? [""] : line.args) {
    try {
      output.stdout += await small.answer(line, arg);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (signal.aborted) return { ...output, code: TERMINATED };
      if (isForCli(error, small)) return undefined;
      output.stderr += error.status === undefined
        ? `${error.message}\n`
        : `Error response from daemon: ${error.message}\n`;
      const isForgiven = error.status === MISSING && small.forgives?.(line);
      if (!isForgiven) failed.push(arg);
    }
  }
  if (failed.length === 0) return output;
  const ending = small.ending?.(failed) ?? "";
  return { ...output, code: 1, stderr: output.stderr + ending };
}

/** Reads the flags and arguments of a command; undefined for a flag that is not known. */
function readLine(
  words: readonly string[],
  { flags: known = {} }: Small,
): Pick<Line, "args" | "flags"> | undefined {
  const args: string[] = [];
  const flags = new Map<string, string[]>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (!word.startsWith("-")) {
      args.push(word);
      continue;
    }
    const flag = Object.hasOwn(known, word) ? known[word] : undefined;
    const value = flag?.takesValue ? words[++i] : "";
    if (!flag || value === undefined) return undefined;
    flags.set(flag.is, [...flags.get(flag.is) ?? [], value]);
  }
  return { args, flags };
}

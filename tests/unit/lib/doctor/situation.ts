/**
 * A project and a machine for the doctor that exist in memory only. The models are what `docker compose config` of
 * Compose 2.26.1 printed for the texts next to them, with the folder called `/project` and some services moved up.
 *
 * @module
 */

import { build$, CommandBuilder } from "dax";
import type { Shell } from "../../../../lib/plan/plan.ts";
import { diagnose, type DoctorInput } from "../../../../lib/doctor/diagnose.ts";
import type { Files } from "../../../../lib/doctor/project/context.ts";
import {
  type Diagnosis,
  type Finding,
  SEVERITIES,
} from "../../../../lib/doctor/project/finding.ts";

/** An answer of docker. */
export interface Answer {
  code?: number;
  stdout?: string;
  stderr?: string;
}

/** A situation; absent parts are without fault. */
export interface Situation {
  /** The output of `docker compose config`, or how it fails. */
  model: string | Answer;
  /** Texts of the files below `/project`. */
  files?: Readonly<Record<string, string>>;
  /** The output of `docker image inspect` for the images that exist. */
  images?: Readonly<Record<string, unknown>>;
  /** Answers to other calls, by the beginning of the arguments. */
  docker?: Readonly<Record<string, Answer>>;
  /** Bytes that are free; undefined if that is unknown. */
  free?: number | undefined;
  /** Takes the arguments of each call of docker. */
  calls?: string[];
  env?: Readonly<Record<string, string>>;
  version?: DoctorInput["version"];
  /** The folder of the records of runs. */
  state?: string;
}

/** Where every project is. */
export const PROJECT = "/project";

/** The answers of a machine without fault, copied from one. */
const MACHINE: Readonly<Record<string, Answer>> = {
  "version --format": {
    stdout:
      `{"Client":{"Version":"28.2.2"},"Server":{"Version":"26.1.5","ApiVersion":"1.45"}}`,
  },
  "info --format": {
    stdout:
      `{"Name":"here","DockerRootDir":"/var/lib/docker","MemTotal":8000000000,"MemoryLimit":true}`,
  },
  "context show": { stdout: "default\n" },
  "context inspect": { stdout: "unix:///var/run/docker.sock\n" },
  "compose version": { stdout: "2.26.1-4\n" },
  "buildx version": {
    stdout: "github.com/docker/buildx 0.13.1+ds1 0.13.1+ds1-3\n",
  },
  "buildx inspect": {
    stdout:
      "Name:          default\nDriver:        docker\nLast Activity: 2026-11-21\n",
  },
  "system df": {
    stdout:
      `{"Reclaimable":"206.9MB (44%)","Type":"Images"}\n{"Reclaimable":"0B (0%)","Type":"Local Volumes"}\n`,
  },
  "ps --all": {},
  "network ls": {},
  "volume ls": {},
};

/** A shell whose docker gives the situation's answers. */
export function shellOf(
  { model, images = {}, docker = {}, calls = [] }: Situation,
): Shell {
  const config = typeof model === "string" ? { stdout: model } : model;
  // The answers of the test come first: an object keeps the place of a key that is set twice.
  const answers = Object.entries({
    ...docker,
    "compose --profile * config": config,
    "compose config --profiles": {},
    ...MACHINE,
    ...docker,
  });
  const answerOf = (args: readonly string[]): Answer => {
    const line = args.join(" ");
    calls.push(line);
    const found = answers.find(([start]) => line.startsWith(start));
    if (found) return found[1];
    if (line.startsWith("image inspect")) {
      const image = images[args.at(-1)!];
      return image ? { stdout: JSON.stringify(image) } : { code: 1 };
    }
    throw new Error(`No answer is set for: docker ${line}`);
  };
  return build$({
    commandBuilder: new CommandBuilder().noThrow().registerCommand(
      "docker",
      async ({ args, stdout, stderr }) => {
        const { code = 0, ...texts } = answerOf(args);
        const encoder = new TextEncoder();
        await stdout.writeAll(encoder.encode(texts.stdout ?? ""));
        await stderr.writeAll(encoder.encode(texts.stderr ?? ""));
        return { code };
      },
    ),
  }) as Shell;
}

/** Files that exist in memory only. */
export function filesOf(
  texts: Readonly<Record<string, string>>,
  free?: number,
): Files {
  const paths = Object.keys(texts);
  return {
    readTextFile: (path) => {
      const text = texts[path];
      return text === undefined
        ? Promise.reject(new Error(`No file ${path}`))
        : Promise.resolve(text);
    },
    list: (folder) => {
      const within = paths.filter((path) => path.startsWith(`${folder}/`))
        .map((path) => path.slice(folder.length + 1).split("/"));
      const names = new Map(within.map(([name, ...rest]) => [name!, rest]));
      if (names.size === 0) return Promise.reject(new Error("No folder"));
      return Promise.resolve(
        [...names].map(([name, rest]) => ({ name, isFolder: rest.length > 0 })),
      );
    },
    free: () => Promise.resolve(free),
  };
}

/** The doctor's diagnosis. */
export async function diagnosed(situation: Situation): Promise<Diagnosis> {
  const { files = {}, env = {}, version = { version: "abc1234" } } = situation;
  const free = "free" in situation ? situation.free : 50e9;
  return await diagnose({
    $: shellOf(situation),
    directory: PROJECT,
    caller: PROJECT,
    env,
    host: "here",
    version,
    state: situation.state ?? "/nowhere",
    files: filesOf(
      Object.fromEntries(
        Object.entries(files)
          .map(([name, text]) => [`${PROJECT}/${name}`, text]),
      ),
      free,
    ),
  });
}

/** The findings, each place of a finding as one of its own, the worst first and by place. */
export function single({ findings }: Diagnosis): Finding[] {
  const order = ({ severity, location }: Finding) =>
    [
      SEVERITIES.indexOf(severity),
      location?.file ?? "",
      ...[location?.line, location?.column]
        .map((one) => `${one ?? 0}`.padStart(6)),
    ].join(" ");
  return findings.flatMap(({ places, ...finding }) =>
    places?.map((place) => ({ ...finding, ...place })) ?? finding
  ).toSorted((a, b) => order(a).localeCompare(order(b), "en"));
}

/** The findings about parts that a whole release has, and that a project of a test may lack. */
const OF_RELEASES = ["no-acceptance", "no-image-name", "no-report"];

/** The places of findings, one a line: severity, id and place; those about parts of a whole release are left out. */
export function lines(diagnosis: Diagnosis): string[] {
  const own = single(diagnosis).filter(({ id }) => !OF_RELEASES.includes(id));
  return own.map(({ severity, id, location }) => {
    const { file, line, column } = location ?? {};
    const place = [file, line, column].filter((part) => part !== undefined);
    return [severity, id, place.join(":")].filter(Boolean).join(" ");
  });
}

/** The only place of the only finding with this id. */
export function only(diagnosis: Diagnosis, id: string) {
  const found = single(diagnosis).filter((finding) => finding.id === id);
  if (found.length !== 1) throw new Error(`${found.length} findings "${id}"`);
  return found[0]!;
}

/** A health check in which nothing is wrong: `{ test: [CMD, app, check], interval: 3s }`, as in a model. */
export const CHECKED = `healthcheck:
      test:
        - CMD
        - app
        - check
      interval: 3s`;

/**
 * A project with the service `test`, in which nothing is wrong, before all others.
 *
 * @param text the other services in the Compose file, which begin in its line 4, and anything below them
 * @param services the other services in the model
 * @param rest the model below its services and its default network
 */
export function project(
  { text, services, rest = "" }: {
    text: string;
    services: string;
    rest?: string;
  },
): { model: string; files: Record<string, string> } {
  return {
    model: `name: project
services:
  test:
    image: debian:bookworm-slim
    networks:
      default: null
${services}networks:
  default:
    name: project_default
${rest}`,
    files: {
      "compose.yaml": `services:
  test:
    image: debian:bookworm-slim
${text}`,
    },
  };
}

/** A Dockerfile in which nothing is wrong. */
export const DOCKERFILE = `FROM denoland/deno:debian-2.9.6 AS release
COPY src/ src/
USER deno
CMD ["deno", "serve"]
`;

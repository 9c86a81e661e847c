/**
 * A Dockerfile for an application on Deno.
 *
 * @module
 */

import { parse } from "@std/jsonc";
import {
  execText,
  hasTestFiles,
  healthText,
  initWithin,
  isOnLoopback,
  isPlainPath,
  NO_PORT,
  ON_LOOPBACK,
  portIn,
  type Source,
  type Start,
  textsOf,
} from "./source.ts";

/** The Deno of the image, unless the project names one. */
export const DENO_VERSION = "2.9.6";

/** The fields of a `deno.json` that are read. */
interface Settings {
  tasks: Readonly<Record<string, string>>;
  hasWorkspace: boolean;
}

/** Makes the Dockerfile; undefined where the folder has no `deno.json`. */
export async function denoStart(source: Source): Promise<Start | undefined> {
  const file = ["deno.json", "deno.jsonc"].find((name) =>
    source.paths.includes(name)
  );
  const text = file && await source.read(file);
  if (file === undefined || text === undefined) return undefined;
  const lack = (why: string, next: string): Start => ({
    ...{ kind: "lack", language: "Deno", why, next },
  });
  const settings = readSettings(text);
  if (!settings) return lack(`${file} is not valid`, "deno task");
  if (settings.hasWorkspace) {
    return lack(
      `${file} is the root of several packages`,
      initWithin(source, /^deno\.jsonc?$/),
    );
  }
  const texts = await textsOf(source, /\.[cm]?[jt]sx?$/);
  const command = commandOf(settings, { source, texts });
  if (!command) {
    return lack(
      `${file} has no task \`start\``,
      `add a task \`start\` to ${file}`,
    );
  }
  const port = portOf(command.text, texts);
  const tests = testCommand(settings, source);
  const isLocked = source.paths.includes("deno.lock");
  return {
    ...{ kind: "recipe", language: "Deno", hasTests: tests !== undefined },
    isInit: true,
    port,
    dockerfile: dockerfileText({
      ...{ command, port, tests, isLocked },
      version: await versionOf(source),
      files: [file, "deno.lock", "package.json"]
        .filter((name) => source.paths.includes(name)),
    }),
    ignored: ["**/node_modules", "coverage"],
    notes: [
      ...(isLocked ? [] : [NO_LOCK]),
      ...(tests ? [] : [NO_TESTS]),
      ...(port === undefined ? [NO_PORT] : []),
      ...(isOnLoopback(texts.values()) ? [ON_LOOPBACK] : []),
    ],
  };
}

const NO_LOCK = "No deno.lock pins the packages: `deno install` writes one.";
const NO_TESTS =
  "No tests are found: files such as main_test.ts give the Dockerfile a stage for them.";

function dockerfileText(
  { command, port, tests, isLocked, version, files }: {
    command: Command;
    port: number | undefined;
    tests: readonly string[] | undefined;
    isLocked: boolean;
    version: string;
    /** The files that say which packages there are. */
    files: readonly string[];
  },
): string {
  const { entry, words } = command;
  const frozen = isLocked ? " --frozen" : "";
  return [
    `FROM denoland/deno:debian-${version} AS base`,
    ...["WORKDIR /app", ""],
    "# Only a change of the files that are copied here fetches the packages again.",
    "FROM base AS dependencies",
    ...[`COPY ${files.join(" ")} ./`, `RUN deno install${frozen}`, ""],
    ...["FROM dependencies AS build", "COPY . ."],
    ...(entry === undefined ? [] : [`RUN deno cache${frozen} ${entry}`]),
    ...(tests ? ["", "FROM build AS test", `CMD ${execText(tests)}`] : []),
    ...["", "FROM base AS release", "COPY --from=build /app ./"],
    "COPY --from=build --chown=deno:deno /deno-dir /deno-dir",
    "USER deno",
    ...(port === undefined
      ? []
      : [`EXPOSE ${port}`, healthText(healthOf(port))]),
    ...[`CMD ${execText(words)}`, ""],
  ].join("\n");
}

function readSettings(text: string): Settings | undefined {
  try {
    const data = Object(parse(text.replace(/^\uFEFF/, ""))) as {
      tasks?: unknown;
      workspace?: unknown;
    };
    const tasks = Object.entries(Object(data.tasks) as Record<string, unknown>)
      .flatMap(([name, task]) => {
        const { command = task } = Object(task) as { command?: unknown };
        return typeof command === "string" ? [[name, command]] : [];
      });
    return {
      tasks: Object.fromEntries(tasks),
      hasWorkspace: data.workspace !== undefined,
    };
  } catch {
    return undefined;
  }
}

/** A request that any answer but a fault of the server satisfies: `/` of an API is often not found. */
function healthOf(port: number): string[] {
  const url = `http://127.0.0.1:${port}/`;
  return [
    "deno",
    "eval",
    `const { status } = await fetch('${url}', { redirect: 'manual' }); Deno.exit(status < 500 ? 0 : 1)`,
  ];
}

/** The names of tasks that start an application, and of files that are one. */
const TASKS = ["start", "serve"];
const FILES = ["main.ts", "server.ts", "main.js", "server.js"];

/** A command, and the module that it runs, if that is certain. */
interface Command {
  words: readonly string[];
  text: string;
  entry: string | undefined;
}

/** The command that starts the application. */
function commandOf(
  { tasks }: Settings,
  { source, texts }: { source: Source; texts: ReadonlyMap<string, string> },
): Command | undefined {
  const name = TASKS.find((name) => tasks[name] !== undefined);
  if (name !== undefined) {
    const text = tasks[name]!;
    const own = moduleOf(text, source);
    return {
      text,
      entry: own?.entry,
      words: own?.words ?? ["deno", "task", name],
    };
  }
  const entry = FILES.find((file) => /\bDeno\.serve\(/.test(texts.get(file)!));
  const words = ["deno", "run", "--allow-net", "--allow-env", "--allow-read"];
  return entry === undefined
    ? undefined
    : { words: [...words, entry], text: "", entry };
}

/** The words of a task that only runs a module: permissions and the file. Other words may be settings, or need the shell. */
function moduleOf(text: string, { paths }: Source) {
  const [, before = "", file = ""] =
    /^(deno (?:run|serve)(?: (?:-[AERNSW]+|--(?:allow|deny|unstable|port|host|no|cached)[\w=.,:-]*))*) (?:\.\/)?(\S+)$/
      .exec(text.trim()) ?? [];
  return isPlainPath(file) && paths.includes(file)
    ? { words: [...before.split(" "), file], entry: file }
    : undefined;
}

function testCommand(
  { tasks }: Settings,
  source: Source,
): string[] | undefined {
  if (tasks.test !== undefined) return ["deno", "task", "test"];
  const names = /(^|\/)([^/]+[._])?test\.[cm]?[jt]sx?$/;
  return hasTestFiles(source, names)
    ? ["deno", "test", "--allow-all"]
    : undefined;
}

/** The port of `Deno.serve` and of `deno serve`. */
const USUAL_PORT = 8000;

/** Places where a server's port is a number. */
const PORTS = [
  /Deno\.env\.get\(\s*["']PORT["']\s*\)[^;\n]{0,40}?(?:\|\||\?\?)\s*["'`]?(\d{2,5})\b/g,
  /\b(?:serve|listen)\(\s*\{[^}]{0,500}?\bport\s*:\s*(\d{2,5})\b/g,
  /\b(?:const|let|var)\s+port\s*(?::\s*number\s*)?=\s*(\d{2,5})\b/gi,
];

function portOf(
  command: string,
  texts: ReadonlyMap<string, string>,
): number | undefined {
  const [, flag] = /--port[= ](\d+)/.exec(command) ?? [];
  if (flag !== undefined) return Number(flag);
  if (/^deno serve\b/.test(command.trim())) return USUAL_PORT;
  const all = [...texts.values()];
  const value = portIn(all, PORTS);
  if (value !== undefined) return value;
  const isUsual = all.some((text) => /\bDeno\.serve\(/.test(text)) &&
    !all.some((text) => /\bport\b/i.test(text));
  return isUsual ? USUAL_PORT : undefined;
}

/** The version that the project asks for, by the file of version managers. */
async function versionOf({ read }: Source): Promise<string> {
  const text = await read(".dvmrc") ?? "";
  return /^\s*v?(\d+\.\d+\.\d+)\s*$/.exec(text)?.[1] ?? DENO_VERSION;
}

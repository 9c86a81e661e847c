/**
 * A Dockerfile for an application on Node.
 *
 * @module
 */

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
import { toShell } from "../text/shell.ts";
import { type Package, readPackage } from "./node_package.ts";
import { type Manager, packagesOf, readManager } from "./node_packages.ts";

/** Makes the Dockerfile; undefined where the folder has no `package.json`. */
export async function nodeStart(source: Source): Promise<Start | undefined> {
  const text = await source.read("package.json");
  if (text === undefined) return undefined;
  const lack = (why: string, next: string): Start => ({
    ...{ kind: "lack", language: "Node", why, next },
  });
  const own = readPackage(text);
  if (!own) return lack("package.json is not valid JSON", "npm pkg get name");
  const workspace = await source.read("pnpm-workspace.yaml");
  if (own.hasWorkspaces || /^packages\s*:/m.test(workspace ?? "")) {
    return lack(
      "package.json is the root of several packages",
      initWithin(source, /^package\.json$/),
    );
  }
  const manager = await readManager(own, source);
  if ("why" in manager) return lack(manager.why, manager.next);
  const texts = await textsOf(source, /\.[cm]?[jt]sx?$/);
  const command = commandOf(own, { source, texts });
  if ("why" in command) return lack(command.why, command.next);
  const port = portOf(own, texts);
  const tests = testCommand(own, source)?.(manager.name);
  const hosts = isOnLoopback(texts.values()) || listensByFastify(own, texts);
  return {
    ...{ kind: "recipe", language: "Node", hasTests: tests !== undefined },
    isInit: false,
    port: port?.value,
    dockerfile: dockerfileText({
      ...{ own, manager, tests, port, start: command.words },
      tag: await tagOf(own, source),
    }),
    ignored: [
      "**/node_modules",
      "**/npm-debug.log*",
      "coverage",
      ...(own.dependencies.next === undefined ? [] : [".next"]),
      ...manager.ignored,
    ],
    notes: [
      ...manager.notes,
      ...(tests ? [] : [NO_TESTS]),
      ...(port ? [] : [NO_PORT]),
      ...(hosts ? [ON_LOOPBACK] : []),
    ],
  };
}

const NO_TESTS =
  "No tests are found: a script `test` in package.json gives the Dockerfile a stage for them.";

function dockerfileText({ own, manager, tests, port, start, tag }: {
  own: Package;
  manager: Manager;
  tests: readonly string[] | undefined;
  port: Port | undefined;
  start: readonly string[];
  tag: string;
}): string {
  const { setUp, install, prune } = packagesOf(own, manager);
  return [
    `FROM node:${tag} AS base`,
    ...["WORKDIR /app", ...setUp, ""],
    "# Only a change of the files that are copied here installs the packages again.",
    ...[...install, ""],
    ...["FROM dependencies AS build", "COPY . ."],
    ...(own.scripts.build === undefined ? [] : [`RUN ${manager.build}`]),
    ...(tests ? ["", "FROM build AS test", `CMD ${execText(tests)}`] : []),
    ...(prune
      ? [
        ...["", "# Without the packages that only tests and builds need."],
        ...["FROM build AS production", `RUN ${prune}`],
      ]
      : []),
    ...["", "FROM base AS release", "ENV NODE_ENV=production"],
    ...(port?.isSet ? [`ENV PORT=${port.value}`] : []),
    `COPY --from=${prune ? "production" : "build"} /app ./`,
    "USER node",
    ...(port ? [`EXPOSE ${port.value}`, healthText(healthOf(port.value))] : []),
    `CMD ${execText(start)}`,
    "",
  ].join("\n");
}

/** A request that any answer but a fault of the server satisfies: `/` of an API is often not found. */
function healthOf(port: number): string[] {
  const url = `http://127.0.0.1:${port}/`;
  return [
    "node",
    "-e",
    `fetch('${url}', { redirect: 'manual' }).then((r) => process.exit(r.status < 500 ? 0 : 1), () => process.exit(1))`,
  ];
}

/** The command that starts the application, or why there is none. */
function commandOf(
  { scripts, main, devDependencies }: Package,
  { source, texts }: { source: Source; texts: ReadonlyMap<string, string> },
): { words: string[] } | { why: string; next: string } {
  const { start } = scripts;
  if (start === undefined) {
    const files = [main, "server.js", "index.js", "app.js", "server.mjs"];
    const file = files.map((file = "") => file.replace(/^\.\//, ""))
      .find((file) =>
        isPlainPath(file) && texts.get(file)?.includes(".listen(")
      );
    const candidate = files.map((file = "") => file.replace(/^\.\//, ""))
      .find((file) => isPlainPath(file) && source.paths.includes(file));
    return file === undefined
      ? {
        why: "package.json has no script `start`",
        next: candidate === undefined
          ? "add a script `start` to package.json"
          : toShell(["npm", "pkg", "set", `scripts.start=node ${candidate}`]),
      }
      : { words: ["node", file] };
  }
  const [, file] = /^node\s+(?:\.\/)?(\S+)$/.exec(start.trim()) ?? [];
  const isThere = file === undefined ||
    source.paths.some((path) =>
      path === file || path.startsWith(`${file}/`) || path === `${file}.js`
    );
  if (!isThere && file !== "." && scripts.build === undefined) {
    return {
      why:
        `package.json starts a file that is not there, and has no script \`build\``,
      next: devDependencies.typescript === undefined
        ? "npm pkg get scripts.start main"
        : "npm pkg set scripts.build=tsc",
    };
  }
  // Only a plain file is started without npm: other words may be settings, or need the shell.
  const isPlain = file !== undefined && isPlainPath(file) &&
    scripts.prestart === undefined;
  return { words: isPlain ? ["node", file] : ["npm", "start"] };
}

/** The command of tests, by the name of the package manager. */
function testCommand(
  { scripts: { test } }: Package,
  source: Source,
): ((manager: string) => string[]) | undefined {
  if (test !== undefined && !test.includes("no test specified")) {
    return (manager) => [manager, "test"];
  }
  const names = /(^|\/)(test\/[^/]+|test[-.][^/]+|[^/]+[._-]test)\.[cm]?js$/;
  return hasTestFiles(source, names) ? () => ["node", "--test"] : undefined;
}

/** Places where a server's port is a number. */
const PORTS = [
  /process\.env(?:\.PORT\b|\[["']PORT["']\])[^;\n]{0,40}?(?:\|\||\?\?|\?[^:\n]{0,40}:)\s*["'`]?(\d{2,5})\b/g,
  /\.listen\(\s*(\d{2,5})\b/g,
  /\.listen\(\s*\{[^}]{0,500}?\bport\s*:\s*(\d{2,5})\b/g,
  /\b(?:const|let|var)\s+port\s*(?::\s*number\s*)?=\s*(\d{2,5})\b/gi,
];

/** The port that an application listens on. */
interface Port {
  value: number;
  /** Whether the image tells it to the application. */
  isSet?: true;
}

/** The port of an application that has none of its own. */
const USUAL_PORT = 8080;

function portOf(
  { dependencies, scripts: { start = "" } }: Package,
  texts: ReadonlyMap<string, string>,
): Port | undefined {
  if (dependencies.next !== undefined && /^next start\s*$/.test(start)) {
    return { value: 3000 };
  }
  const all = [...texts.values()];
  const value = portIn(all, PORTS);
  if (value !== undefined) return { value };
  // Without any number, the variable decides, which the image sets.
  const isOpen = all.some((text) => PORTS.some((one) => text.match(one)));
  const asks = all.some((text) =>
    /\.listen\(/.test(text) && /process\.env(\.PORT\b|\[["']PORT)/.test(text)
  );
  return asks && !isOpen ? { value: USUAL_PORT, isSet: true } : undefined;
}

/** Fastify listens on the loopback unless it is told a host. */
function listensByFastify(
  { dependencies }: Package,
  texts: ReadonlyMap<string, string>,
): boolean {
  return dependencies.fastify !== undefined &&
    ![...texts.values()].some((text) => /\bhost\s*[:=]/.test(text));
}

/** The Node that has long-term support, and the oldest one that has an image on Debian bookworm. */
const NEWEST = 24;
const OLDEST = 18;

/** The tag of the base image, by the version that the project asks for. */
async function tagOf({ node }: Package, { read }: Source): Promise<string> {
  const file = await read(".nvmrc") ?? await read(".node-version") ?? "";
  const [, exact, major] = /^\s*v?((\d+)(?:\.\d+\.\d+)?)\s*$/.exec(file) ?? [];
  if (exact !== undefined && Number(major) >= OLDEST) {
    return `${exact}-bookworm-slim`;
  }
  const [, mark, least] = /^\s*([\^~=v]|>=?)?\s*(\d+)/.exec(node) ?? [];
  const wanted = Number(least ?? NEWEST);
  const isLeast = mark?.startsWith(">") || wanted < OLDEST;
  return `${isLeast ? Math.max(wanted, NEWEST) : wanted}-bookworm-slim`;
}

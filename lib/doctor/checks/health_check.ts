/**
 * Health checks to paste, as far as the image certainly has the program for them.
 *
 * @module
 */

import { isOfficial, lastWord, readImageName } from "../../image_name.ts";
import type { Workflow } from "../../compose/workflow.ts";
import { escaped, indented, yamlList } from "../project/paste.ts";
import { installs, systemOf } from "../project/programs.ts";
import { baseOf, type Part } from "../project/project.ts";
import { storeTest } from "./store_check.ts";

/** A health check to paste; empty where none is known to work in the image. */
export function suggestedCheck(
  part: Part,
  project: { workflow: Workflow },
): string {
  const test = testOf(part, project);
  if (!test) return "";
  const lines = [
    `test: ${testText(test)}`,
    "interval: 3s",
    "timeout: 5s",
    "retries: 20",
  ];
  return `healthcheck:\n${indented(lines.join("\n"))}`;
}

function testOf(
  part: Part,
  project: { workflow: Workflow },
): readonly string[] | undefined {
  const store = storeTest(baseOf(part) ?? "");
  // Its settings may be another port, or TLS only.
  const isChanged = OTHER_PORT.test((part.raw.command ?? []).join(" "));
  if (store) return isChanged ? undefined : store;
  const target = targetOf(part, project);
  return target && (requestOf(part, target) ?? connectionOf(part, target.port));
}

/** Settings of a data store in its command. */
const OTHER_PORT = /\.conf(ig)?\b|--port\b|-p[ =]?\d|\btls\b|\bssl\b/i;

/** A request to the service from another container, as a command; undefined where none is known to work in its image. */
export function requestTo(
  part: Part,
  project: { workflow: Workflow },
): readonly string[] | undefined {
  const target = targetOf(part, project);
  return target &&
    requestOf(part, { ...target, host: part.name })?.slice(1);
}

/** A port of the container, and the path that is requested there; undefined where any answer counts. */
interface Target {
  host: string;
  port: number;
  path: string | undefined;
}

function targetOf(
  { name, service, exposed }: Part,
  { workflow: { release } }: { workflow: Workflow },
): Target | undefined {
  const app = release.apps.find(({ entrance }) => entrance === name);
  const port = app?.port ?? service.ports[0] ?? exposed[0];
  // Without a path in x-todoflow, the URL is proven by any answer, such as 404.
  const path = app && app.path !== "/" ? app.path : undefined;
  return port === undefined ? undefined : { host: "127.0.0.1", port, path };
}

/** A health check that requests a URL. */
type Request = (target: Target) => readonly string[];

function urlOf({ host, port, path = "/" }: Target): string {
  return `http://${host}:${port}${path.replaceAll("'", "%27")}`;
}

const deno: Request = (target) => [
  ...["CMD", "deno", "eval"],
  target.path === undefined
    ? `await fetch('${urlOf(target)}')`
    : `(await fetch('${urlOf(target)}')).ok || Deno.exit(1)`,
];

const node: Request = (target) => [
  ...["CMD", "node", "-e"],
  `require('http').get('${urlOf(target)}', ${
    target.path === undefined
      ? "() => process.exit()"
      : "(r) => process.exit(r.statusCode < 400 ? 0 : 1)"
  }).on('error', () => process.exit(1))`,
];

const python: Request = (target) => [
  ...["CMD", "python3", "-c"],
  target.path === undefined
    ? `import http.client as h; c = h.HTTPConnection('${target.host}', ${target.port}, timeout=3); c.request('GET', '/'); c.getresponse()`
    : `import urllib.request as r; r.urlopen('${urlOf(target)}', timeout=3)`,
];

const curl: Request = (target) => [
  ...["CMD", "curl", target.path === undefined ? "-sS" : "-fsS"],
  ...["-o", "/dev/null", urlOf(target)],
];

const wget: Request = (target) => [
  ...["CMD", "wget", "-qO", "/dev/null", urlOf(target)],
];

/** A request by a program that is in the image; undefined where none is, or where the port speaks no plain HTTP. */
function requestOf(
  part: Part,
  target: Target,
): readonly string[] | undefined {
  const { build } = part;
  const base = baseOf(part) ?? "";
  const { tag = "", whole } = readImageName(base);
  const name = lastWord(base);
  if ([443, 8443].includes(target.port) || /fpm/.test(tag)) return undefined;
  if (whole === "docker.io/denoland/deno" && !/^bin/.test(tag)) {
    return deno(target);
  }
  const isOwn = isOfficial(base);
  if (isOwn && name === "node") return node(target);
  if (isOwn && name === "python" && !/^2/.test(tag)) return python(target);
  if (installs(build?.stage, "curl")) return curl(target);
  if (target.path !== undefined) {
    const hasWget = systemOf(base) === "busybox" ||
      installs(build?.stage, "wget");
    if (hasWget) return wget(target);
  }
  return ["python3", "python3-\\w+"]
      .some((program) => installs(build?.stage, program))
    ? python(target)
    : undefined;
}

/** A connection to the port, by the shell or the small tools of the image. */
function connectionOf(
  part: Part,
  port: number,
): readonly string[] | undefined {
  switch (systemOf(baseOf(part))) {
    case "full":
      return ["CMD", "bash", "-c", `exec 3<>/dev/tcp/127.0.0.1/${port}`];
    case "busybox":
      return ["CMD", "nc", "-z", "127.0.0.1", `${port}`];
  }
  return undefined;
}

/** A health check's `test` as YAML. */
function testText([kind = "", ...words]: readonly string[]): string {
  return kind === "CMD"
    ? yamlList([kind, ...words])
    : `[${kind}, ${JSON.stringify(escaped(words.join(" ")))}]`;
}

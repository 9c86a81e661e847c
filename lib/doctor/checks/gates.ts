/**
 * Checks of gates: services that others wait for until they are healthy, and the application.
 *
 * @module
 */

import { isApp } from "../../compose/graph.ts";
import type { Check } from "../project/check.ts";
import type { Draft } from "../project/finding.ts";
import { lastWord } from "../../image_name.ts";
import { escaped, indented, yamlList } from "../project/paste.ts";
import { tcpTest } from "./tcp_check.ts";
import type { Part, Project } from "../project/project.ts";

/** A service that others wait for, and the first of them. */
interface Gate {
  part: Part;
  waiting: string;
}

function gatesOf({ parts }: Project): Gate[] {
  return parts.flatMap((part) => {
    const waiting = parts.find(({ service }) =>
      service.dependsOn.some(({ service, condition }) =>
        service === part.name && condition === "service_healthy"
      )
    );
    return waiting ? [{ part, waiting: waiting.name }] : [];
  });
}

/** The image that a service runs, or stands on. */
function imageOf({ raw, build }: Part): string {
  return (build ? build.stage?.base : raw.image) ?? "";
}

const unchecked: Check = (project) =>
  gatesOf(project).flatMap(({ part, waiting }): Draft[] => {
    const { name, health } = part;
    if (health.kind === "check") return [];
    const common = {
      at: ["services", name],
      fix: suggestedCheck(part, project),
    };
    return [
      health.kind === "none"
        ? {
          id: "no-health-check",
          severity: "error",
          title:
            `"${waiting}" waits until "${name}" is healthy, but "${name}" has no health check`,
          why: "the wait fails at once, also in docker compose",
          ...common,
        }
        : {
          id: "unknown-health-check",
          severity: "warning",
          title:
            `"${waiting}" waits until "${name}" is healthy, but the Compose file has no health check for "${name}"`,
          why: `the image "${
            imageOf(part)
          }" may have one, but it is not on this machine, so doctor cannot check`,
          ...common,
        },
    ];
  });

const uncheckedApp: Check = (project) => {
  const { workflow, parts } = project;
  const gates = gatesOf(project).map(({ part }) => part.name);
  return parts.filter(({ name, health }) =>
    isApp(name, workflow) && health.kind === "none" && !gates.includes(name)
  ).map((part) => ({
    id: "app-without-health-check",
    severity: "advice",
    title: `"${part.name}" has no health check`,
    why:
      "release cannot wait until it is ready: acceptance starts as soon as its container runs",
    at: ["services", part.name],
    fix: suggestedCheck(part, project),
  }));
};

/** Variables that name a database's host for its client. */
const HOST_VARIABLES = ["PGHOST", "MYSQL_HOST"];

const socketProbes: Check = (project) =>
  gatesOf(project).flatMap(({ part: { name, health, raw } }) => {
    const hosts = HOST_VARIABLES.some((key) => raw.environment?.[key]);
    const fix = health.kind === "check" && !hosts
      ? tcpTest(health.test)
      : undefined;
    return health.kind !== "check" || fix === undefined ? [] : [{
      id: "socket-probe",
      severity: "warning",
      title: `The health check of "${name}" connects by socket`,
      why:
        "while a database initializes, a temporary server answers on its socket: docker compose starts the dependents too early, when no server is on the port. todoflow also checks the port, where the image exposes it",
      at: health.at,
      fix,
    }];
  });

/** The engine's default, milliseconds. */
const SLOW = 30_000;

const slowChecks: Check = (project) => {
  const { workflow, parts } = project;
  const gates = gatesOf(project).map(({ part }) => part);
  const apps = parts.filter(({ name }) => isApp(name, workflow));
  return [...new Set([...gates, ...apps])].flatMap(({ name, raw, health }) => {
    if (health.kind !== "check") return [];
    if (health.interval < SLOW || health.quickStart) return [];
    const seconds = health.interval / 1000;
    const key = ["services", name, "healthcheck"];
    const interval = raw.healthcheck?.interval;
    return [{
      id: "slow-health-check",
      severity: "advice",
      title:
        `The engine checks the health of "${name}" only every ${seconds} s`,
      why:
        "docker compose waits that long for a service that is ready after one second, and so does todoflow where the image exposes no port",
      at: interval === undefined
        ? raw.healthcheck ? key : health.at
        : [...key, "interval"],
      fix: interval === undefined && !raw.healthcheck
        ? "healthcheck:\n  interval: 3s"
        : "interval: 3s",
    }];
  });
};

/** Health checks that connect by TCP, by the plain name of the image. */
const DATABASES: readonly [RegExp, readonly string[]][] = [
  [/^mariadb/, ["CMD", "healthcheck.sh", "--connect", "--innodb_initialized"]],
  [/^(mysql|percona)/, [
    "CMD-SHELL",
    'mysqladmin ping -uroot -p"$MYSQL_ROOT_PASSWORD" -h 127.0.0.1',
  ]],
  [/^(postgres|postgis|pgvector|timescale)/, [
    "CMD",
    "pg_isready",
    "-h",
    "127.0.0.1",
  ]],
  [/^(redis|valkey|keydb)/, ["CMD", "redis-cli", "ping"]],
  [/^rabbitmq/, ["CMD", "rabbitmq-diagnostics", "-q", "check_running"]],
  [/^mongo/, ["CMD", "mongosh", "--eval", "db.adminCommand('ping')"]],
];

/** A health check that requests a URL. */
type Request = (url: string) => readonly string[];

const curl: Request = (url) => ["CMD", "curl", "-fsS", url];
const wget: Request = (url) => ["CMD", "wget", "-qO", "/dev/null", url];
const python: Request = (url) => [
  "CMD",
  "python3",
  "-c",
  `import urllib.request as r; r.urlopen('${url}')`,
];

/** Requests by a program of the image, by the plain name of its base. */
const REQUESTS: readonly [RegExp, Request][] = [
  [/^deno/, (url) => [
    "CMD",
    "deno",
    "eval",
    `(await fetch('${url}')).ok || Deno.exit(1)`,
  ]],
  [/^(node|bun)/, (url) => [
    "CMD",
    "node",
    "-e",
    `fetch('${url}').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))`,
  ]],
  [/^python/, python],
  [/^(alpine|busybox|nginx)/, wget],
];

/** Requests by a program that a Dockerfile installs, by its name. */
const INSTALLED: readonly [RegExp, Request][] = [
  [/\bcurl\b/, curl],
  [/\bwget\b/, wget],
  [/\bpython3\b/, python],
];

function requestOf(part: Part): Request {
  const name = lastWord(imageOf(part));
  const runs = (part.build?.stage?.instructions ?? [])
    .flatMap(({ keyword, rest }) => keyword === "RUN" ? rest : []).join("\n");
  const [, request = curl] = REQUESTS.find(([pattern]) => pattern.test(name)) ??
    INSTALLED.find(([word]) => word.test(runs)) ?? [];
  return request;
}

/** Whether a service runs a database whose health check is known. */
export function isKnownDatabase(part: Part): boolean {
  const name = lastWord(imageOf(part));
  return DATABASES.some(([pattern]) => pattern.test(name));
}

/** A health check to paste, which depends on the image; one to fill in for an unknown image. */
export function suggestedCheck(part: Part, project: Project): string {
  const name = lastWord(imageOf(part));
  const database = DATABASES.find(([pattern]) => pattern.test(name))?.[1];
  const url = urlOf(part, project);
  const test = database ??
    (url ? requestOf(part)(url) : ["CMD", "YOUR", "CHECK"]);
  const lines = [
    `test: ${testText(test)}`,
    "interval: 3s",
    "timeout: 5s",
    "retries: 20",
  ];
  return `healthcheck:\n${indented(lines.join("\n"))}`;
}

/** The URL that answers in the container, if it publishes a port or is the application. */
function urlOf(
  { name, service }: Part,
  { workflow: { release } }: Project,
): string | undefined {
  const host = "http://127.0.0.1";
  const app = release.apps.find(({ entrance }) => entrance === name);
  if (app) return `${host}:${app.port ?? 8000}${app.path}`;
  const [port] = service.ports;
  return port === undefined ? undefined : `${host}:${port}/`;
}

function testText([kind = "", ...words]: readonly string[]): string {
  return kind === "CMD"
    ? yamlList([kind, ...words])
    : `[${kind}, ${JSON.stringify(escaped(words.join(" ")))}]`;
}

/** The checks of gates. */
export const gateChecks: readonly Check[] = [
  unchecked,
  socketProbes,
  slowChecks,
  uncheckedApp,
];

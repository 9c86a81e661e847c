/**
 * Checks of gates: services that others wait for until they are healthy, and the application.
 *
 * @module
 */

import { isApp } from "../../compose/graph.ts";
import type { Check } from "../project/check.ts";
import type { Draft } from "../project/finding.ts";
import { suggestedCheck } from "./health_check.ts";
import { tcpTest } from "./tcp_check.ts";
import { writtenAt } from "../project/place.ts";
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

/** A service without a check that others wait for; silent about an image that may have one and is not on this machine. */
const unchecked: Check = (project) =>
  gatesOf(project).flatMap(({ part, waiting }): Draft[] =>
    part.health.kind !== "none" ? [] : [{
      id: "no-health-check",
      severity: "error",
      title:
        `"${waiting}" waits until "${part.name}" is healthy, but "${part.name}" has no health check`,
      why: "the wait fails at once, also in docker compose",
      at: ["services", part.name],
      fix: suggestedCheck(part, project),
      group: {
        all: "Services wait for others that have no health check",
        one: `"${waiting}" waits for "${part.name}"`,
      },
    }]
  );

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
    group: {
      all: "Applications have no health check",
      one: `"${part.name}"`,
    },
  }));
};

/** Variables that name a database's host for its client. */
const HOST_VARIABLES = ["PGHOST", "MYSQL_HOST"];

/** The check by TCP, with the variables of the Compose file as they are written there. */
function writtenTcpTest(
  { at, test }: Extract<Part["health"], { kind: "check" }>,
  { written }: Project,
): string | undefined {
  const [own, another] = Array.isArray(at) ? writtenAt(written, at) : [];
  if (own === undefined || another !== undefined) return tcpTest(test);
  const variables: string[] = [];
  const text = (word: string) =>
    word.replace(
      /\$\$|\$\{[^}]*\}|\$\w+/g,
      (found) => found === "$$" ? "$" : `@@${variables.push(found) - 1}@@`,
    );
  const words = typeof own === "string"
    ? ["CMD-SHELL", text(own)]
    : Array.isArray(own)
    ? own.map((word) => text(`${word}`))
    : test;
  return tcpTest(words)
    ?.replace(/@@(\d+)@@/g, (_, index) => variables[Number(index)] ?? "");
}

const socketProbes: Check = (project) =>
  gatesOf(project).flatMap(({ part: { name, health, raw } }) => {
    const hosts = HOST_VARIABLES.some((key) => raw.environment?.[key]);
    const fix = health.kind === "check" && !hosts
      ? writtenTcpTest(health, project)
      : undefined;
    return health.kind !== "check" || fix === undefined ? [] : [{
      id: "socket-probe",
      severity: "warning",
      title: `The health check of "${name}" connects by socket`,
      why:
        "while a database initializes, a temporary server answers on its socket: docker compose starts the dependents too early, when no server is on the port. todoflow also checks the port, where the image exposes it",
      at: health.at,
      fix,
      group: { all: "Health checks connect by socket", one: `"${name}"` },
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
      group: {
        all: "The engine checks the health of services only now and then",
        one: `"${name}": every ${seconds} s`,
      },
    }];
  });
};

/** The checks of gates. */
export const gateChecks: readonly Check[] = [
  unchecked,
  socketProbes,
  slowChecks,
  uncheckedApp,
];

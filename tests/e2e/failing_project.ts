/**
 * The project of the tests about failures, and the ways in which it fails.
 *
 * @module
 */

import { type Checkout, exec, type Outcome } from "./harness.ts";

type Json = string | number | boolean | Json[] | { [key: string]: Json };
export type Service = { [key: string]: Json };

/** A service of the base image that runs a script; it ends at once at SIGTERM, and has one stream, in order. */
export function sh(script: string, more: Service = {}): Service {
  return {
    image: "debian:bookworm-slim",
    command: ["sh", "-c", `exec 2>&1; ${script}`.replaceAll("$", "$$$$")],
    stop_signal: "SIGKILL",
    ...more,
  };
}

/** The script of an application that runs. */
export const RUNS = "echo listening on port 8000; exec sleep infinity";

/** The health that others wait for. */
export const HEALTHY = { condition: "service_healthy" };

/** A health check that says something and fails. */
export function failing(retries: number): Service {
  return {
    healthcheck: {
      test: ["CMD-SHELL", "echo cannot connect to socket /run/db.sock; exit 2"],
      interval: "1s",
      retries,
    },
  };
}

/** Waits until a container runs. */
export async function runs(container: string): Promise<void> {
  const state = ["inspect", "--format", "{{.State.Status}}", container];
  while ((await exec(["docker", ...state])).stdout.trim() !== "running") {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** An application with a database, a migration and an acceptance test, some of them replaced; JSON is YAML, too. */
export function project(
  services: Record<string, Service>,
  deadlines: Record<string, string> = {},
): Record<string, string> {
  const all = {
    db: sh("echo waiting for connections; exec sleep infinity"),
    migrate: sh("echo migrated", { depends_on: ["db"] }),
    app: sh(RUNS, {
      depends_on: { migrate: { condition: "service_completed_successfully" } },
    }),
    acceptance: sh("echo accepted", {
      profiles: ["test"],
      depends_on: { app: { condition: "service_started" } },
    }),
    test: sh("echo tested", { profiles: ["test"] }),
    ...services,
  };
  return {
    "docker-compose.yml": JSON.stringify(
      { "x-todoflow": { deadlines }, services: all },
      null,
      2,
    ),
  };
}

/** The project with an application that is built. */
export function built(
  dockerfile: string,
  app: Service = {},
): Record<string, string> {
  return {
    ...project({ app: { build: ".", stop_signal: "SIGKILL", ...app } }),
    Dockerfile: dockerfile,
  };
}

/** The first line of a Dockerfile. */
export const BASE = "FROM debian:bookworm-slim\n";

/** A build step. Programs write an error in pieces, between which BuildKit may begin a line. */
export function inOneWrite(command: string): string {
  return `RUN (${command}) 2>/said || { code=$?; cat /said; exit $code; }\n`;
}

/** A way to fail. */
export interface Case {
  files: Record<string, string>;
  code: number;
  /** With its flags; "release" by default. */
  target?: string;
  env?: Record<string, string>;
  /** The script before the real docker; see `withDocker`. */
  docker?: string;
  /** Whether only root can have it. */
  root?: true;
  /** The events around the run. */
  around?: (
    checkout: Checkout,
    run: () => Promise<Outcome>,
  ) => Promise<Outcome>;
}

/**
 * A docker that hangs at one of its commands, whatever calls it, and is the real one otherwise.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { childrenOf } from "./faults.ts";
import {
  appears,
  type Checkout,
  spawn,
  withCheckout,
  withDocker,
} from "./harness.ts";
import { withFault } from "./proxy.ts";
import { withRegistry } from "./registry.ts";

/** How a docker hangs: in shell, which never ends by itself. */
export const VARIANTS = {
  "leaves its pipes to a child": "sleep 600",
  "ignores SIGTERM": "trap '' TERM INT HUP; while :; do sleep 1; done",
  "is stopped": "kill -STOP $$",
} as const;

/** A name of {@linkcode VARIANTS}. */
export type Variant = keyof typeof VARIANTS;

/** A place at which a target hangs, every time. */
export interface Hang {
  /** A pattern of the shell for all arguments of docker; or a request to the engine, such as "GET /containers/*\/json". */
  command: string;
  target: "test" | "release" | "publish" | "clean";
}

/** Whether a hang is that of a request to the engine, and not of a docker command. */
export function isRequest({ command }: Hang): boolean {
  return /^(GET|POST|DELETE) /.test(command);
}

/** A place that asks, one that makes, one that waits and one that removes; all others are in {@linkcode REST}. */
export const DANGEROUS: readonly Hang[] = [
  { target: "test", command: "compose*config" },
  { target: "release", command: "compose* build*" },
  { target: "release", command: "POST /containers/*/wait" },
  { target: "release", command: "DELETE /containers/*" },
  { target: "release", command: "GET /containers/json" },
];

/** The other commands and requests of the targets. */
export const REST: readonly Hang[] = [
  { target: "release", command: "compose create*" },
  { target: "release", command: "compose up*" },
  ...[
    "compose version*",
    "context inspect*",
    "pull*",
    "compose* build*",
    "compose up*",
    "compose run*",
    "GET /_ping",
    "GET /containers/json",
    "GET /containers/*/json",
    "GET /containers/*/logs",
    "GET /containers/*/archive",
    "GET /networks",
    "GET /volumes",
    "GET /volumes/*",
    "GET /images/*/json",
    "POST /volumes/create",
    "POST /containers/*/wait",
    "POST /containers/*/stop",
    "DELETE /containers/*",
    "DELETE /networks/*",
    "DELETE /volumes/*",
    "DELETE /images/*",
  ].map((command) => ({ target: "test", command } as const)),
  ...[
    "GET /events",
    "GET /containers/*/json",
    "POST /containers/*/start",
    "POST /containers/*/exec",
    "POST /exec/*/start",
    "GET /exec/*/json",
    "POST /images/*/tag",
    "GET /containers/*/stats",
    "GET /containers/*/changes",
  ].map((command) => ({ target: "release", command } as const)),
  ...[
    "GET /images/json",
    "POST /containers/*/stop",
    "DELETE /containers/*",
    "DELETE /networks/*",
    "DELETE /volumes/*",
    "DELETE /images/*",
  ].map((command) => ({ target: "clean", command } as const)),
  ...["push*", "image inspect*", "buildx imagetools*"]
    .map((command) => ({ target: "publish", command } as const)),
];

/** All hangs in all ways in which they can happen: a request has only one. */
export function everyWay(
  hangs: readonly Hang[],
  variants: readonly Variant[] = Object.keys(VARIANTS) as Variant[],
): (readonly [Hang, Variant])[] {
  return hangs.flatMap((hang) =>
    (isRequest(hang) ? variants.slice(0, 1) : variants)
      .map((variant) => [hang, variant] as const)
  );
}

const FILES = {
  "Dockerfile": `FROM denoland/deno:debian-2.9.6
CMD ["deno", "eval", "Deno.addSignalListener('SIGTERM', () => Deno.exit()); Deno.serve(() => new Response('app'))"]
`,
  "compose.yaml": `
x-todoflow: { test: { reports: [/reports] } }
services:
  db:
    image: debian:bookworm-slim
    command: [sh, -c, "trap exit TERM; sleep infinity & wait"]
    volumes: ["data:/data"]
    healthcheck: { test: [CMD, "true"], interval: 1s }
  test:
    build: .
    command: [sh, -c, "mkdir /reports; echo x > /reports/x.txt"]
    depends_on: { db: { condition: service_healthy } }
  migrate:
    build: .
    command: [echo, migrated]
  app:
    build: .
    image: \${IMAGE:-}
    depends_on:
      db: { condition: service_healthy }
      migrate: { condition: service_completed_successfully }
    healthcheck:
      test: [CMD, deno, eval, "await fetch('http://localhost:8000')"]
      interval: 1s
    ports: ["127.0.0.1::8000"]
  acceptance:
    build: .
    command: [deno, eval, "await fetch('http://app:8000')"]
    depends_on: { app: { condition: service_healthy } }
volumes: { data: }
`,
};

/** The time (ms) before the second signal: within a second of the first, it would count as the same. */
const NEXT_SIGNAL = 1_200;

/** Milliseconds after the second signal at which a run is taken for one that does not end. */
const HUNG = 30_000;

/** The name of a hang in words. */
export function titleOf(hang: Hang, variant: Variant): string {
  const { command, target } = hang;
  if (isRequest(hang)) {
    return `an engine that hangs at "${command}" does not keep ${target} from ending after the second signal`;
  }
  return `a docker that ${variant} at "${command}" does not keep ${target} from ending after the second signal`;
}

/**
 * Hangs a target at a command and signals it twice; resolves to the milliseconds from the second signal to the end of the
 * process, 0 where the first one was enough. Asserts that it ends by itself, and leaves no child.
 */
export async function inflictHang(
  hang: Hang,
  variant: Variant,
): Promise<number> {
  let ms = 0;
  await withHang(
    hang,
    variant,
    ({ env, always, begin, happens, end }) =>
      withProject({ ...hang, always }, async (checkout) => {
        const { project } = checkout;
        begin();
        const run = spawn({
          ...checkout,
          env: { ...checkout.env, ...env },
        }, hang.target);
        const ended = run.ended.then(({ code }) => {
          throw new Error(`it ended with ${code} and did not hang`);
        });
        await Promise.race([happens(), ended]);
        ended.catch(() => {});
        run.kill("SIGTERM");
        let over = 0;
        const ending = run.ended.then((status) => {
          over = performance.now();
          return status;
        });
        await new Promise((resolve) => setTimeout(resolve, NEXT_SIGNAL));
        const second = performance.now();
        try {
          run.kill("SIGTERM");
        } catch {
          // The first one was enough.
        }
        const timer = setTimeout(() => run.kill("SIGKILL"), HUNG);
        const { code } = await ending;
        clearTimeout(timer);
        ms = Math.max(0, over - second);
        await run.status;
        end();
        // At another address, it would be another engine, which does not have the objects of this one.
        await checkout.todoflow("clean");
        assertEquals(code, 143, run.stderr());
        // One that was just being started when its parent was killed ends by itself.
        const left = async () => await childrenOf(project);
        for (let i = 0; i < 20 && (await left()).length > 0; i++) {
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        assertEquals(await left(), [], "children that are left");
      }),
  );
  return ms;
}

/** A docker, or an engine, that hangs. */
interface Hanging {
  /** The environment of the run that hangs. */
  env: Readonly<Record<string, string>>;
  /** The environment of all runs of the checkout. */
  always: Readonly<Record<string, string>>;
  /** From its call on, the hang can happen. */
  begin: () => void;
  /** Resolves when it has happened. */
  happens: () => Promise<void>;
  /** From its call on, it cannot happen any longer in runs of the checkout. */
  end: () => void;
}

/** Makes a docker, or an engine, that hangs. */
async function withHang(
  hang: Hang,
  variant: Variant,
  test: (hanging: Hanging) => Promise<void>,
): Promise<void> {
  if (!isRequest(hang)) {
    const script = `case "$*" in ${caseOf(hang.command)}) touch $FOLDER/hung; ${
      VARIANTS[variant]
    } ;; esac`;
    return await withDocker(script, ({ PATH, folder }) =>
      test({
        ...{ env: { PATH }, always: {}, begin: () => {}, end: () => {} },
        happens: () => appears(`${folder}/hung`),
      }));
  }
  await withFault(
    { requests: [hang.command], fault: { kind: "hangs" }, isLater: true },
    (engine) => test({ ...engine, env: {}, always: engine.env }),
  );
}

/** A pattern of \`case\`, in which only the stars are none of the words. */
function caseOf(command: string): string {
  return command.split("*").map((word) => word && `"${word}"`).join("*");
}

/** A checkout in which the target has something to do. */
async function withProject(
  { target, always }: Hang & Pick<Hanging, "always">,
  test: (checkout: Checkout) => Promise<void>,
): Promise<void> {
  const released = async (checkout: Checkout) => {
    if (target === "clean" || target === "publish") {
      const { code, stderr } = await checkout.todoflow("release");
      assertEquals(code, 0, stderr);
    }
    await test(checkout);
  };
  if (target !== "publish") {
    return await withCheckout(released, { ...FILES_OF, env: always });
  }
  await withRegistry(({ host }) =>
    withCheckout(released, { files: FILES, env: { IMAGE: `${host}/shop` } })
  );
}

const FILES_OF = {
  files: {
    ...FILES,
    "compose.yaml": FILES["compose.yaml"].replace(
      "    image: ${IMAGE:-}\n",
      "",
    ),
  },
};

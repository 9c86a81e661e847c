/**
 * The base of tests of hostile inputs: a project that runs a script, a second user, and a bystander whose things must
 * outlive everything.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { identities } from "../foreign.ts";
import {
  type Checkout,
  type CheckoutOptions,
  exec,
  type Outcome,
  output,
  ROOT,
  running,
  spawn,
  type SpawnOptions,
  TODOFLOW,
  withCheckout,
} from "../harness.ts";

/** The parts that {@linkcode project} adds to a project. */
export interface ProjectParts {
  /** Paths and globs of the reports. */
  reports?: readonly string[];
  /** Lines of the service `test`, as YAML. */
  test?: string;
  /** Lines of `x-todoflow`, as YAML. */
  todoflow?: string;
}

/** The files of a project whose test service runs a script of bash. */
export function project(
  script: string,
  { reports = ["/r"], test = "", todoflow = "" }: ProjectParts = {},
): Record<string, string> {
  return {
    "compose.yaml": `
x-todoflow:
  test: { reports: ${JSON.stringify(reports)} }
  ${todoflow}
services:
  test:
    image: debian:bookworm-slim
    command: [bash, /checkout/hostile.sh]
    volumes: [".:/checkout:ro"]
    ${test}
  app:
    image: debian:bookworm-slim
    init: true
    command: [sleep, infinity]
`,
    "hostile.sh": `${script}\n`,
    ".gitignore": "/reports\n",
  };
}

/**
 * Before the tests of a file: a foreign container and volume, in a Compose project of its own. After each test they
 * must be as they were.
 */
export function watchBystander(): void {
  const name = `bystander-${crypto.randomUUID().slice(0, 8)}`;
  const things = [`container ${name}`, `volume ${name}`];
  const label = [`--label`, `com.docker.compose.project=${name}`];
  let before: Record<string, string> = {};
  Deno.test.beforeAll(async () => {
    await output(["docker", "volume", "create", ...label, name]);
    await output([
      ...["docker", "run", "--detach", "--init", "--name", name] as const,
      ...[...label, "--volume", `${name}:/data`, "debian:bookworm-slim"],
      ...["sh", "-c", "echo precious > /data/precious; exec sleep infinity"],
    ]);
    before = await identities(things);
  });
  Deno.test.afterEach(async () =>
    assertEquals(await identities(things), before, "somebody else's things")
  );
  Deno.test.afterAll(async () => {
    await exec(["docker", "rm", "--force", "--volumes", name]);
    await exec(["docker", "volume", "rm", name]);
  });
}

/** Asserts how a run has ended: with one of the exit codes, without a stack, and with nothing left on the engine. */
export async function assertWell(
  { project }: Pick<Checkout, "project">,
  { code, stderr }: Pick<Outcome, "code" | "stderr">,
  codes: readonly number[] = [0],
): Promise<void> {
  assert(!/Uncaught|^ {4}at /m.test(stderr), stderr);
  assertEquals(await running(project), [], `left on the engine\n${stderr}`);
  assert(codes.includes(code), `exit code ${code}\n${stderr}`);
}

/** Milliseconds after which a run with a hostile input is taken for one that does not end. */
export const BOUND = 60_000;

/** Runs a target to its end, or kills it when it takes longer than {@linkcode BOUND}: exit code 137. */
export async function bounded(
  options: SpawnOptions,
  ...targets: string[]
): Promise<Outcome> {
  const run = spawn({ hung: BOUND, ...options }, ...targets);
  const { code } = await run.status;
  return { code, stdout: run.stdout(), stderr: run.stderr() };
}

/** The most memory (MB) that a process has had until now, by the kernel's account. */
export async function peakMemory(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
  return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
}

/** Runs a target to its end; resolves to its outcome and the most memory (MB) that it had. */
export async function measured(
  options: SpawnOptions,
  ...targets: string[]
): Promise<Outcome & { peak: number }> {
  const run = spawn(options, ...targets);
  let peak = 0;
  const timer = setInterval(async () => {
    peak = Math.max(peak, await peakMemory(run.pid));
  }, 50);
  const { code } = await run.status;
  clearInterval(timer);
  return { code, peak, stdout: run.stdout(), stderr: run.stderr() };
}

/** Another user of this machine, who may use Docker. */
export const USER = 12_345;

/** A checkout of another user, with a copy of the tool that this user can read. */
export interface UserCheckout extends Checkout {
  /** The command that runs the tool as that user. */
  command: readonly [string, ...string[]];
}

/** Gives the test a checkout of {@linkcode USER}; only root can. */
export async function withUser(
  test: (checkout: UserCheckout) => Promise<void>,
  { env = {}, ...options }: CheckoutOptions,
): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "todoflow-user-" });
  const { gid } = await Deno.stat("/var/run/docker.sock");
  const info = JSON.parse(
    await output([Deno.execPath(), "info", "--json"], { cwd: ROOT }),
  );
  await output([
    ...["sh", "-euc"] as const,
    `cp "$1" "$4/deno"
mkdir "$4/cache" "$4/tool"
cp -R "$2/npm" "$4/cache/npm"
cd "$3" && cp -R mod.ts deno.json deno.lock lib tasks types "$4/tool"
chown -R ${USER}:${USER} "$4"`,
    ...["sh", Deno.execPath(), info.denoDir, ROOT, home],
  ]);
  const [, ...args] = TODOFLOW;
  const command = [
    "setpriv",
    ...[`--reuid=${USER}`, `--regid=${USER}`, `--groups=${gid}`, "--"],
    `${home}/deno`,
    ...args.map((arg) => arg.replace(ROOT, `${home}/tool/`)),
  ] as const;
  try {
    await withCheckout(async (checkout) => {
      const { directory } = checkout;
      const env = { ...checkout.env, HOME: home, DENO_DIR: `${home}/cache` };
      await output(["chown", "-R", `${USER}:${USER}`, `${directory}/..`]);
      await test({
        ...checkout,
        env,
        command,
        todoflow: (...args) =>
          exec([...command, ...args], { cwd: directory, env }),
      });
      // The harness cleans up as root, with the records of that user.
      await output(["chown", "-R", "0:0", `${directory}/..`]);
    }, { ...options, env });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

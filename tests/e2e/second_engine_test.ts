import {
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { exists } from "../lab/files.ts";
import { until } from "../lab/processes.ts";
import { ALL, exec, output } from "./harness.ts";
import { PATH, type SecondEngine, withSecondEngine } from "./second_engine.ts";

const DEBIAN = "debian:bookworm-slim";

/** A server with a published port, and a container beside it that can ask it by name. */
const STACK = `
services:
  server:
    image: denoland/deno:debian-2.9.6
    command: [eval, "Deno.serve({ port: 8000 }, () => new Response('hello'))"]
    ports: ["8000"]
  client:
    image: denoland/deno:debian-2.9.6
    command: [eval, "setInterval(() => {}, 1e6)"]
`;
const ASK = `
const signal = AbortSignal.timeout(5_000);
console.log(await (await fetch("http://server:8000", { signal })).text());
`;

/** The stack on one of the engines. */
interface Stack {
  project: string;
  /** Asserts that the server answers at these addresses of the machine, and the client. */
  assertAnswers(...hostnames: string[]): Promise<void>;
}

/** Runs a docker command that must succeed, on the usual engine without a host. */
function docker(host: string | undefined, ...args: string[]): Promise<string> {
  return output(["docker", ...host ? ["--host", host] : [], ...args]);
}

async function withStack(
  host: string | undefined,
  test: (stack: Stack) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "todoflow-e2e-" });
  const project = `e2e-${crypto.randomUUID().slice(0, 8)}`;
  await Deno.writeTextFile(`${folder}/compose.yaml`, STACK);
  const compose = (...args: string[]) =>
    docker(
      host,
      ...["compose", "--project-directory", folder, "-p", project],
      ...args,
    );
  const assertAnswers = async (...hostnames: string[]) => {
    const port = (await compose("port", "server", "8000")).split(":").at(-1);
    for (const hostname of hostnames) {
      const answers = () => answersHello(`http://${hostname}:${port}`);
      assertEquals(await until(answers, 10_000), true, hostname);
    }
    const asked = await compose("exec", "-T", "client", "deno", "eval", ASK);
    assertEquals(asked, "hello");
  };
  try {
    await compose("up", "--detach", "--quiet-pull");
    await test({ project, assertAnswers });
  } finally {
    await compose("down", "--timeout", "0", "--volumes");
    await Deno.remove(folder, { recursive: true });
  }
}

async function answersHello(url: string): Promise<boolean> {
  try {
    return await (await fetch(url)).text() === "hello";
  } catch {
    return false;
  }
}

/** The lines of all rules of iptables that name the project's network on the usual engine. */
async function rulesOf(project: string): Promise<string[]> {
  const id = await docker(
    undefined,
    ...["network", "inspect", "--format", "{{.Id}}", `${project}_default`],
  );
  const rules = await output(["iptables-save"], { env: { PATH } });
  return rules.split("\n").filter((rule) => rule.includes(id.slice(0, 12)));
}

/** Everything by which an engine can be recognized: processes, mounts, addresses, rules, cgroups, its folder. */
async function tracesOf({ host }: SecondEngine): Promise<string[]> {
  const number = Number(/\.(\d+):/.exec(host)?.[1]);
  const name = `todoflow-eng${number}`;
  const addresses = ` 10.${211 + number}.`;
  const lists = await Promise.all([
    commandLines(),
    output(["cat", "/proc/self/mountinfo"]),
    output(["ip", "-oneline", "address"], { env: { PATH } }),
    output(["iptables-save"], { env: { PATH } }),
    output(["find", "/sys/fs/cgroup", "-name", name]),
    output(["ls", "/run"]),
  ]);
  return lists.flatMap((list) => list.split("\n"))
    .filter((line) => line.includes(name) || line.includes(addresses));
}

/** Those of all processes, a line for each. */
async function commandLines(): Promise<string> {
  const lines: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // The process may have ended by now.
    const line = await Deno.readTextFile(`/proc/${name}/cmdline`)
      .catch(() => "");
    lines.push(line.replaceAll("\0", " "));
  }
  return lines.join("\n");
}

// Of these two, engine_test.ts needs what they assert of the second engine.
Deno.test(
  "a second engine runs a stack that is reached as on the usual engine, whose network stays as it is",
  { ignore: !ALL },
  () =>
    withStack(undefined, async (usual) => {
      await usual.assertAnswers("127.0.0.1");
      const rules = await rulesOf(usual.project);
      assertNotEquals(rules, []);
      await withSecondEngine(({ host }) =>
        withStack(host, async (second) => {
          await second.assertAnswers("127.0.0.1", new URL(host).hostname);
          await usual.assertAnswers("127.0.0.1");
          assertEquals(await rulesOf(usual.project), rules);
          const own = `label=com.docker.compose.project=${second.project}`;
          const seen = await docker(undefined, "ps", "-aq", "--filter", own);
          assertEquals(seen, "");
        })
      );
      await usual.assertAnswers("127.0.0.1");
      assertEquals(await rulesOf(usual.project), rules);
    }),
);

Deno.test(
  "a second engine does not see a checkout, and keeps its data when it is killed and started",
  { ignore: !ALL },
  async () => {
    const checkout = await Deno.makeTempDir({ prefix: "todoflow-e2e-" });
    await Deno.writeTextFile(`${checkout}/seen`, "");
    await withSecondEngine(async (engine) => {
      const run = (...args: string[]) => docker(engine.host, "run", ...args);
      const statusOf = (...containers: string[]) =>
        docker(
          engine.host,
          ...[
            "inspect",
            "--format",
            "{{.State.Status}} {{.State.ExitCode}}",
            ...containers,
          ],
        );
      const mine = ["-v", `${checkout}:/mine`];
      assertEquals(await run("--rm", ...mine, DEBIAN, "ls", "/mine"), "");
      const data = ["-v", "data:/data"];
      await run("--rm", ...data, DEBIAN, "touch", "/data/kept");
      const forever = [DEBIAN, "sleep", "infinity"];
      await run("-d", "--name", "dies", ...forever);
      await run("-d", "--name", "returns", "--restart", "always", ...forever);
      const running = await tracesOf(engine);
      assertEquals(running.filter((line) => /shim/.test(line)).length, 2);

      await engine.kill();
      // Its folder, which belongs to the disk.
      assertEquals((await tracesOf(engine)).length, 1);
      const version = ["docker", "--host", engine.host, "version"] as const;
      assertEquals((await exec(version)).code, 1);

      const bridge = ["ip", "link", "show", "docker0"] as const;
      const before = await exec(bridge, { env: { PATH } });
      await engine.start();
      // The usual engine's own bridge, on which its builds run.
      assertEquals((await exec(bridge, { env: { PATH } })).code, before.code);
      assertEquals(await run("--rm", ...data, DEBIAN, "ls", "/data"), "kept");
      // 255 is what the engine gives a container whose end it has not seen.
      const statuses = await statusOf("dies", "returns");
      assertEquals(statuses, "exited 255\nrunning 0");
    });
    assertEquals(exists(`${checkout}/seen`), true);
    await Deno.remove(checkout, { recursive: true });
  },
);

Deno.test("a second engine whose test fails is gone with all that ran on it; the next one is empty", async () => {
  let used: SecondEngine | undefined;
  const fill = ["sh", "-c", "head -c 1G /dev/zero >/filled"];
  const fails = async (engine: SecondEngine) => {
    used = engine;
    await docker(engine.host, "run", "-d", DEBIAN, "sleep", "infinity");
    assertNotEquals(await tracesOf(engine), []);
    const { code, stderr } = await exec(
      ["docker", "--host", engine.host, "run", DEBIAN, ...fill],
    );
    assertEquals(code, 1);
    assertStringIncludes(stderr, "No space left on device");
    throw new Error("on purpose");
  };
  await assertRejects(
    () => withSecondEngine(fails, { diskMegabytes: 300 }),
    Error,
    "on purpose",
  );
  assertEquals(used && await tracesOf(used), []);
  await withSecondEngine(async ({ host }) => {
    assertEquals(await docker(host, "ps", "--all", "--quiet"), "");
    assertEquals(await docker(host, "images", "--quiet"), "");
  });
});

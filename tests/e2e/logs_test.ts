import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { engineApi } from "../../lib/engine/api.ts";
import { serviceLogs } from "../../lib/artifacts/service_logs.ts";
import {
  type Checkout,
  output,
  running,
  spawn,
  TODOFLOW,
  withCheckout,
} from "./harness.ts";

/** A project whose test service runs a script. */
function project(script: string, more = ""): Record<string, string> {
  const command = JSON.stringify(script.replaceAll("$", () => "$$"));
  return {
    "compose.yaml": `
services:
  test:
    image: debian:bookworm-slim
    command: [bash, -c, ${command}]
    ${more}
`,
  };
}

function logOf({ directory }: Checkout, service = "test"): Promise<string> {
  return Deno.readTextFile(`${directory}/reports/test/logs/${service}.log`);
}

/** The lines of a log without their times, each of which has one. */
function linesOf(log: string): string[] {
  return log.trimEnd().split("\n").map((line) => {
    const [, text] = /^\d{4}-\d\d-\d\dT[\d:.]{18}Z (.*)$/.exec(line) ?? [];
    assert(text !== undefined, line.slice(0, 80));
    return text;
  });
}

/** Writes a line of JSON of 40,010 bytes to stdout while stderr is written to. */
const LONG = `
(for i in $(seq 300); do echo error $i >&2; done) &
printf '{"a":"'; head -c 40000 /dev/zero | tr '\\0' x; printf '"}\\n'; wait`;

for (const tty of [false, true]) {
  Deno.test(`a line of 40 kB is whole, in the log and on the screen, and so are those of the other stream${tty ? " (with a terminal)" : ""}`, () =>
    withCheckout(async (checkout) => {
      const { code, stdout, stderr } = await checkout.todoflow(
        "test",
        "--json",
      );
      assertEquals(code, 0, stderr);
      const isLong = (line: string) => line.includes("xxx");
      const lines = linesOf(await logOf(checkout))
        .map((line) => line.replace(/\r$/, ""));
      // A terminal has one stream, whose lines the program itself mixes.
      const [long = ""] = lines.filter(isLong);
      if (!tty) assertEquals(JSON.parse(long).a.length, 40_000);
      const told = stdout.trimEnd().split("\n").map((line) => JSON.parse(line))
        .filter(({ service }) => service === "test").map(({ line }) => line);
      assertEquals(told.filter(isLong), lines.filter(isLong));
      const others = lines.filter((line) => !isLong(line));
      if (!tty) assertEquals(others.length, 300);
      assertEquals(lines.join("").match(/20\d\d-/g), null);
    }, { files: project(LONG, tty ? "tty: true" : "") }));
}

Deno.test("a line of 20 MB is whole in its log, and shown up to a bound", () =>
  withCheckout(async (checkout) => {
    const { code, stdout } = await checkout.todoflow("test", "--json");
    assertEquals(code, 0);
    const log = await logOf(checkout);
    assertEquals(log.length, 31 + 20_000_000);
    assert(/^\S+ x+$/.test(log));
    assertStringIncludes(stdout, "more bytes, see logs/test.log)");
    assert(stdout.length < 200_000, `${stdout.length} bytes`);
  }, { files: project("head -c 20000000 /dev/zero | tr '\\0' x") }));

Deno.test("todoflow itself names a logging driver that keeps nothing: its line is not shown as the program's", () =>
  withCheckout(async (checkout) => {
    const { code, stderr } = await checkout.todoflow("test");
    assertEquals(code, 1);
    const words =
      '\nno log of "test": its logging driver "none" keeps nothing\n';
    assertEquals(stderr.split(words).length, 2, stderr);
    assert(!stderr.includes("Error response"), stderr);
    assertEquals(await logOf(checkout).catch(() => "none"), "none");
  }, {
    files: project("echo hi; exit 1", "logging: { driver: none }"),
  }));

Deno.test("Ctrl-C, which a terminal sends to the whole process group, takes nothing away from a log", () =>
  withCheckout(async (checkout) => {
    const child = new Deno.Command("setsid", {
      args: [...TODOFLOW, "test", "--quiet"],
      cwd: checkout.directory,
      env: checkout.env,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const isComplete = async () =>
      (await logOf(checkout).catch(() => "")).endsWith("Z END\n");
    while (!await isComplete()) await new Promise((ok) => setTimeout(ok, 50));
    const before = await logOf(checkout);
    Deno.kill(-child.pid, "SIGINT");
    assertEquals((await child.status).code, 130);
    const after = await logOf(checkout);
    assertEquals(after.length, before.length);
    assertEquals(linesOf(after).length, 100_001);
    assertEquals(await running(checkout.project), []);
  }, { files: project("seq 100000; echo END; sleep infinity") }));

Deno.test("a test goes on when another program removes its reports, and its log is read anew", () =>
  withCheckout(async (checkout) => {
    const { directory } = checkout;
    const run = spawn(checkout, "test");
    await run.shows("| waiting");
    await Deno.remove(`${directory}/reports`, { recursive: true });
    await Deno.writeTextFile(`${directory}/go/go`, "");
    const { code } = await run.status;
    assertStringIncludes(
      run.stderr(),
      'log of "test" was removed while it was written',
    );
    assert(!run.stderr().includes("Uncaught"), run.stderr());
    assertStringIncludes(run.stderr(), "| done\n");
    assertEquals(linesOf(await logOf(checkout)), ["waiting", "done"]);
    assertEquals(await running(checkout.project), []);
    // The reports were removed with the logs.
    assert([0, 4].includes(code), `${code}`);
  }, {
    files: {
      ...project(
        "echo waiting; until [ -e /go/go ]; do sleep 0.1; done; echo done",
        "volumes: [./go:/go]",
      ),
      "go/.keep": "",
    },
  }));

Deno.test("the log of a container that starts again has what it writes then", () =>
  withCheckout(async (checkout) => {
    const { code, stderr } = await checkout.todoflow("test");
    assertEquals(code, 0, stderr);
    const lines = linesOf(await logOf(checkout, "web"));
    assert(lines.length >= 3, lines.join());
    lines.forEach((line, i) => assertEquals(line, i % 2 ? "end" : "begin"));
  }, {
    files: {
      "compose.yaml": `
services:
  web:
    image: debian:bookworm-slim
    restart: always
    command: [sh, -c, "echo begin; sleep 0.5; echo end"]
  test:
    image: debian:bookworm-slim
    depends_on: [web]
    command: [sleep, "3"]
`,
    },
  }));

Deno.test("a log that is read through docker, as from an engine elsewhere, is the same", async () => {
  const folder = await Deno.makeTempDir();
  const name = `e2e-${crypto.randomUUID().slice(0, 8)}`;
  try {
    const script = ["bash", "-c", `${LONG}; seq 20000`];
    const image = "debian:bookworm-slim";
    await output(["docker", "run", "-d", "--name", name, image, ...script]);
    // docker itself finds the engine: only this client does not know its socket.
    const { DOCKER_HOST = "", PATH = "" } = Deno.env.toObject();
    const surroundings = {
      directory: folder,
      env: { PATH, ...(DOCKER_HOST && { DOCKER_HOST }) },
    };
    const api = engineApi("ssh://elsewhere", surroundings);
    const logs = serviceLogs({ api, folder });
    let told = 0;
    await logs.follow(name, "test", {
      output: () => told++,
      signal: new AbortController().signal,
    });
    await logs.close();
    await api.close();
    const log = await Deno.readTextFile(`${folder}/logs/test.log`);
    assertEquals(linesOf(log).length, 20_301);
    assertEquals(told, 20_301);
  } finally {
    await output(["docker", "rm", "--force", name]);
    await Deno.remove(folder, { recursive: true });
  }
});

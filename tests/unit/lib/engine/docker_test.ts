import { assert, assertEquals, assertRejects } from "@std/assert";
import { endChildren, RUN_MARK } from "../../../../lib/child.ts";
import { capture, execute } from "../../../../lib/engine/command.ts";
import { recordingShell } from "../../../../lib/engine/shell.ts";
import { step } from "../../../../lib/plan/plan.ts";
import { withFakeDocker, withFolder } from "../../fakes.ts";

Deno.test("every line of both streams is passed on, the last one without a line end, too", () =>
  withFakeDocker(
    `printf 'a\\r\\nb\\n\\nlast'; printf 'é' >&2; exit 3`,
    async ({ $ }) => {
      const lines: string[] = [];
      const code = await execute($`docker x`, {
        output: (line) => lines.push(line),
        signal: new AbortController().signal,
      });
      assertEquals(code, 3);
      assertEquals(lines.toSorted(), ["", "a", "b", "last", "é"]);
    },
  ));

Deno.test("the beginning of a line without end is passed on, and the next line as a whole", () =>
  withFakeDocker(
    `head -c 5000000 /dev/zero | tr '\\0' x; printf '\\r\\nnext\\r\\n'`,
    async ({ $ }) => {
      const lines: string[] = [];
      await execute($`docker x`, {
        output: (line) => lines.push(line),
        signal: new AbortController().signal,
      });
      assertEquals(lines.map(({ length }) => length), [1_000_000, 4]);
      assertEquals(lines[1], "next");
    },
  ));

Deno.test("a docker that a signal has ended is no success, even after complete output", () =>
  withFakeDocker(
    `echo partial; kill -s "$1" $$`,
    async ({ $ }) => {
      assertEquals(await capture($`docker KILL`), {
        code: 137,
        stdout: "partial\n",
        stderr: "docker was killed (SIGKILL)\n",
      });
      const lines: string[] = [];
      const code = await execute($`docker TERM`, {
        output: (line) => lines.push(line),
        signal: new AbortController().signal,
      });
      assertEquals({ code, lines }, { code: 143, lines: ["partial"] });
    },
  ));

Deno.test("a docker that was stopped has not done its work, though docker exec then exits with 0", () =>
  withFakeDocker(
    `trap 'exit 0' TERM; echo started; until [ -e gone ]; do sleep 0.05; done`,
    async ({ $ }) => {
      const stop = new AbortController();
      const code = await execute($`docker exec x`, {
        output: () => stop.abort(),
        signal: stop.signal,
      });
      assertEquals(code, 143);
    },
  ));

/** A signal, and how many listeners it has: one would keep a time limit and the process alive. */
function countedSignal() {
  const { signal } = new AbortController();
  const { addEventListener, removeEventListener } = signal;
  let count = 0;
  signal.addEventListener = (type: string, listener: unknown) => {
    count++;
    addEventListener.call(signal, type, listener as EventListener);
  };
  signal.removeEventListener = (type: string, listener: unknown) => {
    count--;
    removeEventListener.call(signal, type, listener as EventListener);
  };
  return { signal, listeners: () => count };
}

Deno.test("a docker that has ended leaves no listener on its signal", () =>
  withFakeDocker(`exit "$1"`, async ({ $ }) => {
    for (const command of [$`docker 0`, $`docker 1`]) {
      const { signal, listeners } = countedSignal();
      await capture(command, signal);
      await execute(command, { output: () => {}, signal });
      assertEquals(listeners(), 0);
    }
  }));

Deno.test(
  "a stopped child that leaves its pipe to a grandchild does not hold up the end",
  {
    // The pipe is what nobody waits for.
    sanitizeOps: false,
    sanitizeResources: false,
  },
  () =>
    withFakeDocker(
      // The grandchild outlives docker and keeps its stdout open until the test removes its fifo.
      `mkfifo fifo; cat fifo & echo started; exec sleep 600`,
      async ({ $, directory }) => {
        const stop = new AbortController();
        const code = await execute($`docker x`, {
          output: () => stop.abort(),
          signal: stop.signal,
        });
        assert(code !== 0);
        // Ends the grandchild, so that the test leaves nothing behind.
        await Deno.writeTextFile(`${directory}/fifo`, "");
      },
    ),
);

/** Starts a child of a run that does this when it is asked to end; resolves when it is ready for that. */
async function startChild(run: string, onTerm: string) {
  const child = new Deno.Command("sh", {
    // What it waits for ends by itself, so that a failed test leaves nothing for long, and soon, as only then it is told.
    args: [
      "-c",
      `trap '${onTerm}' TERM; echo ready; n=0; until [ $n -ge 200 ]; do sleep 0.1; n=$((n + 1)); done`,
    ],
    env: { [RUN_MARK]: run },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  return child;
}

Deno.test("children of a dead run get to end by themselves", async () => {
  const run = crypto.randomUUID();
  const child = await startChild(run, "exit 7");
  await endChildren(run);
  assertEquals((await child.status).code, 7);
});

Deno.test("only children whose command begins with the given words are ended, even if their environment has these words", async () => {
  const run = crypto.randomUUID();
  const child = await startChild(run, "exit 7");
  await endChildren(run, { only: /^\S*docker / });
  await endChildren(run, { only: /TODOFLOW_RUN=nobody/ });
  child.kill("SIGKILL");
  assertEquals((await child.status).signal, "SIGKILL");
  const other = await startChild(run, "exit 7");
  await endChildren(run, { only: /^\S*sh -c / });
  assertEquals((await other.status).code, 7);
});

Deno.test("children of a dead run that do not end by themselves are killed", async () => {
  const run = crypto.randomUUID();
  const child = await startChild(run, ":");
  let time = 0;
  // So that their time to end is over soon.
  await endChildren(run, { now: () => time += 700 });
  assertEquals((await child.status).signal, "SIGKILL");
});

Deno.test("a run that has no children left is nothing to wait for", async () => {
  await endChildren(crypto.randomUUID());
});

Deno.test("a step that calls another program than docker is refused when it is written down, and not run", () =>
  withFolder(async (folder) => {
    const { $, record } = await recordingShell();
    const file = `${folder}/made`;
    const wrong = step(1, {
      name: "copy",
      why: "w",
      command: $`dd of=${file}`,
    });
    await assertRejects(
      () => record([wrong]),
      Error,
      'Step "copy" does not call docker',
    );
    await assertRejects(() => Deno.stat(file), Deno.errors.NotFound);
    const good = step(1, { name: "ps", why: "w", command: $`docker ps` });
    const [recorded] = await record([good]);
    assertEquals(recorded?.argv, ["docker", "ps"]);
  }));

import { assert, assertEquals, assertRejects } from "@std/assert";
import { outputOf, runChild } from "../../../lib/child.ts";

/** Runs a script; aborts the signal as soon as it has written something. */
async function stopped(script: string) {
  const stop = new AbortController();
  let stdout = "";
  const ending = await runChild("sh", {
    args: ["-c", script],
    signals: [undefined, stop.signal],
    stdout: (chunk) => {
      stdout += new TextDecoder().decode(chunk);
      stop.abort();
    },
    stderr: () => {},
  });
  return { ...ending, stdout };
}

Deno.test("a child that gets SIGTERM has time to end by itself", async () => {
  const ending = await stopped(
    "trap 'echo bye; exit 7' TERM; echo hi; while :; do sleep 0.05; done",
  );
  assertEquals(ending, {
    code: 7,
    signal: null,
    stopped: true,
    stdout: "hi\nbye\n",
  });
});

Deno.test("a child that ignores SIGTERM is killed", async () => {
  const script = "trap '' TERM; echo hi; while :; do sleep 0.05; done";
  assertEquals((await stopped(script)).signal, "SIGKILL");
});

Deno.test("a child that has stopped itself is killed", async () => {
  assertEquals(
    (await stopped("(sleep 0.5; echo hi) & kill -STOP $$")).signal,
    "SIGKILL",
  );
});

Deno.test("a pipe that a grandchild holds is abandoned, of a child that got SIGTERM and of one that has ended", async () => {
  const { signal } = await stopped("sleep 3 & echo hi; wait");
  assertEquals(signal, "SIGTERM");
  const started = performance.now();
  const { code, stdout } = await outputOf("sh", {
    args: ["-c", "echo hi; sleep 30 >&2 2>&1 & echo $!"],
    signals: [],
  });
  assert(performance.now() - started < 20_000);
  const [hi, pid] = stdout.trim().split("\n");
  assertEquals([code, hi], [0, "hi"]);
  Deno.kill(Number(pid), "SIGKILL");
});

Deno.test("all output of a child is collected, however much it is, and however slow the reader is", async () => {
  const script = "head -c 3000000 /dev/zero | tr '\\\\0' x; printf 'é'";
  const { stdout } = await outputOf("sh", {
    args: ["-c", script],
    signals: [],
  });
  assertEquals(stdout.length, 3_000_001);
  let length = 0;
  await runChild("sh", {
    args: ["-c", script],
    signals: [],
    stdout: async (chunk) => {
      // A taker that is busy must not be taken for a pipe that is silent.
      if (length === 0) await new Promise((done) => setTimeout(done, 1_500));
      length += chunk.length;
    },
    stderr: () => {},
  });
  assertEquals(length, 3_000_002);
});

Deno.test("a child is not even started where its signal is aborted", async () => {
  const { code, stopped } = await outputOf("/nowhere", {
    args: [],
    signals: [AbortSignal.abort()],
  });
  assertEquals([code, stopped], [143, true]);
});

Deno.test("a program that is not there, and a taker that throws, reject", async () => {
  await assertRejects(() =>
    outputOf("/nowhere/at/all", { args: [], signals: [] })
  );
  await assertRejects(
    () =>
      runChild("sh", {
        args: ["-c", "echo hi"],
        signals: [],
        stdout: () => {
          throw new Error("full");
        },
        stderr: () => {},
      }),
    Error,
    "full",
  );
});

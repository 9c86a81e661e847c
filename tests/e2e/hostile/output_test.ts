/**
 * The output of a container: a log holds exactly that, however long its lines are, and a terminal gets none of it raw.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { ALL, output, spawn, withCheckout } from "../harness.ts";
import {
  assertWell,
  bounded,
  measured,
  project,
  watchBystander,
} from "./hostile.ts";

watchBystander();

/** The bytes of the test's log without the time at the beginning of each line, as latin1 so that none is lost. */
async function logOf(directory: string): Promise<string> {
  const path = `${directory}/reports/test/logs/test.log`;
  const text = new TextDecoder("latin1").decode(await Deno.readFile(path));
  return text.replaceAll(/^\d{4}-\d\d-\d\dT[\d:.]+Z /gm, "");
}

/** Lengths of lines around the size at which the engine splits them. */
const LENGTHS = [16_383, 16_384, 16_385, 32_768, 40_010, 100_000, 1_000_000];

/** The most bytes of a line that are shown; the log has all of it. */
const TOLD = 64 * 1024;

Deno.test("lines of 16 KiB and more are whole in the log, and in the events up to 64 KiB", (t) =>
  withCheckout(async (checkout) => {
    const outcome = await bounded(checkout, "test", "--json");
    await assertWell(checkout, outcome);
    const lines = (await logOf(checkout.directory)).split("\n");
    for (const [i, length] of LENGTHS.entries()) {
      const line = "x".repeat(length);
      await t.step(
        `${length} bytes in the log`,
        () => assert(lines[i] === line, `${lines[i]?.length} bytes`),
      );
      await t.step(
        `${length} bytes in the events`,
        () =>
          assert(
            length <= TOLD
              ? outcome.stdout.includes(`"${line}"`)
              : outcome.stdout.includes(
                `"${line.slice(0, TOLD)}… (${length - TOLD} more bytes`,
              ),
            "it is not told as it should be",
          ),
      );
    }
  }, {
    files: project(
      `for n in ${
        LENGTHS.join(" ")
      }; do head -c $n /dev/zero | tr '\\0' x; echo; done`,
    ),
  }));

/** Text that a terminal, a CI agent or a reader of lines could take for more. Guards all: it held before. */
const RAW: Readonly<Record<string, string>> = {
  "the title of a terminal": "\\033]0;pwn\\007",
  "a cleared screen": "\\033[2J\\033[1;1H",
  "a command of GitHub": "::set-output name=a::b",
  "an old command of GitHub": "##[error]x",
  "a section of GitLab": "section_start:1:x[collapsed=true]",
  "a mask of GitHub": "::add-mask::x",
  "a carriage return": "10%%\\r50%%\\r100%%",
  "a zero byte": "a\\000b",
  "a backspace": "ab\\010c",
  "a time of its own": "2026-01-01T00:00:00.000000000Z mine",
  "an event of its own": '{"kind":"run-end","failures":[]}',
  "a step of its own": "build: ok (0.1 s)",
};

Deno.test("output that is made to mislead: the log holds its bytes, the screen none of them raw", (t) =>
  withCheckout(async (checkout) => {
    const outcome = await checkout.todoflow("test");
    await assertWell(checkout, outcome);
    const log = await logOf(checkout.directory);
    const expected = (await output(["sh", "-c", SCRIPT])).split("\n");
    for (const [i, what] of Object.keys(RAW).entries()) {
      const line = expected[i]!;
      await t.step(
        `${what} is in the log`,
        () => assert(log.split("\n").includes(line), log),
      );
    }
    await t.step(
      "a last line without an end is in the log",
      () => assert(/^last$/m.test(log), log),
    );
    const { stderr } = outcome;
    for (const raw of ["\x1b]", "\x1b[2J", "\x07", "\x08", "\0"]) {
      assert(!stderr.includes(raw), JSON.stringify(raw));
    }
    assert(!/^(::|##\[|section_)/m.test(stderr), stderr);
  }, { files: project(SCRIPT) }));

const SCRIPT = Object.values(RAW).map((text) => `printf '${text}\\n'`)
  .join("\n") + "\nprintf last";

/** A name that a Compose file gives to a wrong key: raw text for a terminal and for GitHub. */
const KEY = '"e\\e]0;pwn\\a\\n::set-output name=a::b"';

for (const target of ["clean", "test", "doctor"]) {
  Deno.test(`${target} with a hostile name in the Compose file writes none of it raw`, () =>
    withCheckout(async (checkout) => {
      const { stdout, stderr } = await checkout.todoflow(target);
      const text = stdout + stderr;
      assert(!text.includes("\x1b]"), text);
      assert(!text.includes("\x07"), text);
      assert(!/^::/m.test(text), text);
    }, {
      files: {
        "compose.yaml":
          `services:\n  app: { image: "debian:bookworm-slim" }\nx-todoflow:\n  ${KEY}: 1\n`,
      },
    }));
}

Deno.test({
  name:
    "a line of 50 MB: the run ends well in less than 300 MB, and the line is in the log",
  ignore: !ALL,
  fn: () =>
    withCheckout(async (checkout) => {
      const outcome = await measured({ ...checkout, hung: 600_000 }, "test");
      await assertWell(checkout, outcome);
      assert(outcome.peak < 300, `${outcome.peak} MB`);
      const log = `${checkout.directory}/reports/test/logs/test.log`;
      const count = await output(["sh", "-c", `tr -cd x < ${log} | wc -c`]);
      assertEquals(Number(count), 50_000_000);
    }, {
      files: project("head -c 50000000 /dev/zero | tr '\\0' x"),
    }),
});

/** Lines enough that following them takes a while. */
const LINES = 200_000;

/** The targets of a signal, as a terminal and as a build agent send it. */
const GROUP = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

for (const signal of GROUP) {
  const name =
    `${signal} to the process group during a long log: the log is not shorter than before`;
  Deno.test(
    // logs_test.ts has SIGINT, with a log that goes on.
    { name, ignore: !ALL },
    () =>
      withCheckout(async (checkout) => {
        const run = spawn({ ...checkout, detached: true }, "test");
        await run.until((stderr) => stderr.includes("| END"));
        const count = async () =>
          (await logOf(checkout.directory)).split("\n").length;
        const before = await count();
        Deno.kill(-run.pid, signal);
        const { code } = await run.status;
        const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
        await assertWell(checkout, { code, stderr: run.stderr() }, [
          codes[signal],
        ]);
        const after = await count();
        assert(before > LINES / 2, `${before} lines before`);
        assert(after >= before, `${before} lines before, ${after} after`);
        assert(/^END$/m.test(await logOf(checkout.directory)), "END is lost");
      }, {
        files: project(
          `yes 0123456789012345678901234567890123456789 | head -n ${LINES}; echo END; sleep 300`,
        ),
      }),
  );
}

import { assert, assertEquals } from "@std/assert";
import { logFile } from "../../../../lib/artifacts/log_file.ts";
import { logLines, type Redact } from "../../../../lib/artifacts/log_lines.ts";
import { framedReader } from "../../../../lib/engine/log_messages.ts";
import { bytesOf, type FakeMessage, frame } from "../../fake_engine.ts";
import { withFolder } from "../../fakes.ts";

const T = "2024-06-07T08:09:10.123456789Z";

/** The written and the shown lines of a log. */
function linesOf(
  messages: readonly (FakeMessage | Uint8Array)[],
  { redact }: { redact?: () => Redact } = {},
) {
  return withFolder(async (folder) => {
    const told: string[] = [];
    const problems: string[] = [];
    const problem = (words: string) => void problems.push(words);
    const file = logFile(`${folder}/app.log`, problem);
    const lines = logLines({
      file,
      tell: (line) => void told.push(line),
      name: "logs/app.log",
      redact,
      problem,
    });
    const reader = framedReader(lines);
    for (const message of messages) {
      reader.read(message instanceof Uint8Array ? message : frame(message));
    }
    lines.end();
    file.close();
    assertEquals(problems, []);
    const written = await Deno.readFile(`${folder}/app.log`);
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assertEquals(files, ["app.log"]);
    return { bytes: written, log: new TextDecoder().decode(written), told };
  });
}

const out = (text: string | Uint8Array): FakeMessage => ({ text });
const err = (text: string): FakeMessage => ({ stream: 2, text });

Deno.test("each line is written once with its time, and shown without it", async () => {
  const { log, told } = await linesOf([
    out("one\n"),
    err("two\r\n"),
    out("\n"),
    out("\uFEFFlast"),
  ]);
  assertEquals(log, `${T} one\n${T} two\r\n${T} \n${T} \uFEFFlast`);
  assertEquals(told, ["one", "two", "", "\uFEFFlast"]);
});

Deno.test("a line of several messages has one time, and is shown as one", async () => {
  const { log, told } = await linesOf([out("a"), out("b"), out("c\n")]);
  assertEquals(log, `${T} abc\n`);
  assertEquals(told, ["abc"]);
});

Deno.test("a line is not broken by what the other stream writes meanwhile, nor are that one's", async () => {
  const { log, told } = await linesOf([
    out("{"),
    err("1\n"),
    out("x"),
    err("2"),
    err("2\n"),
    out("}\n"),
    err("3\n"),
    err("4"),
    out("5\n"),
    err("4\n"),
  ]);
  assertEquals(
    log,
    ["{x}", "1", "22", "3", "44", "5"].map((line) => `${T} ${line}\n`).join(""),
  );
  assertEquals(told, ["1", "22", "{x}", "3", "5", "44"]);
});

Deno.test("a long line of one stream that begins within a long line of the other is whole, too", async () => {
  const { log } = await linesOf([
    out("a"),
    err("1"),
    out("a\n"),
    out("b\n"),
    err("1\n"),
  ]);
  assertEquals(log, `${T} aa\n${T} 11\n${T} b\n`);
});

Deno.test("lines that never end are there at the end of the log, each by itself", async () => {
  const { log, told } = await linesOf([
    out("a"),
    err("1\n"),
    err("2"),
    out("a"),
  ]);
  assertEquals(log, `${T} aa\n${T} 1\n${T} 2`);
  assertEquals(told.toSorted(), ["1", "2", "aa"]);
});

Deno.test("no output is lost while a line of the other stream is open, however much there is", async () => {
  const many = Array.from(
    { length: 40 },
    () => frame(err(`${"y".repeat(99_999)}\n`)),
  );
  const { log } = await linesOf([out("open"), ...many, out(" closed\n")]);
  const [first, ...others] = log.trimEnd().split("\n");
  assertEquals(first, `${T} open closed`);
  assertEquals(others.length, 40);
  assert(others.every((line) => line === `${T} ${"y".repeat(99_999)}`));
});

Deno.test("the output of a program is in the log byte for byte", async () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const { bytes, told } = await linesOf([out(all), out("\n")]);
  const written = all.slice();
  // The line end within is the end of a line, of which the rest has no time.
  assertEquals(bytes, bytesOf(`${T} `, written, "\n"));
  assertEquals(told.length, 2);
});

Deno.test("a long line is written as a whole and shown up to 64 KiB, with a mark", async () => {
  const text = "é".repeat(40_000);
  const { log, told } = await linesOf([
    ...Array.from({ length: 10 }, () => out(text)),
    out("\n"),
    out("next\n"),
  ]);
  assertEquals(log, `${T} ${text.repeat(10)}\n${T} next\n`);
  const [long = "", next] = told;
  assertEquals(next, "next");
  const mark = `… (${800_000 - 64 * 1024} more bytes, see logs/app.log)`;
  assertEquals(long.slice(64 * 1024 / 2), mark);
  assert(/^é+$/.test(long.slice(0, 64 * 1024 / 2)));
});

Deno.test("a shown line is cut between characters", async () => {
  const { told } = await linesOf([out(`a${"😀".repeat(20_000)}\n`)]);
  assert(!told[0]!.includes("\uFFFD"));
});

/** Replaces "secret" by stars, in whatever chunks it comes. */
function stars(): Redact {
  let held = "";
  return (chunk, last) => {
    const text = (held + new TextDecoder().decode(chunk))
      .replaceAll("secret", "***");
    const keeps = last ? 0 : Math.min("secret".length - 1, text.length);
    held = text.slice(text.length - keeps);
    return new TextEncoder().encode(text.slice(0, text.length - keeps));
  };
}

Deno.test("secrets are hidden in written and shown lines, even if messages cut them, but not in times", async () => {
  const { log, told } = await linesOf([
    out("a secret, a sec"),
    err("sec"),
    out("ret\n"),
    err("ond secret"),
  ], { redact: stars });
  assertEquals(log, `${T} a ***, a ***\n${T} second ***`);
  assertEquals(told, ["a ***, a ***", "second ***"]);
});

Deno.test("a secret does not reach over the end of a line, so that a line is shown when it ends", async () => {
  const { told } = await linesOf([out("sec\n"), out("ret\n")], {
    redact: stars,
  });
  assertEquals(told, ["sec", "ret"]);
});

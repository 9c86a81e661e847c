import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { type Command, ordered, step } from "../../../../lib/plan/plan.ts";
import { quote, script, toShell } from "../../../../lib/plan/script.ts";

const command = {} as Command;
const named = (name: string, after: string[] = []) =>
  step(1, { name, why: "reasons", after, command });

Deno.test("steps run after the steps that they wait for, else as written", () => {
  const names = ordered([
    named("c", ["b", "a"]),
    named("d"),
    named("a"),
    named("b", ["a"]),
  ]).map(({ name }) => name);
  assertEquals(names, ["d", "a", "b", "c"]);
});

Deno.test("a plan whose steps wait for each other, or for nothing that is there, is a bug", () => {
  assertThrows(
    () => ordered([named("a", ["b"]), named("b", ["a"])]),
    Error,
    "wait for each other",
  );
  assertThrows(
    () => ordered([named("a", ["x"])]),
    Error,
    'waits for no step "x"',
  );
});

Deno.test("only words that a shell would change are quoted", () => {
  assertEquals(
    toShell(["docker", "--format={{.x}}", "127.0.0.1:80/a_b", "-v@%+,"]),
    "docker '--format={{.x}}' 127.0.0.1:80/a_b -v@%+,",
  );
});

for (
  const word of [
    "",
    "a b",
    "$(touch x)",
    "`id`",
    "it's",
    "a;b",
    "*",
    "~",
    "é",
    "a\nb",
    "!x",
    "#",
    "\\",
    '"',
    "-\x1b]0;it's 100%\\\x07",
    "\n::set-output name=a::b\n\n",
    "\u202eé\x9b1m",
  ]
) {
  Deno.test(`a POSIX shell reads ${JSON.stringify(word)} back as it was`, async () => {
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", `printf %s ${quote(word)}`],
    }).output();
    assertEquals(new TextDecoder().decode(stdout), word);
  });
}

Deno.test("a word is shown without characters that a terminal or a CI system obeys", () => {
  const text = quote("a\x1b]0;t\x07\n::error::b\n\u202e\x9b1m\n");
  assertEquals(/(?!\n)[\p{Cc}\u202e]|^::/mu.test(text), false, text);
});

Deno.test("the script waits for a one-shot, copies its reports and shows clean-up after a failure as a comment", () => {
  const does = {
    kind: "oneshot" as const,
    service: "test",
    container: "shop-test-1",
    reports: ["/app/my reports"],
    remove: "always" as const,
  };
  const text = script([
    { step: { ...named("run test"), does }, argv: ["docker", "start"] },
    {
      step: { ...named("down"), cleanup: "failure" },
      argv: ["docker", "down"],
    },
  ], { env: { APP_VERSION: "a b" } });
  assertStringIncludes(text, "export APP_VERSION='a b'\n");
  assertStringIncludes(
    text,
    `docker start\ntest "$(docker wait shop-test-1)" = 0\n`,
  );
  assertStringIncludes(text, "docker cp 'shop-test-1:/app/my reports'");
  assertStringIncludes(text, "# docker down\n");
});

Deno.test("the reason of a step, which may name a version that is not todoflow's, is one harmless line of comment", () => {
  const why = "removes release 1\ntouch x\x1b]0;t\x07\u202e ##[command]ls";
  const text = script(
    [{
      step: step(1, { name: "fresh", why, command }),
      argv: ["docker", "ps"],
    }],
    { env: {} },
  );
  const [blank, comment = "", line] = text.split("\n");
  assertEquals([blank, line], ["", "docker ps"]);
  assert(comment.startsWith("# fresh: removes release 1"), comment);
  assertEquals(/\p{Cc}|\u202e|##\[/u.test(comment), false, comment);
});

for (
  const [what, line] of [
    ["plain lines", '  "it\'s $HOME": `ls` %s \\n'],
    ["a line that would end the text", "EOF"],
    ["a line that a CI system obeys", "::set-output name=a::it's $HOME %s"],
  ] as const
) {
  Deno.test(`the script writes the file with the twin's names before its first step, in a folder that it makes: ${what}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const text = `services:\n${line}\n  # end\n`;
      const file = `${folder}/my reports/test/compose.override.yaml`;
      const lines = script([{ step: named("up"), argv: ["false"] }], {
        env: { A: "b" },
        override: { file, text },
      });
      assert(lines.startsWith("export A=b\n\n# "), lines);
      assert(lines.endsWith("\nfalse\n"), lines);
      assert(!/^::/m.test(lines), lines);
      const { code } = await new Deno.Command("sh", { args: ["-c", lines] })
        .output();
      // The last line is that of the step.
      assertEquals(code, 1);
      assertEquals(await Deno.readTextFile(file), text);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

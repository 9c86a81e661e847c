/**
 * Reports and Dockerfiles that are made to keep a parser busy, or to mislead it.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ALL, spawn, withCheckout } from "../harness.ts";
import {
  assertWell,
  BOUND,
  bounded,
  measured,
  project,
  watchBystander,
} from "./hostile.ts";

watchBystander();

/** A failed test whose attribute `file` is a path of so many bytes. */
function longPath(bytes: number): string {
  return `{ printf '<testsuite><testcase name="long" file="'
head -c ${bytes} /dev/zero | sed 's/\\x0/a\\//g' | head -c ${bytes}
printf '"><failure message="no"/></testcase></testsuite>'; } > path${bytes}.xml`;
}

for (const bytes of [10_000, 40_000, 200_000, 1_000_000]) {
  // Of 10,000 and 40,000 bytes guards: they took 0.4 s and 6 s.
  const title =
    `a test whose file is a path of ${bytes} bytes: the run ends, and its result is told`;
  Deno.test(
    title,
    { ignore: bytes !== 1_000_000 && !ALL },
    () =>
      withCheckout(async (checkout) => {
        const outcome = await bounded(checkout, "test");
        await assertWell(checkout, outcome);
        assertStringIncludes(outcome.stderr, "1 failed");
      }, {
        files: project(`mkdir -p /r; cd /r; ${longPath(bytes)}`),
      }),
  );
}

Deno.test("a signal while a path of 1,000,000 bytes is read: the run ends with the signal's exit code", () =>
  withCheckout(async (checkout) => {
    const run = spawn(
      { ...checkout, hung: BOUND },
      "test",
      "--verbose",
    );
    await run.until((stderr) => /^down: ok|^down: tests/m.test(stderr));
    run.kill("SIGTERM");
    const { code } = await run.status;
    // It may have come too late.
    await assertWell(checkout, { code, stderr: run.stderr() }, [0, 143]);
  }, { files: project(`mkdir -p /r; cd /r; ${longPath(1_000_000)}`) }));

/** Reports that a parser must survive: name to what makes it, in bash. Guards all: they held before. */
const PARSED: Readonly<Record<string, string>> = {
  "billion laughs":
    `{ echo '<!DOCTYPE x [<!ENTITY a0 "lol">'; for i in $(seq 30); do
echo "<!ENTITY a$i \\"&a$((i-1));&a$((i-1));&a$((i-1));&a$((i-1));\\">"; done
echo ']><testsuite name="&a30;"><testcase name="&a30;"/></testsuite>'; } > laughs.xml`,
  "an external entity":
    `echo '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&e;"/></testsuite>' > xxe.xml`,
  "100,000 levels":
    `{ printf '<testsuite>%.0s' {1..100000}; printf '</testsuite>%.0s' {1..100000}; } > deep.xml`,
  "100,000 levels that are not closed":
    `printf '<testsuite>%.0s' {1..100000} > open.xml`,
  "300,000 attributes":
    `{ printf '<testcase'; for i in {1..300000}; do printf ' a%d="x"' $i; done; printf '/>'; } > attributes.xml`,
  "attributes of the prototype":
    `echo '<testsuite><testcase name="p" __proto__="x" constructor="y" toString="z"/><__proto__/></testsuite>' > proto.xml`,
  "bytes that are no text":
    `{ echo '<testsuite><testcase name="'; head -c 100000 /dev/urandom; echo '"/></testsuite>'; } > random.xml`,
  "zero bytes": `head -c 100000 /dev/zero > zero.xml`,
  "an unclosed attribute":
    `{ printf '<testcase name="'; head -c 1000000 /dev/zero | tr '\\0' x; } > unclosed.xml`,
  "an unclosed comment":
    `{ printf '<testsuite><!--'; head -c 1000000 /dev/zero | tr '\\0' -; } > comment.xml`,
  "1,000,000 open angles":
    `head -c 1000000 /dev/zero | tr '\\0' '<' > angles.xml`,
  "500,000 entities":
    `{ echo '<testsuite><testcase name="'; yes '&amp;&#x41;' | head -n 250000; echo '"/></testsuite>'; } > entities.xml`,
  "a script as a name":
    `echo '<testsuite><testcase name="&lt;script&gt;alert(1)&lt;/script&gt;"><failure>]]&gt;&lt;/script&gt;</failure></testcase></testsuite>' > script.xml`,
  "a TAP of 200,000 tests": `seq -f 'not ok %.0f - x' 200000 > many.tap`,
  "a TAP with a plan of billions":
    `printf 'TAP version 14\\n1..99999999999\\nok 1\\n' > plan.tap`,
  "a TAP with nested subtests":
    `{ for i in {0..3000}; do printf '%*sok 1\\n' $((i*4)) ''; done; } > nested.tap`,
  "a coverage of 200,000 files":
    `for i in {1..200000}; do printf 'SF:a%d\\nDA:1,1\\nend_of_record\\n' $i; done > lcov.info`,
  "a coverage with numbers out of range":
    `printf 'SF:a\\nDA:99999999999999999999,-1\\nLF:-5\\nLH:1e999\\nend_of_record\\n' > numbers.info`,
};

Deno.test("reports that are made to keep a parser busy: the run ends, each is on the host, none has read a file", (t) =>
  withCheckout(async (checkout) => {
    const outcome = await measured({ ...checkout, hung: BOUND }, "test");
    await assertWell(checkout, outcome);
    const folder = `${checkout.directory}/reports/test`;
    for (const [what, make] of Object.entries(PARSED)) {
      await t.step(
        what,
        async () => void await Deno.stat(`${folder}/${/\S+$/.exec(make)![0]}`),
      );
    }
    for (const file of ["junit.xml", "run.html"]) {
      const text = await Deno.readTextFile(`${folder}/${file}`);
      assert(!text.includes("root:x:0"), `${file} holds /etc/passwd`);
      assert(!text.includes("<script>alert"), `${file} holds a script`);
      assert(
        !text.includes("lollollollol"),
        `${file} holds an expanded entity`,
      );
    }
    await t.step(
      "memory stays under 300 MB",
      () => assert(outcome.peak < 300, `${outcome.peak} MB`),
    );
  }, {
    files: project(
      `mkdir -p /r; cd /r\n${Object.values(PARSED).join("\n")}\ntrue`,
    ),
  }));

/** Dockerfiles that a reader of base images must survive. Guards all: they held before. */
const DOCKERFILES: Readonly<Record<string, string>> = {
  "variables in a circle": "ARG A=${B}\nARG B=${A}\nFROM ${A}\n",
  "100,000 nested defaults": `FROM ${"${A:-".repeat(100_000)}x${
    "}".repeat(100_000)
  }\n`,
  "1,000,000 continued lines": `FROM \\\n${"\\\n".repeat(1_000_000)}x\n`,
  "a here-document without an end": "FROM debian:bookworm-slim\nRUN <<EOF\nx\n",
};

Deno.test({
  name: "Dockerfiles that keep a reader busy: the plan or the refusal comes",
  ignore: !ALL,
  fn: () =>
    withCheckout(async (checkout) => {
      const { directory } = checkout;
      for (const [what, text] of Object.entries(DOCKERFILES)) {
        await Deno.writeTextFile(`${directory}/Dockerfile`, text);
        const { code, stderr } = await bounded(checkout, "test", "--dry-run");
        assert(!/Uncaught/.test(stderr), `${what}\n${stderr}`);
        assertEquals([0, 1, 3].includes(code), true, `${what}: ${code}`);
      }
      await assertWell(checkout, { code: 0, stderr: "" });
    }, {
      files: {
        "Dockerfile": "FROM debian:bookworm-slim\n",
        "compose.yaml": "services: { app: { build: . }, test: { build: . } }\n",
      },
    }),
});

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { main } from "../../../mod.ts";
import { recordedEvents } from "../../../tools/docs.ts";
import { cli, fakeWorld, withFolder, writeFiles } from "../fakes.ts";

const RUN = await recordedEvents();

/** A file of events. */
const EVENTS = RUN.map((event) => `${JSON.stringify(event)}\n`).join("");

/** Shows a run in a folder of these files. */
async function showIn(
  files: Readonly<Record<string, string>>,
  argv: readonly string[],
  env: Record<string, string> = {},
) {
  return await withFolder(async (directory) => {
    await writeFiles(directory, files);
    const outcome = await cli(["show", ...argv], { directory, env });
    const plain = (text: string) => text.replaceAll(directory, "DIR");
    return {
      code: outcome.code,
      stdout: plain(outcome.stdout),
      stderr: plain(outcome.stderr),
    };
  });
}

const NAMED: readonly (readonly string[])[] = [
  ["reports/release/events.jsonl"],
  ["reports/release"],
  ["reports"],
  ["."],
  [],
  ["-C", "reports/release", "events.jsonl"],
  ["--reports", "reports"],
];

for (const argv of NAMED) {
  Deno.test(`a run is shown, however it is named: ${argv.join(" ") || "not at all"}`, async () => {
    const files = {
      "reports/release/events.jsonl": EVENTS,
      "reports/test/other.jsonl": "{}",
    };
    const { code, stderr } = await showIn(files, argv);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "\nrelease ");
  });
}

Deno.test("the page of the run is named where it is now, if it is there", async () => {
  const files = { "saved/events.jsonl": EVENTS };
  const page = { "saved/run.html": "" };
  const of = async (files: Record<string, string>, ...argv: string[]) =>
    (await showIn(files, argv)).stderr.match(/^Report: .*$/m)?.[0];
  assertEquals(
    await of({ ...files, ...page }, "saved"),
    "Report: saved/run.html",
  );
  assertEquals(
    await of({ ...files, ...page }, "events.jsonl", "-C", "saved"),
    "Report: saved/run.html",
  );
  assertEquals(await of(files, "saved"), undefined);
  assertEquals(
    await of({ "saved/other.jsonl": EVENTS, ...page }, "saved/other.jsonl"),
    undefined,
  );
});

Deno.test("neither Docker nor git is needed, and a run that failed was shown all the same", async () => {
  const failed = RUN.map((event) =>
    event.kind === "run-end" ? { ...event, code: 1 } : event
  );
  const text = failed.map((event) => `${JSON.stringify(event)}\n`).join("");
  const { code, stderr } = await showIn(
    { "e.jsonl": text },
    ["e.jsonl", "-q"],
    { PATH: "/nowhere" },
  );
  assertEquals(code, 0);
  assertStringIncludes(stderr, "failed in ");
});

Deno.test("the flags of output do what they do for a run", async () => {
  const files = { "e.jsonl": EVENTS };
  const json = await showIn(files, ["e.jsonl", "--json"]);
  assertEquals(
    json.stdout.trim().split("\n").map((line) => JSON.parse(line)),
    RUN,
  );
  assertEquals(json.stderr, "");
  const color = await showIn(files, ["e.jsonl", "--color=always"]);
  assertStringIncludes(color.stderr, "\x1b[");
  const long = await showIn(files, ["e.jsonl", "--verbose"]);
  const short = await showIn(files, ["e.jsonl", "--quiet"]);
  assert(short.stderr.length < long.stderr.length);
});

/** Calls that fail: files, arguments, exit code, and what is said. */
const REFUSED: readonly [
  Record<string, string>,
  readonly string[],
  number,
  string,
][] = [
  [{}, ["nope"], 3, 'Cannot show "nope": no such file or folder\n'],
  [{ a: "" }, ["a/b"], 3, 'Cannot show "a/b": no such file or folder\n'],
  [
    { "d/x": "" },
    ["d"],
    3,
    'Cannot show "d": no events.jsonl in this folder\n',
  ],
  [{ x: "" }, ["x"], 3, 'Cannot show "x": it is empty\n'],
  [
    { x: "hello\n" },
    ["x"],
    3,
    'Cannot show "x": it has no events of todoflow\n',
  ],
  [
    { x: '{"at":"a","kind":"other"}\n' },
    ["x"],
    3,
    'Cannot show "x": it has no events of todoflow\n',
  ],
  [{}, [], 3, "Cannot show a run: no run has left reports in DIR/reports\n"],
  [{}, ["a", "b"], 2, 'Unexpected argument "b"\n'],
  [{}, ["--keep"], 2, 'Cannot use "--keep" with "show": '],
  [{}, ["-C", "nope"], 2, 'Cannot use "-C nope": no such directory\n'],
];

for (const [files, argv, expected, message] of REFUSED) {
  Deno.test(`exit code ${expected}: show ${argv.join(" ")}`, async () => {
    const { code, stdout, stderr } = await showIn(files, argv);
    assertEquals([code, stdout], [expected, ""]);
    assertStringIncludes(stderr, `todoflow: ${message}`);
  });
}

Deno.test("a file that cannot be read is exit code 4, with the reason", () =>
  withFolder(async (directory) => {
    // A link to itself can be read by no user.
    await Deno.symlink("events.jsonl", join(directory, "events.jsonl"));
    const { code, stderr } = await cli(["show", "events.jsonl"], { directory });
    assertEquals(code, 4);
    assertStringIncludes(
      stderr,
      'Cannot show "events.jsonl": it cannot be read\nWhy:  ',
    );
    assertStringIncludes(stderr, `\nNext: ls -l ${directory}/events.jsonl\n`);
  }));

Deno.test("a run that was killed is unfinished, and lines that are no events are counted", async () => {
  const [start = "", ...rest] = EVENTS.split("\n");
  const step = JSON.stringify({
    ...{
      at: RUN[0]!.at,
      kind: "step-start",
      step: "build\r\x1b[2Jx",
      why: "w",
    },
  });
  const { code, stdout, stderr } = await showIn(
    { "e.jsonl": [start, step, "noise", rest[0]!.slice(0, 20)].join("\n") },
    ["e.jsonl"],
  );
  assertEquals([code, stdout], [0, ""]);
  assertStringIncludes(
    stderr,
    'release unfinished: its events end after 0.0 s, during "',
  );
  assertStringIncludes(
    stderr,
    "todoflow: 1 line of e.jsonl left out: no event, or too long\n",
  );
  assert(!stderr.includes("\x1b"));
});

Deno.test("the results of a job are not handed to its CI system again", () =>
  withFolder(async (directory) => {
    await writeFiles(directory, { "e.jsonl": EVENTS });
    const appended: string[] = [];
    const { world, written } = fakeWorld({
      directory,
      env: {
        GITHUB_ACTIONS: "true",
        GITHUB_OUTPUT: "output",
        GITHUB_STEP_SUMMARY: "summary",
      },
    });
    const code = await main(["show", "e.jsonl"], {
      ...world,
      appendFile: (path) => void appended.push(path),
    });
    assertEquals([code, appended], [0, []]);
    assertStringIncludes(written.stderr, "::group::");
  }));

Deno.test("the folder of reports is the one that the Compose file names, next to that file", () =>
  withFolder(async (directory) => {
    await writeFiles(directory, {
      "compose.yaml": "x-todoflow: {reports: out/here}\nservices: !broken\n",
      "out/here/test/events.jsonl": EVENTS,
      "below/file": "",
    });
    const at = (...argv: string[]) =>
      cli(["show", "-q", ...argv], { directory });
    assertEquals((await at()).code, 0);
    assertEquals((await at("-C", "below")).code, 0);
    assertEquals((await at("--reports", "elsewhere")).code, 3);
    await Deno.rename(
      join(directory, "compose.yaml"),
      join(directory, "other.yaml"),
    );
    assertEquals((await at()).code, 3);
    assertEquals((await at("-f", "other.yaml")).code, 0);
  }));

Deno.test("help and completions name the file that may follow", async () => {
  const help = await cli(["show", "--help"]);
  assertStringIncludes(help.stdout, "\nUsage: todoflow show [FILE] [FLAGS]\n");
  const scripts: Record<string, string> = {
    bash: "    show)\n      flags=",
    zsh: "'1:file:_files'",
    fish: "'__todoflow_after \\'show\\'' -F\n",
  };
  for (const [shell, text] of Object.entries(scripts)) {
    const { stdout } = await cli(["completions", shell]);
    assertStringIncludes(stdout, text);
  }
});

Deno.test("bash completes a file after the target, once", async () => {
  await withFolder(async (directory) => {
    await writeFiles(directory, { "saved.jsonl": "" });
    const { stdout: script } = await cli(["completions", "bash"]);
    const complete = async (...words: string[]) => {
      const text = `${script}
COMP_WORDS=(todoflow ${words.map((word) => `'${word}'`).join(" ")})
COMP_CWORD=${words.length}
_todoflow
printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout } = await new Deno.Command("bash", {
        args: ["-c", text],
        cwd: directory,
      }).output();
      return new TextDecoder().decode(stdout).trim();
    };
    assertEquals(await complete("show", "sav"), "saved.jsonl");
    assertEquals(await complete("show", "saved.jsonl", "sav"), "");
    assertEquals(await complete("ls", "sav"), "");
    assertStringIncludes(await complete("show", "--"), "--quiet");
  });
});

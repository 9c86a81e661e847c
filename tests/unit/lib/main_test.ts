import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { TodoflowError } from "../../../lib/errors/todoflow_error.ts";
import { completions } from "../../../tasks/completions.ts";
import { main } from "../../../mod.ts";
import { step } from "../../../lib/plan/plan.ts";
import type {
  Flag,
  PlanTarget,
  RunTarget,
  Target,
} from "../../../lib/target.ts";
import { processWorld } from "../../../lib/world.ts";
import {
  cli,
  fakeWorld,
  withFakeDocker,
  withFolder,
  type WorldOptions,
} from "../fakes.ts";

const PATH = Deno.env.get("PATH") ?? "";

async function git(directory: string, ...args: string[]) {
  const { success, stdout } = await new Deno.Command("git", {
    args: [
      "-C",
      directory,
      "-c",
      "user.name=t",
      "-c",
      "user.email=t@example.com",
      ...args,
    ],
  }).output();
  assert(success);
  return new TextDecoder().decode(stdout).trim();
}

async function withRepository(
  test: (directory: string) => Promise<void>,
  { commit = true } = {},
) {
  const directory = await Deno.makeTempDir({ prefix: "todoflow $(a) é '" });
  try {
    await git(directory, "init", "--quiet");
    if (commit) {
      await git(directory, "commit", "--quiet", "--allow-empty", "-m", "x");
    }
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("version prints exactly the commit's short hash as one line of JSON", () =>
  withRepository(async (directory) => {
    const hash = await git(directory, "rev-parse", "--short", "HEAD");
    const { code, stdout, stderr } = await cli(["version"], { directory });
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout, `{"Version": "${hash}"}\n`);
  }));

Deno.test("version answers as ever with -q and --json; a bare call with -q lists no targets", () =>
  withRepository(async (directory) => {
    const env = { APP_VERSION: "1.0", PATH };
    for (const argv of [["version", "-q"], ["version", "--json"], ["-q"]]) {
      const { code, stdout, stderr } = await cli(argv, {
        ...{ directory, env, terminal: true },
      });
      assertEquals([code, stdout, stderr], [0, '{"Version": "1.0"}\n', ""]);
    }
  }));

Deno.test("the doctor prints only its findings with -q", () =>
  withFolder(async (directory) => {
    const env = { PATH: "" };
    const { stdout } = await cli(["doctor", "-q"], { directory, env });
    assertEquals(/^(ok|!!) /m.test(stdout), false, stdout);
    assertMatch(stdout, /^Errors: /);
  }));

Deno.test("a bare call prints the version, and the targets on a terminal's stderr only", () =>
  withRepository(async (directory) => {
    const piped = await cli([], { directory });
    assertMatch(piped.stdout, /^\{"Version": "[0-9a-f]{7,}"\}\n$/);
    assertEquals(piped.stderr, "");
    const terminal = await cli([], { directory, terminal: true });
    assertEquals(terminal.stdout, piped.stdout);
    assertMatch(terminal.stderr, /^ {2}release +Build, migrate/m);
  }));

Deno.test("a preset APP_VERSION wins and needs no git; an empty one counts as absent", () =>
  withRepository(async (directory) => {
    const preset = await cli(["version"], {
      directory,
      env: { APP_VERSION: "1.10", PATH: "" },
    });
    assertEquals(preset.stdout, '{"Version": "1.10"}\n');
    const empty = await cli(["version"], {
      directory,
      env: { APP_VERSION: "", PATH },
    });
    assertMatch(empty.stdout, /"[0-9a-f]{7,}"/);
  }));

for (
  const version of [
    "-x",
    ".x",
    "a b",
    "a/b",
    'a"b',
    "a\nb",
    "v1:2",
    "x".repeat(129),
    "é",
  ]
) {
  Deno.test(`APP_VERSION ${JSON.stringify(version)} is no tag: exit code 2`, async () => {
    const { code, stdout, stderr } = await cli(["version"], {
      env: { APP_VERSION: version, PATH },
    });
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, "not a legal image tag");
  });
}

Deno.test("a repository without a commit: exit code 4, and says so", () =>
  withRepository(async (directory) => {
    const { code, stdout, stderr } = await cli(["version"], { directory });
    assertEquals([code, stdout], [4, ""]);
    assertStringIncludes(stderr, "has no commit yet");
  }, { commit: false }));

Deno.test("no repository: exit code 4, with git's reason", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const { code, stderr } = await cli(["version", "-C", directory]);
    assertEquals(code, 4);
    assertStringIncludes(stderr, "not a git repository");
    assertStringIncludes(stderr, "APP_VERSION=1.0");
  } finally {
    await Deno.remove(directory);
  }
});

Deno.test("no git: exit code 4", async () => {
  const { code, stderr } = await cli(["version"], { env: { PATH: "" } });
  assertEquals(code, 4);
  assertStringIncludes(stderr, "Cannot find git");
});

/** A target of a program, which prints this. */
function ownTarget(answer: () => string): Target {
  return {
    kind: "run",
    name: "own",
    summary: "Be here",
    details: "Is here.",
    flags: [],
    run: ({ world }) => {
      world.stdout.write(`${answer()}\n`);
      return Promise.resolve(0);
    },
  };
}

Deno.test("a program has the targets that it gives; the first one is the default", async () => {
  const own = ownTarget(() => "own");
  const run = async (...argv: string[]) => {
    const { world, written } = fakeWorld({ env: { APP_VERSION: "1" } });
    const code = await main(argv, world, [own]);
    return { code, ...written };
  };
  assertEquals((await run()).stdout, "own\n");
  assertStringIncludes((await run("--help")).stdout, "  own  Be here\n");
  const other = await run("release");
  assertEquals(other.code, 2);
  assertEquals(
    other.stderr.split("\n")[0],
    'todoflow: Unknown target "release"',
  );
});

Deno.test("the doctor colors where all others do", () =>
  withFolder(async (directory) => {
    const cases: [boolean, string[], WorldOptions][] = [
      [false, [], {}],
      [true, [], { terminal: true }],
      [false, [], { terminal: true, env: { TERM: "dumb" } }],
      [false, [], { terminal: true, env: { NO_COLOR: "1" } }],
      [true, [], { env: { FORCE_COLOR: "1" } }],
      [true, ["--color", "always"], { env: { NO_COLOR: "1" } }],
      [false, ["--color=never"], { terminal: true }],
    ];
    for (const [expected, flags, options] of cases) {
      const env = { PATH: "", ...options.env };
      const { stdout } = await cli(["doctor", ...flags], {
        ...options,
        directory,
        env,
      });
      const found = /\[\d+m/.test(stdout);
      assertEquals(found, expected, JSON.stringify([flags, options]));
    }
  }));

/** The flags of a program's own targets. */
const OWN_FLAGS: readonly Flag[] = [
  {
    name: "level",
    short: "l",
    value: "LEVEL",
    choices: ["low", "high"],
    summary: "How much",
  },
  { name: "label", value: "TEXT", many: true, summary: "One more label" },
  { name: "version", summary: "Show its version" },
];

/** A program's own target with a plan, which hands to docker all that it was given. */
const PULL: PlanTarget = {
  kind: "plan",
  name: "pull",
  summary: "Fetch",
  details: "Fetches.",
  flags: OWN_FLAGS,
  words: ["all", "some"],
  args: "handed to docker",
  needs: [],
  plan: ({ workflow, flags, values, word = "none", args, $ }) => ({
    steps: [step(workflow.deadlines.step, {
      name: "pull",
      why: "newer images may be there",
      command: $`docker pull ${word} ${values.get("level") ?? []} ${
        values.get("label") ?? []
      } ${flags.has("version") ? ["version"] : []} ${args}`,
    })],
  }),
};

/** The same without a plan. */
const SHOW: RunTarget = {
  kind: "run",
  name: "show",
  summary: "Show",
  details: "Shows.",
  flags: [
    ...OWN_FLAGS,
    { name: "json", summary: "Print JSON" },
    {
      name: "color",
      value: "WHEN",
      choices: ["auto", "always", "never"],
      summary: "When",
    },
  ],
  words: ["all", "some"],
  args: "shown",
  run: ({ given: { word, values, flags, args, color }, world }) => {
    if (args.includes("fail")) {
      throw new TodoflowError({ kind: "no-directory", directory: "d" });
    }
    const given = { word, values: [...values], flags: [...flags], args, color };
    world.stdout.write(JSON.stringify(given));
    return Promise.resolve(0);
  },
};

/** Runs a program that has these two targets and completions. */
function runProgram(...argv: string[]) {
  return withFakeDocker("echo pulled", async ({ surroundings, directory }) => {
    const { world, written } = fakeWorld({
      directory,
      env: {
        ...surroundings.env,
        XDG_STATE_HOME: directory,
        APP_VERSION: "1",
      },
    });
    const code = await main(argv, world, [PULL, SHOW, completions]);
    return { code, ...written };
  });
}

Deno.test("help names the target that a program runs without one", async () => {
  const { stdout } = await runProgram("--help");
  assertStringIncludes(stdout, "\nTargets (without one: pull):\n");
});

for (const { name } of [PULL, SHOW]) {
  Deno.test(`help of a program's own target shows its flags, words and arguments: ${name}`, async () => {
    const { code, stdout } = await runProgram(name, "--help");
    assertEquals(code, 0);
    assertStringIncludes(
      stdout,
      `Usage: todoflow ${name} all|some [FLAGS] [-- ARGS]`,
    );
    assertMatch(stdout, /^ {2}-l, --level LEVEL +How much$/m);
    assertMatch(stdout, /^ {6}--color WHEN +/m);
  });

  Deno.test(`completions know a program's own flags and words: ${name}`, async () => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const { stdout } = await runProgram("completions", shell);
      for (const word of [name, "level", "low", "some"]) {
        assertStringIncludes(stdout, word, `${shell} ${word}`);
      }
      assertEquals(stdout.includes("publish"), false);
    }
  });

  Deno.test(`a program's own target refuses a value that is no choice, and suggests its own flags: ${name}`, async () => {
    const other = await runProgram(name, "all", "--level=huge");
    assertEquals([other.code, other.stdout], [2, ""]);
    assertStringIncludes(other.stderr, 'expected low or high, got "huge"');
    const unknown = await runProgram(name, "all", "--levle=low");
    assertEquals(unknown.code, 2);
    assertStringIncludes(unknown.stderr, 'did you mean "--level"?');
    const color = await runProgram(name, "all", "--color=blue");
    assertStringIncludes(
      color.stderr,
      'expected auto, always or never, got "blue"',
    );
    const word = await runProgram(name, "most");
    assertEquals(word.code, 2);
  });

  Deno.test(`a failure of a program's own target is JSON on stdout with --json: ${name}`, async () => {
    const { code, stdout } = await runProgram(name, "nothing", "--json");
    const event = JSON.parse(stdout);
    assertEquals([code, event.kind, event.exitCode], [2, "failure", 2]);
  });
}

Deno.test("the plan of a program's own target gets its flags, values, word and arguments; the dry run shows it", async () => {
  const given = [
    ...["pull", "some", "-l", "high", "--label=a b", "--label", "c"],
    ...["--version", "--", "x"],
  ];
  const dry = await runProgram("--dry-run", ...given);
  assertEquals(dry.code, 0, dry.stderr);
  assertStringIncludes(
    dry.stdout,
    "# pull: newer images may be there\n" +
      "docker pull some high 'a b' c version x\n",
  );
  const run = await runProgram(...given);
  assertEquals(run.code, 0, run.stderr);
  assertStringIncludes(run.stderr, "pull | pulled\n");
  assertMatch(run.stderr, /^pull ok in /m);
});

Deno.test("a program's own target with a plan has every reporter", async () => {
  const json = await runProgram("pull", "all", "--json");
  const kinds = json.stdout.trim().split("\n")
    .map((line) => JSON.parse(line).kind);
  assertEquals([kinds[0], kinds.at(-1)], ["run-start", "run-end"]);
  const quiet = await runProgram("pull", "all", "--quiet");
  assertEquals(quiet.stderr.includes("pulled"), false);
  const color = await runProgram("pull", "all", "--color=always");
  assertStringIncludes(color.stderr, "\x1b[32mok\x1b[0m");
});

Deno.test("a program's own target without a plan gets its flags, values, word and arguments", async () => {
  const { code, stdout, stderr } = await runProgram(
    ...["show", "some", "-l", "low", "--version", "--json", "--color=never"],
    ...["--", "x"],
  );
  assertEquals(code, 0, stderr);
  assertEquals(JSON.parse(stdout), {
    word: "some",
    values: [["level", ["low"]], ["color", ["never"]]],
    flags: ["version", "json"],
    args: ["x"],
    color: "never",
  });
  const failed = await runProgram("show", "all", "--json", "--", "fail");
  const event = JSON.parse(failed.stdout);
  assertEquals([failed.code, event.exitCode], [2, 2]);
  assertStringIncludes(event.explanation.headline, '"-C d"');
});

/** Runs a program of one target, which prints this. */
async function runOwn(answer: () => string, options: WorldOptions = {}) {
  const own = ownTarget(answer);
  const { world, written } = fakeWorld({
    env: { APP_VERSION: "1" },
    ...options,
  });
  const code = await main(["own"], world, [own]);
  return { world, written, code };
}

Deno.test("an exception is reported on one screen as a fault of todoflow: exit code 1, and no stack trace", async () => {
  const { code, written } = await runOwn(() => {
    throw new TypeError("x is undefined");
  });
  assertEquals(code, 1);
  const [headline, why] = written.stderr.split("\n");
  assertEquals(headline, "todoflow: Failed: this is a fault of todoflow");
  assertMatch(why!, /^Why: +x is undefined$/);
  assertMatch(written.stderr, /^Next: +report it: https:/m);
  assertEquals(written.stderr.includes("Uncaught"), false);
});

Deno.test("an uncaught exception does not end the target, and is reported after it", async () => {
  const { code, written } = await runOwn(() => {
    void Promise.reject(new Error("forgotten"));
    reportError(new Error("later"));
    return "done";
  });
  assertEquals([code, written.stdout], [1, "done\n"]);
  assertMatch(written.stderr, /^Why: +(forgotten|later)$/m);
});

Deno.test("a failure that cannot be printed has its exit code all the same", async () => {
  const { world } = fakeWorld({ env: { APP_VERSION: "1" } });
  const broken = {
    isTerminal: false,
    write: () => {
      throw new Error("closed");
    },
  };
  const closed = { ...world, stdout: broken, stderr: broken };
  assertEquals(await main(["nothing"], closed), 2);
  assertEquals(await main(["version"], closed), 1);
});

Deno.test("a FIFO in place of a file is not waited for", () =>
  withFolder(async (folder) => {
    const { readTextFile } = processWorld();
    const fifo = `${folder}/compose.yaml`;
    await new Deno.Command("mkfifo", { args: [fifo] }).output();
    for (const path of [fifo, folder, `${folder}/none`]) {
      await assertRejects(() => readTextFile(path), Error);
    }
    await Deno.writeTextFile(`${folder}/there`, "text");
    assertEquals(await readTextFile(`${folder}/there`), "text");
  }));

Deno.test("a target of a program's own that throws before it returns a promise leaves no listener", async () => {
  const own: Target = {
    kind: "run",
    name: "own",
    summary: "Be here",
    details: "Is here.",
    flags: [],
    run: () => {
      throw new Error("at once");
    },
  };
  let listening = 0;
  const { world, written } = fakeWorld({
    onSignal: () => {
      listening++;
      return () => listening--;
    },
  });
  assertEquals(await main(["own"], world, [own]), 1);
  assertStringIncludes(written.stderr, "at once");
  assertEquals(listening, 0);
});

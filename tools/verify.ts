/**
 * `deno task verify [--all]`: every gate, each with its reason, in the order in which a mistake is cheapest to find.
 * Closes with how long each gate took and the number of tests that passed and failed. `--all` adds long gates, and the
 * tests that TODOFLOW_ALL selects.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";

/** One check of the whole repository. */
export interface Gate {
  /** Its name in the results. */
  name: string;
  /** The reason for it. */
  why: string;
  /** The arguments of `deno`. */
  args: readonly string[];
  /** The folder in which it runs, below the root. */
  cwd?: string;
  /** Whether the gate runs tests and counts them. */
  tests?: boolean;
  /** Whether two files are tested at a time: most of them wait for docker for half of their time. */
  parallel?: boolean;
  /** Whether it takes so long that only `--all` runs it. */
  long?: boolean;
}

const TEST = ["test", "-A", "--sanitize-ops", "--sanitize-resources"];

/** The tests of whole runs without Docker. */
const RUNS = "tests/unit/lib/run";

/** The gates in their order. */
export const GATES: readonly Gate[] = [
  { name: "format", why: "one style", args: ["fmt", "--check"] },
  {
    name: "format the application",
    why: "it has a configuration of its own",
    args: ["fmt", "--check"],
    cwd: "todobackend",
  },
  { name: "lint", why: "the repository's own rules, too", args: ["lint"] },
  {
    name: "lint the application",
    why: "it has a configuration of its own",
    args: ["lint"],
    cwd: "todobackend",
  },
  {
    name: "types",
    why: "deno test checks what it runs, this checks everything",
    args: ["check", "--frozen", "."],
  },
  {
    name: "types of the application",
    why: "it has packages of its own",
    args: ["check", "--frozen", "."],
    cwd: "todobackend",
  },
  {
    name: "docs",
    why: "what other programs import is documented",
    args: ["doc", "--lint", "mod.ts"],
  },
  {
    name: "examples in docs",
    why: "what stands in a comment as an example runs",
    args: [...TEST, "--doc", "mod.ts"],
    tests: true,
  },
  {
    name: "publish",
    why: "the package has what it needs, and no slow types",
    args: ["publish", "--dry-run", "--allow-dirty"],
  },
  {
    name: "unit",
    why: "without Docker",
    args: [...TEST, `--ignore=${RUNS}`, "tests/unit"],
    tests: true,
    parallel: true,
  },
  {
    name: "unit, whole runs",
    why: "alone, because they set variables of the process",
    args: [...TEST, RUNS],
    tests: true,
  },
  {
    name: "lab",
    why: "the tests behind it need an engine",
    args: ["run", "-A", "tests/lab/mod.ts"],
  },
  {
    name: "e2e",
    why: "a real engine, every target and exit code",
    args: [...TEST, "tests/e2e"],
    tests: true,
    parallel: true,
  },
  {
    name: "compile",
    why: "what is released: binaries, completions, install.sh",
    args: [...TEST, "tests/compile"],
    tests: true,
  },
  {
    name: "examples",
    why: "the same binary runs other people's stacks",
    args: [...TEST, "tests/examples"],
    tests: true,
    parallel: true,
  },
  {
    name: "soak",
    why:
      "100 runs are killed, other ones each time: nothing is left, nothing foreign is gone",
    args: ["run", "-A", "tests/e2e/soak.ts", "--kills", "100"],
    long: true,
  },
];

/** The choice of gates. */
export interface Choice {
  /** Whether to run the long gates, too. */
  all: boolean;
}

/**
 * Reads the arguments of `deno task verify`.
 *
 * @throws {Error} about an argument that it does not know
 */
export function choiceOf(args: readonly string[]): Choice {
  const { all } = parseArgs([...args], {
    boolean: ["all"],
    unknown: (arg: string) => {
      throw new Error(`Cannot verify: unknown argument "${arg}"`);
    },
  });
  return { all: all === true };
}

/** The gates that a choice runs. */
export function gatesOf({ all }: Choice): Gate[] {
  return GATES.filter(({ long = false }) => all || !long);
}

const ROOT = new URL("..", import.meta.url).pathname;

/** The counts of a test run. */
interface Count {
  passed: number;
  failed: number;
}

/** The result of a gate, with its failed tests as text. */
interface Result extends Count {
  success: boolean;
  failures: string[];
}

/** Reads the totals of a JUnit report; a run that wrote none counts as one failure. */
export function countTests(junit: string): Count {
  const [, tests = "0", failures = "0", errors = "0"] =
    /<testsuites [^>]*tests="(\d+)" failures="(\d+)" errors="(\d+)"/.exec(
      junit,
    ) ?? [];
  const failed = Number(failures) + Number(errors);
  return tests === "0"
    ? { passed: 0, failed: 1 }
    : { passed: Number(tests) - failed, failed };
}

/**
 * The failed tests of a JUnit report, each with the first and the last lines of what it says: what the gates print is too
 * long to search, and how a run of the tool failed stands at the end of what it printed. Empty for what is no report; the
 * parser is loaded only then, so that no mistake in it hides the other gates.
 */
async function failuresIn(junit: string): Promise<string[]> {
  const { parseJUnit } = await import("../lib/test_results/junit.ts");
  const cases = await parseJUnit(junit).catch(() => undefined) ?? [];
  return cases.filter(({ result }) => result === "failed").map((test) => {
    const said = [test.message, test.detail].join("\n").split("\n")
      .map((line) => line.trim()).filter((line) => line !== "");
    const shown = said.length <= 34
      ? said
      : [...said.slice(0, 4), "…", ...said.slice(-30)];
    return [`FAILED ${test.name}`, ...shown].join("\n  ");
  });
}

/** Runs a gate. Later gates use the files that it compiles. */
async function run(
  { args, cwd = ".", tests, parallel }: Gate,
  { folder, all }: Choice & { folder: string },
): Promise<Result> {
  const junit = `${folder}/junit.xml`;
  const flags = [
    ...(tests ? [`--junit-path=${junit}`] : []),
    ...(parallel ? ["--parallel"] : []),
  ];
  const [command, ...rest] = args;
  const child = new Deno.Command(Deno.execPath(), {
    args: [command!, ...flags, ...rest],
    cwd: `${ROOT}${cwd}`,
    env: {
      TODOFLOW_BINARY: `${folder}/todoflow`,
      DENO_JOBS: "2",
      // The long tests of a file look for it.
      TODOFLOW_ALL: all ? "1" : "",
    },
    stdin: "null",
  });
  const { success } = await child.spawn().status;
  if (!tests) {
    return { success, passed: 0, failed: success ? 0 : 1, failures: [] };
  }
  const text = await Deno.readTextFile(junit).catch(() => "");
  const count = countTests(text);
  // A run that fails without a failed test, such as one that leaks, must not count as passed.
  return {
    success,
    ...count,
    failed: count.failed || (success ? 0 : 1),
    failures: success ? [] : await failuresIn(text),
  };
}

async function print(text: string) {
  await Deno.stdout.write(new TextEncoder().encode(`${text}\n`));
}

/** Runs the gates of a choice; resolves to whether all have passed. */
async function verify(choice: Choice): Promise<boolean> {
  const folder = await Deno.makeTempDir();
  const total: Count = { passed: 0, failed: 0 };
  const rows: string[] = [];
  const failedTests: string[] = [];
  const begun = performance.now();
  for (const gate of gatesOf(choice)) {
    await print(`\n=== ${gate.name}: ${gate.why}`);
    const started = performance.now();
    const { success, passed, failed, failures } = await run(gate, {
      ...choice,
      folder,
    });
    await Deno.remove(`${folder}/junit.xml`).catch(() => {});
    total.passed += passed;
    total.failed += failed;
    failedTests.push(...failures);
    const verdict = success ? "ok    " : "FAILED";
    rows.push(`${verdict} ${gate.name} (${secondsSince(started)} s)`);
  }
  await Deno.remove(folder, { recursive: true });
  await print(`\n${rows.join("\n")}\n`);
  for (const failure of failedTests) await print(`${failure}\n`);
  if (!choice.all) await print(leftOut());
  await print(`${secondsSince(begun)} s`);
  // Last, and as it is: who runs this reads it.
  await print(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0;
}

/** Seconds since a time of `performance.now()`, with one digit behind the point. */
function secondsSince(started: number): string {
  return ((performance.now() - started) / 1000).toFixed(1);
}

/** A line with the gates that a plain `verify` does not run. */
export function leftOut(): string {
  const names = GATES.filter(({ long }) => long).map(({ name }) => name);
  return `only with --all: ${
    names.join(", ")
  }, and the long tests of e2e, compile and examples`;
}

if (import.meta.main) {
  try {
    Deno.exitCode = await verify(choiceOf(Deno.args)) ? 0 : 1;
  } catch (error) {
    // As todoflow itself: 2 is wrong usage.
    const { message } = error as Error;
    if (!message.startsWith("Cannot verify")) throw error;
    const text =
      `${message}\nNext: deno task verify, or deno task verify --all\n`;
    await Deno.stderr.write(new TextEncoder().encode(text));
    Deno.exitCode = 2;
  }
}

/**
 * `deno task verify`: every gate, each with its reason, in the order in which a mistake is cheapest to find. Closes with
 * the number of tests that passed and failed.
 *
 * @module
 */

interface Gate {
  name: string;
  why: string;
  /** The arguments of `deno`. */
  args: readonly string[];
  cwd?: string;
  /** Whether the gate runs tests and counts them. */
  tests?: boolean;
}

const TEST = ["test", "-A", "--sanitize-ops", "--sanitize-resources"];

const GATES: readonly Gate[] = [
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
    why: "seconds, without Docker",
    args: [...TEST, "tests/unit"],
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
  },
];

const ROOT = new URL("..", import.meta.url).pathname;

/** What a test run counted. */
interface Count {
  passed: number;
  failed: number;
}

/** What a gate came to, with its failed tests as text. */
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
  const { parseJUnit } = await import("../lib/test_results.ts");
  const cases = await parseJUnit(junit).catch(() => []);
  return cases.filter(({ result }) => result === "failed").map((test) => {
    const said = [test.message, test.detail].join("\n").split("\n")
      .map((line) => line.trim()).filter((line) => line !== "");
    const shown = said.length <= 34
      ? said
      : [...said.slice(0, 4), "…", ...said.slice(-30)];
    return [`FAILED ${test.name}`, ...shown].join("\n  ");
  });
}

/** Runs a gate. What one compiles is for those after it. */
async function run(
  { args, cwd = ".", tests }: Gate,
  folder: string,
): Promise<Result> {
  const junit = `${folder}/junit.xml`;
  const report = tests ? [`--junit-path=${junit}`] : [];
  const [command, ...rest] = args;
  const child = new Deno.Command(Deno.execPath(), {
    args: [command!, ...report, ...rest],
    cwd: `${ROOT}${cwd}`,
    env: { TODOFLOW_BINARY: `${folder}/todoflow` },
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

if (import.meta.main) {
  const folder = await Deno.makeTempDir();
  const total: Count = { passed: 0, failed: 0 };
  const rows: string[] = [];
  const failedTests: string[] = [];
  for (const gate of GATES) {
    await print(`\n=== ${gate.name}: ${gate.why}`);
    const started = performance.now();
    const { success, passed, failed, failures } = await run(gate, folder);
    await Deno.remove(`${folder}/junit.xml`).catch(() => {});
    total.passed += passed;
    total.failed += failed;
    failedTests.push(...failures);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    rows.push(`${success ? "ok    " : "FAILED"} ${gate.name} (${seconds} s)`);
  }
  await Deno.remove(folder, { recursive: true });
  await print(`\n${rows.join("\n")}\n`);
  for (const failure of failedTests) await print(`${failure}\n`);
  await print(`${total.passed} passed, ${total.failed} failed`);
  Deno.exitCode = total.failed === 0 ? 0 : 1;
}

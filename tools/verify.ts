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
    why: "what a build agent downloads is the binary",
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

/** Runs a gate. What one compiles is for those after it. */
async function run({ args, cwd = ".", tests }: Gate, folder: string) {
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
  if (!tests) return { success, passed: 0, failed: success ? 0 : 1 };
  const text = await Deno.readTextFile(junit).catch(() => "");
  const count = countTests(text);
  // A run that fails without a failed test, such as one that leaks, must not count as passed.
  return { success, ...count, failed: count.failed || (success ? 0 : 1) };
}

async function print(text: string) {
  await Deno.stdout.write(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) {
  const folder = await Deno.makeTempDir();
  const total: Count = { passed: 0, failed: 0 };
  const rows: string[] = [];
  for (const gate of GATES) {
    await print(`\n=== ${gate.name}: ${gate.why}`);
    const started = performance.now();
    const { success, passed, failed } = await run(gate, folder);
    await Deno.remove(`${folder}/junit.xml`).catch(() => {});
    total.passed += passed;
    total.failed += failed;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    rows.push(`${success ? "ok    " : "FAILED"} ${gate.name} (${seconds} s)`);
  }
  await Deno.remove(folder, { recursive: true });
  await print(`\n${rows.join("\n")}\n`);
  await print(`${total.passed} passed, ${total.failed} failed`);
  Deno.exitCode = total.failed === 0 ? 0 : 1;
}

/**
 * Runs a suite of tests, `unit` or `acceptance`, with its permissions and reports; the exit code is the tests'.
 *
 * @module
 */

const [suite, ...options] = Deno.args;
const reports = Deno.env.get("TEST_OUTPUT_DIR") || "reports";
const temporary = Deno.env.get("TMPDIR") || "/tmp";
const common = [
  "--frozen",
  "--no-prompt",
  "--sanitize-ops",
  "--sanitize-resources",
];

Deno.exitCode = suite === "acceptance" ? await acceptance() : await unit();

async function unit(): Promise<number> {
  // Thousands of small files: in a container that is memory, see docker-compose.yml.
  const profile = `${temporary}/todobackend-coverage`;
  const ours = "--exclude=/(tests|tools)/";
  const code = await deno("test", [
    ...common,
    `--allow-read=.,${temporary}`,
    `--allow-write=${temporary}`,
    "--allow-net=127.0.0.1",
    "--parallel",
    `--junit-path=${reports}/unittests.xml`,
    `--coverage=${profile}`,
    "--coverage-raw-data-only",
    "--clean",
    ...options,
    "tests/unit",
  ]);
  await deno("coverage", [
    profile,
    ours,
    "--lcov",
    `--output=${reports}/coverage.lcov`,
  ]);
  await deno("coverage", [profile, ours]);
  return code;
}

async function acceptance(): Promise<number> {
  const url = new URL(Deno.env.get("APP_URL") || "http://localhost:8000");
  const port = url.port || (url.protocol === "https:" ? 443 : 80);
  return await deno("test", [
    ...common,
    "--allow-env=APP_URL",
    `--allow-net=${url.hostname}:${port}`,
    `--junit-path=${reports}/acceptance.xml`,
    ...options,
    "tests/acceptance",
  ]);
}

async function deno(command: string, args: string[]): Promise<number> {
  const child = new Deno.Command("deno", { args: [command, ...args] });
  return (await child.spawn().status).code;
}

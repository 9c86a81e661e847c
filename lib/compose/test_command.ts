/**
 * The command that tests an application, by the files of its folder.
 *
 * @module
 */

import type { ReadTextFile } from "./files.ts";

/** A sign of a way to test: a file, the text that it must contain, and the command. */
type Sign = readonly [
  file: string,
  text: RegExp | undefined,
  command: readonly string[],
];

/** The first sign wins: what a project says itself comes before what its language suggests. */
const SIGNS: readonly Sign[] = [
  ["manage.py", undefined, ["python", "manage.py", "test"]],
  ["pytest.ini", undefined, ["pytest"]],
  ["pyproject.toml", /pytest/, ["pytest"]],
  ["setup.cfg", /pytest/, ["pytest"]],
  ["tox.ini", /pytest/, ["pytest"]],
  ["conftest.py", undefined, ["pytest"]],
  ["tests/conftest.py", undefined, ["pytest"]],
  ["test/conftest.py", undefined, ["pytest"]],
  ["Pipfile", /pytest/, ["pytest"]],
  ...[
    ...["requirements.txt", "requirements-dev.txt", "requirements_dev.txt"],
    ...["dev-requirements.txt", "requirements-test.txt"],
    ...[
      "test-requirements.txt",
      "requirements/test.txt",
      "requirements/dev.txt",
    ],
  ].map((file): Sign => [file, /^pytest/m, ["pytest"]]),
  ["artisan", undefined, ["php", "artisan", "test"]],
  ["phpunit.xml", undefined, ["vendor/bin/phpunit"]],
  ["phpunit.xml.dist", undefined, ["vendor/bin/phpunit"]],
  [".rspec", undefined, ["bundle", "exec", "rspec"]],
  ["Gemfile", /rspec/, ["bundle", "exec", "rspec"]],
  ["bin/rails", undefined, ["bin/rails", "test"]],
  ["Rakefile", /test/i, ["bundle", "exec", "rake", "test"]],
  ["mix.exs", undefined, ["mix", "test"]],
  ["go.mod", undefined, ["go", "test", "./..."]],
  ["Cargo.toml", undefined, ["cargo", "test"]],
  ["gradlew", undefined, ["./gradlew", "test"]],
  ["mvnw", undefined, ["./mvnw", "test"]],
  ["pom.xml", undefined, ["mvn", "test"]],
  ["deno.json", /"test"\s*:/, ["deno", "task", "test"]],
  ["deno.json", undefined, ["deno", "test"]],
];

/** Signs that tell less than a script of `package.json`, which many projects have only for their assets. */
const WEAK_SIGNS: readonly Sign[] = [
  ["Makefile", /^test\s*:/m, ["make", "test"]],
  ["requirements.txt", undefined, ["python", "-m", "unittest"]],
];

/**
 * The command that tests the application in a folder; undefined where its files do not tell.
 *
 * @param folder absolute path, such as the context of its build
 */
export async function testCommandIn(
  folder: string,
  readTextFile: ReadTextFile,
): Promise<readonly string[] | undefined> {
  const read = (file: string) =>
    readTextFile(`${folder}/${file}`).catch(() => undefined);
  const signed = await commandBy(SIGNS, read);
  if (signed) return signed;
  if (!testScript(await read("package.json"))) {
    return await commandBy(WEAK_SIGNS, read);
  }
  for (const [tool, lock] of LOCKS) {
    if (await read(lock) !== undefined) return [tool, "test"];
  }
  return ["npm", "test"];
}

/** The command of the first sign that is there. */
async function commandBy(
  signs: readonly Sign[],
  read: (file: string) => Promise<string | undefined>,
): Promise<readonly string[] | undefined> {
  for (const [file, text, command] of signs) {
    const found = await read(file);
    if (found !== undefined && (!text || text.test(found))) return command;
  }
  return undefined;
}

/** The files by which package managers of Node are known. */
const LOCKS = [["pnpm", "pnpm-lock.yaml"], ["yarn", "yarn.lock"]] as const;

/** The script of tests in a `package.json`; undefined for the one that `npm init` writes, which only fails. */
function testScript(text: string | undefined): string | undefined {
  try {
    const script: unknown = JSON.parse(text ?? "{}").scripts?.test;
    return typeof script === "string" && !script.includes("no test specified")
      ? script
      : undefined;
  } catch {
    return undefined;
  }
}

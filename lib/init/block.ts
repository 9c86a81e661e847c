/**
 * Lines for a Compose file, with the place that they belong to.
 *
 * @module
 */

import type { Path } from "../doctor/project/finding.ts";
import { placed } from "../doctor/project/place.ts";
import type { Project } from "../doctor/project/project.ts";
import type { Block } from "./missing.ts";

/** The lines, before their place is looked up. */
interface BlockInit extends Pick<Block, "why"> {
  /** The key that they belong below, or whose place they take. */
  at: Path;
  /** Whether they take the place of the key and all that is below it. */
  replaces?: true;
  /** Makes them from their indentation. */
  lines: (indent: string) => string;
}

/** Finds the place of lines in a project's Compose file, and indents them for it. */
export async function blockAt(
  { at, why, replaces, lines }: BlockInit,
  { written }: Pick<Project, "written">,
  caller: string,
): Promise<Block> {
  const { location } = await placed(
    { id: "", severity: "advice", title: "", why, fix: "", at },
    written,
    caller,
  );
  const { file = "the Compose file", line, column = 1 } = location ?? {};
  const width = line === undefined ? 0 : replaces ? column - 1 : column + 1;
  const place = line === undefined ? file : `${file}:${line}`;
  return {
    place: `${replaces ? "in place of" : "below"} ${place}`,
    why,
    text: lines(" ".repeat(width)),
    comment: "#",
  };
}

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
  /** A key of the file. */
  at: Path;
  /** Where they belong: below the key as a part of it, above it beside it, or in the place of it and its parts. */
  where: "below" | "above" | "in place of";
  /** Makes them from their indentation. */
  lines: (indent: string) => string;
}

/** Finds the place of lines in a project's Compose file, and indents them for it. */
export async function blockAt(
  { at, why, where, lines }: BlockInit,
  { written }: Pick<Project, "written">,
  caller: string,
): Promise<Block> {
  const { location } = await placed(
    { id: "", severity: "advice", title: "", why, fix: "", at },
    written,
    caller,
  );
  const { file = "the Compose file", line, column = 1 } = location ?? {};
  const isKnown = line !== undefined;
  const width = !isKnown ? 0 : where === "below" ? column + 1 : column - 1;
  return {
    place: isKnown ? `${where} ${file}:${line}` : `in ${file}`,
    why,
    text: lines(" ".repeat(width)),
    comment: "#",
  };
}

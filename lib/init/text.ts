/**
 * The things that a repository lacks, as text to paste, or as a diff of the files that are going to be written.
 *
 * @module
 */

import type { Style } from "../text/color.ts";
import { noCommand, plainLines } from "../text/plain_line.ts";
import type { Block, Missing } from "./missing.ts";

/** Options of {@linkcode missingText}. */
interface TextOptions {
  /** A path as the caller would name it. */
  shown: (path: string) => string;
  /** Whether the files are shown as a diff, which `git apply` understands. */
  asDiff: boolean;
  paint: Style;
}

/** The text. All that is no text to paste is a comment of the file that it belongs to. */
export function missingText(
  { files, blocks, notes }: Missing,
  { shown, asDiff, paint }: TextOptions,
): string {
  if (files.length + blocks.length + notes.length === 0) {
    return "Nothing is missing\n";
  }
  const parts = [
    ...files.map(({ path, text }) =>
      asDiff
        ? diffText(shown(path), text, paint)
        : `${paint.bold(`# ${shown(path)}: new file`)}\n${safe(text)}`
    ),
    ...blocks.map((block) => blockText(block, paint)),
    ...(notes.length === 0
      ? []
      : [notes.map((note) => `# ${safe(note)}\n`).join("")]),
  ];
  return parts.join("\n");
}

function blockText({ place, why, text, comment }: Block, paint: Style) {
  const head = `${comment} ${safe(`${place}: ${why}`)}`;
  return `${paint.bold(head)}\n${safe(text.replace(/\n*$/, "\n"))}`;
}

/** https://git-scm.com/docs/diff-format */
function diffText(path: string, text: string, paint: Style): string {
  const lines = safe(text).replace(/\n$/, "").split("\n");
  return [
    paint.bold(`diff --git a/${path} b/${path}`),
    paint.bold("new file mode 100644"),
    paint.bold("--- /dev/null"),
    paint.bold(`+++ b/${path}`),
    paint.cyan(`@@ -0,0 +1,${lines.length} @@`),
    ...lines.map((line) => paint.green(`+${line}`)),
    "",
  ].join("\n");
}

/** Names of services and files may be hostile. */
function safe(text: string): string {
  return plainLines(text).map(noCommand).join("\n");
}

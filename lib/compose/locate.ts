/**
 * Finds the line of a key in the Compose files: only for a failure that is about to be reported.
 *
 * @module
 */

import type { Document, Node } from "yaml";
import type { Location } from "../errors/failure.ts";
import type { ReadTextFile } from "./files.ts";

/**
 * The place of a key, or of an item of a list, by its index or by what it names, such as `db` in `- db:/data`; of one that `<<` has merged in, the place of the nearest key around it.
 * Of several files, the last one that has the path's first key counts, as Compose lets the last top-level `x-` block
 * win.
 *
 * @param path keys and indexes from the top of a Compose file
 * @param options.files in the order in which Compose uses them
 * @returns undefined when no file has it, or one that might have it cannot be read.
 */
export async function locate(
  path: Path,
  { files, readTextFile }: {
    files: readonly string[];
    readTextFile: ReadTextFile;
  },
): Promise<Location | undefined> {
  const yaml = await import("yaml");
  try {
    for (const file of files.toReversed()) {
      const position = positionIn(await readTextFile(file), path, yaml);
      if (position) return { file, ...position };
    }
  } catch {
    // A file cannot be read: no place is better than a wrong one.
  }
  return undefined;
}

type Path = readonly (string | number)[];

/** The parser, which is loaded only when it is needed. */
type Yaml = typeof import("yaml");

function positionIn(text: string, path: Path, yaml: Yaml) {
  const lineCounter = new yaml.LineCounter();
  // Compose merges the documents of a file as it merges files.
  const documents = [...yaml.parseAllDocuments(text, { lineCounter })];
  const error = documents.flatMap(({ errors }) => errors)[0];
  if (error) throw error;
  const document = documents.findLast(({ contents }) =>
    yaml.isMap(contents) && contents.has(path[0])
  );
  const offset = document && offsetOf(path, document, yaml);
  if (offset === undefined) return undefined;
  const { line, col } = lineCounter.linePos(offset);
  return { line, column: col };
}

function offsetOf(path: Path, document: Document.Parsed, yaml: Yaml) {
  let node: Node | null | undefined = document.contents;
  let offset: number | undefined;
  for (const key of path) {
    const at = yaml.isAlias(node) ? node.resolve(document) : node;
    const found = childOf(at, key, yaml);
    if (!found) break;
    ({ node, offset } = found);
  }
  return offset;
}

interface Child {
  node: Node | null;
  /** Of the key or, in a list, of the item. */
  offset: number;
}

function childOf(
  node: Node | null | undefined,
  key: string | number,
  { isMap, isScalar, isSeq }: Yaml,
): Child | undefined {
  if (isMap<Node, Node | null>(node)) {
    const pair = node.items.find((pair) =>
      isScalar(pair.key) && String(pair.key.value) === String(key)
    );
    return pair && { node: pair.value, offset: pair.key.range![0] };
  }
  if (!isSeq<Node>(node)) return undefined;
  const names = (item: Node): boolean =>
    isScalar(item)
      ? String(item.value).split(/[:=]/)[0] === key
      : isMap(item) && item.get("source") === key;
  const item = node.items[Number(key)] ?? node.items.find(names);
  return item && { node: item, offset: item.range![0] };
}

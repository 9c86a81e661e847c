/**
 * Finds the line of a key in the Compose files: only for a failure that is about to be reported.
 *
 * @module
 */

import type { Document, Node } from "yaml";
import type { Location } from "../errors/location.ts";
import type { ReadTextFile } from "./files.ts";

/**
 * The place of a key, or of an item of a list, by its index or by what it names, such as `db` in `- db:/data`; of one that `<<` has merged in, the place of the nearest key around it.
 * Of several files, the last one that has the path's first key counts for an `x-` block, as Compose lets the last one win;
 * else the one that has most of the path.
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
    let best: (Location & { depth: number }) | undefined;
    const isBlock = `${path[0]}`.startsWith("x-");
    for (const file of files.toReversed()) {
      const found = positionIn(await readTextFile(file), path, yaml);
      if (!found || best && found.depth <= best.depth) continue;
      best = { file, ...found };
      if (isBlock) break;
    }
    return best && { file: best.file, line: best.line, column: best.column };
  } catch {
    // A file cannot be read: no place is better than a wrong one.
  }
  return undefined;
}

/**
 * The place of a word in the values below a path, such as the name of a host in the environment of a service; undefined
 * where no file has it.
 */
export async function locateWord(
  path: Path,
  word: string,
  { files, readTextFile }: {
    files: readonly string[];
    readTextFile: ReadTextFile;
  },
): Promise<Location | undefined> {
  const yaml = await import("yaml");
  for (const file of files.toReversed()) {
    const text = await readTextFile(file).catch(() => "");
    const lineCounter = new yaml.LineCounter();
    for (const document of yaml.parseAllDocuments(text, { lineCounter })) {
      if (!("contents" in document)) continue;
      const offset = wordBelow(path, word, { document, text, yaml });
      if (offset === undefined) continue;
      const { line, col } = lineCounter.linePos(offset);
      return { file, line, column: col };
    }
  }
  return undefined;
}

/** The offset of a word in the text of the values below a path. */
function wordBelow(
  path: Path,
  word: string,
  { document, text, yaml }: {
    document: Document.Parsed;
    text: string;
    yaml: Yaml;
  },
): number | undefined {
  const below = document.getIn(path, true);
  if (!yaml.isNode(below)) return undefined;
  // Not in the middle of another word, and no expression: the word comes from a container.
  const whole = new RegExp(`(?<![\\w.-])${RegExp.escape(word)}(?![\\w-])`);
  const read = yaml.isMap<Node, Node | null>(below)
    ? below.items.filter(({ key }) => !UNREAD.has(String(key)))
      .flatMap(({ value }) => value ?? [])
    : [below];
  let found: number | undefined;
  const visitor: Parameters<Yaml["visit"]>[1] = {
    Scalar(key, { value, range }) {
      if (key === "key" || !range || !whole.test(String(value))) {
        return undefined;
      }
      const at = whole.exec(text.slice(range[0], range[1]));
      found = range[0] + (at?.index ?? 0);
      return yaml.visit.BREAK;
    },
  };
  for (const value of read) {
    if (found === undefined) yaml.visit(value, visitor);
  }
  return found;
}

/** Keys of a service that its program does not read: a host or a port in them is not the one that it asks. */
const UNREAD: ReadonlySet<string> = new Set([
  ...["build", "container_name", "depends_on", "expose", "hostname", "image"],
  ...["labels", "links", "networks", "ports"],
]);

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
  const found = document && offsetOf(path, document, yaml);
  if (found?.offset === undefined) return undefined;
  const { line, col } = lineCounter.linePos(found.offset);
  return { line, column: col, depth: found.depth };
}

function offsetOf(path: Path, document: Document.Parsed, yaml: Yaml) {
  let node: Node | null | undefined = document.contents;
  let offset: number | undefined;
  let depth = 0;
  for (const key of path) {
    const at = yaml.isAlias(node) ? node.resolve(document) : node;
    const found = childOf(at, key, yaml);
    if (!found) break;
    ({ node, offset } = found);
    depth++;
  }
  return { offset, depth };
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

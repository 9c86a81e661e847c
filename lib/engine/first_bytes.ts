/**
 * Reads the beginning of a file of a container, running or not.
 *
 * @module
 */

import { posix } from "node:path";
import { concat } from "../text/bytes.ts";
import type { EngineApi } from "./api.ts";
import { archive } from "./archive.ts";

/** How many bytes of an archive are read: headers, and the beginning of the file. */
const MOST = 8 * 1024;

/** How many links are followed. */
const LINKS = 8;

/** The first bytes of a file, 4 KiB or so; undefined where there is no regular file, or the engine does not send it. */
export async function firstBytes(
  api: EngineApi,
  container: string,
  path: string,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  let place = posix.resolve("/", path);
  for (let i = 0; i < LINKS; i++) {
    const tar = await startOf(archive(api, container, place, signal).tar);
    const entry = entryIn(tar);
    if (entry?.link === undefined) return entry?.content;
    place = posix.resolve(posix.dirname(place), entry.link);
  }
  return undefined;
}

/** The first bytes of a stream, the rest of which is not sent. */
async function startOf(
  stream: ReadableStream<Uint8Array>,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of stream) {
    parts.push(part);
    length += part.length;
    if (length >= MOST) break;
  }
  return concat(parts).subarray(0, MOST);
}

/** The size of a block: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html. */
const BLOCK = 512;

/** The first file or link of an archive; undefined where it is something else. */
function entryIn(
  tar: Uint8Array,
): { link?: string; content: Uint8Array } | undefined {
  for (let at = 0; at + BLOCK <= tar.length;) {
    const header = tar.subarray(at, at + BLOCK);
    const size = parseInt(textIn(header.subarray(124, 136)), 8) || 0;
    const content = tar.subarray(at + BLOCK, at + BLOCK + size);
    switch (String.fromCharCode(header[156]!)) {
      case "0":
      case "\0":
        return { content };
      case "2":
        return { link: textIn(header.subarray(157, 257)), content };
      // Extended headers stand before the entry.
      case "x":
      case "g":
      case "L":
      case "K":
        at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
        break;
      default:
        return undefined;
    }
  }
  return undefined;
}

function textIn(field: Uint8Array): string {
  return new TextDecoder().decode(field).replace(/\0[^]*$/, "");
}

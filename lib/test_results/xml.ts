/**
 * Reads untrusted XML: broken or hostile text causes an error, and never a hang, access to a file or a request.
 *
 * sax reads it piece by piece, so that it makes no tree and does not delay signals. Entities of a DOCTYPE are never expanded.
 *
 * @module
 */

import { plainText } from "../text/untrusted.ts";
import { turn } from "./limits.ts";

/** The most UTF-16 units of a text. */
export const MAX_XML = 10_000_000;

/** The most levels of elements. */
const MAX_LEVELS = 100;

/** The most attributes of an element. */
const MAX_ATTRIBUTES = 1_000;

/** The most UTF-16 units of an attribute, comment or name; the parser needs 32 bytes for each of them. */
const MAX_ATTRIBUTE = 1_000_000;

/** The UTF-16 units that are read without a turn of the event loop; they take some milliseconds. */
const PIECE = 64 * 1024;

/** The used part of sax, whose package has no types: https://github.com/isaacs/sax-js#readme. */
interface Sax {
  MAX_BUFFER_LENGTH: number;
  parser(strict: boolean, options: { strictEntities: boolean }): SaxParser;
}

/** A parser of one text. */
interface SaxParser {
  /** Whether an element has begun. */
  sawRoot: boolean;
  /** Whether the outermost element has ended. */
  closedRoot: boolean;
  /** Counted from 0. */
  line: number;
  error: Error | null;
  /** The characters that references stand for. */
  ENTITIES: Record<string, string>;
  onerror: (error: Error) => void;
  onopentag: (
    tag: { name: string; attributes: Record<string, string> },
  ) => void;
  onattribute: () => void;
  onclosetag: (name: string) => void;
  ontext: (text: string) => void;
  oncdata: (text: string) => void;
  write(text: string): this;
  close(): this;
}

/** Takes the content of a document, in its order. */
interface XmlHandler {
  /**
   * Returns "stop" to read no further.
   *
   * @param attribute returns the value of an attribute; undefined if the element has none of this name
   */
  open(
    name: string,
    attribute: (name: string) => string | undefined,
  ): void | "stop";
  /** Text or CDATA; one text may come in several pieces. */
  text?(text: string): void;
  close?(name: string): void;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** The character that a reference such as "#65" stands for; a reference that is not predefined stays as it is. */
function decode(name: string): string {
  const [, hex, decimal] = /^#(?:x([\da-fA-F]{1,6})|(\d{1,7}))$/.exec(name) ??
    [];
  const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
  return ENTITIES[name] ??
    (code <= 0x10FFFF ? String.fromCodePoint(code) : `&${name};`);
}

/** An error's text as one short line that is safe to print. */
function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return plainText(text.slice(0, 1_000)).replace(/\s+/g, " ").slice(0, 200);
}

/** Errors that are ignored: several documents in one file, and an "&" that stands for itself. */
const HARMLESS = /^(?:Invalid character in entity name|XML declaration must)/;

/**
 * Reads a document, or several of them in sequence. Gives the event loop its turns in the meantime.
 *
 * Throws an `Error` with a reason in one line if the text is not well-formed, is longer than {@linkcode MAX_XML}, or exceeds
 * the limits for levels and attributes; and every error of the handler.
 */
export async function scanXml(
  text: string,
  handler: XmlHandler,
): Promise<void> {
  if (text.length > MAX_XML) {
    throw new Error(`larger than ${MAX_XML / 1_000_000} MB`);
  }
  const { default: sax }: { default: Sax } = await import("sax");
  sax.MAX_BUFFER_LENGTH = MAX_ATTRIBUTE;
  const parser = parserOf(sax.parser(true, { strictEntities: true }), handler);
  const whole = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  try {
    for (let at = 0; at < whole.length; at += PIECE) {
      if (at > 0) await turn();
      parser.write(whole.slice(at, at + PIECE));
    }
    // `close` resets it.
    const { sawRoot } = parser;
    parser.close();
    if (!sawRoot) throw new Error("broken XML in line 1: Start tag expected");
  } catch (error) {
    if (error === STOPPED) return;
    // The parser calls methods of an object whose keys are words of the document.
    if (!(error instanceof TypeError)) throw error;
    throw new Error(`XML that is not read: ${oneLine(error)}`);
  }
}

/** Thrown through the parser where its handler stops it. */
const STOPPED = new Error("stopped");

function parserOf(parser: SaxParser, handler: XmlHandler): SaxParser {
  let levels = 0;
  let count = 0;
  // The parser asks it for "#65", too, and so never looks up the entities of a document.
  parser.ENTITIES = new Proxy(Object.create(null), {
    get: (_, name) => decode(String(name)),
  });
  parser.onerror = (error) => {
    const [message = ""] = error.message.split("\n");
    parser.error = null;
    if (HARMLESS.test(message)) return;
    throw refusal(message, parser.line);
  };
  parser.onattribute = () => {
    if (++count <= MAX_ATTRIBUTES) return;
    throw new Error(
      `XML that is not read: more than ${MAX_ATTRIBUTES} attributes`,
    );
  };
  parser.onopentag = ({ name, attributes }) => {
    if (++levels > MAX_LEVELS) {
      throw new Error(`XML that is not read: more than ${MAX_LEVELS} levels`);
    }
    count = 0;
    // A second document has begun.
    parser.closedRoot = false;
    const answer = handler.open(name, (attribute) => {
      const value = Object.hasOwn(attributes, attribute)
        ? attributes[attribute]
        : undefined;
      return value === undefined ? undefined : plainText(value);
    });
    if (answer === "stop") throw STOPPED;
  };
  parser.ontext = parser.oncdata = (text) => handler.text?.(plainText(text));
  parser.onclosetag = (name) => {
    levels--;
    handler.close?.(name);
  };
  return parser;
}

function refusal(message: string, line: number): Error {
  if (message === "Unclosed root tag") {
    return new Error("broken XML: it ends before its tags are closed");
  }
  if (message.startsWith("Max buffer length")) {
    return new Error(
      `XML that is not read: an attribute of more than ${MAX_ATTRIBUTE} characters`,
    );
  }
  return new Error(`broken XML in line ${line + 1}: ${oneLine(message)}`);
}

/**
 * Content that is known before anybody asks: compressed once, and sent in the encoding that a client takes, if it has not
 * got it already.
 *
 * @module
 */

import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { sha256 } from "./assets.ts";

/** What is added to the name of a file in each encoding; the best encoding comes first. */
export const SUFFIXES = { br: ".br", gzip: ".gz", identity: "" } as const;

/** How content can be encoded. */
export type Encoding = keyof typeof SUFFIXES;

/** Content in encodings; `identity` is always there. */
export type Encoded = Readonly<
  Partial<Record<Encoding, Uint8Array<ArrayBuffer>>>
>;

interface Variant {
  readonly encoding: Encoding;
  readonly etag: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** What a URL answers to GET. */
export interface Representation {
  /** The same for every encoding. */
  readonly headers: Readonly<Record<string, string>>;
  /** The best first. */
  readonly variants: readonly Variant[];
}

/** Compresses content in every way that makes it smaller. */
export function encode(bytes: Uint8Array<ArrayBuffer>): Encoded {
  const all = {
    br: new Uint8Array(brotliCompressSync(bytes, {
      params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    })),
    gzip: new Uint8Array(gzipSync(bytes, { level: 9 })),
    identity: bytes,
  };
  return Object.fromEntries(
    Object.entries(all).filter(([encoding, { length }]) =>
      encoding === "identity" || length < bytes.length
    ),
  );
}

/** Makes encoded content, with the headers that go with it, ready to be sent. */
export function represent(
  encoded: Encoded,
  headers: Readonly<Record<string, string>>,
): Representation {
  const variants: Variant[] = [];
  for (const encoding of Object.keys(SUFFIXES) as Encoding[]) {
    const body = encoded[encoding];
    if (!body) continue;
    // An ETag of its own for each encoding: to a cache they are different things.
    variants.push({ encoding, body, etag: `"${sha256(body).slice(0, 32)}"` });
  }
  return {
    headers: {
      ...headers,
      Vary: "Accept-Encoding",
      "X-Content-Type-Options": "nosniff",
    },
    variants,
  };
}

/** Answers a request for this content: 200, or 304 when the client has it already. */
export function respond(
  request: Headers,
  { headers, variants }: Representation,
): Response {
  const { encoding, etag, body } = choose(
    variants,
    request.get("Accept-Encoding") ?? "",
  );
  const all = {
    ...headers,
    ETag: etag,
    ...(encoding !== "identity" && { "Content-Encoding": encoding }),
  };
  return isKnown(request.get("If-None-Match"), etag)
    ? new Response(null, { status: 304, headers: withoutContent(all) })
    : new Response(body, { headers: all });
}

/** The variant that the client prefers; of several, the smallest. Who accepts none gets it as it is. */
function choose(variants: readonly Variant[], accepted: string): Variant {
  const qualities = parseQualities(accepted);
  const quality = ({ encoding }: Variant) =>
    qualities.get(encoding) ??
      // Nobody needs to name `identity`; but who names something prefers that.
      (encoding === "identity" ? 0.001 : qualities.get("*") ?? 0);
  const plain = variants.at(-1)!;
  return variants.reduce(
    (best, variant) => quality(variant) > quality(best) ? variant : best,
    // The first of equals wins, and that is never the plain one.
    variants.find((variant) => quality(variant) > 0) ?? plain,
  );
}

function parseQualities(header: string): Map<string, number> {
  return new Map(
    header.toLowerCase().split(",").map((item) => {
      const [name = "", ...parameters] = item.split(";").map((part) =>
        part.trim()
      );
      const q = parameters.find((part) => part.startsWith("q="))?.slice(2);
      return [name, q === undefined ? 1 : Number(q) || 0];
    }),
  );
}

function isKnown(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  return ifNoneMatch.split(",").map((item) => item.trim().replace(/^W\//, ""))
    .some((item) => item === "*" || item === etag);
}

/** A 304 repeats what concerns caches, not what describes a body that is not there. */
function withoutContent(headers: Record<string, string>) {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !name.startsWith("Content-")),
  );
}

/** Reads the bodies of requests, JSON or forms: within limits of size, number and time, which the framework has not. @module */

import { HTTPException } from "hono/http-exception";
import { errorMessage } from "./command.ts";

/** The media types that a body may have. */
export const MEDIA_TYPES = [
  "application/json",
  "application/x-www-form-urlencoded",
  "multipart/form-data",
];

// A title of 256 characters needs at most 3 kB, however it is written; a todo has four fields.
const MAX_BYTES = 65_536;
const MAX_FIELDS = 100;
// Of more that arrive at once, who has been at it longest must come again: memory is bounded, and who is quick is served.
const MAX_ARRIVING = 4_000;
const ARRIVE_MS = 10_000;

/** Reads bodies; `giveUp` refuses those that have not arrived. */
export type Bodies = ReturnType<typeof createBodies>;

/** Makes what reads bodies. */
export function createBodies(maxArriving = MAX_ARRIVING) {
  // The oldest first.
  const arriving = new Set<() => void>();
  const arrive = async (request: Request) => {
    const { promise, reject } = Promise.withResolvers<never>();
    const refuse = () => {
      arriving.delete(refuse);
      reject(new Error("Too slow"));
    };
    if (arriving.size >= maxArriving) arriving.keys().next().value?.();
    arriving.add(refuse);
    const timer = setTimeout(refuse, ARRIVE_MS);
    try {
      return await Promise.race([readBytes(request), promise]);
    } catch (error) {
      if (error instanceof HTTPException) throw error;
      // The client is gone, or too slow: it may try again, on another connection.
      throw refusal(408, "The request body did not arrive.");
    } finally {
      clearTimeout(timer);
      arriving.delete(refuse);
    }
  };
  return {
    /** @throws {HTTPException} when a body cannot be read; an empty one counts as an empty object */
    read: async (request: Request) =>
      await parse(await arrive(request), request.headers),
    giveUp: () => arriving.forEach((refuse) => refuse()),
  };
}

function refusal(status: 400 | 408 | 413 | 415, message: string) {
  return new HTTPException(status, { message });
}

async function readBytes(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  const coding = request.headers.get("Content-Encoding") ?? "identity";
  if (coding.toLowerCase() !== "identity") {
    throw refusal(415, `The content encoding "${coding}" is not supported.`);
  }
  const length = request.headers.get("Content-Length");
  let size = Number(length);
  if (size <= MAX_BYTES && length !== null) return await request.bytes();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of size > MAX_BYTES ? [] : request.body ?? []) {
    size += chunk.length;
    chunks.push(chunk);
    if (size > MAX_BYTES) break;
  }
  if (size <= MAX_BYTES) return await new Blob(chunks).bytes();
  throw refusal(413, "The request body is too large.");
}

async function parse(bytes: Uint8Array<ArrayBuffer>, headers: Headers) {
  if (bytes.length === 0) return {};
  const header = headers.get("Content-Type") ?? "";
  const type = header.split(";", 1)[0]!.trim().toLowerCase();
  if (!MEDIA_TYPES.includes(type)) {
    throw refusal(415, `The media type "${header}" is not supported.`);
  }
  const isJson = type === MEDIA_TYPES[0];
  let value: unknown;
  try {
    value = isJson ? readJson(bytes) : await readForm(bytes, header);
  } catch (error) {
    const kind = isJson ? "JSON" : "a form";
    throw refusal(400, `The body is not ${kind}: ${errorMessage(error)}`);
  }
  if (Object.keys(value ?? {}).length <= MAX_FIELDS) return value;
  throw refusal(400, "The request body has too many fields.");
}

function readJson(bytes: Uint8Array): unknown {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  // A number as a title is kept as it was written, however large.
  return JSON.parse(
    text,
    (key, value, context?: { source?: string }) =>
      key === "title" && typeof value === "number" ? context?.source : value,
  );
}

const TRUE = /^(1|on|t|true|y|yes)$/i;
const FALSE = /^(0|off|f|false|n|no)$/i;

async function readForm(bytes: Uint8Array<ArrayBuffer>, type: string) {
  const [, boundary] = /;\s*boundary="?([^";]+)/i.exec(type) ?? [];
  // One that was cut would be read as if its last fields were not there.
  const text = new TextDecoder("latin1").decode(bytes);
  if (boundary && !text.includes(`--${boundary}--`)) {
    throw new Error("its end is missing");
  }
  const form = new Response(bytes, { headers: { "Content-Type": type } });
  const entries = [...await form.formData()].map(([name, value]) => {
    // A form has neither booleans nor null: an order that was left empty is none.
    if (name === "order" && value === "") return [name, null];
    if (name !== "completed" || typeof value !== "string") return [name, value];
    return [name, FALSE.test(value) ? false : TRUE.test(value) || value];
  });
  return Object.fromEntries(entries);
}

/**
 * Reads the body of a request: JSON or a form.
 *
 * @module
 */

import { errorMessage } from "./errors.ts";
import { MAX_FIELDS } from "./todo_schema.ts";

/** The media types that a body may have. */
export const MEDIA_TYPES = [
  "application/json",
  "application/x-www-form-urlencoded",
  "multipart/form-data",
] as const;

/** A body that was read, or the answer to one that was not. */
export type Body =
  | { readonly kind: "ok"; readonly value: unknown }
  | { readonly kind: "refused"; readonly status: number; readonly why: string };

// A title of 256 characters needs at most 3 kB, however it is written.
const MAX_BYTES = 65_536;

const TOO_LARGE = refuse(413, "The request body is too large.");

/** Reads the body of a request; an empty one counts as an empty object. */
export async function readBody(request: Request): Promise<Body> {
  // Refused before it is read, where the client says so.
  if (Number(request.headers.get("Content-Length")) > MAX_BYTES) {
    return TOO_LARGE;
  }
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  try {
    bytes = await readBytes(request);
  } catch {
    // The client is gone, or too slow for the server, which stops. 408 tells a client to try again.
    return refuse(408, "The request body did not arrive.");
  }
  if (bytes === undefined) return TOO_LARGE;
  if (bytes.length === 0) return { kind: "ok", value: {} };
  const header = request.headers.get("Content-Type") ?? "";
  const type = header.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  switch (MEDIA_TYPES.find((known) => known === type)) {
    case "application/json":
      return limitFields(readJson(bytes));
    case "application/x-www-form-urlencoded":
    case "multipart/form-data":
      return limitFields(await readForm(bytes, header));
    default:
      return refuse(415, `Unsupported media type "${header}" in request.`);
  }
}

function limitFields(body: Body): Body {
  const isMany = body.kind === "ok" && body.value !== null &&
    typeof body.value === "object" &&
    Object.keys(body.value).length > MAX_FIELDS;
  return isMany ? refuse(400, "The request body has too many fields.") : body;
}

function refuse(status: number, why: string): Body {
  return { kind: "refused", status, why };
}

/** The bytes of a body; undefined when there are more than any todo could have. */
async function readBytes(
  request: Request,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  const [first] = chunks;
  return chunks.length === 1 && first ? first : await new Blob(chunks).bytes();
}

function readJson(bytes: Uint8Array): Body {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { kind: "ok", value: JSON.parse(text) };
  } catch (error) {
    return refuse(400, `JSON parse error - ${errorMessage(error)}`);
  }
}

async function readForm(
  bytes: Uint8Array<ArrayBuffer>,
  type: string,
): Promise<Body> {
  try {
    const form = new Response(bytes, { headers: { "Content-Type": type } });
    const value = Object.fromEntries(await form.formData());
    // A form has no null: an order that was left empty is none.
    return {
      kind: "ok",
      value: value.order === "" ? { ...value, order: null } : value,
    };
  } catch (error) {
    return refuse(400, `Form parse error - ${errorMessage(error)}`);
  }
}

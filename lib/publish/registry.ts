/**
 * Asks a registry what a name points at. It is docker that asks, so that its credentials stay where they are.
 *
 * @module
 */

import type { Output } from "../child.ts";
import { capture } from "../engine/command.ts";
import type { Shell } from "../plan/plan.ts";

/** What a registry says of a name with a tag. */
export type Pointer =
  | {
    kind: "image";
    /** Of the manifest, or of the index of manifests. */
    digest: string;
    /** Of the configuration of the image; an index has none. */
    config: string | undefined;
    /** How many layers it has; an index tells none. */
    layers: number | undefined;
  }
  | { kind: "absent" }
  /** It could not be asked. */
  | { kind: "unknown"; detail: string };

/** An image on the engine. */
export interface LocalImage {
  id: string;
  /** How many layers it has; absent where the engine does not tell it. */
  layers?: number;
}

/**
 * Whether it points at this image: an engine names images by the digest of their configuration or, when
 * containerd stores them, by that of their manifest. A manifest that names the configuration and
 * other layers is another image's, or a registry's that lies: it counts only with as many layers.
 */
export function pointsAt(
  pointer: Pointer,
  { id, layers }: LocalImage,
): pointer is Extract<Pointer, { kind: "image" }> {
  return pointer.kind === "image" &&
    (pointer.digest === id ||
      pointer.config === id && layers !== undefined &&
        pointer.layers === layers);
}

/** Options of {@linkcode lookUp}. */
interface LookUpOptions {
  signal: AbortSignal;
  /** Whether the engine has shown, by a push, that it trusts the registry as it is. */
  trusted: boolean;
}

/** Asks what a reference ("name:tag") points at. */
export async function lookUp(
  $: Shell,
  reference: string,
  { signal, trusted }: LookUpOptions,
): Promise<Pointer> {
  const { code, stdout, stderr } = await capture(
    $`docker buildx imagetools inspect --raw ${reference}`,
    signal,
  );
  if (code === 0) return await pointerOf(stdout);
  if (/: not found\s*$/.test(stderr)) return { kind: "absent" };
  const detail = lastLine(stderr);
  const other = OTHERWISE.find(([sign]) => sign.test(stderr));
  if (!trusted || !other) return { kind: "unknown", detail };
  return inspected(
    await capture(
      $`docker manifest inspect --verbose ${other[1]} ${reference}`,
      signal,
    ),
    detail,
  );
}

/**
 * Where buildx is missing, or does not know what the engine knows: certificates in /etc/docker/certs.d, and registries
 * without TLS. `docker manifest` does, but tells nothing of an index.
 */
const OTHERWISE: readonly [RegExp, readonly string[]][] = [
  [/server gave HTTP response to HTTPS client/, ["--insecure"]],
  [/x509: |buildx.* is not a docker command|unknown flag: --raw/, []],
];

/** The digest is that of the bytes: https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests */
async function pointerOf(manifest: string): Promise<Pointer> {
  const bytes = new TextEncoder().encode(manifest);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  try {
    const { config, layers } = JSON.parse(manifest);
    return {
      kind: "image",
      digest: `sha256:${hash.toHex()}`,
      config: config?.digest,
      layers: layers?.length,
    };
  } catch {
    return { kind: "unknown", detail: "its answer is not a manifest" };
  }
}

function inspected({ code, stdout }: Output, detail: string): Pointer {
  try {
    const { Descriptor, SchemaV2Manifest, OCIManifest } = JSON.parse(stdout);
    const { config, layers } = SchemaV2Manifest ?? OCIManifest;
    if (code === 0) {
      return {
        kind: "image",
        digest: Descriptor.digest,
        config: config.digest,
        layers: layers?.length,
      };
    }
  } catch {
    // Not what one image looks like.
  }
  return { kind: "unknown", detail };
}

function lastLine(text: string): string {
  const line = text.trim().split("\n").at(-1) ?? "";
  return withoutQuery(line.replace(/^ERROR: /, "")) ||
    "the request was stopped";
}

/** A line without the queries of its URLs: where a registry redirects to, they are keys. */
export function withoutQuery(line: string): string {
  return line.replace(/(https?:\/\/[^\s"?]+)\?[^\s"]*/g, "$1");
}

/**
 * Asks a registry which image a name points at. The question goes through docker, so that its credentials stay with it.
 *
 * @module
 */

import type { Output } from "../child.ts";
import { capture } from "../engine/command.ts";
import type { Shell } from "../plan/plan.ts";

/** A registry's answer about a name with a tag. */
export type Pointer =
  | {
    kind: "image";
    /** The digest of the manifest, or of the index of manifests. */
    digest: string;
    /** The digest of the image's configuration; an index has none. */
    config: string | undefined;
    /** The number of its layers; unknown for an index. */
    layers: number | undefined;
  }
  | { kind: "absent" }
  /** It could not be asked. */
  | { kind: "unknown"; detail: string };

/** An image on the engine. */
export interface LocalImage {
  id: string;
  /** The number of its layers; absent if the engine does not say. */
  layers?: number;
}

/**
 * Whether the pointer means this image: an engine names images by the digest of their configuration or, if containerd
 * stores them, by that of their manifest. A manifest with the same configuration and other layers is another image, or
 * a lie of the registry: it counts only with the same number of layers.
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

/** Asks a registry which image a reference ("name:tag") points at. */
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
 * Other ways to ask, where buildx is missing or does not know the engine's settings: certificates in
 * /etc/docker/certs.d, and registries without TLS. `docker manifest` knows them, but does not understand an index.
 */
const OTHERWISE: readonly [RegExp, readonly string[]][] = [
  [/server gave HTTP response to HTTPS client/, ["--insecure"]],
  [/x509: |buildx.* is not a docker command|unknown flag: --raw/, []],
];

/**
 * The pointer of a manifest. Its digest is that of the bytes:
 * https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests
 */
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
    // The output is not that of one image.
  }
  return { kind: "unknown", detail };
}

function lastLine(text: string): string {
  const line = text.trim().split("\n").at(-1) ?? "";
  return withoutQuery(line.replace(/^ERROR: /, "")) ||
    "the request was stopped";
}

/** A line without the queries of its URLs: after a redirect of the registry, they contain keys. */
export function withoutQuery(line: string): string {
  return line.replace(/(https?:\/\/[^\s"?]+)\?[^\s"]*/g, "$1");
}

/**
 * Names of images, as docker reads them: https://pkg.go.dev/github.com/distribution/reference
 *
 * @module
 */

/** The rule of a tag: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
export function isTag(text: string): boolean {
  return /^\w[\w.-]{0,127}$/.test(text);
}

/** The registry of a name that tells none. */
const HUB = "docker.io";

/** A name in its parts. */
export interface ImageName {
  /** Without tag and digest, as it was written. */
  name: string;
  /** What names an image that is there already, and can be pulled but not pushed. */
  digest: string | undefined;
  /** Where it is pushed to, as `docker login` takes it. */
  registry: string;
  /** The name with all that docker adds where nothing is written. */
  whole: string;
}

/** Reads a name such as "registry.example:5000/team/shop:1.0". */
export function readImageName(text: string): ImageName {
  const [tagged = "", digest] = text.split("@");
  const name = tagged.replace(/:[^/:]*$/, "");
  const [first = "", ...rest] = name.split("/");
  const hasRegistry = rest.length > 0 && /[.:]|^localhost$/.test(first);
  const registry = hasRegistry ? first : HUB;
  const path = hasRegistry ? rest.join("/") : name;
  const isOfficial = registry === HUB && !path.includes("/");
  const whole = `${registry}/${isOfficial ? "library/" : ""}${path}`;
  return { name, digest, registry, whole };
}

/** The name that the engine tells for an image: with a tag, and without what docker adds to a name of Docker Hub. */
export function engineName(text: string): string {
  const [named = ""] = text.split("@");
  const { whole } = readImageName(named);
  const tag = /:([^/:]*)$/.exec(named)?.[1] ?? "latest";
  const name = whole.replace(/^(index\.)?docker\.io\/(library\/)?/, "");
  return `${name}:${tag}`;
}

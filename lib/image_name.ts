/**
 * Reads names of images as docker does: https://pkg.go.dev/github.com/distribution/reference
 *
 * @module
 */

/** The rule of a tag: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
export function isTag(text: string): boolean {
  return /^\w[\w.-]{0,127}$/.test(text);
}

/** The registry of a name that contains none. */
const HUB = "docker.io";

/** The parts of a name. */
export interface ImageName {
  /** The name as it was written, without tag and digest. */
  name: string;
  /** As it was written; without one, docker takes `latest`, unless there is a digest. */
  tag: string | undefined;
  /** The digest, which names an image that a registry already has: it can be pulled, but not pushed. */
  digest: string | undefined;
  /** The registry, as `docker login` takes it. */
  registry: string;
  /** The name with docker's defaults. */
  whole: string;
}

/** Reads a name such as "registry.example:5000/team/shop:1.0". */
export function readImageName(text: string): ImageName {
  const [tagged = "", digest] = text.split("@");
  const [, name = "", tag] = /^(.*?)(?::([^/:]*))?$/s.exec(tagged) ?? [];
  const [first = "", ...rest] = name.split("/");
  const hasRegistry = rest.length > 0 && /[.:]|^localhost$/.test(first);
  const registry = hasRegistry ? first : HUB;
  const path = hasRegistry ? rest.join("/") : name;
  const isOfficial = registry === HUB && !path.includes("/");
  const whole = `${registry}/${isOfficial ? "library/" : ""}${path}`;
  return { name, tag, digest, registry, whole };
}

/** The engine's name of an image: with a tag, and without docker's defaults for Docker Hub. */
export function engineName(text: string): string {
  const { whole, tag = "latest" } = readImageName(text);
  const name = whole.replace(/^(index\.)?docker\.io\/(library\/)?/, "");
  return `${name}:${tag}`;
}

/** Whether a name stands for another image tomorrow: it has no tag, or `latest`, and no digest. */
export function isFloating(text: string): boolean {
  const { tag = "latest", digest } = readImageName(text);
  return digest === undefined && tag === "latest";
}

/** The last word of an image's name, such as "mariadb". */
export function lastWord(text: string): string {
  return readImageName(text).name.split("/").at(-1)!;
}

/**
 * Whether an image is one of Docker's official ones, none of which has a health check:
 * https://github.com/docker-library/faq#healthcheck.
 */
export function isOfficial(text: string): boolean {
  return readImageName(text).whole.startsWith(`${HUB}/library/`);
}

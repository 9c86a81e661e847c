/**
 * The images of the engine: https://docs.docker.com/reference/api/engine/.
 *
 * @module
 */

import type { Labels } from "./objects.ts";
import { EngineError } from "./http.ts";
import { answered, labelFilter } from "./ask.ts";
import type { EngineApi } from "./api.ts";
import { imagePath } from "./paths.ts";
import { readImageName } from "../image_name.ts";
import { PROJECT_LABEL } from "../plan/labels.ts";
import { allEnded } from "../pause.ts";

/** An image of the engine. */
export interface EngineImage {
  id: string;
  /** All of its names, with tags, as the engine lists them. */
  tags: readonly string[];
  /** When it was last given a name, in ms since 1970. */
  tagged: number;
  /** The names with digests by which registries know it. */
  digests: readonly string[];
  /** Whether it was built or loaded here, and so has no digest of a registry. */
  local?: boolean;
  /** The Compose project that has built it, "" without one. */
  project?: string;
}

/** An image as the engine describes it, as far as todoflow reads it. */
export interface InspectedImage {
  Id: string;
  RepoTags: readonly string[] | null;
  RepoDigests: readonly string[] | null;
  Metadata?: { LastTagTime?: string };
  /** Of the processor that it is made for, such as "arm64". */
  Architecture?: string;
  Config?: {
    Labels?: Labels;
    WorkingDir?: string;
    /** By path. */
    Volumes?: Readonly<Record<string, unknown>> | null;
  } | null;
}

/** How many images are asked about at once: each may need a connection, and an ssh server accepts only a few. */
const AT_ONCE = 4;

/**
 * The images that have these names or IDs; skips unknown ones.
 *
 * @throws {TodoflowError} if the engine refuses for another reason than a missing image, or does not answer
 */
export async function observeImages(
  api: EngineApi,
  names: readonly string[],
): Promise<EngineImage[]> {
  const wanted = [...new Set(names)];
  const images: (InspectedImage | undefined)[] = [];
  for (let i = 0; i < wanted.length; i += AT_ONCE) {
    const some = wanted.slice(i, i + AT_ONCE);
    const ask = () => allEnded(some.map((name) => inspectImage(api, name)));
    images.push(...await answered(api, ask));
  }
  const found = images.flatMap((image) =>
    image ? [[image.Id, imageOf(image)] as const] : []
  );
  return [...new Map(found).values()];
}

/** Asks for one image; undefined if the engine does not have it. */
export async function inspectImage(
  api: EngineApi,
  name: string,
): Promise<InspectedImage | undefined> {
  if (name === "") return undefined;
  try {
    return await api.json<InspectedImage>(imagePath(name, "json"));
  } catch (error) {
    // An invalid name has no image, either; the engine redirects from some to a valid one.
    const isMissing = error instanceof EngineError &&
      (error.status === 404 || error.status === 301 ||
        error.status === 400 && /invalid reference/i.test(error.message));
    if (isMissing) return undefined;
    throw error;
  }
}

function imageOf(
  { Id: id, RepoTags, RepoDigests, Metadata, Config }: InspectedImage,
): EngineImage {
  // With containerd's store, each image has a digest: there, all images count as a registry's.
  const local = RepoDigests?.length === 0;
  return {
    id,
    tags: RepoTags ?? [],
    tagged: Date.parse(Metadata?.LastTagTime ?? "0001-01-01T00:00:00Z"),
    digests: RepoDigests ?? [],
    ...(local && { local }),
    project: Config?.Labels?.[PROJECT_LABEL] ?? "",
  };
}

/** The names of the images with the label of a project; nothing if the engine does not answer. */
export async function labeledImages(
  api: EngineApi,
  project: string,
): Promise<string[]> {
  const filters = labelFilter(PROJECT_LABEL, project);
  const images = await api.json<{ RepoTags: readonly string[] | null }[]>(
    "/images/json",
    { query: { filters } },
  ).catch(() => []);
  return images.flatMap(({ RepoTags }) => RepoTags ?? [])
    .filter((name) => !name.includes("<none>"));
}

/** The IDs of images, by their names on the engine. */
export function idsByName(
  images: readonly Pick<EngineImage, "id" | "tags">[],
): ReadonlyMap<string, string> {
  return new Map(
    images.flatMap(({ id, tags }) => tags.map((tag) => [tag, id] as const)),
  );
}

/** The digests by which registries know images, such as "sha256:…", by their names on the engine. */
export function digestsByName(
  images: readonly Pick<EngineImage, "tags" | "digests">[],
): ReadonlyMap<string, string> {
  return new Map(
    images.flatMap(({ tags, digests }) => {
      const known = digests.map(readImageName);
      return tags.flatMap((tag) => {
        const { whole } = readImageName(tag);
        const { digest } = known.find((one) => one.whole === whole) ?? {};
        return digest === undefined ? [] : [[tag, digest] as const];
      });
    }),
  );
}

/**
 * The images that have one of these names, in one question.
 *
 * @throws {EngineError} if the engine does not answer
 */
export async function listImages(
  api: EngineApi,
  names: readonly string[],
): Promise<Pick<EngineImage, "id" | "tags" | "digests">[]> {
  const filters = JSON.stringify({ reference: names });
  const images = await api.json<
    Pick<InspectedImage, "Id" | "RepoTags" | "RepoDigests">[]
  >("/images/json", { query: { filters } });
  return images.map(({ Id, RepoTags, RepoDigests }) => ({
    id: Id,
    tags: RepoTags ?? [],
    digests: RepoDigests ?? [],
  }));
}

/**
 * The IDs of the images of a project's containers, by the containers' names.
 *
 * @throws {EngineError} if the engine does not answer
 */
export async function runningImages(
  api: EngineApi,
  project: string,
): Promise<Map<string, string>> {
  const filters = labelFilter(PROJECT_LABEL, project);
  const containers = await api.json<
    { ImageID: string; Names: readonly string[] | null }[]
  >("/containers/json", { query: { all: true, filters } });
  return new Map(
    containers.flatMap(({ ImageID, Names }) =>
      (Names ?? []).map((name) => [name.replace(/^\//, ""), ImageID] as const)
    ),
  );
}

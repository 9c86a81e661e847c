/**
 * The images of a release: which one each service runs, and on which bases it stands.
 *
 * @module
 */

import { buildOf, released, serviceOf } from "../compose/graph.ts";
import { publishable } from "../compose/published.ts";
import type { Service } from "../compose/service.ts";
import type { Workflow } from "../compose/workflow.ts";
import type { EngineApi } from "../engine/api.ts";
import { inspectImage, runningImages } from "../engine/images.ts";
import { engineName, readImageName } from "../image_name.ts";
import { allEnded } from "../pause.ts";
import { hookLog } from "../plan/hooks.ts";

/** A base image of a build. */
export interface Base {
  /** As the Dockerfile writes it. */
  name: string;
  /** By which its registry knows it, such as "sha256:…"; absent for an image that no registry has. */
  digest?: string;
}

/** The image of one service. */
export interface ReceiptImage {
  /** As in the Compose file; of a hook with an image of its own, such as "app.pre_start". */
  service: string;
  /** As the Compose file names it, or as Compose does. */
  name: string;
  /** Of the image, such as "sha256:…". */
  id: string;
  /** Whether the release has built it. */
  built: boolean;
  /** Registry and repository of an image that can be published. */
  repository?: string;
  /** Of a built image; absent where they are unknown. */
  bases?: readonly Base[];
  /** The names with digests by which registries know an image that was not built. */
  digests?: readonly string[];
}

/** The observations of a run about its images. */
export interface ImagesSeen {
  workflow: Workflow;
  /** The base images of each build, by its key. */
  bases: ReadonlyMap<string, readonly string[] | undefined>;
  /** IDs of the images that were built, by service. */
  built: ReadonlyMap<string, string>;
  /** Digests of the bases that the builder has used, by the engine's name. */
  used: ReadonlyMap<string, string>;
}

/**
 * The image of each service of the release.
 *
 * @throws {EngineError} if the engine does not answer
 * @throws {Error} if the image of a service is unknown
 */
export async function imagesOf(
  api: EngineApi,
  seen: ImagesSeen,
): Promise<ReceiptImage[]> {
  const { workflow } = seen;
  const running = await runningImages(api, workflow.project);
  for (const { service } of workflow.release.apps) {
    const { container } = serviceOf(workflow, service);
    if (!running.has(container)) throw new Error(`${container} is gone`);
  }
  const services = released(workflow);
  const images = await allEnded(
    [...services, ...services.flatMap(hookServices)]
      .map((one) => imageOf(one, { ...seen, api, running })),
  );
  return images.toSorted((a, b) => a.service < b.service ? -1 : 1);
}

/** The hooks of a service that run images of their own, as services that end before the receipt is made. */
function hookServices(service: Service): Service[] {
  return service.hooks.flatMap((image) =>
    image === undefined || image === service.image ? [] : [{
      ...service,
      name: hookLog(service.name),
      ...{ image, built: image, imageInFile: image },
      ...{ build: undefined, container: "" },
    }]
  );
}

/** The facts by which an image is found. */
interface Finding extends ImagesSeen {
  api: EngineApi;
  /** IDs of the images of containers, by the containers' names. */
  running: ReadonlyMap<string, string>;
}

async function imageOf(
  service: Service,
  finding: Finding,
): Promise<ReceiptImage> {
  const { api, workflow, running, bases } = finding;
  const name = service.imageInFile ?? service.called;
  const build = buildOf(service, workflow);
  const common = { service: service.name, name };
  if (build) {
    const repository = publishable(workflow)
      .find(({ services }) => services.includes(service.name))?.whole;
    const below = bases.get(build.key);
    return {
      ...common,
      id: builtId(service, build.key, finding),
      built: true,
      ...(repository !== undefined && { repository }),
      ...(below && {
        bases: await allEnded(below.map((name) => baseOf(name, finding))),
      }),
    };
  }
  // The name of a one-shot's image, whose container is gone, still means it.
  const image = await inspectImage(
    api,
    running.get(service.container) ?? service.image,
  );
  if (!image) throw new Error(`the image of "${service.name}" is gone`);
  return {
    ...common,
    id: image.Id,
    built: false,
    digests: (image.RepoDigests ?? []).toSorted(),
  };
}

/**
 * The ID of a built image.
 *
 * @throws {Error} if a container runs another image than the release has built: its name may have meant an older one
 */
function builtId(
  service: Service,
  key: string,
  { workflow, running, built }: Finding,
): string {
  const sharing = [...workflow.services.values()]
    .filter((other) => buildOf(other, workflow)?.key === key);
  const all = [service, ...sharing];
  const id = all.map(({ name }) => built.get(name)).find(Boolean);
  if (!id) throw new Error("the engine has not reported which image was built");
  const ran = running.get(service.container) ?? id;
  if (ran === id) return id;
  throw new Error(
    `"${service.name}" runs ${ran}, and the release has built ${id} for it`,
  );
}

/** The digest of a base image: the one that the builder has told, or that of the image on the engine. */
async function baseOf(
  name: string,
  { api, used }: Finding,
): Promise<Base> {
  const { whole, digest: fixed } = readImageName(name);
  const told = fixed ?? used.get(engineName(name));
  if (told !== undefined) return { name, digest: told };
  const { RepoDigests } = await inspectImage(api, name) ?? {};
  const found = (RepoDigests ?? []).map(readImageName)
    .find((one) => one.whole === whole)?.digest;
  return { name, ...(found !== undefined && { digest: found }) };
}

/**
 * The base image that a line of BuildKit's plain progress names with its digest, such as
 * "#4 [app 1/3] FROM docker.io/library/debian:bookworm-slim@sha256:…":
 * https://github.com/moby/buildkit/blob/master/frontend/dockerfile/dockerfile2llb/convert.go
 */
export function usedBase(
  line: string,
): { name: string; digest: string } | undefined {
  const [, name, digest] =
    /^#\d+ \[[^\]]*\] FROM (\S+)@(sha256:[0-9a-f]{64})$/.exec(line) ?? [];
  return name === undefined || digest === undefined
    ? undefined
    : { name: engineName(name), digest };
}

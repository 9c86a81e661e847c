/**
 * The labels of the application's images: they name the commit that these are built from.
 *
 * @module
 */

import { releaseService, sharing } from "./graph.ts";
import type { ReadTextFile } from "./files.ts";
import type { Source } from "../git/source.ts";
import { publishable } from "./published.ts";
import type { Build } from "./service.ts";
import { labelKeys, stageOf } from "./stage.ts";
import type { Workflow } from "./workflow.ts";

/** Options of {@linkcode releaseLabels}. */
interface LabelOptions {
  source: Source;
  version: string;
  env: Readonly<Record<string, string>>;
  readTextFile: ReadTextFile;
}

/** The labels that name the commit and the version. */
export const REVISION = "org.opencontainers.image.revision";
export const VERSION = "org.opencontainers.image.version";

/**
 * The Compose file, to be merged last by builds alone, that gives the images of the application their labels and their time;
 * undefined where nothing is built. The labels that the Compose file or the Dockerfile sets take precedence. Names:
 * https://specs.opencontainers.org/image-spec/annotations/
 */
export async function releaseLabels(
  workflow: Workflow,
  { source, version, env, readTextFile }: LabelOptions,
): Promise<string | undefined> {
  const own = env.SOURCE_DATE_EPOCH ?? "";
  const epoch = /^\d{1,11}$/.test(own) ? own : source.epoch;
  const created = new Date(Number(epoch) * 1000).toISOString();
  const labels = {
    [REVISION]: source.commit + (source.dirty ? "-dirty" : ""),
    [VERSION]: version,
    "org.opencontainers.image.created": created.replace(".000Z", "Z"),
    ...(source.url !== undefined &&
      { "org.opencontainers.image.source": source.url }),
  };
  const services: Record<string, unknown> = {};
  for (const build of buildsOf(workflow)) {
    const set = await ownLabels(build, readTextFile);
    const added = {
      labels: without(set, labels),
      args: without(Object.keys(build.args), { SOURCE_DATE_EPOCH: epoch }),
    };
    for (const { name } of sharing(build, workflow)) {
      services[name] = { build: added };
    }
  }
  return Object.keys(services).length === 0
    ? undefined
    : JSON.stringify({ services });
}

/** The distinct builds of the images that a release may publish, and of the release image, whatever its name. */
function buildsOf(workflow: Workflow): Build[] {
  const builds = publishable(workflow).map(({ build }) => build);
  const own = releaseService(workflow)?.build;
  const all = [...builds, ...(own ? [own] : [])];
  return [...new Map(all.map((build) => [build.key, build])).values()];
}

/** The keys of the labels that the Compose file and the Dockerfile of a build set. */
export async function ownLabels(
  build: Build,
  readTextFile: ReadTextFile,
): Promise<string[]> {
  const stage = await stageOf(build, readTextFile);
  return [...Object.keys(build.labels), ...stage ? labelKeys(stage) : []];
}

/** The added entries that the project does not set itself. Compose reads "$" as a variable. */
function without(
  own: readonly string[],
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(added).filter(([name]) => !own.includes(name))
      .map(([name, value]) => [name, value.replaceAll("$", () => "$$")]),
  );
}

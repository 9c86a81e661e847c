/**
 * The labels of the release image: they name the commit that it is built from.
 *
 * @module
 */

import { sharing } from "./graph.ts";
import type { Source } from "../git/source.ts";
import type { Workflow } from "./workflow.ts";

/** Options of {@linkcode releaseLabels}. */
interface LabelOptions {
  source: Source;
  version: string;
  env: Readonly<Record<string, string>>;
}

/**
 * The Compose file, to be merged last by builds alone, that gives the release image its labels and its time; undefined
 * where nothing is built. The labels of the project's own file take precedence. Names: https://specs.opencontainers.org/image-spec/annotations/
 */
export function releaseLabels(
  { services, release }: Workflow,
  { source, version, env }: LabelOptions,
): string | undefined {
  const build = services.get(release.image)?.build;
  if (!build) return undefined;
  const own = env.SOURCE_DATE_EPOCH ?? "";
  const epoch = /^\d{1,11}$/.test(own) ? own : source.epoch;
  const created = new Date(Number(epoch) * 1000).toISOString();
  const labels = {
    revision: source.commit + (source.dirty ? "-dirty" : ""),
    version,
    created: created.replace(".000Z", "Z"),
    ...(source.url !== undefined && { source: source.url }),
  };
  const named = Object.entries(labels)
    .map(([name, value]) => [`org.opencontainers.image.${name}`, value]);
  const added = {
    labels: without(build.labels, Object.fromEntries(named)),
    args: without(build.args, { SOURCE_DATE_EPOCH: epoch }),
  };
  return JSON.stringify({
    services: Object.fromEntries(
      sharing(build, { services })
        .map(({ name }) => [name, { build: added }]),
    ),
  });
}

/** The added entries that the project does not set itself; Compose reads "$" as a variable. */
function without(
  own: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(added).filter(([name]) => !(name in own))
      .map(([name, value]) => [name, value.replaceAll("$", () => "$$")]),
  );
}

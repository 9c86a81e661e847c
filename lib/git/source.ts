/**
 * What an image is made from: the git commit, and what the image is told of it.
 *
 * @module
 */

import { join } from "node:path";
import { dirtOf, readConfig } from "./dirty.ts";
import { type Asking, gitIn } from "./git.ts";
import { isMade } from "../reports/checks.ts";
import type { Service } from "../compose/service.ts";
import type { Workflow } from "../compose/workflow.ts";

/** The commit that a checkout is at. */
export interface Source {
  /** The whole hash. */
  commit: string;
  /** Seconds since 1970 at which it was committed. */
  epoch: string;
  /** Whether files differ from it, or are not in it; ignored ones do not count, nor untracked ones among todoflow's reports. */
  dirty: boolean;
  /** The filters of the checkout's own configuration because of which it counts as dirty: they are not run. */
  filters: readonly string[];
  /** The repository's address, without credentials; undefined where the remote `origin` tells none. */
  url: string | undefined;
}

/** The targets that have a folder among the reports: whatever else is there is the caller's. */
const REPORTING = ["test", "release", "publish"];

/**
 * Looks at the checkout; undefined where there is no git or no commit, or where git does not answer.
 *
 * @param reports the folder of reports relative to the directory; null where that is outside of the checkout
 */
export async function observeSource(
  asking: Asking,
  reports: string | null = "reports",
): Promise<Source | undefined> {
  const git = gitIn(asking);
  try {
    const [head, config] = await Promise.all([
      git(["rev-list", "--max-count=1", "--timestamp", "HEAD", "--"]),
      readConfig(git),
    ]);
    if (head.code !== 0) return undefined;
    const besides = reports === null ? [] : await madeIn(asking, reports);
    const dirt = await dirtOf(asking, { config, besides });
    if (!dirt) return undefined;
    const [epoch = "", commit = ""] = head.stdout.trim().split(" ");
    const remote = config.findLast(({ key }) => key === "remote.origin.url");
    return { commit, epoch, ...dirt, url: addressOf(remote?.value ?? "") };
  } catch {
    return undefined;
  }
}

/** The folders of targets that todoflow has made: another folder of that name is the caller's source. */
async function madeIn(
  { directory }: Asking,
  reports: string,
): Promise<string[]> {
  const made = await Promise.all(REPORTING.map(async (target) => {
    const folder = join(reports, target);
    return await isMade(join(directory, folder)) ? [folder] : [];
  }));
  return made.flat();
}

/**
 * The address of a remote that others can reach, for a browser: what is in an image is read by everybody who gets it, so
 * that neither a user nor a password stays in it.
 */
export function addressOf(remote: string): string | undefined {
  // git's own short form of ssh: user@host:path.
  const text = remote.replace(/^[^@/:]+@([^:/@]+):(?!\/)/, "ssh://$1/");
  const url = URL.parse(text);
  if (!url || !/^(https?|ssh|git):$/.test(url.protocol)) return undefined;
  const path = url.pathname.replace(/(\.git)?\/*$/, "");
  return /^http/.test(url.protocol)
    ? `${url.protocol}//${url.host}${path}`
    : `https://${url.hostname}${path}`;
}

/** What {@linkcode releaseLabels} are made from. */
export interface LabelOptions {
  source: Source;
  version: string;
  env: Readonly<Record<string, string>>;
}

/**
 * The Compose file, to be merged last by builds alone, that gives the release image its labels and its time; undefined
 * where nothing is built. What the project's own file says wins. Names: https://specs.opencontainers.org/image-spec/annotations/
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
  const isReleased = (service: Service) => service.build?.key === build.key;
  return JSON.stringify({
    services: Object.fromEntries(
      [...services.values()].filter(isReleased)
        .map(({ name }) => [name, { build: added }]),
    ),
  });
}

/** What the project does not say itself; Compose reads "$" as a variable. */
function without(
  own: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(added).filter(([name]) => !(name in own))
      .map(([name, value]) => [name, value.replaceAll("$", () => "$$")]),
  );
}

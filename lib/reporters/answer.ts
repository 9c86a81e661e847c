/**
 * The outcome of a run: its result, the URLs of the application, the published images.
 *
 * @module
 */

import { isStopped } from "../errors/exit_code.ts";
import { readImageName } from "../image_name.ts";
import { type Style, style } from "../text/color.ts";
import { plainLine } from "../text/plain_line.ts";
import type { Row } from "./rows.ts";
import type { Run } from "./told.ts";

/** The result of the run. */
export function resultOf({ end, failures }: Run): Row["result"] {
  if (end && isStopped(end.code)) return "stopped";
  return end?.code === 0 && failures.length === 0 ? "ok" : "failed";
}

/** Where the apps answer: "App running at …", or a line for each of several, in the order of their names. */
export function urlLines(run: Run, { bold }: Style = style(false)): string[] {
  return urlsOf(run).toSorted((a, b) =>
    (a.service ?? "") < (b.service ?? "") ? -1 : 1
  )
    .map(({ url, service }) => `${service ?? "App"} running at ${bold(url)}`);
}

/** The URLs of a release that stays; none if a step has failed, because the release is then removed. A failure of clean-up is none. */
export function urlsOf({ urls, rows }: Run): Run["urls"] {
  const isGone = rows.values().some(({ planned, result }) =>
    result !== "ok" && !planned?.cleanup
  );
  return isGone ? [] : urls;
}

/** The published images with digests and tags, a line each; undefined unless all tags are published. */
export function publishedText(run: Run): string | undefined {
  if (run.published.length === 0 || resultOf(run) !== "ok") return undefined;
  return imagesOf(run).map(([name, events]) => {
    const isNew = events.some(({ unchanged }) => !unchanged);
    const tags = events.map(({ reference }) => readImageName(reference).tag);
    const image = `${name}@${events[0]!.digest}`;
    const text = `${isNew ? "Published" : "Already published:"} ${image} as ${
      tags.join(", ")
    }`;
    return plainLine(text, { color: false });
  }).join("\n");
}

/** The names, with digests, by which the published images can be pulled even when their tags have moved. */
export function publishedImages(run: Run): string[] {
  if (resultOf(run) !== "ok") return [];
  return imagesOf(run).map(([name, events]) => `${name}@${events[0]!.digest}`);
}

/** The published tags, by the names of their images. */
function imagesOf({ published }: Run): [string, Run["published"]][] {
  const names = Map.groupBy(
    published,
    ({ reference }) => readImageName(reference).name,
  );
  return [...names];
}

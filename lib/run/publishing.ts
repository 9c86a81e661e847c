/**
 * Translates a request of the command line into what `publish` needs to know.
 *
 * @module
 */

import { ownWords } from "../cli/command_line.ts";
import type { Publication } from "../publish/publication.ts";
import { observePublication } from "../publish/observe.ts";
import type { PerformOptions, Prepared } from "./prepared.ts";
import { plainLine } from "../text/plain_line.ts";

/**
 * Finds out what is to be published.
 *
 * @throws {TodoflowError} when it may not be.
 */
export async function publicationOf(
  prepared: Prepared,
  { request, world }: Pick<PerformOptions, "request" | "world">,
): Promise<Publication> {
  const { flags, values, dryRun, typing } = request;
  const words = ownWords(request);
  return await observePublication({
    ...prepared,
    tags: values.get("tag") ?? [],
    attest: attestOf(request),
    allowDirty: flags.has("allow-dirty"),
    unaccepted: flags.has("unaccepted"),
    dryRun,
    readTextFile: world.readTextFile,
    again: {
      release: typing.target(["release"]),
      publish: typing.again(),
      dirty: typing.target([...words, "--allow-dirty"]),
      unaccepted: typing.target([...words, "--unaccepted"]),
    },
    warn: (line) => {
      const text = plainLine(line, { color: false });
      if (!flags.has("quiet")) world.stderr.write(`todoflow: ${text}\n`);
    },
  });
}

/** How the command line has statements signed. */
function attestOf(
  { flags, values }: Pick<PerformOptions["request"], "flags" | "values">,
): { key?: string } | undefined {
  const [key] = values.get("key") ?? [];
  // A key is there to sign.
  if (!flags.has("attest") && key === undefined) return undefined;
  return { ...(key !== undefined && { key }) };
}

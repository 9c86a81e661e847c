/**
 * Translates a request of the command line into what `publish` needs to know.
 *
 * @module
 */

import { commandLine, ownWords } from "../cli/command_line.ts";
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
  const { flags, values, dryRun } = request;
  const words = ownWords(request);
  return await observePublication({
    ...prepared,
    tags: values.get("tag") ?? [],
    allowDirty: flags.has("allow-dirty"),
    unaccepted: flags.has("unaccepted"),
    dryRun,
    readTextFile: world.readTextFile,
    again: {
      release: commandLine(["release"], request),
      publish: commandLine(words, request),
      dirty: commandLine([...words, "--allow-dirty"], request),
      unaccepted: commandLine([...words, "--unaccepted"], request),
    },
    warn: (line) => {
      const text = plainLine(line, { color: false });
      if (!flags.has("quiet")) world.stderr.write(`todoflow: ${text}\n`);
    },
  });
}

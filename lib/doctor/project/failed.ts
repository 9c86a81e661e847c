/**
 * Findings for a project whose Compose files Compose does not resolve.
 *
 * @module
 */

import { join, relative, resolve } from "node:path";
import { withPlace } from "../../compose/complaint.ts";
import { pathIn, syntaxError } from "../../compose/complaint_place.ts";
import type { Identity } from "../../compose/project.ts";
import type { Written } from "../../compose/written.ts";
import type { Failure } from "../../errors/failure.ts";
import type { Typing } from "../../errors/typing.ts";
import { toShell } from "../../plan/script.ts";
import type { Files } from "./context.ts";
import { type Draft, failureDraft, type Path, type Place } from "./finding.ts";

/** Options of {@linkcode failedDrafts}. */
interface FailedOptions {
  identity: Pick<Identity, "directory">;
  written: Written;
  /** The folder that paths are shown relative to, absolute. */
  caller: string;
  files: Pick<Files, "list">;
  /** Writes the commands in fixes. */
  typing?: Typing | undefined;
}

/** Why Compose has resolved no model. The examination of the machine reports faults of docker and Compose. */
export async function failedDrafts(
  failure: Failure,
  { identity: { directory }, written, caller, files, typing }: FailedOptions,
): Promise<Draft[]> {
  if (failure.kind === "no-compose-file") {
    const at = { file: join(directory, "compose.yaml") };
    return [failureDraft(failure, { at }, typing)];
  }
  if (failure.kind === "invalid-compose-file") {
    const shown = (file: string) => relative(caller, file) || file;
    const { location, ...told } = await withPlace(failure, {
      ...{ ...written, shown },
      list: (folder) =>
        files.list(folder).then(
          (entries) => entries.map(({ name }) => name),
          () => undefined,
        ),
    });
    const at = location
      ? { ...location, file: resolve(caller, location.file) }
      : await blamed(failure.detail, written);
    const complaint = { ...told, kind: failure.kind };
    const draft = failureDraft(complaint, {}, typing);
    const { what, name = "" } = told.about ?? {};
    return [{
      ...draft,
      ...(at && { at }),
      ...(what === "v1" && {
        why: `${draft.why}: put services: above them, and indent them`,
        fix: `${draft.fix} && ${toShell(["mv", "compose.v2.yaml", name])}`,
      }),
    }];
  }
  const isToldAlready = ["no-docker", "no-compose", "old-compose"]
    .includes(failure.kind);
  return isToldAlready ? [] : [failureDraft(failure, {}, typing)];
}

/** The place that Compose's message is about, as far as it says so. */
async function blamed(
  detail: string,
  written: Written,
): Promise<Path | Place | undefined> {
  const error = await syntaxError(written);
  if (error) return error;
  const path = pathIn(detail);
  if (path) return path;
  const [file] = written.files;
  return file === undefined ? undefined : { file };
}

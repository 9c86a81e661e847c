/**
 * Finds the part of a build that has failed in BuildKit's plain progress, whose lines begin with the number of their part:
 * `printer` in https://github.com/moby/buildkit/blob/master/util/progress/progressui/printer.go.
 *
 * @module
 */

/** The part of a build that has failed. */
export interface FailedPart {
  /** Such as "[app 2/5] RUN make". */
  name: string;
  /** The output of its command, then the reason of the failure unless that is only an exit code. */
  lines: string[];
}

/** The failed part; undefined if BuildKit names none, such as of a Dockerfile that it cannot read. */
export function failedPart(lines: readonly string[]): FailedPart | undefined {
  const [, id, error] = lines.flatMap((line) => {
    const found = /^#(\d+) ERROR: (.*)$/s.exec(line);
    return found ? [found] : [];
  }).at(-1) ?? [];
  if (id === undefined || error === undefined) return undefined;
  const own = lines.filter((line) => line.startsWith(`#${id} `))
    .map((line) => line.slice(id.length + 2));
  const name = own.findLast((line) => line.startsWith("["));
  if (name === undefined) return undefined;
  const output = own.flatMap((line) =>
    /^\d+\.\d+ (.*)$/s.exec(line)?.[1] ?? []
  );
  const isExit = /did not complete successfully: exit code/.test(error);
  return { name, lines: isExit ? output : [...output, error] };
}

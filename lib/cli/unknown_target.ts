/**
 * The error for a word that is no target, with the target that the caller probably means. Loaded only for such an error.
 *
 * @module
 */

import { TodoflowError } from "../errors/todoflow_error.ts";
import { nearestOf } from "../text/nearest.ts";
import { toShell } from "../text/shell.ts";
import { lookUp, named, withArgs, type Wrong } from "./wrong.ts";

/** The targets by the words that other tools have for them. */
const MEANT: Readonly<Record<string, string>> = {
  ...named("release", "up start run deploy ship launch serve restart rollout"),
  ...named("clean", "down stop rm remove destroy delete prune teardown"),
  ...named("ls", "ps status list"),
  ...named("publish", "push upload attest sign"),
  ...named("test", "build check"),
  ...named("init", "new create setup scaffold"),
  ...named("doctor", "diagnose"),
};

/** Words that are no target, and that todoflow has something to say about. */
const TOLD: Readonly<Record<string, "logs" | "dev">> = {
  ...{ log: "logs", logs: "logs", dev: "dev", watch: "dev" },
};

/** The error for a word in the place of a target. */
export async function unknownTarget(
  word: string,
  rest: readonly string[],
  { targets, args, isRight }: Wrong,
): Promise<TodoflowError> {
  const names = targets.map(({ name }) => name);
  const meant = lookUp(MEANT, word.toLowerCase());
  const told = lookUp(TOLD, word.toLowerCase());
  if (told !== undefined && names.includes("release")) {
    return new TodoflowError({ kind: "unknown-target", word, told });
  }
  const nearest = meant !== undefined && names.includes(meant)
    ? meant
    : await nearestOf(word, names);
  if (nearest === undefined) {
    return new TodoflowError({ kind: "unknown-target", word });
  }
  const target = targets.find(({ name }) => name === nearest)!;
  const argv = [nearest, ...rest];
  const more = await isRight(argv) && (target.args || args.length === 0)
    ? [...rest, ...withArgs(args)]
    : [];
  return new TodoflowError({
    kind: "unknown-target",
    word,
    nearest,
    next: `${toShell(["todoflow", nearest, ...more])}   # ${
      decapitalized(target.summary)
    }`,
  });
}

function decapitalized(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/**
 * The completion script for fish, 3 and later.
 *
 * @module
 */

import type { Flag, Target } from "../../target.ts";
import { namesOf, type Place, places, valueOf } from "./model.ts";

/** Renders the script. */
export function fish(targets: readonly Target[]): string {
  const all = places(targets);
  const valued = [
    ...new Set(
      all.flatMap(({ flags }) => flags.filter(({ value }) => value))
        .flatMap(namesOf),
    ),
  ];
  return `# Completion of todoflow for fish, made by: todoflow completions fish

# Whether the target before the cursor is this one, or there is none where it is empty; nothing follows "--".
function __todoflow_after
    set -l words (commandline -opc)
    set -l target ''
    set -l value
    for word in $words[2..-1]
        if set -q value[1]
            set -e value[1]
        else if contains -- $word ${valued.join(" ")}
            set value 1
        else if test "$word" = --
            return 1
        else if not string match -q -- '-*' $word
            set target (string trim "$target $word")
        end
    end
    test "$target" = "$argv[1]"
end

# Files of YAML, and folders.
function __todoflow_yaml
    set -l word (commandline -ct | string replace -r '^--[^=]*=' '')
    complete -C"__todoflow_no_command $word" | string match -r '.*(?:/|\\.ya?ml)$'
end

# The projects on record, without todoflow's suffixes.
function __todoflow_projects
    set -l state $XDG_STATE_HOME
    test -n "$state"; or set state ~/.local/state
    for file in $state/todoflow/*.json
        string replace -r '^.*/([a-z0-9_-]+)\\.[^/]*$' '$1' -- $file |
            string replace -r -- '--(test|release)$' ''
    end
end

complete -c todoflow -f
${all.flatMap(lines).join("\n")}
`;
}

function lines({ target, flags, words, takesFile }: Place): string[] {
  const when = `complete -c todoflow -n ${
    text(`__todoflow_after '${target}'`)
  }`;
  return [
    ...words.map(({ name, summary }) =>
      `${when} -a ${name}${summary ? ` -d ${text(summary)}` : ""}`
    ),
    ...(takesFile ? [`${when} -F`] : []),
    ...flags.map((flag) => `${when} ${flagOptions(flag)}`),
  ];
}

function flagOptions(flag: Flag): string {
  const value = valueOf(flag);
  const takes = value && {
    file: "-r -F",
    yaml: `-x -a ${text("(__todoflow_yaml)")}`,
    project: `-x -a ${text("(__todoflow_projects)")}`,
    folder: `-x -a ${text("(__fish_complete_directories)")}`,
    choice: value.kind === "choice"
      ? `-x -a ${text(value.words.join(" "))}`
      : "",
    free: "-x",
  }[value.kind];
  return [
    ...(flag.short ? [`-s ${flag.short}`] : []),
    `-l ${flag.name}`,
    ...(takes ? [takes] : []),
    `-d ${text(flag.summary)}`,
  ].join(" ");
}

/** A text in quotes, in which fish knows two escapes. */
function text(value: string): string {
  return `'${value.replaceAll(/[\\']/g, (char) => `\\${char}`)}'`;
}

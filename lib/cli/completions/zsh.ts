/**
 * The completion script for zsh: the user sources it, or puts it into a folder of `fpath` as `_todoflow`.
 *
 * @module
 */

import type { Flag, Target } from "../../target.ts";
import { namesOf, type Place, places, quoted, valueOf } from "./model.ts";

/** Renders the script. */
export function zsh(targets: readonly Target[]): string {
  const [first, ...rest] = places(targets);
  return `#compdef todoflow
# Completion of todoflow for zsh, made by: todoflow completions zsh

_todoflow() {
  local curcontext=$curcontext state
  local -a line
  local -A opt_args
  # _arguments would go on with words behind it.
  (( \${words[(i)--]} < CURRENT )) && return 1
  _arguments -C -S ${specs(first!)} \\
    '1:target:->target' \\
    '*::argument:->argument' && return
  case $state in
    target)
      local -a targets=(
${first!.words.map(describe).join("\n")}
      )
      _describe -t targets target targets
      ;;
    argument)
      case $line[1] in
${rest.map(placeCase).join("\n")}
      esac
      ;;
  esac
}

# The projects on record, without todoflow's suffixes.
_todoflow_projects() {
  local expl
  local -a names=("\${XDG_STATE_HOME:-$HOME/.local/state}"/todoflow/*.json(N:t))
  names=(\${names%%.*})
  names=(\${names%--test})
  names=(\${(u)names%--release})
  _wanted projects expl project compadd -a names
}

if [[ $funcstack[1] == _todoflow ]]; then _todoflow "$@"; else compdef _todoflow todoflow; fi
`;
}

function describe({ name, summary }: Place["words"][number]): string {
  return `        ${quoted(`${escaped(name)}:${summary}`)}`;
}

function placeCase(place: Place): string {
  const argument = place.takesFile
    ? "1:file:_files"
    : place.words.length > 0
    ? `1:argument:(${place.words.map(({ name }) => name).join(" ")})`
    : undefined;
  const words = argument === undefined
    ? ""
    : ` \\\n            ${quoted(argument)}`;
  return [
    `        ${place.target})`,
    `          _arguments -S ${specs(place, "            ")}${words}`,
    "          ;;",
  ].join("\n");
}

function specs({ flags }: Place, indent = "    "): string {
  return flags.flatMap(spec).map((text) => `\\\n${indent}${text}`).join(" ");
}

/** One specification for each name of a flag. Each excludes the other one. */
function spec(flag: Flag): string[] {
  const value = valueOf(flag);
  const names = namesOf(flag);
  const action = value && {
    file: "_files",
    yaml: '_path_files -g "*.(yml|yaml) *(-/)"',
    project: "_todoflow_projects",
    folder: "_path_files -/",
    choice: value.kind === "choice" ? `(${value.words.join(" ")})` : "",
    free: " ",
  }[value.kind];
  return names.map((name) => {
    const once = flag.many ? "*" : `(${names.join(" ")})`;
    const sign = value && name.startsWith("--") ? "=" : "";
    const text = `[${escaped(flag.summary)}]`;
    return quoted(
      once + name + sign + text + (value ? `:${flag.value}:${action}` : ""),
    );
  });
}

function escaped(text: string): string {
  return text.replaceAll(/[\\[\]:]/g, (char) => `\\${char}`);
}

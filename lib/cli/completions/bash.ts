/**
 * The completion script for bash 3.2 and later, without the package bash-completion.
 *
 * @module
 */

import type { Flag, Target } from "../../target.ts";
import { namesOf, type Place, places, quoted, valueOf } from "./model.ts";

/** Renders the script. */
export function bash(targets: readonly Target[]): string {
  const all = places(targets);
  const flags = [
    ...new Map(
      all.flatMap(({ flags }) => flags).map((flag) => [flag.name, flag]),
    ).values(),
  ];
  return `# Completion of todoflow for bash, made by: todoflow completions bash

_todoflow() {
  local cur=\${COMP_WORDS[COMP_CWORD]} word value='' target='' flags words files i
  COMPREPLY=()
  # bash makes three words of --flag=value.
  [[ $cur == = ]] && cur=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == = ]]; then continue; fi
    if [[ -n $value ]]; then value=''; continue; fi
    case $word in
      --) return 0 ;;
      ${valued(flags)}) value=$word ;;
      -*) ;;
      *) target=\${target:+$target }$word ;;
    esac
  done
  case $value in
${flags.flatMap(valueCase).join("\n")}
  esac
  flags='' words='' files=''
  case $target in
${all.map(placeCase).join("\n")}
  esac
  if [[ $cur == -* ]]; then
    words=$flags
  elif [[ -n $files ]]; then
    _todoflow_files -f "$cur"
    return 0
  fi
  _todoflow_words "$words" "$cur"
}

${HELPERS}
complete -F _todoflow todoflow
`;
}

/** The functions that offer words, files and projects. */
const HELPERS = `_todoflow_words() {
  # shellcheck disable=SC2207 # no word has a blank in it
  COMPREPLY=($(compgen -W "$1" -- "$2"))
}

# Names of files, which may contain anything but a line break; with a third argument only those of YAML, and folders.
_todoflow_files() {
  local name
  compopt -o filenames 2>/dev/null
  while IFS= read -r name; do
    case $name in
      *.yml | *.yaml) ;;
      *) if [[ -n $3 && ! -d \${name/#\~/$HOME} ]]; then continue; fi ;;
    esac
    COMPREPLY+=("$name")
  done < <(compgen "$1" -- "$2")
}

# The projects on record, without todoflow's suffixes.
_todoflow_projects() {
  local file name names=''
  for file in "\${XDG_STATE_HOME:-$HOME/.local/state}"/todoflow/*.json; do
    name=\${file##*/} name=\${name%%.*} name=\${name%--test} name=\${name%--release}
    case $name in
      '' | *[!a-z0-9_-]*) ;;
      *) names="$names $name" ;;
    esac
  done
  _todoflow_words "$names" "$1"
}
`;

/** The pattern that matches every flag with a value. */
function valued(flags: readonly Flag[]): string {
  return flags.filter(({ value }) => value).flatMap(namesOf).join(" | ");
}

function valueCase(flag: Flag): string[] {
  const value = valueOf(flag);
  if (!value) return [];
  const reply = {
    file: '_todoflow_files -f "$cur"',
    yaml: '_todoflow_files -f "$cur" yaml',
    project: '_todoflow_projects "$cur"',
    folder: '_todoflow_files -d "$cur"',
    choice: value.kind === "choice"
      ? `_todoflow_words ${quoted(value.words.join(" "))} "$cur"`
      : "",
    free: "",
  }[value.kind];
  return [
    `    ${namesOf(flag).join(" | ")}) ${reply && `${reply}; `}return 0 ;;`,
  ];
}

function placeCase({ target, flags, words, takesFile }: Place): string {
  return [
    `    ${target || '""'})`,
    `      flags="${flags.flatMap(namesOf).join(" ")}"`,
    `      words="${words.map(({ name }) => name).join(" ")}"`,
    ...(takesFile ? ["      files=yes"] : []),
    "      ;;",
  ].join("\n");
}

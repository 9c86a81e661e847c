/**
 * Asks the shells themselves what they offer at the end of a command line.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { exec } from "../e2e/harness.ts";

/** The words that a shell offers for each line, without descriptions; the cursor is at the line's end. */
export type Ask = (
  lines: readonly string[],
  options: {
    /** The completion script. */
    script: string;
    /** Where the shell stands. */
    folder: string;
    /** XDG_STATE_HOME. */
    state: string;
  },
) => Promise<string[][]>;

/** Begins what a shell says of the next line. */
const NEXT = "=== next line";

/** Words as bash makes them: "=" is one of its own. */
const BASH = `
source "$1"; shift
for line; do
  echo "${NEXT}"
  read -ra COMP_WORDS <<< "\${line//=/ = }"
  [[ $line == *[\\ =] ]] && COMP_WORDS+=("")
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
  _todoflow
  [[ \${#COMPREPLY[@]} -eq 0 ]] || printf '%s\\n' "\${COMPREPLY[@]}"
done
`;

const FISH = `
source $argv[1]
for line in $argv[2..-1]
  echo "${NEXT}"
  complete -C $line
end
`;

/** The words that compadd would offer are written down instead; the caller's ^U empties the line for the next one. */
const ZSH_SETUP = `
PROMPT=
autoload -Uz compinit && compinit -u -D
source "$SCRIPT"
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then
    builtin compadd "$@"
    return
  fi
  local -a found
  builtin compadd -A found "$@"
  (( $#found )) && print -rl -- $found >> "$ANSWERS"
}
compprefuncs=(begin)
begin() { print -r -- "${NEXT}" >> "$ANSWERS"; compprefuncs=(begin) }
bindkey -e
bindkey '^I' complete-word
bindkey '^X' leave
leave() { exit }
zle -N leave
zle-line-init() { print READY; zle -D zle-line-init }
zle -N zle-line-init
`;

const ZSH = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "source $SETUP"
zpty -r shell answer '*READY*'
for line; do zpty -w -n shell "$line"$'\\t\\C-u'; done
zpty -w -n shell $'\\C-x'
while zpty -r shell answer; do :; done
`;

/** The shells that a script is made for. */
export const SHELLS: Readonly<Record<string, Ask>> = {
  bash: async (lines, { script, folder, state }) => {
    const options = ["--norc", "--noprofile", "-c", BASH, "bash"];
    const command = ["bash", ...options, script, ...lines] as const;
    const env = { XDG_STATE_HOME: state };
    return answers(await run([...command], folder, env));
  },
  fish: async (lines, { script, folder, state }) => {
    const command = ["fish", "--no-config", "-c", FISH] as const;
    const env = { XDG_STATE_HOME: state };
    const text = await run([...command, script, ...lines], folder, env);
    return answers(text.replaceAll(/\t.*$/gm, ""));
  },
  zsh: async (lines, { script, folder, state }) => {
    const own = await Deno.makeTempDir();
    const env = {
      XDG_STATE_HOME: state,
      SCRIPT: script,
      SETUP: `${own}/setup`,
      ANSWERS: `${own}/answers`,
    };
    await Deno.writeTextFile(env.SETUP, ZSH_SETUP);
    await Deno.writeTextFile(env.ANSWERS, "");
    await run(["zsh", "-f", "-c", ZSH, "zsh", ...lines], folder, env);
    const text = await Deno.readTextFile(env.ANSWERS);
    await Deno.remove(own, { recursive: true });
    return answers(text.replaceAll("\\ ", " "));
  },
};

/** Asserts that a program is there, and says how it comes there. */
export async function assertInstalled(program: string): Promise<void> {
  const { code } = await exec(["sh", "-c", `command -v ${program}`]);
  assertEquals(code, 0, `Cannot find ${program}: apt-get install ${program}`);
}

/** The findings of shellcheck in a script; "" without any. */
export async function shellcheck(script: string): Promise<string> {
  await assertInstalled("shellcheck");
  return (await exec(["shellcheck", script])).stdout;
}

async function run(
  command: [string, ...string[]],
  cwd: string,
  env: Record<string, string> = {},
) {
  await assertInstalled(command[0]);
  const { stdout, stderr } = await exec(command, {
    cwd,
    env: { ...env, TERM: "dumb", LC_ALL: "C.UTF-8" },
  });
  assertEquals(stderr, "");
  return stdout;
}

/** Sorted, and in one form: without the "/" of a folder and what stands before the "=" of a flag's value. */
function answers(text: string): string[][] {
  return text.split(`${NEXT}\n`).slice(1).map((offered) => {
    const words = offered.split("\n").filter(Boolean).map((word) =>
      word.replace(/^(--[^=]+)=$/, "$1").replace(/^--[^=]+=/, "")
        .replace(/\/$/, "")
    );
    return [...new Set(words)].toSorted();
  });
}

/**
 * `todoflow completions`: prints the script that makes a shell complete the command line of todoflow.
 *
 * @module
 */

import type { RunTarget } from "../lib/target.ts";

/** The script is rendered from the tables of targets and flags, as help is. */
export const completions: RunTarget = {
  kind: "run",
  name: "completions",
  summary: "Print the completion script of bash, zsh or fish",
  details: "In bash:  todoflow completions bash > \\\n" +
    "            ~/.local/share/bash-completion/completions/todoflow\n" +
    "          or, without the package bash-completion, in ~/.bashrc:\n" +
    '            eval "$(todoflow completions bash)"\n' +
    'In zsh:   todoflow completions zsh > "${fpath[1]}/_todoflow"\n' +
    "          or, after compinit in ~/.zshrc:\n" +
    '            eval "$(todoflow completions zsh)"\n' +
    "In fish:  todoflow completions fish > \\\n" +
    "            ~/.config/fish/completions/todoflow.fish",
  flags: [],
  place: [],
  words: ["bash", "zsh", "fish"],
  run: async ({ given, world, targets }) => {
    const { completions } = await import("../lib/cli/completions/mod.ts");
    world.stdout.write(completions(given.word!, targets));
    return 0;
  },
};

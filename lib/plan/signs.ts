/**
 * The meaning of docker's words and of exit codes.
 *
 * @module
 */

/** The meaning of docker's words: those of the engine, runc, BuildKit and Compose. */
export const SIGNS: readonly [RegExp, string][] = [
  [
    /exec format error|does not match the (detected|specified) host platform/,
    "the program, or the image, is made for another processor architecture",
  ],
  [
    /executable file not found in \$PATH|exec:? .*no such file or directory/,
    "the program is not in the image (127), or its interpreter is not",
  ],
  [
    /(exec|OCI runtime).*permission denied/,
    "the program is not executable (126): chmod +x, or call its interpreter",
  ],
  [
    /pull access denied|manifest unknown|repository does not exist|failed to resolve source metadata.*not found|manifest for .* not found/,
    "the image is not in the registry, or needs a login: docker login",
  ],
  [
    /no such host|i\/o timeout|TLS handshake timeout|dial tcp|network is unreachable/,
    "the registry, or a server that the build needs, cannot be reached",
  ],
  [
    /environment variable ".*" required by .* is not set/,
    "a secret or config has no value: export the variable, or write it into .env",
  ],
];

/** The meaning of exit codes: https://docs.docker.com/engine/containers/run/#exit-status, and 128+n for signals. */
export const CODES: Readonly<Record<number, string>> = {
  125: "the engine could not start the container",
  126: "the program is not executable (126): chmod +x, or call its interpreter",
  127: "the program is not in the image (127), or one that a script calls",
  132: "the program has an instruction that this processor lacks (SIGILL)",
  134: "the program has aborted itself (SIGABRT)",
  137: "the program was killed (137 is SIGKILL)",
  139: "the program has crashed (139 is SIGSEGV)",
  143: "the program was stopped (143 is SIGTERM)",
};

/** The meaning of the last line that has one; undefined if none has. */
export function meaningOf(lines: readonly string[]): string | undefined {
  for (const line of lines.toReversed()) {
    const sign = SIGNS.find(([words]) => words.test(line));
    if (sign) return sign[1];
  }
  return undefined;
}

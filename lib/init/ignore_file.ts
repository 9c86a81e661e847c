/**
 * The `.dockerignore` of a build context.
 *
 * @module
 */

import { readIgnore } from "../compose/ignore.ts";

/** Patterns of files that no image needs, whatever its language: history, reports, secrets, and what only describes the build. */
const ALWAYS = [
  ...[".git", "reports", "**/.env", "**/.env.*", "**/*.pem", "**/*.key"],
  ...["**/.DS_Store", "**/Dockerfile*", "**/.dockerignore"],
  ...["**/compose*.y*ml", "**/docker-compose*.y*ml"],
];

/** Patterns for a context whose language is not known: packages and caches, which the image makes itself. */
export const ANY_LANGUAGE = [
  ...["**/node_modules", "**/__pycache__", "**/.venv"],
];

/**
 * The text.
 *
 * @param options.ignored patterns of the language
 * @param options.taken paths that the build takes by name, which stay in the context
 * @param options.paths the files of the context
 */
export function ignoreText(
  { ignored, taken = [], paths }: {
    ignored: readonly string[];
    taken?: readonly string[];
    paths: readonly string[];
  },
): string {
  const isReports =
    paths.some((path) => /^reports\/[^/]+\/\.todoflow$/.test(path)) ||
    !paths.some((path) => path.startsWith("reports/"));
  const lines = [...ALWAYS, ...ignored].filter((pattern) =>
    (pattern !== "reports" || isReports) &&
    !taken.some((path) => isKeptOut(path, pattern))
  );
  return `${lines.join("\n")}\n`;
}

/** Whether a pattern keeps a path out, or a file below it that has a name of its own. */
function isKeptOut(path: string, pattern: string): boolean {
  const plain = path.replace(/\/$/, "");
  return readIgnore(pattern).ignores(plain) || plain === pattern ||
    plain.startsWith(`${pattern}/`);
}

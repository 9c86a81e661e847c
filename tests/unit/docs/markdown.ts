/**
 * Reads the pages of the documentation.
 *
 * @module
 */

/** The root of this repository. */
export const ROOT = new URL("../../../", import.meta.url);

/** A page. */
export interface Page {
  /** In the repository. */
  path: string;
  text: string;
}

/** A fenced block of a page. */
export interface Block {
  path: string;
  /** Counted from 1. */
  line: number;
  language: string;
  text: string;
}

/** The README, what else is at the top, `docs/`, and the README of each example and of other folders. */
export async function pages(): Promise<Page[]> {
  const names = [
    ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"],
    ...["bench/README.md", "todobackend/README.md"],
  ];
  for await (const { name } of Deno.readDir(new URL("docs", ROOT))) {
    if (name.endsWith(".md")) names.push(`docs/${name}`);
  }
  for await (const { name } of Deno.readDir(new URL("examples", ROOT))) {
    names.push(`examples/${name}/README.md`);
  }
  return await Promise.all(
    names.toSorted().map(async (path) => ({
      path,
      text: await Deno.readTextFile(new URL(path, ROOT)),
    })),
  );
}

/** The fenced blocks, without the indent of those in lists. */
export function blocksOf({ path, text }: Page): Block[] {
  return [...text.matchAll(/^( *)```(\w*)\n(.*?)^ *```$/gms)].map((match) => {
    const [, indent = "", language = "", body = ""] = match;
    return {
      path,
      line: text.slice(0, match.index).split("\n").length,
      language,
      text: body.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
    };
  });
}

/** The text without its fenced blocks. */
export function proseOf({ text }: Page): string {
  return text.replace(/^ *```\w*\n.*?^ *```$/gms, "");
}

/** The titles, as they are written. */
export function titlesOf(page: Page): string[] {
  return [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map(([, title]) => title!);
}

/** The anchors of the titles, as GitHub makes them. */
export function anchorsOf(page: Page): string[] {
  const seen = new Map<string, number>();
  return titlesOf(page).map((title) => {
    const slug = title.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-");
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
}

/** The links and images of a page, without those of other sites. */
export function linksOf(page: Page): string[] {
  return [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The command lines that call todoflow, in blocks and in the text: the words behind it. */
export function commandsOf(page: Page): string[][] {
  const spans = [...proseOf(page).matchAll(/`([^`]+)`/g)]
    .map(([, span]) => span!.replaceAll(/\s+/g, " "));
  const shell = blocksOf(page).filter(({ language }) => language !== "ts");
  const lines = [
    ...shell.flatMap(({ text }) => text.replaceAll("\\\n", " ").split("\n")),
    ...spans,
  ];
  return lines.flatMap((
    line,
  ) => [...line.matchAll(/(?:^|[\s/])todoflow["']? ([^|;&#)`…<>]*)/g)]).map((
    [, rest],
  ) => rest!.replaceAll(/["']/g, " ").trim().split(/\s+/).filter(Boolean));
}

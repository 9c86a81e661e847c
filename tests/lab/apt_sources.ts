/**
 * Reads apt's sources in both of their forms, sources.list(5), and writes them for another release.
 *
 * @module
 */

/** One source in the deb822 form: its fields in lower case, each with its value. */
export type AptStanza = Record<string, string>;

/** Reads a file of sources; what is switched off, or is source code only, is left out. */
export function parseSources(
  text: string,
  form: "deb822" | "list",
): AptStanza[] {
  const stanzas = form === "list"
    ? text.split("\n").flatMap(parseLine)
    : parseDeb822(text);
  return stanzas.filter((stanza) =>
    words(stanza.types).includes("deb") && stanza.enabled !== "no" &&
    uriOf(stanza) !== undefined
  );
}

/** Writes stanzas as a deb822 file. */
export function formatSources(stanzas: AptStanza[]): string {
  return stanzas.map((stanza) =>
    Object.entries(stanza).map(([field, value]) => `${field}: ${value}\n`).join(
      "",
    )
  ).join("\n");
}

/**
 * The sources of Debian itself: the release, its updates, its security updates. Others use the release's
 * name for their own suites, too, so an address that ends in `/debian` is preferred.
 */
export function debianStanzas(
  stanzas: AptStanza[],
  codename: string,
): AptStanza[] {
  const releases = stanzas.filter((stanza) =>
    words(stanza.suites).includes(codename) &&
    words(stanza.components).includes("main")
  );
  const isDebian = (stanza: AptStanza) =>
    /\/debian\/?$/.test(uriOf(stanza) ?? "");
  const release = releases.find(isDebian) ?? releases[0];
  if (release === undefined) return [];
  const additions = [`${codename}-updates`, `${codename}-security`];
  const others = stanzas.filter((stanza) =>
    stanza !== release &&
    words(stanza.suites).some((suite) => additions.includes(suite))
  );
  return [release, ...others];
}

/** The same source for other suites, programs only. */
export function withSuites(stanza: AptStanza, suites: string): AptStanza {
  const { architectures: _, ...rest } = stanza;
  return {
    ...rest,
    types: "deb",
    uris: uriOf(stanza) ?? "",
    suites,
    components: "main",
  };
}

/** The same sources for another release: `bookworm-updates` becomes `trixie-updates`. */
export function forRelease(
  stanzas: AptStanza[],
  from: string,
  to: string,
): AptStanza[] {
  return stanzas.map((stanza) => {
    const suites = words(stanza.suites).filter((suite) =>
      suite.split("-")[0] === from
    );
    return withSuites(
      stanza,
      suites.map((suite) => to + suite.slice(from.length)).join(" "),
    );
  });
}

/** The first address of a source that something else than apt can use as well. */
export function uriOf(stanza: AptStanza): string | undefined {
  return words(stanza.uris).find((uri) => /^https?:/.test(uri));
}

/** The key ring file that a source names. */
export function keyringOf(stanza: AptStanza): string | undefined {
  return words(stanza["signed-by"]).find((value) => value.startsWith("/"));
}

function words(value = ""): string[] {
  return value.split(/\s+/).filter((word) => word !== "");
}

function parseDeb822(text: string): AptStanza[] {
  return text.replaceAll(/^#.*\n?/gm, "").split(/\n\s*\n/).map((paragraph) => {
    const fields = paragraph.matchAll(/^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)/gm);
    return Object.fromEntries(
      [...fields].map(([, name, value]) => [name?.toLowerCase(), value]),
    );
  });
}

function parseLine(line: string): AptStanza[] {
  const match = /^\s*(deb\S*)\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*([^#]*)/
    .exec(line);
  if (match === null) return [];
  const [, types = "", options = "", uris = "", suites = "", components = ""] =
    match;
  const stanza: AptStanza = {
    types,
    uris,
    suites,
    components: components.trim(),
  };
  for (const option of words(options)) {
    const [name = "", value = ""] = option.split("=");
    // The one-line form separates values by commas, and two names differ.
    const field = name === "arch"
      ? "architectures"
      : name === "lang"
      ? "languages"
      : name;
    stanza[field] = value.replaceAll(",", " ");
  }
  return [stanza];
}

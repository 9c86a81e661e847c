/**
 * The lab's pure parts: apt's sources, process marks, versions, the machine's release.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  debianStanzas,
  formatSources,
  forRelease,
  keyringOf,
  parseSources,
  withSuites,
} from "../lab/apt_sources.ts";
import { parseRelease } from "../lab/machine.ts";
import { isSame, parseStat } from "../lab/processes.ts";
import { atLeast } from "../lab/versions.ts";

const DEB822 = `# a comment
Types: deb deb-src
# http://archive.test/a/comment/inside
URIs: http://archive.test/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/archive.gpg

Types: deb
URIs: http://archive.test/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://off.test/debian
Suites: bookworm
Components: main
`;

const LIST = `# deb http://off.test/debian bookworm main
deb [arch=amd64 signed-by=/etc/apt/keyrings/other.asc] https://other.test/linux bookworm main
deb-src http://archive.test/debian bookworm main
deb http://archive.test/debian/ bookworm main non-free # why
deb cdrom:[disc]/ bookworm main
deb http://archive.test/debian bookworm-updates main
`;

Deno.test("a deb822 file gives its sources, without comments and what is off", () => {
  const [release, security, ...rest] = parseSources(DEB822, "deb822");
  assertEquals(rest, []);
  assertEquals(release?.["uris"], "http://archive.test/debian");
  assertEquals(
    release && keyringOf(release),
    "/usr/share/keyrings/archive.gpg",
  );
  assertEquals(security?.["suites"], "bookworm-security");
});

Deno.test("a sources.list gives its sources, with their options", () => {
  const stanzas = parseSources(LIST, "list");
  assertEquals(stanzas.map(({ suites }) => suites), [
    "bookworm",
    "bookworm",
    "bookworm-updates",
  ]);
  assertEquals(stanzas[0]?.["architectures"], "amd64");
  assertEquals(
    stanzas[0] && keyringOf(stanzas[0]),
    "/etc/apt/keyrings/other.asc",
  );
  assertEquals(stanzas[1]?.["components"], "main non-free");
});

Deno.test("another vendor's suite of the same name is not taken for Debian's", () => {
  const [release, updates, ...rest] = debianStanzas(
    parseSources(LIST, "list"),
    "bookworm",
  );
  assertEquals(release?.["uris"], "http://archive.test/debian/");
  assertEquals(updates?.["suites"], "bookworm-updates");
  assertEquals(rest, []);
  assertEquals(debianStanzas(parseSources(LIST, "list"), "trixie"), []);
});

Deno.test("a source for another suite keeps address and key ring", () => {
  const [release] = parseSources(DEB822, "deb822");
  assert(release);
  assertEquals(
    formatSources([withSuites(release, "trixie")]),
    "types: deb\nuris: http://archive.test/debian\nsuites: trixie\ncomponents: main\n" +
      "signed-by: /usr/share/keyrings/archive.gpg\n",
  );
});

Deno.test("an embedded key survives reading and writing", () => {
  const text =
    "types: deb\nuris: http://archive.test/debian\nsuites: bookworm\n" +
    "components: main\nsigned-by:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINB\n";
  const [stanza] = parseSources(text, "deb822");
  assert(stanza);
  assertEquals(keyringOf(stanza), undefined);
  assertEquals(parseSources(formatSources([stanza]), "deb822"), [stanza]);
});

Deno.test("sources are rewritten for another release, suite by suite", () => {
  const suites = forRelease(
    parseSources(DEB822, "deb822"),
    "bookworm",
    "trixie",
  )
    .map(({ suites }) => suites);
  assertEquals(suites, ["trixie trixie-updates", "trixie-security"]);
});

/** A line of /proc/<pid>/stat with the given name, state and start. */
function stat(name: string, state: string, start: number): string {
  return `42 (${name}) ${state} 1 42 42 0 -1 ${"0 ".repeat(13)}${start} 0 0`;
}

Deno.test("a process is known by id, name and start", () => {
  const mark = { pid: 42, name: "dockerd", started: "777" };
  assertEquals(parseStat(stat("dockerd", "S", 777)), mark);
  assertEquals(parseStat(stat("odd) (name", "R", 1))?.name, "odd) (name");
  assert(isSame(mark, parseStat(stat("dockerd", "S", 777))));
  assert(
    !isSame(mark, parseStat(stat("dockerd", "S", 778))),
    "a later process with the same id",
  );
  assert(!isSame(mark, parseStat(stat("bash", "S", 777))), "another program");
  assert(!isSame(mark, undefined));
});

Deno.test("a zombie is not alive", () => {
  assertEquals(parseStat(stat("dockerd", "Z", 777)), undefined);
  assertEquals(parseStat(""), undefined);
});

Deno.test("versions are compared by their numbers", () => {
  for (
    const version of ["2.20", "2.20.0", "2.26.1-4", "v2.20.3", "5.5.0", "10.1"]
  ) {
    assert(atLeast(version, "2.20"), version);
  }
  for (const version of ["1.29.2", "2.2.9", "2.19.9", "", "none"]) {
    assert(!atLeast(version, "2.20"), version);
  }
});

Deno.test("the release is read with and without quotes, and may have no version", () => {
  const text = 'VERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n';
  assertEquals(parseRelease(text), {
    id: "debian",
    version: 12,
    codename: "bookworm",
  });
  assertEquals(
    parseRelease("ID=debian\nVERSION_CODENAME=forky\n").version,
    Infinity,
  );
  assertEquals(parseRelease("").id, "");
});

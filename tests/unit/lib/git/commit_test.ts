import { assertEquals } from "@std/assert";
import { commitOf } from "../../../../lib/git/commit.ts";
import { addressOf } from "../../../../lib/git/source.ts";

const HASH = "0123abc".padEnd(40, "0");

/** Remotes, and the pages of the commit. */
const PAGES: readonly [string, string | undefined][] = [
  ["git@github.com:me/shop.git", "https://github.com/me/shop/commit/"],
  [
    "https://user:token@github.com/me/shop.git",
    "https://github.com/me/shop/commit/",
  ],
  [
    "ssh://git@gitlab.com:22/group/sub/shop",
    "https://gitlab.com/group/sub/shop/-/commit/",
  ],
  [
    "https://gitlab.example.com:8443/me/shop",
    "https://gitlab.example.com:8443/me/shop/-/commit/",
  ],
  ["git@bitbucket.org:me/shop.git", "https://bitbucket.org/me/shop/commits/"],
  ["http://gitea.lan/me/shop", "http://gitea.lan/me/shop/commit/"],
  ["https://github.com/", undefined],
  ["https://github.com/me", undefined],
  // Unknown hosts may show commits elsewhere, or not at all.
  ["https://host/me/shop", undefined],
  ["https://constructor/me/shop", undefined],
  ["/srv/git/shop.git", undefined],
];

for (const [remote, page] of PAGES) {
  Deno.test(`the page of a commit of ${remote} is ${page}`, () => {
    const url = addressOf(remote);
    assertEquals(
      commitOf({ commit: HASH, dirty: false, url }),
      { hash: HASH, ...(page !== undefined && { url: page + HASH }) },
    );
  });
}

Deno.test("the page of a commit has neither credentials nor another scheme, whatever the address", () => {
  const of = (url: string) => commitOf({ commit: HASH, dirty: true, url });
  assertEquals(of("https://user:token@github.com/me/shop"), {
    hash: HASH,
    url: `https://github.com/me/shop/commit/${HASH}`,
    dirty: true,
  });
  assertEquals(of("javascript://github.com/me/shop"), {
    hash: HASH,
    dirty: true,
  });
});

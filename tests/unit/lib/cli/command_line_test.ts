import { assertEquals } from "@std/assert";
import { parse } from "../../../../lib/cli/parse.ts";
import type { Typing } from "../../../../lib/errors/typing.ts";
import { TARGETS } from "../../../../tasks/mod.ts";

/** Types command lines in the place of this call. */
async function typing(...argv: string[]): Promise<Typing> {
  const request = await parse(argv, TARGETS);
  if (request.kind !== "run") throw new Error(request.kind);
  return request.typing;
}

const PLACE = ["-C", "a b", "-f", "x.yml", "-f=y.yml", "-p", "shop"];

Deno.test("a call is typed again with its place, its own flags and its arguments", async () => {
  const { again } = await typing(
    ...["test", "--keep", "-q", "--json", ...PLACE, "--reports", "out"],
    ...["--", "-k", "a or b"],
  );
  assertEquals(
    again(),
    "todoflow test --keep -C 'a b' -f x.yml -f y.yml -p shop --reports out -- -k 'a or b'",
  );
});

Deno.test("a dry run is typed again as one", async () => {
  const { again } = await typing("-n", "release");
  assertEquals(again({ project: "x-2" }), "todoflow release --dry-run -p x-2");
});

Deno.test("a call without a target is typed again without one", async () => {
  assertEquals((await typing("-C", "x")).again(), "todoflow -C x");
});

Deno.test("a part of the place is replaced", async () => {
  const { again, target } = await typing("test", ...PLACE);
  assertEquals(
    again({ files: ["z.yml"], directory: "b", reports: "out" }),
    "todoflow test -C b -f z.yml -p shop --reports out",
  );
  assertEquals(
    target(["clean"], { project: "shop-2" }),
    "todoflow clean -C 'a b' -f x.yml -f y.yml -p shop-2",
  );
});

Deno.test("another target gets neither arguments nor flags that it does not take", async () => {
  const { target } = await typing("test", ...PLACE, "--reports=r", "--", "x");
  const place = "-C 'a b' -f x.yml -f y.yml -p shop";
  assertEquals(
    [["release", "--keep"], ["clean"], ["version"], ["ls"], ["doctor"]]
      .map((words) => target(words)),
    [
      `todoflow release --keep ${place} --reports r`,
      `todoflow clean ${place}`,
      "todoflow version -C 'a b'",
      "todoflow ls",
      `todoflow doctor ${place}`,
    ],
  );
});

Deno.test("Compose and git are typed in the folder of the call", async () => {
  const far = await typing("test", ...PLACE);
  assertEquals(
    far.compose(["config"]),
    "(cd 'a b' && docker compose -f x.yml -f y.yml -p shop config)",
  );
  assertEquals(far.git(["status"]), "git -C 'a b' status");
  const here = await typing("test");
  assertEquals(here.compose(["config"]), "docker compose config");
  assertEquals(here.git(["status"]), "git status");
});

Deno.test("a program's own flag of the name of a common one is no part of the place", async () => {
  const own = {
    kind: "run" as const,
    name: "own",
    summary: "Own",
    details: "Own.",
    flags: [{
      name: "file",
      short: "f",
      value: "X",
      summary: "Something else",
    }],
    run: () => Promise.resolve(0),
  };
  const request = await parse(["release", "-f", "x.yml"], [...TARGETS, own]);
  assertEquals(
    request.kind === "run" && request.typing.target(["own"]),
    "todoflow own",
  );
});

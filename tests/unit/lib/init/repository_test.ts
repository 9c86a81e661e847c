import { assertEquals, assertStringIncludes } from "@std/assert";
import { CI_FILES, ciText } from "../../../../lib/init/ci.ts";
import { hostOf, missingCi } from "../../../../lib/init/repository.ts";
import { blocksOf, pages } from "../../docs/markdown.ts";
import { treeOf } from "./sources.ts";

/** What a repository with these files lacks for its CI. */
function ci(
  files: Record<string, string>,
  { hosts = [], image, directory = "/r" }: {
    hosts?: string[];
    image?: string;
    directory?: string;
  } = {},
) {
  const paths = Object.entries(files)
    .map(([path, text]) => [`/r/${path}`, text] as const);
  return missingCi({
    repository: { top: "/r", hosts },
    ...{ directory, image },
    tree: treeOf(Object.fromEntries(paths)),
    shown: (path) => path.slice("/r/".length),
  });
}

for (
  const [system, name, language] of [
    ["github", "github-actions.md", "yaml"],
    ["gitlab", "gitlab-ci.md", "yaml"],
    ["jenkins", "jenkins.md", "groovy"],
  ] as const
) {
  Deno.test(`init writes the file that docs/${name} has`, async () => {
    const page = (await pages()).find(({ path }) => path === `docs/${name}`)!;
    const [block] = blocksOf(page).filter((block) =>
      block.language === language
    );
    const text = ciText(system, { within: "", publishes: true });
    assertEquals(text.trim(), block!.text.trim());
  });
}

Deno.test("GitHub gets a file beside its workflows, GitLab and Jenkins lines for theirs", async () => {
  const workflows = { ".github/workflows/lint.yml": "on: push" };
  const github = await ci(workflows);
  assertEquals(github.files.map(({ path }) => path), [`/r/${CI_FILES.github}`]);
  const gitlab = await ci({ ".gitlab-ci.yml": "lint:\n  script: x\n" });
  assertEquals(
    [gitlab.files, gitlab.blocks.map(({ place, comment }) => [place, comment])],
    [[], [["below .gitlab-ci.yml:3", "#"]]],
  );
  const jenkins = await ci({ "Jenkinsfile": "pipeline {}" });
  assertEquals(jenkins.blocks.map(({ comment }) => comment), ["//"]);
  const both = await ci({ ...workflows, "Jenkinsfile": "pipeline {}" });
  assertEquals([both.files.length, both.blocks.length], [1, 1]);
});

Deno.test("without CI, only a repository on GitHub gets a file", async () => {
  assertEquals((await ci({}, { hosts: ["github.com"] })).files.length, 1);
  assertEquals(await ci({}, { hosts: ["gitlab.com"] }), await ci({}));
  assertEquals((await ci({})).files, []);
});

Deno.test("a CI that calls todoflow lacks nothing", async () => {
  const file = "jobs:\n  - run: todoflow test\n";
  assertEquals((await ci({ ".github/workflows/ci.yaml": file })).files, []);
  assertEquals((await ci({ ".gitlab-ci.yml": file })).blocks, []);
});

Deno.test("the file publishes only where it can log in to the image's registry", async () => {
  const workflows = { ".github/workflows/lint.yml": "on: push" };
  const images: [string | undefined, boolean][] = [
    [undefined, false],
    ["shop", false],
    ["registry.example.com/shop", false],
    ["ghcr.io/a/shop:1", true],
  ];
  for (const [image, publishes] of images) {
    const { files, notes } = await ci(workflows, image ? { image } : {});
    assertEquals(files[0]!.text.includes("todoflow publish"), publishes);
    assertEquals(notes.length, publishes ? 0 : 1);
  }
});

Deno.test("in a monorepo, the file at the top works in the project's folder", async () => {
  const directory = "/r/apps/api";
  const { files } = await ci({}, { hosts: ["github.com"], directory });
  assertEquals(files[0]!.path, `/r/${CI_FILES.github}`);
  assertStringIncludes(files[0]!.text, "exec todoflow -C apps/api test");
  assertStringIncludes(files[0]!.text, "path: apps/api/reports");
  const hostile = { hosts: ["github.com"], directory: "/r/$(x)" };
  assertEquals((await ci({}, hostile)).files, []);
  const outside = { hosts: ["github.com"], directory: "/other" };
  assertEquals((await ci({}, outside)).files, []);
});

Deno.test("of a remote only the host is read", () => {
  const hosts: [string, string][] = [
    ["https://github.com/a/b.git", "github.com"],
    ["https://user:token@GitHub.com/a/b", "github.com"],
    ["git@github.com:a/b.git", "github.com"],
    ["ssh://git@gitlab.example:22/a/b", "gitlab.example"],
    ["/srv/github.com/a", ""],
  ];
  for (const [url, host] of hosts) {
    assertEquals([url, hostOf(url)], [url, host]);
  }
});

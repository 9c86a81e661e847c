import { assertEquals } from "@std/assert";
import { testCommandIn } from "../../../../lib/compose/test_command.ts";

const commandOf = async (files: Readonly<Record<string, string>>) =>
  (await testCommandIn("/src", (path) => {
    const text = files[path.replace("/src/", "")];
    return text === undefined
      ? Promise.reject(new Error("no such file"))
      : Promise.resolve(text);
  }))?.join(" ");

const SCRIPT = { "package.json": `{"scripts": {"test": "jest"}}` };

const FOLDERS: [
  what: string,
  files: Record<string, string>,
  command: string | undefined,
][] = [
  ["a script of npm", SCRIPT, "npm test"],
  ["yarn", { ...SCRIPT, "yarn.lock": "" }, "yarn test"],
  ["pnpm", { ...SCRIPT, "pnpm-lock.yaml": "" }, "pnpm test"],
  [
    "the script that npm init writes",
    {
      "package.json":
        `{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}`,
    },
    undefined,
  ],
  ["a broken package.json", { "package.json": "{" }, undefined],
  [
    "a framework with assets of its own",
    { ...SCRIPT, "manage.py": "" },
    "python manage.py test",
  ],
  [
    "pytest among the requirements",
    { "requirements.txt": "flask\npytest==8\n" },
    "pytest",
  ],
  ["Python", { "requirements.txt": "flask\n" }, "python -m unittest"],
  ["Go", { "go.mod": "module x" }, "go test ./..."],
  [
    "a task of Deno",
    { "deno.json": `{"tasks": {"test": "x"}}` },
    "deno task test",
  ],
  ["Deno", { "deno.json": "{}" }, "deno test"],
  ["rspec", { "Gemfile": "gem 'rspec-rails'" }, "bundle exec rspec"],
  ["a Makefile", { "Makefile": "build:\n\ntest: build\n" }, "make test"],
  ["nothing that tells", { "README.md": "" }, undefined],
];

for (const [what, files, command] of FOLDERS) {
  Deno.test(`the command that tests: ${what}`, async () => {
    assertEquals(await commandOf(files), command);
  });
}

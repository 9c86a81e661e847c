import { assertEquals, assertStringIncludes } from "@std/assert";
import { contextDrafts } from "../../../../../lib/doctor/checks/contexts.ts";
import { readContext } from "../../../../../lib/doctor/project/context.ts";
import { readStage } from "../../../../../lib/compose/stage.ts";
import { filesOf } from "../situation.ts";

const KEY = "-----BEGIN PRIVATE KEY-----";

/** The findings in a context of these files. */
async function found(
  dockerfile: string,
  texts: Readonly<Record<string, string>>,
  reports = "/project/reports",
) {
  const files = filesOf(
    Object.fromEntries(
      Object.entries(texts).map(([name, text]) => [`/project/${name}`, text]),
    ),
  );
  const context = await readContext("/project", {
    dockerfile: "/project/Dockerfile",
    files,
  });
  const stage = readStage(`FROM a\n${dockerfile}\n`)!;
  return contextDrafts({ context, stages: [stage], reports });
}

async function ids(...args: Parameters<typeof found>) {
  return (await found(...args)).map(({ id }) => id);
}

const IGNORE = { ".dockerignore": "reports\n" };

Deno.test("a context without a .dockerignore is found, unless nothing is taken from it", async () => {
  const git = { ".git/HEAD": "", "src/a": "" };
  assertEquals(await ids("COPY . /", git, "/elsewhere"), ["no-dockerignore"]);
  assertEquals(await ids("COPY . /", { ...git, ...IGNORE }), []);
  assertEquals(await ids("RUN true", git), []);
  assertEquals(await ids("COPY --from=b / /", git), []);
  // None of the copied files is a secret.
  assertEquals(await ids("COPY src /", git), []);
  assertEquals(await ids("COPY . /", { "src/a": "" }, "/elsewhere"), []);
});

Deno.test("a missing .dockerignore is one finding, about the folders that are copied", async () => {
  const all = await found("COPY . /", {
    ".git/HEAD": "",
    "web/node_modules/a/b.js": "",
    "lib/__pycache__/a.pyc": "",
  });
  assertEquals(
    all.map(({ id, severity, title, fix }) => [
      id,
      severity,
      title,
      fix,
    ]),
    [[
      "no-dockerignore",
      "warning",
      'No .dockerignore: COPY takes ".git", "lib/__pycache__", "web/node_modules" and 1 more',
      ".git\n**/__pycache__\n**/node_modules\nreports",
    ]],
  );
  const [one] = await found("COPY web /", {
    ".git/HEAD": "",
    "web/venv/a": "",
  });
  assertEquals(one?.severity, "advice");
  assertEquals(
    one?.why,
    "packages of this machine get into the build, which may need others",
  );
});

Deno.test("a secret in another stage is in no layer of the image", async () => {
  const stages = "COPY . /\nFROM b\nCOPY --from=0 /bin/a /bin/";
  assertEquals(await ids(stages, { ...IGNORE, "a.p12": "" }), [
    "secrets-in-context",
  ]);
  const [one] = await found(stages, { ".git/HEAD": "" });
  assertEquals(
    one?.why,
    "each commit repeats the steps behind COPY; each run writes new reports, so that the next build misses its cache",
  );
});

Deno.test("a file that COPY names is needed: it is no pattern of the fix", async () => {
  const texts = { ...IGNORE, ".env": "TOKEN=abc", "a.p12": "" };
  const [draft] = await found("COPY .env *.p12 /", texts);
  assertEquals(draft?.title.includes('".env", "a.p12"'), true);
  assertEquals(draft?.fix, "**/a.p12");
});

Deno.test("reports that are copied into the image are found", async () => {
  const empty = { ".dockerignore": "" };
  assertEquals(await ids("COPY . /", empty), ["reports-in-context"]);
  assertEquals(await ids("COPY reports/ /", empty), ["reports-in-context"]);
  assertEquals(await ids("COPY src r*s /", empty), ["reports-in-context"]);
  assertEquals(await ids("COPY $DIR /", empty), ["reports-in-context"]);
  assertEquals(await ids("COPY src /", empty), []);
  assertEquals(await ids("COPY . /", empty, "/elsewhere/reports"), []);
  for (const ignored of ["reports/*", "**/reports", "*\n!src"]) {
    assertEquals(await ids("COPY . /", { ".dockerignore": ignored }), []);
  }
  // Half of them is not enough.
  assertEquals(
    await ids("COPY . /", { ".dockerignore": "**/*.xml" }),
    ["reports-in-context"],
  );
});

Deno.test("the reports of a run in a folder below are named relative to the context", async () => {
  const [draft] = await found(
    "COPY . /",
    { ".dockerignore": "" },
    "/project/a/reports",
  );
  assertEquals(draft?.fix, "a/reports");
});

Deno.test("the .dockerignore of a Dockerfile comes before the folder's", async () => {
  const texts = { ".dockerignore": "", "Dockerfile.dockerignore": "reports" };
  assertEquals(await ids("COPY . /", texts), []);
});

/** Files that are secrets, and files that only look so. */
const SECRETS: Readonly<Record<string, string>> = {
  ".env": "PORT=1\nDB_PASSWORD=hunter22\n",
  ".env.production": "API_KEY=abc",
  "id_ed25519": "",
  "tls/server.key": KEY,
  "ca.pem": KEY,
  "store.p12": "",
  ".npmrc": "//npm.example.com/:_authToken=npm_abc",
  "credentials.json": "",
  "a/b/.netrc": "",
};
const HARMLESS: Readonly<Record<string, string>> = {
  ".env.example": "TOKEN=abc",
  ".env.template": "TOKEN=abc",
  ".env.tpl": "TOKEN=abc",
  ".env.txt": "TOKEN=abc",
  ".env.prod.example": "TOKEN=abc",
  ".env": "VITE_API_URL=/api\nVITE_TOKEN=abc\nPORT=80\nKEY=\n",
  ".env.local": "API_KEY=<your-key>\nTOKEN=changeme\nSECRET=your_secret\n",
  "id_ed25519.pub": "",
  "cert.pem": "-----BEGIN CERTIFICATE-----",
  ".npmrc": "//npm.example.com/:_authToken=${NPM_TOKEN}",
  "environment.ts": "",
  "node_modules/x/test.pem": KEY,
  ".git/id_rsa": "",
  "reports/.env": "",
};

for (const [file, text] of Object.entries(SECRETS)) {
  Deno.test(`"${file}" is a secret`, async () => {
    const [draft] = await found("COPY . /", { ...IGNORE, [file]: text });
    assertEquals([draft?.id, draft?.severity], ["secrets-in-image", "warning"]);
    assertEquals(draft?.fix, `**/${file.split("/").at(-1)}`);
    assertEquals(draft?.at, { file: "/project/.dockerignore" });
  });
}

for (const [file, text] of Object.entries(HARMLESS)) {
  Deno.test(`"${file}" with ${JSON.stringify(text)} is let be`, async () => {
    assertEquals(await ids("COPY . /", { ...IGNORE, [file]: text }), []);
  });
}

Deno.test("a secret that no COPY takes is advice; one that is ignored is nothing", async () => {
  const texts = { ...IGNORE, ".env": "API_KEY=abc", "src/.env": "API_KEY=abc" };
  assertEquals(await ids("COPY src /", texts), [
    "secrets-in-image",
    "secrets-in-context",
  ]);
  const ignored = { ...texts, ".dockerignore": "reports\n**/.env\n" };
  assertEquals(await ids("COPY . /", ignored), []);
});

Deno.test("the pattern of a secret matches its name, even with special characters in it", async () => {
  const file = "a[1]\n*.p12";
  const [draft] = await found("COPY . /", { ...IGNORE, [file]: "" });
  assertEquals(draft!.fix, "**/a\\[1\\]?\\*.p12");
  const ignored = { ".dockerignore": `reports\n${draft!.fix}`, [file]: "" };
  assertEquals(await ids("COPY . /", ignored), []);
});

Deno.test("only three of many secrets are named", async () => {
  const texts = Object.fromEntries(
    ["a", "b", "c", "d", "e"].map((
      folder,
    ) => [`${folder}/.env`, "API_KEY=abc"]),
  );
  const [draft] = await found("COPY . /", { ...IGNORE, ...texts });
  assertStringIncludes(draft!.title, '"a/.env", "b/.env", "c/.env" and 2 more');
  assertEquals(draft!.fix, "**/.env");
});

Deno.test("a context of too many files is reported, and not searched", async () => {
  const texts = Object.fromEntries(
    Array.from({ length: 20_001 }, (_, i) => [`many/${i}`, ""]),
  );
  assertEquals(await ids("COPY . /", { ...IGNORE, ...texts }), [
    "large-context",
  ]);
  const ignored = { ".dockerignore": "reports\nmany", ...texts };
  assertEquals(await ids("COPY . /", ignored), []);
});

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
  assertEquals(await ids("COPY src /", {}), ["no-dockerignore"]);
  assertEquals(await ids("COPY . /", IGNORE), []);
  assertEquals(await ids("RUN true", {}), []);
  assertEquals(await ids("COPY --from=b / /", {}), []);
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
  ".env": "",
  ".env.production": "",
  "id_ed25519": "",
  "tls/server.key": KEY,
  "ca.pem": KEY,
  "store.p12": "",
  ".npmrc": "//npm.example.com/:_authToken=npm_abc",
  "credentials.json": "",
  "a/b/.netrc": "",
};
const HARMLESS: Readonly<Record<string, string>> = {
  ".env.example": "",
  ".env.template": "",
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
  const texts = { ...IGNORE, ".env": "", "src/.env": "" };
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
    ["a", "b", "c", "d", "e"].map((folder) => [`${folder}/.env`, ""]),
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

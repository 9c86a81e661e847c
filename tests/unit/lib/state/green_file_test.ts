import { assertEquals } from "@std/assert";
import type { Green } from "../../../../lib/state/green.ts";
import { readGreen, writeGreen } from "../../../../lib/state/green_file.ts";
import { listRecords, unreadableRecords } from "../../../../lib/state/list.ts";
import { withFolder } from "../../fakes.ts";

const GREEN: Green = {
  project: "shop--test",
  directory: "/w/shop",
  engine: "unix:///e",
  target: "test",
  at: "2026-11-29T12:00:00.000Z",
  version: "7a356f0",
  commit: "7a356f0".padEnd(40, "0"),
  dirty: true,
  changes: { "app.py": "12 1700000000000", "__proto__": "gone" },
  salt: "0a1b",
  keys: { "services.app.image": "0123abcd", "services.app.secret": "" },
  images: [{ name: "db:1", id: `sha256:${"1".repeat(64)}` }],
  versions: { todoflow: "0.1.0", engine: "26.1.5", compose: "2.26.1" },
  steps: { build: 1200 },
  roles: {
    apps: ["web"],
    acceptance: { service: "e2e" },
    unconfirmed: [{ role: "app", service: "web", before: "api" }],
  },
};

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();
}

Deno.test("a green record is read as it was written, in a file that only its user can read", () =>
  withFolder(async (folder) => {
    assertEquals(await readGreen(folder, GREEN), undefined);
    await writeGreen(folder, GREEN);
    const read = await readGreen(folder, GREEN) as Green & { format: number };
    assertEquals(JSON.stringify(read), JSON.stringify(GREEN));
    const [name = "", ...others] = namesIn(folder);
    assertEquals(others, []);
    assertEquals(Deno.statSync(`${folder}/${name}`).mode! & 0o777, 0o600);
  }));

Deno.test("a later record replaces the one before, for each project, engine, target and checkout", () =>
  withFolder(async (folder) => {
    const others = [
      { project: "shop--release" },
      { engine: "unix:///other" },
      { target: "release" },
      { directory: "/w/other" },
    ];
    for (const other of others) {
      await writeGreen(folder, { ...GREEN, ...other });
    }
    for (const version of ["1", "2"]) {
      await writeGreen(folder, { ...GREEN, version });
    }
    assertEquals((await readGreen(folder, GREEN))?.version, "2");
    assertEquals(namesIn(folder).length, others.length + 1);
    for (const other of others) {
      const found = await readGreen(folder, { ...GREEN, ...other });
      assertEquals(found?.version, GREEN.version);
    }
  }));

Deno.test("without a record of its own, a checkout is compared with the newest one of another checkout, which names itself", () =>
  withFolder(async (folder) => {
    const older = { directory: "/w/b", at: "2026-11-28T12:00:00.000Z" };
    for (const other of [older, { directory: "/w/a" }]) {
      await writeGreen(folder, { ...GREEN, ...other });
    }
    assertEquals((await readGreen(folder, GREEN))?.directory, "/w/a");
    assertEquals(await readGreen(folder, GREEN, { onlyOwn: true }), undefined);
    const elsewhere = { ...GREEN, target: "release" };
    assertEquals(await readGreen(folder, elsewhere), undefined);
  }));

const BROKEN: readonly [string, string][] = [
  ["no JSON", "{"],
  ["a list", "[]"],
  ["of another format", JSON.stringify({ ...GREEN, format: 2 })],
  ["without a format", JSON.stringify(GREEN)],
  ["with a flag for a commit", withValue({ commit: "--output=x" })],
  ["with a number for a hash", withValue({ keys: { a: 1 } })],
  ["with a relative path", withValue({ directory: "shop" })],
  ["with a negative time", withValue({ steps: { build: -1 } })],
  ["with a line break", withValue({ versions: { todoflow: "1\n::x" } })],
];

function withValue(change: Partial<Record<keyof Green, unknown>>): string {
  return JSON.stringify({ format: 1, ...GREEN, ...change });
}

for (const [what, text] of BROKEN) {
  Deno.test(`a green record that is ${what} counts as missing, and is replaced`, () =>
    withFolder(async (folder) => {
      await writeGreen(folder, GREEN);
      const [name = ""] = namesIn(folder);
      await Deno.writeTextFile(`${folder}/${name}`, text);
      assertEquals(await readGreen(folder, GREEN), undefined);
      await writeGreen(folder, GREEN);
      assertEquals((await readGreen(folder, GREEN))?.version, GREEN.version);
    }));
}

Deno.test("a link in place of a green record is not followed, neither to read nor to write", () =>
  withFolder(async (folder) => {
    await writeGreen(folder, GREEN);
    const [name = ""] = namesIn(folder);
    await Deno.rename(`${folder}/${name}`, `${folder}/elsewhere`);
    await Deno.symlink(`${folder}/elsewhere`, `${folder}/${name}`);
    assertEquals(await readGreen(folder, GREEN), undefined);
    await Deno.writeTextFile(`${folder}/elsewhere`, "kept");
    await writeGreen(folder, GREEN);
    assertEquals(await Deno.readTextFile(`${folder}/elsewhere`), "kept");
  }));

Deno.test("the folder keeps the newest hundred green records, and no record of a project goes", () =>
  withFolder(async (folder) => {
    await Deno.chmod(folder, 0o700);
    await Deno.writeTextFile(`${folder}/shop.0.json`, "{}");
    for (let i = 0; i < 101; i++) {
      await writeGreen(folder, { ...GREEN, project: `p${i}` });
      const name = namesIn(folder).find((name) => name.startsWith(`p${i}.`))!;
      await Deno.utime(`${folder}/${name}`, i + 1, i + 1);
    }
    // Its time is that of its writing.
    await writeGreen(folder, GREEN);
    const names = namesIn(folder).filter((name) => name.endsWith(".green"));
    assertEquals(names.length, 100);
    assertEquals(names.some((name) => /^p[01]\./.test(name)), false);
    assertEquals(names.some((name) => name.startsWith("shop--test.")), true);
    assertEquals(namesIn(folder).includes("shop.0.json"), true);
  }));

Deno.test("green records are no records of projects", () =>
  withFolder(async (parent) => {
    const folder = `${parent}/todoflow`;
    await Deno.mkdir(folder, { mode: 0o700 });
    await writeGreen(folder, GREEN);
    assertEquals(await listRecords(folder), []);
    assertEquals(await unreadableRecords(folder), []);
  }));

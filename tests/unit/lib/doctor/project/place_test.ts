import { assertEquals } from "@std/assert";
import { readWritten } from "../../../../../lib/compose/written.ts";
import {
  itemPath,
  placed,
  writtenAt,
} from "../../../../../lib/doctor/project/place.ts";
import type { Path } from "../../../../../lib/doctor/project/finding.ts";
import { filesOf } from "../situation.ts";

const BASE = `x-common: &common
  image: a
  ports: [1, 2]
services:
  app:
    <<: *common
    environment: !reset {}
  db:
    image: b
`;
const OVERRIDE = `services:
  app:
    ports: [3]
`;
const NAMES = ["/p/base.yaml", "/p/override.yaml", "/p/none.yaml"];

function written() {
  const { readTextFile } = filesOf({
    "/p/base.yaml": BASE,
    "/p/override.yaml": OVERRIDE,
  });
  return readWritten(NAMES, readTextFile);
}

/** A path, and where it stands. */
const PLACES: [Path, string][] = [
  [["services", "app", "ports"], "override.yaml:3:5"],
  [["services", "app", "environment"], "base.yaml:7:5"],
  // It came in by "<<".
  [["services", "app", "image"], "override.yaml:2:3"],
  [["services", "db", "image"], "base.yaml:9:5"],
  [["services", "db", "build"], "base.yaml:8:3"],
  // A section as a whole is no place.
  [["services", "nobody", "image"], "base.yaml"],
  [["services"], "override.yaml:1:1"],
];

for (const [path, place] of PLACES) {
  Deno.test(`${path.join(".")} stands at ${place}`, async () => {
    const draft = {
      id: "x",
      severity: "advice",
      title: "",
      why: "",
      fix: "",
      at: path,
    } as const;
    const { location } = await placed(draft, await written(), "/p");
    const { file, line, column } = location!;
    const parts = [file, line, column].filter((part) => part !== undefined);
    assertEquals(parts.join(":"), place);
  });
}

Deno.test("a key is found in each file that has it, and where << has merged it in", async () => {
  const files = await written();
  assertEquals(writtenAt(files, ["services", "app", "ports"]), [[1, 2], [3]]);
  assertEquals(writtenAt(files, ["services", "db", "toString"]), []);
});

Deno.test("an item has a place only where one file has the whole list", async () => {
  const files = await written();
  const last = { index: 1, length: 2 };
  const ports = ["services", "app", "ports"];
  assertEquals(itemPath(files, ports, last), ports);
  const { documents: [base] } = files;
  const one = { documents: [base] };
  assertEquals(itemPath(one, ports, last), [...ports, 1]);
  assertEquals(itemPath(one, ports, { index: 1, length: 3 }), ports);
});

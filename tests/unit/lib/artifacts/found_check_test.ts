import { assertEquals } from "@std/assert";
import { stayingOf } from "../../../../lib/artifacts/found_check.ts";
import type { FoundFile } from "../../../../lib/artifacts/report_look.ts";

/** Hides every byte. */
const redact = () => (bytes: Uint8Array) => bytes.map(() => 42);

Deno.test("a report with a hidden value is removed, and no file behind a link that has taken the place of its folder", async () => {
  const root = await Deno.makeTempDir();
  try {
    const folder = `${root}/run`;
    for (const path of [`${folder}/plain/in`, `${root}/theirs/in`]) {
      await Deno.mkdir(path, { recursive: true });
      await Deno.writeTextFile(`${path}/junit.xml`, "precious");
    }
    await Deno.symlink(`${root}/theirs`, `${folder}/linked`);
    const lost: string[] = [];
    const staying = await stayingOf(
      ["plain/in/junit.xml", "linked/in/junit.xml"].map((place) =>
        ({ place, path: `/srv/${place}` }) as FoundFile
      ),
      {
        ...{ folder, redact, key: "test.reports" },
        lost: (path) => lost.push(path),
      },
    );
    assertEquals(staying, []);
    assertEquals(lost, ["/srv/plain/in/junit.xml", "/srv/linked/in/junit.xml"]);
    const left = await Array.fromAsync(Deno.readDir(`${folder}/plain/in`));
    assertEquals(left, []);
    const theirs = await Deno.readTextFile(`${root}/theirs/in/junit.xml`);
    assertEquals(theirs, "precious");
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

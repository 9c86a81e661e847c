import { assertEquals, assertRejects } from "@std/assert";
import { reportFiles } from "../../../../lib/artifacts/report_files.ts";
import { withFolder } from "../../fakes.ts";

Deno.test("a report is read as it was measured: not what it has grown to, nor what a link or FIFO leads to", () =>
  withFolder(async (folder) => {
    const path = `${folder}/unit.xml`;
    const theirs = `${folder}/theirs`;
    await Deno.writeTextFile(path, "<a/>é");
    await Deno.writeTextFile(theirs, "no");
    const [report] = await reportFiles(folder);
    assertEquals(await report?.size(), 6);
    assertEquals(await report?.text(), "<a/>é");
    await Deno.writeTextFile(path, "more", { append: true });
    await assertRejects(() => report!.text(), Error, "grown");
    await Deno.remove(path);
    await Deno.symlink(theirs, path);
    await assertRejects(() => report!.text(), Error, "no regular file");
    await Deno.remove(path);
    await new Deno.Command("mkfifo", { args: [path] }).output();
    await assertRejects(() => report!.text(), Error, "no regular file");
  }));

import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { eventsAt, newestEvents } from "../../../../lib/reports/run_events.ts";
import { withFolder, writeFiles } from "../../fakes.ts";

/** Sets when a file was written last, in seconds since 1970. */
async function written(path: string, time: number) {
  await Deno.utime(path, time, time);
}

Deno.test("the newest events in folders, and in the folders in them, are found", () =>
  withFolder(async (folder) => {
    const names = ["a/test", "a/release", "b/deeper/still", "c"];
    const paths = names.map((name) => join(folder, name, "events.jsonl"));
    for (const [i, name] of names.entries()) {
      await writeFiles(folder, { [`${name}/events.jsonl`]: "" });
      await written(paths[i]!, 1_000 + i);
    }
    const newest = (...names: string[]) =>
      newestEvents(names.map((name) => join(folder, name)));
    assertEquals(await newest("a", "b", "none"), paths[1]);
    assertEquals(await newest("a", "c"), paths[3]);
    assertEquals(await newest("b"), undefined);
    assertEquals(await newest(), undefined);
    await written(paths[0]!, 2_000);
    assertEquals(await newest("a"), paths[0]);
    // The events of a folder itself win over those below it.
    assertEquals(await newest("a/release"), paths[1]);
  }));

Deno.test("links and FIFOs that a checkout may have in its reports are not followed", () =>
  withFolder(async (folder) => {
    await writeFiles(folder, { "theirs/events.jsonl": "" });
    await Deno.mkdir(join(folder, "reports/test"), { recursive: true });
    await Deno.symlink(
      join(folder, "theirs/events.jsonl"),
      join(folder, "reports/test/events.jsonl"),
    );
    await Deno.symlink(join(folder, "theirs"), join(folder, "reports/release"));
    await Deno.mkdir(join(folder, "reports/pipe"));
    const fifo = join(folder, "reports/pipe/events.jsonl");
    await new Deno.Command("mkfifo", { args: [fifo] }).output();
    assertEquals(await newestEvents([join(folder, "reports")]), undefined);
  }));

Deno.test("a path that is named may be a file of any name, a folder of reports, or a checkout", () =>
  withFolder(async (folder) => {
    await writeFiles(folder, {
      "reports/test/events.jsonl": "",
      "saved.txt": "",
      "empty/file": "",
    });
    const events = join(folder, "reports/test/events.jsonl");
    const at = (name: string) => eventsAt(join(folder, name));
    assertEquals(await at("saved.txt"), { path: join(folder, "saved.txt") });
    for (const name of [".", "reports", "reports/test"]) {
      assertEquals(await at(name), { path: events }, name);
    }
    assertEquals(await at("empty"), {
      problem: "no events.jsonl in this folder",
    });
    assertEquals(await at("none"), { problem: "no such file or folder" });
  }));

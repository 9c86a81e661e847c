import { assert, assertEquals, assertMatch } from "@std/assert";
import { logFile } from "../../../../lib/artifacts/log_file.ts";
import {
  discard,
  readLogs,
  replaceIfLonger,
} from "../../../../lib/artifacts/log_folder.ts";
import { MAX_LOG } from "../../../../lib/page/logs.ts";
import { runPage } from "../../../../lib/page/page.ts";
import { bytesOf } from "../../fake_engine.ts";
import { withFolder } from "../../fakes.ts";

/** Gives the test a log and the problems that the log reports. */
function withLog(
  test: (context: {
    path: string;
    problems: string[];
    open: () => ReturnType<typeof logFile>;
    text: () => Promise<string>;
  }) => Promise<void>,
) {
  return withFolder(async (folder) => {
    const path = `${folder}/logs/app.log`;
    const problems: string[] = [];
    await test({
      path,
      problems,
      open: () => logFile(path, (why) => problems.push(why)),
      text: () => Deno.readTextFile(path),
    });
  });
}

Deno.test("flushed bytes can be read, however many they are", () =>
  withLog(async ({ open, text, problems }) => {
    const file = open();
    file.write(bytesOf("a"));
    assertEquals(await text(), "");
    file.flush();
    assertEquals(await text(), "a");
    const long = "x".repeat(200_000);
    file.write(bytesOf(long));
    file.write(bytesOf("b"));
    file.close();
    assertEquals(await text(), `a${long}b`);
    assertEquals(problems, []);
  }));

Deno.test("an existing log stays, and added bytes begin a line", () =>
  withLog(async ({ open, text }) => {
    for (const line of ["broken off", "whole\n", "next\n"]) {
      const file = open();
      file.write(bytesOf(line));
      file.close();
    }
    assertEquals(await text(), "broken off\nwhole\nnext\n");
  }));

Deno.test("held bytes come in their order when they are released", () =>
  withLog(async ({ open, text }) => {
    const file = open();
    for (const size of [1, 2_000_000, 3]) {
      file.hold(bytesOf("h".repeat(size)));
      file.hold(bytesOf("\n"));
      file.write(bytesOf("first\n"));
      assertEquals(file.holds(), true);
      file.release();
      assertEquals(file.holds(), false);
    }
    file.close();
    const lines = (await text()).trimEnd().split("\n");
    assertEquals(
      lines.map(({ length }) => length),
      [5, 1, 5, 2_000_000, 5, 3],
    );
  }));

Deno.test({
  name: "a full disk is reported once, and does not stop the run",
  // The device that is always full is Linux's.
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withLog(({ path, problems }) => {
      const file = logFile(path, (why) => problems.push(why), {
        open: () => Deno.openSync("/dev/full", { append: true }),
      });
      for (let i = 0; i < 3; i++) {
        file.write(bytesOf("x".repeat(100_000)));
        file.hold(bytesOf("y"));
        file.release();
        file.flush();
      }
      file.close();
      assertEquals(problems, ["no space left"]);
      return Promise.resolve();
    }),
});

Deno.test("a log that cannot be opened is reported once, and does not stop the run", () =>
  withLog(async ({ path, open, problems }) => {
    await Deno.mkdir(path, { recursive: true });
    const file = open();
    file.write(bytesOf("x"));
    file.flush();
    assertEquals(file.isThere(), true);
    file.close();
    assertEquals(problems.length, 1);
  }));

Deno.test("a log that another program removes does not stop the run, and counts as missing", () =>
  withLog(async ({ path, open, problems }) => {
    const file = open();
    file.write(bytesOf("x"));
    file.flush();
    assertEquals(file.isThere(), true);
    await Deno.remove(path.replace("/app.log", ""), { recursive: true });
    file.hold(bytesOf("y".repeat(2_000_000)));
    file.write(bytesOf("z"));
    file.flush();
    assertEquals(file.isThere(), false);
    file.close();
    assertEquals(file.isThere(), false);
    // Another file of that name is not the one that was written.
    const other = open();
    assertEquals([file.isThere(), other.isThere()], [false, true]);
    other.close();
    assertEquals(problems.length <= 1, true);
  }));

Deno.test("a log is replaced by a longer one only", () =>
  withFolder(async (folder) => {
    const [path, fresh] = [`${folder}/app.log`, `${folder}/app.log.new`];
    const replace = async (text: string | undefined) => {
      if (text !== undefined) await Deno.writeTextFile(fresh, text);
      replaceIfLonger(path, { fresh });
      const files = [...Deno.readDirSync(folder)].map(({ name }) => name);
      return [files, await Deno.readTextFile(path)];
    };
    assertEquals(await replace("ab"), [["app.log"], "ab"]);
    assertEquals(await replace("c"), [["app.log"], "ab"]);
    assertEquals(await replace("abc"), [["app.log"], "abc"]);
    assertEquals(await replace(undefined), [["app.log"], "abc"]);
  }));

Deno.test("logs are read, of long ones the end, and a folder that is gone has none", () =>
  withFolder(async (folder) => {
    assertEquals(await readLogs(`${folder}/none`), []);
    const line = `${"x".repeat(99)}\n`;
    const count = MAX_LOG / line.length;
    await Deno.writeTextFile(`${folder}/b.log`, line.repeat(count + 2));
    await Deno.writeTextFile(`${folder}/a.log`, "short\n");
    await Deno.writeTextFile(`${folder}/c.log.held`, "");
    assertEquals(await readLogs(folder), [
      { service: "a", text: "short\n", cut: 0 },
      { service: "b", text: line.repeat(count - 1), cut: 2 * line.length },
    ]);
  }));

Deno.test("of a log of 200 MB only the end is read, and the page of it is small", () =>
  withFolder(async (folder) => {
    const path = `${folder}/app.log`;
    await Deno.writeTextFile(path, "first\n");
    await Deno.truncate(path, 200_000_000);
    await Deno.writeTextFile(path, "\nlast\n", { append: true });
    const logs = await readLogs(folder);
    assertEquals(logs.map(({ cut }) => cut), [200_000_006 - MAX_LOG]);
    const page = runPage({ events: [], logs });
    assertMatch(page, /<i><\/i> last\n/);
    assertMatch(page, /Only its end is here\./);
    assert(page.length < 2 * MAX_LOG, `${page.length}`);
  }));

Deno.test("a link or FIFO in the place of a log or of its folder is not followed, and is reported", () =>
  withLog(async ({ path, open, problems }) => {
    const folder = path.replace("/app.log", "");
    const root = folder.replace("/logs", "");
    const write = () => {
      const file = open();
      file.write(bytesOf("x\n"));
      file.hold(bytesOf("y".repeat(2_000_000)));
      file.release();
      file.close();
    };
    await Deno.writeTextFile(`${root}/theirs`, "theirs\n");
    await Deno.mkdir(folder);
    await Deno.symlink(`${root}/theirs`, path);
    write();
    await Deno.remove(path);
    await new Deno.Command("mkfifo", { args: [path] }).output();
    write();
    await Deno.remove(path);
    // Held bytes are written to a file next to the log.
    await Deno.symlink(`${root}/theirs`, `${path}.held`);
    write();
    assertEquals(problems.length, 2);
    await Deno.rename(folder, `${root}/elsewhere`);
    await Deno.symlink(`${root}/elsewhere`, folder);
    await Deno.writeTextFile(`${path}.new`, "z".repeat(3_000_000));
    replaceIfLonger(path, { fresh: `${path}.new` });
    discard(`${path}.new`);
    write();
    assertEquals(problems.length, 3);
    assertEquals(await Deno.readTextFile(`${root}/theirs`), "theirs\n");
    const { size } = await Deno.stat(`${root}/elsewhere/app.log`);
    assertEquals(size, 2_000_002);
    assertEquals((await Deno.stat(`${path}.new`)).size, 3_000_000);
  }));

import { assert, assertEquals } from "@std/assert";
import { createTarPacker, packTar, type TarEntry } from "modern-tar";
import { copyTar } from "../../../../lib/reports/copy.ts";
import {
  MAX_BYTES,
  MAX_FILES,
  type Sieve,
} from "../../../../lib/reports/write.ts";
import { withFolder } from "../../fakes.ts";

interface Setup {
  report?: string;
  used?: { files: number; bytes: number };
  place?: (parts: readonly string[]) => string | undefined;
  ensure?: () => Promise<unknown>;
  sieve?: Sieve;
  most?: { bytes: number; entries: number };
}

/** The files of a stream in a folder of its own, with modes, and the lines about lost ones. */
function copy(
  source: ReadableStream<Uint8Array>,
  { report = "/app/r", used = { files: 0, bytes: 0 }, ...options }: Setup = {},
) {
  return withFolder(async (outer) => {
    const folder = `${outer}/reports`;
    await Deno.mkdir(folder);
    const lost: string[] = [];
    const copied = await copyTar(source, {
      ...{ folder, report, used },
      place: (parts) => parts.join("/"),
      ensure: () => Promise.resolve(),
      signal: new AbortController().signal,
      lost: (path, why) => lost.push(`${path}: ${why}`),
      ...options,
    });
    const outside = await Array.fromAsync(Deno.readDir(outer), (it) => it.name);
    assertEquals(outside, ["reports"]);
    return { files: await filesIn(folder), lost, copied, used };
  });
}

/** Files with their text and their mode. */
async function filesIn(folder: string, below = "") {
  const found: Record<string, string> = {};
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) {
      Object.assign(found, await filesIn(path, `${below}${name}/`));
    } else {
      assert(isFile, path);
      const { mode } = await Deno.stat(path);
      const text = await Deno.readTextFile(path);
      found[below + name] = `${text} ${(mode! & 0o7777).toString(8)}`;
    }
  }
  return found;
}

type Kind = NonNullable<TarEntry["header"]["type"]>;

function entry(name: string, text = "", header = {}): TarEntry {
  const size = new TextEncoder().encode(text).length;
  return { header: { name, size, mode: 0o600, ...header }, body: text };
}

function special(name: string, type: Kind, linkname = ""): TarEntry {
  return { header: { name, type, size: 0, linkname } };
}

async function streamOf(...entries: TarEntry[]) {
  return new Blob([await packTar(entries)]).stream();
}

const TOP = special("r/", "directory");

Deno.test("regular files are copied with their folders, and their modes without what could be executed", async () => {
  const { files, lost, copied } = await copy(
    await streamOf(
      TOP,
      entry("r/a.xml", "a", { mode: 0o644 }),
      special("r/more/", "directory"),
      entry("r/more/suid", "s", { mode: 0o6755 }),
      entry("r/more/secret", "x", { mode: 0 }),
    ),
  );
  assertEquals(files, {
    "a.xml": "a 644",
    "more/suid": "s 644",
    "more/secret": "x 600",
  });
  assertEquals([lost, copied.files, copied.bytes, copied.empty], [
    ...[[], 3, 3],
    [],
  ]);
});

Deno.test("names of any length and any characters are the container's", async () => {
  const long = `${"d".repeat(200)}/${"é".repeat(120)}`;
  const { files } = await copy(
    await streamOf(TOP, entry(`r/${long}`, "l"), entry("r/a\nb 😀", "n")),
  );
  assertEquals(files, { [long]: "l 600", "a\nb 😀": "n 600" });
});

Deno.test("GNU tar's long names are read, too", () =>
  withFolder(async (folder) => {
    const name = `${"d".repeat(120)}/${"f".repeat(120)}`;
    await Deno.mkdir(`${folder}/r/${"d".repeat(120)}`, { recursive: true });
    await Deno.writeTextFile(`${folder}/r/${name}`, "x");
    for (const format of ["gnu", "pax"]) {
      const { stdout } = await new Deno.Command("tar", {
        args: ["-C", folder, `--format=${format}`, "-cf", "-", "r"],
      }).output();
      const { files } = await copy(new Blob([stdout]).stream());
      assertEquals(Object.keys(files), [name]);
    }
  }));

const LOST: [Kind, string][] = [
  ["symlink", "it is a link"],
  ["fifo", "it is a FIFO"],
  ["character-device", "it is a device"],
  ["block-device", "it is a device"],
];

for (const [type, why] of LOST) {
  Deno.test(`a ${type} is named and left out, and does not stop the others`, async () => {
    const { files, lost } = await copy(
      await streamOf(
        TOP,
        special("r/it", type, "/etc/passwd"),
        entry("r/a", "a"),
      ),
    );
    assertEquals(files, { a: "a 600" });
    assertEquals(lost, [`/app/r/it: ${why}`]);
    const own = await copy(await streamOf(special("r", type, "x")));
    assertEquals([own.files, own.lost], [{}, [`/app/r: ${why}`]]);
  });
}

Deno.test("no name leads out of the folder", async () => {
  const names = ["r/../../a", "r/x/../../../a", "../../a", "r/.."];
  for (const name of names) {
    const { files, lost } = await copy(
      await streamOf(TOP, entry(name, "a"), entry("r/b", "b")),
    );
    assertEquals(files, { b: "b 600" }, name);
    assertEquals(lost.length, 1, name);
    assert(lost[0]!.endsWith("its name leads out of the report"), lost[0]!);
  }
  const { files } = await copy(await streamOf(TOP, entry("/r//./a", "a")));
  assertEquals(files, { a: "a 600" });
});

Deno.test("no repository of a container gets to where git would obey it", async () => {
  const { files, lost } = await copy(
    await streamOf(
      TOP,
      entry("r/.git/config", "x"),
      entry("r/sub/.GIT/config", "x"),
      entry("r/sub/.gitignore", "x"),
    ),
  );
  assertEquals(Object.keys(files), ["sub/.gitignore"]);
  assertEquals(lost.length, 2);
});

Deno.test("no place is in a repository or out of the folder, wherever its name comes from", async () => {
  for (const below of [".git", "a/.GIT", "a/../.."]) {
    const { files, lost } = await copy(
      await streamOf(TOP, entry("r/config", "c")),
      { place: (parts) => [below, ...parts].join("/") },
    );
    assertEquals(files, {}, below);
    assertEquals(lost.length, 1, below);
  }
});

Deno.test("a hard link is the file that it names, and takes no extra room; one to something else is reported", async () => {
  const { files, lost, used } = await copy(
    await streamOf(
      TOP,
      entry("r/a", "aaaa"),
      special("r/b", "link", "r/a"),
      special("r/c", "link", "r/none"),
      special("r/d", "link", "../../etc/passwd"),
    ),
  );
  assertEquals(files, { a: "aaaa 600", b: "aaaa 600" });
  assertEquals(lost, [
    "/app/r/c: it is a hard link to r/none, which was not copied",
    "/app/r/d: it is a hard link to ../../etc/passwd, which was not copied",
  ]);
  assertEquals(used, { files: 2, bytes: 4 });
});

Deno.test("an entry that cannot be written here does not stop the others", async () => {
  const { files, lost, used } = await copy(
    await streamOf(
      TOP,
      entry(`r/${"n".repeat(300)}`, "a"),
      entry("r/file", "f"),
      entry("r/file/below", "b"),
      entry("r/folder/in", "i"),
      entry("r/folder", "f"),
      entry("r/last", "l"),
    ),
  );
  assertEquals(files, {
    "file": "f 600",
    "folder/in": "i 600",
    "last": "l 600",
  });
  assertEquals(lost.length, 3);
  assertEquals(used, { files: 3, bytes: 3 });
});

Deno.test("a folder that is no longer the run's is not written to", async () => {
  const { files, lost } = await copy(await streamOf(TOP, entry("r/a", "a")), {
    ensure: () => Promise.reject(new Error("it was replaced")),
  });
  assertEquals([files, lost], [{}, ["/app/r/a: it was replaced"]]);
});

Deno.test("a run copies a limited number of files and bytes, and counts the others", async () => {
  const full = [
    { files: MAX_FILES - 1, bytes: 0 },
    { files: 0, bytes: MAX_BYTES - 3 },
  ];
  for (const used of full) {
    const { files, copied } = await copy(
      await streamOf(
        TOP,
        entry("r/a", "aaa"),
        entry("r/b", "bbb"),
        entry("r/c", "cc"),
      ),
      { used },
    );
    assertEquals(files, { a: "aaa 600" });
    assertEquals(copied.beyond, { path: "/app/r/b", files: 2, bytes: 5 });
  }
});

/** A small file, then one that claims so many zeros. */
async function endless(size: number): Promise<ReadableStream<Uint8Array>> {
  const small = await packTar([TOP, entry("r/small", "s")]);
  const { readable, controller } = createTarPacker();
  const reader = readable.getReader();
  controller.add({ name: "r/sparse", size });
  const head = [small.slice(0, -1024)];
  // A size of more than eight gigabytes stands in a header of its own: it, its text, what fills its block, the file's.
  for (let i = 0; i < 4; i++) head.push((await reader.read()).value!);
  const zeros = new Uint8Array(1024 * 1024);
  return new ReadableStream({
    pull: (stream) => stream.enqueue(head.shift() ?? zeros),
  });
}

Deno.test("folders without end are not read, although they have no size", async () => {
  const folder = entry("r/d", "", { type: "directory" as const });
  const tar = await packTar([TOP, folder]);
  const blocks = new Uint8Array(512 * 2_000);
  for (let at = 0; at < blocks.length; at += 512) {
    blocks.set(tar.subarray(512, 1024), at);
  }
  const head = [tar.slice(0, 512)];
  const { copied } = await copy(
    new ReadableStream({
      pull: (stream) => stream.enqueue(head.shift() ?? blocks.slice()),
    }),
  );
  assertEquals(
    copied.problem,
    "/app/r/d and what comes after it are too large",
  );
});

Deno.test("a file without end is not read, even if its header gives a size", async () => {
  const { files, copied } = await copy(await endless(2 ** 40));
  assertEquals(files, { small: "s 600" });
  assertEquals(
    copied.problem,
    "/app/r/sparse and what comes after it are too large",
  );
});

Deno.test("a stream that ends early, or is none, loses what it had not sent", async () => {
  const whole = await packTar([TOP, entry("r/a", "a"), entry("r/b", "b")]);
  const cut = await copy(new Blob([whole.slice(0, 1700)]).stream());
  assertEquals([cut.files, cut.copied.broken], [{ a: "a 600" }, true]);
  for (const text of ["", "no tar", "x".repeat(2000)]) {
    const { files, copied } = await copy(new Blob([text]).stream());
    assertEquals([files, copied.found, copied.broken], [{}, false, true]);
  }
  const failing = new ReadableStream<Uint8Array>({
    pull: (stream) => stream.error(new Error("gone")),
  });
  assertEquals((await copy(failing)).copied.broken, true);
});

Deno.test("a run that is stopped does not wait for the stream", async () => {
  const stop = new AbortController();
  const silent = new ReadableStream<Uint8Array>({ pull: () => stop.abort() });
  const copied = await copyTar(silent, {
    ...{ folder: "/nowhere", report: "/a", used: { files: 0, bytes: 0 } },
    place: () => undefined,
    ensure: () => Promise.resolve(),
    signal: stop.signal,
    lost: () => {},
  });
  assertEquals(copied.broken, true);
});

Deno.test("folders with nothing in them are named, for they may be a file system's that is gone", async () => {
  const folder = (name: string) => special(name, "directory");
  const { copied } = await copy(
    await streamOf(
      ...[TOP, folder("r/a/"), folder("r/b/"), entry("r/b/x"), folder("r/c/")],
    ),
  );
  assertEquals(copied.empty, ["/app/r/a", "/app/r/c"]);
  assertEquals((await copy(await streamOf(TOP))).copied.empty, ["/app/r"]);
  const root = await copy(
    await streamOf(folder("./"), folder("./tmp/"), entry("./a", "a")),
    { report: "" },
  );
  assertEquals(root.copied.empty, ["/tmp"]);
  assertEquals(root.files, { a: "a 600" });
});

/** Lets files through whose names and texts begin with "a". */
const ONLY_A: Sieve = {
  entry: (_, parts) => parts.at(-1)!.startsWith("a"),
  first: (bytes) => new TextDecoder().decode(bytes).startsWith("a"),
  count: 3,
};

Deno.test("a sieve lets files through by their headers and first bytes, which are not lost, and says nothing about others", async () => {
  const long = "a".repeat(100_000);
  const { files, lost, copied } = await copy(
    await streamOf(
      TOP,
      entry("r/a-short", "a"),
      entry("r/a-empty", ""),
      entry("r/b", "ab"),
      entry("r/a-other", `b${long}`),
      special("r/b-link", "symlink", "/etc/passwd"),
      entry("r/a-long", long),
      special("r/a-link", "symlink", "/etc/passwd"),
      special("r/a-same", "link", "r/a-short"),
    ),
    { sieve: ONLY_A },
  );
  assertEquals(files, {
    "a-short": "a 600",
    "a-long": `${long} 600`,
    "a-same": "a 600",
  });
  assertEquals(lost, ["/app/r/a-link: it is a link"]);
  assertEquals([copied.files, copied.bytes], [3, 100_001]);
});

Deno.test("a file that the sieve lets through, but that cannot be written, does not stop the others", async () => {
  const { files, lost } = await copy(
    await streamOf(TOP, entry("r/a", "a".repeat(1e6)), entry("r/a2", "a2")),
    { sieve: ONLY_A, place: ([name]) => name === "a" ? ".git" : name },
  );
  assertEquals([Object.keys(files), lost.length], [["a2"], 1]);
});

Deno.test("a stream that ends in the first bytes of a file loses that file", async () => {
  const whole = await packTar([TOP, entry("r/a", "a".repeat(600))]);
  const { files, copied } = await copy(
    new Blob([whole.slice(0, 1100)]).stream(),
    { sieve: { ...ONLY_A, count: 4_000 } },
  );
  assertEquals([files, copied.broken], [{}, true]);
});

Deno.test("a caller limits how much of a stream is read", async () => {
  for (
    const [most, read] of [
      [{ bytes: 4, entries: 9 }, ["a"]],
      [{ bytes: 99, entries: 3 }, ["a", "b"]],
    ] as const
  ) {
    const { files, copied } = await copy(
      await streamOf(
        ...[TOP, entry("r/a", "aaa"), entry("r/b", "bbb"), entry("r/c", "c")],
      ),
      { most },
    );
    assertEquals(Object.keys(files).toSorted(), [...read]);
    assertEquals(copied.problem?.endsWith(" are too large"), true);
  }
});

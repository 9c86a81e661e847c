import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";
import { listRecords, unreadableRecords } from "../../../../lib/state/list.ts";
import { type Claim, claim } from "../../../../lib/state/lock.ts";
import {
  lookAtLock,
  readPrivate,
  writeOverride,
} from "../../../../lib/state/file.ts";
import {
  buildOverridePath,
  overridePath,
  recordKey,
} from "../../../../lib/state/paths.ts";
import type { Every } from "../../../../lib/state/every.ts";
import type { ProjectRecord } from "../../../../lib/state/record.ts";
import { shortHash } from "../../../../lib/text/hash.ts";
import { realPath } from "../../../../lib/world.ts";
import { HOST, owned, PID, withFolder } from "../../fakes.ts";

const SHOP: ProjectRecord = {
  project: "shop",
  directory: "/w/shop",
  engine: "unix:///var/run/docker.sock",
};

const RUN = {
  id: "1",
  target: "release",
  pid: PID,
  host: HOST,
  started: "2024-06-07T08:09:10.000Z",
  owns: owned(),
  reports: "/w/shop/reports/release",
  collected: [],
};

const LEFT = { what: "released" as const, since: RUN.started };

/** The clock that a claim waits by. */
type How = Parameters<typeof claim>[2];

/** Claims a free project. */
async function take(
  folder: string,
  key = "shop",
  how?: How,
): Promise<Claim> {
  const claimed = await claim(folder, key, how);
  assert(!("holder" in claimed), "somebody has it");
  return claimed;
}

/** The refusal of a project that another process has. */
async function holderOf(folder: string, how?: How) {
  const claimed = await claim(folder, "shop", how);
  assert("holder" in claimed, "nobody has it");
  return claimed.holder;
}

function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();
}

const STATE = new URL("../../../../lib/state/lock.ts", import.meta.url);

/** Starts a process that claims a project and keeps it; resolves when it has. */
async function startHolder(folder: string, record: ProjectRecord) {
  const holder = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `import { claim } from ${JSON.stringify(STATE.href)};
      const claimed = await claim(${JSON.stringify(folder)}, "shop");
      await claimed.write(${JSON.stringify(record)});
      console.log("has it");
      setTimeout(() => {}, 600_000);`,
    ],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = holder.stdout.getReader();
  const { value } = await reader.read();
  assertEquals(new TextDecoder().decode(value), "has it\n");
  return {
    kill: async () => {
      holder.kill("SIGKILL");
      await holder.status;
      await reader.cancel();
    },
  };
}

Deno.test("a project that another process has is refused with the holder's record, until the holder dies", () =>
  withFolder(async (folder) => {
    const record = { ...SHOP, run: RUN };
    const holder = await startHolder(folder, record);
    try {
      assertEquals(await holderOf(folder), record);
    } finally {
      await holder.kill();
    }
    const claimed = await take(folder);
    assertEquals(claimed.record, record);
    await claimed.release();
  }));

Deno.test("a project is refused to the same process, too, even without a record of its holder", () =>
  withFolder(async (folder) => {
    const claimed = await take(folder);
    assertEquals(await holderOf(folder), undefined);
    await claimed.release();
    await (await take(folder)).release();
  }));

Deno.test("projects do not hold up each other", () =>
  withFolder(async (folder) => {
    const claims = [await take(folder, "a"), await take(folder, "b")];
    for (const { release } of claims) await release();
  }));

Deno.test("a record of nothing goes with its lock", () =>
  withFolder(async (folder) => {
    const claimed = await take(folder);
    await claimed.write({ ...SHOP, run: RUN });
    assertEquals(filesIn(folder), ["shop.json", "shop.lock"]);
    await claimed.write(SHOP);
    await claimed.release();
    assertEquals(filesIn(folder), []);
  }));

Deno.test("a claim that has written nothing leaves nothing", () =>
  withFolder(async (folder) => {
    await (await take(folder)).release();
    assertEquals(filesIn(folder), []);
  }));

Deno.test("a file for Compose is for its user alone, and is kept as long as the record", () =>
  withFolder(async (parent) => {
    const folder = `${parent}/todoflow`;
    const file = overridePath(folder, "shop");
    const claimed = await take(folder);
    await writeOverride(file, "services: {}");
    assertEquals(await Deno.readTextFile(file), "services: {}");
    assertEquals(Deno.statSync(file).mode! & 0o777, 0o600);
    await claimed.write({ ...SHOP, left: LEFT });
    await claimed.release();
    assertEquals(await Deno.readTextFile(file), "services: {}");
    const again = await take(folder);
    await again.write(SHOP);
    await again.release();
    assertEquals(filesIn(folder), []);
  }));

for (const [what, rest] of Object.entries({ left: LEFT, run: RUN })) {
  Deno.test(`a record with "${what}" stays, and is what the next claim finds`, () =>
    withFolder(async (folder) => {
      const record = { ...SHOP, [what]: rest };
      const first = await take(folder);
      await first.write(record);
      assertEquals(first.record, record);
      await first.release();
      assertEquals(filesIn(folder), ["shop.json", "shop.lock"]);
      const second = await take(folder);
      assertEquals(second.record, record);
      await second.release();
      assert(filesIn(folder).includes("shop.json"));
    }));
}

/** Runs the test with a `Deno.open` that does something when it has opened the first file. */
async function whenOpened(
  then: () => Promise<void>,
  test: () => Promise<void>,
) {
  const { open } = Deno;
  let done = false;
  Deno.open = async (...args) => {
    const file = await open(...args);
    if (!done) {
      done = true;
      await then();
    }
    return file;
  };
  try {
    await test();
  } finally {
    Deno.open = open;
  }
}

Deno.test("a lock that its last holder has removed does not count: the holder of the new one has the project", () =>
  withFolder(async (folder) => {
    const first = await take(folder);
    let second: Claim | undefined;
    await whenOpened(async () => {
      // The file that the third has just opened is gone now.
      await first.release();
      second = await take(folder);
      await second.write({ ...SHOP, run: RUN });
    }, async () => {
      assertEquals(await holderOf(folder), { ...SHOP, run: RUN });
    });
    await second!.release();
  }));

Deno.test("a lock that its last holder has removed is made anew", () =>
  withFolder(async (folder) => {
    const first = await take(folder);
    let second: Claim | undefined;
    await whenOpened(() => first.release(), async () => {
      second = await take(folder);
    });
    assertEquals(filesIn(folder), ["shop.lock"]);
    await holderOf(folder);
    await second!.release();
  }));

/** A clock that stands still except in pauses, which are over at once; `onPause` gets its ms. */
function fakeClock(
  onPause: (now: number) => void | Promise<void>,
): NonNullable<How> {
  let time = 0;
  return {
    now: () => time,
    sleep: async (ms) => await onPause(time += ms),
  };
}

Deno.test("a claim waits for a holder that only sweeps after a dead run", () =>
  withFolder(async (folder) => {
    const holder = await take(folder);
    await holder.write({ ...SHOP, run: RUN, sweeping: true });
    let waited = 0;
    const clock = fakeClock(async (now) => {
      waited = now;
      if (now < 10_000 || now >= 10_050) return;
      await holder.write(SHOP);
      await holder.release();
    });
    await (await take(folder, "shop", clock)).release();
    assertEquals(waited, 10_000);
  }));

Deno.test("a holder that runs a target is not waited for, and one that sweeps for ever is not either", () =>
  withFolder(async (folder) => {
    const holder = await take(folder);
    const waitedFor = async (record: ProjectRecord) => {
      await holder.write(record);
      let waited = 0;
      const clock = fakeClock((now) => void (waited = now));
      assertEquals(await holderOf(folder, clock), record);
      return waited;
    };
    assert(await waitedFor({ ...SHOP, run: RUN }) < 1_000);
    const long = await waitedFor({ ...SHOP, run: RUN, sweeping: true });
    assert(long > 10_000 && long < 60_000);
    await holder.write(SHOP);
    await holder.release();
  }));

/** Files that are no record of this version; what is in `HOSTILE` is their text. */
const HOSTILE: readonly [what: string, text: string | Uint8Array][] = [
  ["half a record", '{"format": 1, "project": "sh'],
  ["nothing", ""],
  ["null", "null"],
  ["a list", "[]"],
  ["a number", "5"],
  ["a text", '"str"'],
  ["a record without a format", JSON.stringify(SHOP)],
  ["a record of another format", JSON.stringify({ ...SHOP, format: 2 })],
  ["a release that is a word", '{"format": 1, "left": "x"}'],
  ["a run that is only an id", '{"format": 1, "run": {"id": "q"}}'],
  ["levels without end", "[".repeat(100_000) + "]".repeat(100_000)],
  ["bytes that are no UTF-8", new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])],
];

/** Asserts that the record "shop" is reported with its path, and that neither it nor its folder is changed. */
async function assertLeftAlone(folder: string, problem: RegExp) {
  const file = `${folder}/shop.json`;
  const before = Deno.lstatSync(file);
  assertEquals(await listRecords(folder), []);
  const [told, ...more] = await unreadableRecords(folder);
  assertEquals([told?.key, told?.file, more], ["shop", file, []]);
  assertMatch(told!.problem, problem);
  const { failure } = await assertRejects(
    () => claim(folder, "shop"),
    TodoflowError,
  );
  assert(failure.kind === "unknown-record", failure.kind);
  assertEquals([failure.file, failure.remove], [file, `rm ${file}`]);
  const { ino, mtime, size } = Deno.lstatSync(file);
  assertEquals({ ino, mtime, size }, {
    ino: before.ino,
    mtime: before.mtime,
    size: before.size,
  });
  // A refused claim does not keep the lock of the project.
  assertEquals((await lookAtLock(`${folder}/shop.lock`)).held, false);
}

for (const [what, text] of HOSTILE) {
  Deno.test(`a record that is ${what} is reported and left alone, its project refused`, () =>
    withFolder(async (folder) => {
      const bytes = typeof text === "string"
        ? new TextEncoder().encode(text)
        : text;
      await Deno.writeFile(`${folder}/shop.json`, bytes);
      await assertLeftAlone(folder, /./);
    }));
}

Deno.test("a record of another version is reported with its format", () =>
  withFolder(async (folder) => {
    const text = JSON.stringify({ format: 2, project: ["another shape"] });
    await Deno.writeTextFile(`${folder}/shop.json`, text);
    await assertLeftAlone(folder, /^written by another version \(format 2\)$/);
  }));

Deno.test("a record of 100 MB is not read", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/shop.json`, "");
    await Deno.truncate(`${folder}/shop.json`, 100 * 1024 * 1024);
    await assertLeftAlone(folder, /larger than 4 MiB/);
  }));

const STRANGE: readonly [
  what: string,
  make: (path: string) => Promise<void>,
][] = [
  ["a pipe", async (path) => {
    const { success } = await new Deno.Command("mkfifo", { args: [path] })
      .output();
    assert(success);
  }],
  ["a folder", (path) => Deno.mkdir(path)],
  ["a link", async (path) => {
    await Deno.writeTextFile(`${path}.target`, JSON.stringify(SHOP));
    await Deno.symlink(`${path}.target`, path);
  }],
  ["a link to a device", (path) => Deno.symlink("/dev/zero", path)],
];

for (const [what, make] of STRANGE) {
  Deno.test(`a record that is ${what} is not opened, but reported and left alone`, () =>
    withFolder(async (folder) => {
      await make(`${folder}/shop.json`);
      await assertLeftAlone(folder, /it is (a link|not a file)/);
    }));
}

/** Runs the test as if this process had another user's id: all that it made belongs to a stranger. */
async function asAnother(test: () => Promise<void>) {
  const { uid } = Deno;
  Deno.uid = () => 4242;
  try {
    await test();
  } finally {
    Deno.uid = uid;
  }
}

Deno.test("another user's record is not read", () =>
  withFolder(async (folder) => {
    const path = `${folder}/shop.json`;
    await Deno.writeTextFile(path, "{}");
    await asAnother(async () => {
      const found = await readPrivate(path);
      assert(found && "problem" in found);
      assertMatch(found.problem, /belongs to the user/);
    });
  }));

Deno.test("a link in the place of a record or an override is replaced, and its target is not written", () =>
  withFolder(async (folder) => {
    const victim = `${folder}/victim`;
    await Deno.writeTextFile(victim, "important");
    const files = [
      `${folder}/shop.json.new`,
      overridePath(folder, "shop"),
      `${overridePath(folder, "shop")}.new`,
      buildOverridePath(folder, "shop"),
    ];
    for (const file of files) await Deno.symlink(victim, file);
    const claimed = await take(folder);
    await claimed.write({ ...SHOP, left: LEFT });
    await writeOverride(overridePath(folder, "shop"), "services: {}");
    await writeOverride(buildOverridePath(folder, "shop"), "services: {}");
    assertEquals(await Deno.readTextFile(victim), "important");
    for (const file of filesIn(folder)) {
      const { isFile, mode } = Deno.lstatSync(`${folder}/${file}`);
      assert(isFile, file);
      if (file !== "victim") assertEquals(mode! & 0o777, 0o600, file);
    }
    await claimed.write(SHOP);
    await claimed.release();
    assertEquals(filesIn(folder), ["victim"]);
  }));

for (const [what, make] of STRANGE) {
  Deno.test(`a lock that is ${what} is refused, and not opened`, () =>
    withFolder(async (folder) => {
      const path = `${folder}/shop.lock`;
      await make(path);
      const { failure } = await assertRejects(
        () => claim(folder, "shop"),
        TodoflowError,
      );
      assert(failure.kind === "unsafe-state", failure.kind);
      assertEquals([failure.folder, failure.path], [folder, path]);
      assertEquals((await lookAtLock(path)).held, false);
    }));
}

Deno.test("an override that cannot be written is the failure no-state", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${overridePath(folder, "shop")}/x`, { recursive: true });
    const { failure } = await assertRejects(
      () => writeOverride(overridePath(folder, "shop"), ""),
      TodoflowError,
    );
    assertEquals(failure.kind, "no-state");
  }));

Deno.test("records, locks and their folder are for their user alone", () =>
  withFolder(async (parent) => {
    const folder = `${parent}/state/todoflow`;
    const claimed = await take(folder);
    await claimed.write({ ...SHOP, left: LEFT });
    await claimed.write({ ...SHOP, run: RUN });
    await claimed.release();
    const modeOf = (path: string) => Deno.statSync(path).mode! & 0o777;
    assertEquals(modeOf(folder), 0o700);
    assertEquals(filesIn(folder), ["shop.json", "shop.lock"]);
    for (const name of filesIn(folder)) {
      assertEquals(modeOf(`${folder}/${name}`), 0o600, name);
    }
  }));

Deno.test("a folder that cannot be made is an error", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    await assertRejects(() => claim(`${folder}/file/todoflow`, "shop"));
  }));

Deno.test("the same project on two engines has two records, and each the same one always", async () => {
  const local = await recordKey("shop", "unix:///var/run/docker.sock");
  assertEquals(local, await recordKey("shop", "unix:///var/run/docker.sock"));
  assert(local !== await recordKey("shop", "tcp://ci:2375"));
  assert(local !== await recordKey("shop2", "unix:///var/run/docker.sock"));
  assert(local.startsWith("shop."), local);
  // Of SHA-256, so that no version of todoflow forgets what another has recorded.
  assertEquals(await shortHash("abc"), "ba7816bf");
});

Deno.test("a project's name leads to no other folder than that of the records", () =>
  withFolder(async (parent) => {
    const folder = `${parent}/state/todoflow`;
    const key = await recordKey("../../x", SHOP.engine);
    const claimed = await take(folder, key);
    await claimed.write({ ...SHOP, project: "../../x", left: LEFT });
    await claimed.release();
    assertEquals(filesIn(parent), ["state"]);
    assertEquals(filesIn(`${parent}/state`), ["todoflow"]);
    assertEquals(filesIn(folder), [`${key}.json`, `${key}.lock`]);
  }));

Deno.test("all records are listed by project, and whether a run holds them", () =>
  withFolder(async (folder) => {
    const claims = [];
    for (const key of ["b", "a"]) {
      const claimed = await take(folder, key);
      await claimed.write({ ...SHOP, project: key, left: LEFT });
      claims.push(claimed);
    }
    const [b, a] = claims;
    await a!.release();
    const listed = async () =>
      (await listRecords(folder)).map(({ key, record, held }) => [
        key,
        record.project,
        held,
      ]);
    assertEquals(await listed(), [["a", "a", false], ["b", "b", true]]);
    await b!.release();
    assertEquals(await listed(), [["a", "a", false], ["b", "b", false]]);
  }));

Deno.test("a look at the records is not taken for a holder by another look", () =>
  withFolder(async (folder) => {
    const first = await take(folder);
    await first.write({ ...SHOP, left: LEFT });
    await first.release();
    using look = await Deno.open(`${folder}/shop.lock`);
    assert(await look.tryLock(false));
    const [listed] = await listRecords(folder);
    assertEquals(listed?.held, false);
  }));

Deno.test("a look at the records is no obstacle to a run that wants one", () =>
  withFolder(async (folder) => {
    const first = await take(folder);
    await first.write({ ...SHOP, left: LEFT });
    await first.release();
    const look = await Deno.open(`${folder}/shop.lock`);
    assert(await look.tryLock(false));
    let looks = true;
    const clock = fakeClock(() => {
      if (looks) look.close();
      looks = false;
    });
    await (await take(folder, "shop", clock)).release();
  }));

Deno.test("there are no records where there is no folder", async () => {
  assertEquals(await listRecords("/nowhere"), []);
});

Deno.test("two ways to one folder are one path; one that is not here stays as it is", () =>
  withFolder(async (folder) => {
    await Deno.symlink(folder, `${folder}/link`);
    assertEquals(await realPath(`${folder}/link/link`), folder);
    assertEquals(await realPath("/not/here"), "/not/here");
  }));

/** When a file was last touched, in ms since 1970. */
function touched(path: string): number {
  return Deno.statSync(path).mtime!.getTime();
}

/** Repeats the calls of claims whenever the test says so. */
function byHand() {
  const calls = new Set<() => void>();
  const repeat: Every = (_, call) => {
    calls.add(call);
    return () => void calls.delete(call);
  };
  return { how: { repeat }, tick: () => calls.forEach((call) => call()) };
}

Deno.test("a claim tells until when the run before it was alive", () =>
  withFolder(async (folder) => {
    const { how, tick } = byHand();
    const lock = `${folder}/shop.lock`;
    const first = await take(folder, "shop", how);
    assertEquals(first.seen, undefined);
    await first.write({ ...SHOP, run: RUN });
    Deno.utimeSync(lock, new Date(1_000), new Date(1_000));
    const before = Date.now() - 1_000;
    tick();
    assert(touched(lock) > before);
    const alive = touched(lock);
    await first.release();
    // Neither a look nor a refused claim is a sign of life.
    await listRecords(folder);
    Deno.utimeSync(lock, new Date(5_000), new Date(5_000));
    await listRecords(folder);
    const second = await take(folder, "shop", how);
    assertEquals([second.seen, touched(lock)], [5_000, 5_000]);
    assert(alive > 5_000);
    await holderOf(folder);
    assertEquals(second.record, { ...SHOP, run: RUN });
    tick();
    assert(touched(lock) > before);
    // It was refused for another reason, and has done nothing.
    await second.release();
    const third = await take(folder, "shop", how);
    assertEquals(third.seen, 5_000);
    await third.write({ ...SHOP, run: RUN });
    assert(touched(lock) > before);
    await third.release();
    assert(touched(lock) > before);
  }));

Deno.test("a claim still says until when a dead run was alive after its record was written", () =>
  withFolder(async (folder) => {
    const first = await take(folder);
    await first.write({ ...SHOP, run: RUN });
    await first.release();
    Deno.utimeSync(`${folder}/shop.lock`, new Date(5_000), new Date(5_000));
    const sweeper = await take(folder);
    assertEquals(sweeper.seen, 5_000);
    await sweeper.write({ ...SHOP, run: RUN, seen: 5_000 });
    await sweeper.release();
    const next = await take(folder);
    assertEquals(next.seen, 5_000);
    await next.release();
  }));

Deno.test("a folder is locked once for a user, whose runs share it", () =>
  withFolder(async (parent) => {
    const mine = `${parent}/mine`;
    const a = await take(mine, "a");
    const b = await take(mine, "b");
    assert(await a.lockFolder(parent));
    assert(await b.lockFolder(parent));
    const other = await take(`${parent}/others`, "c");
    assertEquals(await other.lockFolder(parent), false);
    assert(await other.lockFolder(mine), "another folder");
    for (const { release } of [a, b, other]) await release();
    const next = await take(`${parent}/others`, "c");
    assert(await next.lockFolder(parent), "it is free again");
    await next.release();
  }));

Deno.test("a run that shares a folder has it when the one that locked it ends", () =>
  withFolder(async (parent) => {
    const { how, tick } = byHand();
    const mine = `${parent}/mine`;
    const a = await take(mine, "a", how);
    const b = await take(mine, "b", how);
    await a.lockFolder(parent);
    await b.lockFolder(parent);
    await a.release();
    tick();
    const other = await take(`${parent}/others`, "c");
    assertEquals(await other.lockFolder(parent), false);
    // A third run of the first user is not refused.
    const third = await take(mine, "third");
    assert(await third.lockFolder(parent));
    for (const { release } of [b, third, other]) await release();
  }));

Deno.test("a run that once had a folder and has another now no longer shares the first one", () =>
  withFolder(async (parent) => {
    const mine = `${parent}/mine`;
    const before = await take(mine, "a");
    await before.write({ ...SHOP, left: LEFT });
    await before.lockFolder(parent);
    await before.release();
    const again = await take(mine, "a");
    await again.lockFolder(mine);
    const other = await take(`${parent}/others`, "c");
    assert(await other.lockFolder(parent));
    const b = await take(mine, "b");
    assertEquals(await b.lockFolder(parent), false);
    for (const { release } of [again, other, b]) await release();
  }));

Deno.test("a missing folder counts as free", () =>
  withFolder(async (folder) => {
    const claimed = await take(folder);
    assert(await claimed.lockFolder(`${folder}/gone`));
    await claimed.release();
  }));

Deno.test("to lock a folder writes nothing into it", () =>
  withFolder(async (parent) => {
    const checkout = `${parent}/checkout`;
    await Deno.mkdir(checkout, { mode: 0o555 });
    const claimed = await take(`${parent}/state`);
    assert(await claimed.lockFolder(checkout));
    assertEquals(filesIn(checkout), []);
    await claimed.release();
  }));

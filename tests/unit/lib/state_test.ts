import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Claim,
  claim,
  listRecords,
  overridePath,
  type ProjectRecord,
  realPath,
  recordKey,
  shortHash,
  stateFolder,
  writeOverride,
} from "../../../lib/state.ts";
import { HOST, owned, PID, withFolder } from "../fakes.ts";

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

/** Claims a project that nobody has. */
async function take(folder: string, key = "shop"): Promise<Claim> {
  const claimed = await claim(folder, key);
  assert(!("holder" in claimed), "somebody has it");
  return claimed;
}

/** What is told to who wants a project that somebody has. */
async function holderOf(folder: string, key = "shop") {
  const claimed = await claim(folder, key);
  assert("holder" in claimed, "nobody has it");
  return claimed.holder;
}

function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();
}

const STATE = new URL("../../../lib/state.ts", import.meta.url);

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

Deno.test("a project that another process has is refused with what it has written, until that one dies", () =>
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

Deno.test("a project is refused to the same process, too, whatever is known of its holder", () =>
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

Deno.test("a file for Compose is for nobody else, and is kept as long as the record", () =>
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

Deno.test("a lock that its last holder has removed is none: who has the new one has the project", () =>
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

/** Runs the test with a clock that stands still except in pauses, which are over at once; `onPause` gets its ms. */
async function withClock(
  onPause: (now: number) => Promise<void>,
  test: () => Promise<void>,
) {
  const { setTimeout } = globalThis;
  const { now } = performance;
  let time = 0;
  performance.now = () => time;
  globalThis.setTimeout = ((callback: () => void, ms = 0) => {
    time += ms;
    void onPause(time).then(callback);
    return 0;
  }) as unknown as typeof setTimeout;
  try {
    await test();
  } finally {
    globalThis.setTimeout = setTimeout;
    performance.now = now;
  }
}

Deno.test("a holder that only removes what a dead run left is waited for", () =>
  withFolder(async (folder) => {
    const holder = await take(folder);
    await holder.write({ ...SHOP, run: RUN, sweeping: true });
    let waited = 0;
    await withClock(async (now) => {
      waited = now;
      if (now < 10_000 || now >= 10_050) return;
      await holder.write(SHOP);
      await holder.release();
    }, async () => {
      await (await take(folder)).release();
    });
    assertEquals(waited, 10_000);
  }));

Deno.test("a holder that runs a target is not waited for, and one that sweeps for ever is not either", () =>
  withFolder(async (folder) => {
    const holder = await take(folder);
    const waitedFor = async (record: ProjectRecord) => {
      await holder.write(record);
      let waited = 0;
      await withClock((now) => {
        waited = now;
        return Promise.resolve();
      }, async () => {
        assertEquals(await holderOf(folder), record);
      });
      return waited;
    };
    assert(await waitedFor({ ...SHOP, run: RUN }) < 1_000);
    const long = await waitedFor({ ...SHOP, run: RUN, sweeping: true });
    assert(long > 10_000 && long < 60_000);
    await holder.write(SHOP);
    await holder.release();
  }));

Deno.test("a record that nobody can read is as good as none", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/shop.json`, '{"project": "sh');
    assertEquals(await listRecords(folder), []);
    const claimed = await take(folder);
    assertEquals(claimed.record, undefined);
    await claimed.write({ ...SHOP, left: LEFT });
    await claimed.release();
    const again = await take(folder);
    assertEquals(again.record, { ...SHOP, left: LEFT });
    await again.release();
  }));

Deno.test("a record that is JSON, but no object, is as good as none", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/shop.json`, "null");
    assertEquals(await listRecords(folder), []);
    const claimed = await take(folder);
    assertEquals(claimed.record, undefined);
    await claimed.release();
  }));

Deno.test("records, locks and their folder are for nobody else", () =>
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

const FOLDERS: [Record<string, string>, string][] = [
  [{ XDG_STATE_HOME: "/x", HOME: "/h" }, "/x/todoflow"],
  [{ XDG_STATE_HOME: "", HOME: "/h" }, "/h/.local/state/todoflow"],
  // A relative path is to be ignored, says the specification.
  [{ XDG_STATE_HOME: "state", HOME: "/h" }, "/h/.local/state/todoflow"],
  [{ HOME: "/h", LOCALAPPDATA: "/l" }, "/h/.local/state/todoflow"],
  [{ LOCALAPPDATA: "/l", TMPDIR: "/t" }, "/l/todoflow"],
  [{ TMPDIR: "/t" }, "/t/todoflow"],
  [{ HOME: "" }, "/tmp/todoflow"],
];

for (const [env, folder] of FOLDERS) {
  Deno.test(`the folder of the records is ${folder} with ${JSON.stringify(env)}`, () => {
    assertEquals(stateFolder(env), folder);
  });
}

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

Deno.test("all records are listed by project, with whether somebody has them", () =>
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

Deno.test("a look at the records is no obstacle to who wants one", () =>
  withFolder(async (folder) => {
    const first = await take(folder);
    await first.write({ ...SHOP, left: LEFT });
    await first.release();
    const look = await Deno.open(`${folder}/shop.lock`);
    assert(await look.tryLock(false));
    let looks = true;
    await withClock(() => {
      if (looks) look.close();
      looks = false;
      return Promise.resolve();
    }, async () => {
      await (await take(folder)).release();
    });
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

import { assert, assertEquals, assertThrows } from "@std/assert";
import { userInfo } from "node:os";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";
import { explain } from "../../../../lib/errors/wording.ts";
import {
  checkPrivate,
  makePrivate,
  stateFolder,
} from "../../../../lib/state/folder.ts";
import { withFolder } from "../../fakes.ts";

const FOLDERS: [Record<string, string>, string][] = [
  [{ XDG_STATE_HOME: "/x", HOME: "/h" }, "/x/todoflow"],
  [{ XDG_STATE_HOME: "", HOME: "/h" }, "/h/.local/state/todoflow"],
  // A relative path is to be ignored, says the specification.
  [{ XDG_STATE_HOME: "state", HOME: "/h" }, "/h/.local/state/todoflow"],
  [{ HOME: "/h", LOCALAPPDATA: "/l" }, "/h/.local/state/todoflow"],
  [{ LOCALAPPDATA: "/l", TMPDIR: "/t" }, "/l/todoflow"],
];

for (const [env, folder] of FOLDERS) {
  Deno.test(`the folder of the records is ${folder} with ${JSON.stringify(env)}`, () => {
    assertEquals(stateFolder(env), folder);
  });
}

const HOME = `${userInfo().homedir}/.local/state/todoflow`;

for (const env of [{}, { HOME: "" }, { HOME: "relative" }, { TMPDIR: "/t" }]) {
  Deno.test(`without a home in the environment the user's own is taken: ${JSON.stringify(env)}`, () => {
    assertEquals(stateFolder(env), HOME);
  });
}

/** Runs the test as a user that the system does not know. */
function asUid(uid: number, test: () => void) {
  const { uid: real } = Deno;
  Deno.uid = () => uid;
  try {
    test();
  } finally {
    Deno.uid = real;
  }
}

/** Runs the test on a system that has a user on record only if `info` is given. */
function withUser(info: Deno.FileInfo | undefined, test: () => void) {
  const { statSync } = Deno;
  Deno.statSync = () => {
    if (info) return info;
    throw new Deno.errors.NotFound();
  };
  try {
    test();
  } finally {
    Deno.statSync = statSync;
  }
}

Deno.test("where the user has no home, the folder has the uid in its name", () =>
  withUser(undefined, () => {
    const uid = Deno.uid();
    assertEquals(stateFolder({}), `/tmp/todoflow-${uid}`);
    assertEquals(stateFolder({ TMPDIR: "/t" }), `/t/todoflow-${uid}`);
    assertEquals(stateFolder({ TMPDIR: "t" }), `/tmp/todoflow-${uid}`);
  }));

Deno.test("a HOME of another user, as sudo may leave it, counts as none; one of root's does not", () =>
  withFolder((folder) => {
    const inIt = `${folder}/.local/state/todoflow`;
    const info = { ...Deno.statSync(folder), uid: 4243 };
    assertEquals(stateFolder({ HOME: folder }), inIt);
    withUser(info, () => assertEquals(stateFolder({ HOME: folder }), HOME));
    withUser({ ...info, uid: 0 }, () => {
      assertEquals(stateFolder({ HOME: folder }), inIt);
    });
    return Promise.resolve();
  }));

/** The failure of a folder that others could write to. */
function refusal(folder: string) {
  const { failure } = assertThrows(() => checkPrivate(folder), TodoflowError);
  assert(failure.kind === "unsafe-state", failure.kind);
  assertEquals(failure.folder, folder);
  return failure;
}

Deno.test("the folder is made for this user alone, with those above it", () =>
  withFolder(async (parent) => {
    const folder = `${parent}/a/b/todoflow`;
    checkPrivate(folder);
    await makePrivate(folder);
    assertEquals(Deno.statSync(folder).mode! & 0o7777, 0o700);
    await makePrivate(folder);
  }));

for (const mode of [0o777, 0o770, 0o722, 0o720, 0o1777]) {
  Deno.test(`a folder with the mode ${mode.toString(8)} is refused with the command that closes it`, () =>
    withFolder(async (parent) => {
      const folder = `${parent}/to do/todoflow`;
      await makePrivate(folder);
      await Deno.chmod(folder, mode);
      const { path, problem, fix } = refusal(folder);
      assertEquals(path, folder);
      assert(problem.includes(mode.toString(8)), problem);
      const { success } = await new Deno.Command("sh", { args: ["-c", fix] })
        .output();
      assert(success, fix);
      checkPrivate(folder);
    }));
}

Deno.test("a link, and a file, are refused with the command that puts them away", () =>
  withFolder(async (parent) => {
    const folder = `${parent}/todoflow`;
    await Deno.mkdir(`${parent}/elsewhere`, { mode: 0o700 });
    for (
      const make of [
        () => Deno.symlinkSync(`${parent}/elsewhere`, folder),
        () => Deno.writeTextFileSync(folder, ""),
      ]
    ) {
      make();
      const { fix } = refusal(folder);
      await new Deno.Command("sh", { args: ["-c", fix] }).output();
      await makePrivate(folder);
      await Deno.remove(folder);
      await Deno.remove(`${folder}.old`);
    }
    assertEquals([...Deno.readDirSync(`${parent}/elsewhere`)], []);
  }));

Deno.test("another user's folder is refused, before anything is made in it", () =>
  withFolder(async (parent) => {
    const folder = `${parent}/todoflow`;
    await makePrivate(folder);
    const own = Deno.uid();
    asUid(4242, () => {
      const { problem, fix } = refusal(folder);
      assert(problem.includes(`${own}`), problem);
      assert(fix.startsWith("export XDG_STATE_HOME="), fix);
    });
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

for (const missing of [true, false]) {
  const which = missing ? "that is missing" : "that is there";
  Deno.test(`a folder ${which} is refused below one that others can write to, unless that one is sticky`, () =>
    withFolder(async (parent) => {
      const open = `${parent}/open`;
      const folder = `${open}/a/todoflow`;
      await Deno.mkdir(open);
      if (!missing) await makePrivate(folder);
      await Deno.chmod(open, 0o777);
      const { path, fix } = refusal(folder);
      assertEquals([path, fix], [open, `chmod go-w ${open}`]);
      assertEquals([...Deno.readDirSync(open)].length, missing ? 0 : 1);
      await Deno.chmod(open, 0o1777);
      await makePrivate(folder);
    }));
}

Deno.test("a folder is refused behind a link that stands where others can write", () =>
  withFolder(async (parent) => {
    await Deno.mkdir(`${parent}/open`);
    await makePrivate(`${parent}/real/todoflow`);
    await Deno.symlink(`${parent}/real`, `${parent}/open/link`);
    const folder = `${parent}/open/link/todoflow`;
    checkPrivate(folder);
    await Deno.chmod(`${parent}/open`, 0o777);
    assertEquals(refusal(folder).path, `${parent}/open`);
  }));

Deno.test("a link that leads on to a place that others can write to is refused there", () =>
  withFolder(async (parent) => {
    await makePrivate(`${parent}/open/real/todoflow`);
    await Deno.chmod(`${parent}/open`, 0o777);
    await Deno.symlink("../open/real", `${parent}/link`);
    await Deno.symlink("link", `${parent}/link2`);
    const below = `${parent}/x/../link2/todoflow`;
    await Deno.mkdir(`${parent}/x`);
    assertEquals(
      refusal(`${parent}/x/../open/../open/real/todoflow`).path,
      `${parent}/open`,
    );
    await Deno.remove(`${parent}/link`);
    await Deno.symlink("open/real", `${parent}/link`);
    assertEquals(refusal(below).path, `${parent}/open`);
  }));

Deno.test("a folder is refused below one of another user, who could put another in its place", () =>
  withFolder(async (parent) => {
    const folder = `${parent}/theirs/todoflow`;
    await makePrivate(folder);
    const { lstatSync } = Deno;
    Deno.lstatSync = (path) => ({
      ...lstatSync(path),
      ...(`${path}`.endsWith("/theirs") && { uid: 4243 }),
    });
    try {
      const { path, problem, fix } = refusal(folder);
      assertEquals(path, `${parent}/theirs`);
      assert(problem.includes("4243"), problem);
      assert(fix.startsWith("export XDG_STATE_HOME="), fix);
    } finally {
      Deno.lstatSync = lstatSync;
    }
  }));

Deno.test("links in a circle lead nowhere", () =>
  withFolder(async (parent) => {
    await Deno.symlink("b", `${parent}/a`);
    await Deno.symlink("a", `${parent}/b`);
    checkPrivate(`${parent}/a/todoflow`);
  }));

Deno.test("the user's own group may write above the records: it has no other member", () =>
  withFolder(async (parent) => {
    await makePrivate(`${parent}/x/todoflow`);
    await Deno.chmod(`${parent}/x`, 0o775);
    if (Deno.statSync(`${parent}/x`).gid !== Deno.uid()) return;
    checkPrivate(`${parent}/x/todoflow`);
  }));

Deno.test("a refusal names the fault of the folder and the command to type", () =>
  withFolder(async (parent) => {
    const folder = `${parent}/todoflow`;
    await makePrivate(folder);
    await Deno.chmod(folder, 0o777);
    assertEquals(explain(refusal(folder)), {
      headline: `Cannot use ${folder}, where runs are recorded`,
      why: `${folder} can be written by others (mode 0777)`,
      next: `chmod go-w ${folder}`,
    });
  }));

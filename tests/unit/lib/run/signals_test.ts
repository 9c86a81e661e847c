import { readFileSync } from "node:fs";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { listRecords } from "../../../../lib/state/list.ts";
import { claim } from "../../../../lib/state/lock.ts";
import { cli, withFakeDocker, writeFiles } from "../../fakes.ts";

/** A `docker` without an engine behind it: it knows the project, and nothing is there. */
const DOCKER = `case "$*" in
  *config) echo "name: shop\nservices: { app: { image: a } }" ;;
  *--short) echo 2.26.1 ;;
  context*) echo unix:///engine.sock ;;
esac`;

/** The calls that hang, by the arguments of docker or git: each prints its process id, and then nothing. */
const hang = (pattern: string) =>
  `case "$*" in ${pattern}) echo $$ > "\${0%/*}/asked"; exec sleep 60 ;; esac\n`;

const MOMENTS = {
  "git is asked for the commit": { git: hang("*rev-parse*") },
  "Compose reads its files": { docker: hang("*config") },
  "the engine is asked what is there": { docker: hang("ps*") },
  "a dry run asks the engine": { docker: hang("ps*"), dryRun: true },
};

/** Whether there is such a process. */
async function lives(pid: string): Promise<boolean> {
  return await Deno.stat(`/proc/${pid}`).then(() => true, () => false);
}

for (
  const [moment, { docker = "", git = "", dryRun }] of Object.entries<{
    docker?: string;
    git?: string;
    dryRun?: boolean;
  }>(MOMENTS)
) {
  Deno.test(`a signal to the tool alone while ${moment} leaves no child, no lock and no record`, () =>
    withFakeDocker(docker + DOCKER, async ({ directory, surroundings }) => {
      const fifo = `${directory}/asked`;
      await new Deno.Command("mkfifo", { args: [fifo] }).output();
      await writeFiles(directory, { "compose.yml": "" });
      await Deno.writeTextFile(`${directory}/git`, `#!/bin/sh\n${git}exit 1`, {
        mode: 0o755,
      });
      let send: ((signal: string) => void) | undefined;
      const ended = cli(["release", ...dryRun ? ["--dry-run"] : []], {
        directory,
        env: {
          ...surroundings.env,
          XDG_STATE_HOME: directory,
          ...!git && { APP_VERSION: "1" },
        },
        onSignal: (listener) => {
          send = listener;
          return () => send = undefined;
        },
      });
      const pid = (await Deno.readTextFile(fifo)).trim();
      assert(await lives(pid));
      send?.("SIGINT");
      const { code, stdout, stderr } = await ended;
      assertEquals([code, stdout], [130, ""], stderr);
      assertStringIncludes(stderr, "Stopped by SIGINT");
      assert(!await lives(pid));
      assertEquals(send, undefined);
      const folder = `${directory}/todoflow`;
      const claimed = await claim(folder, "shop");
      assert(!("holder" in claimed));
      await claimed.release();
      assertEquals(await listRecords(folder), []);
    }));
}

/** Whether a process runs; one that has ended, and that its parent has not asked about yet, has no command line. */
function isRunning(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "";
  } catch {
    return false;
  }
}

Deno.test("signals are listened to until the last child of a stopped run has ended: a second one must not end the tool first", () => {
  const build = `case "$*" in compose*create*)
    (trap "" TERM; echo "$(exec sh -c 'echo $PPID')" > "$XDG_STATE_HOME/asked"; exec sleep 60) &
    exec sleep 60 ;;
  esac\n`;
  return withFakeDocker(build + DOCKER, async ({ directory, surroundings }) => {
    const fifo = `${directory}/asked`;
    await new Deno.Command("mkfifo", { args: [fifo] }).output();
    await writeFiles(directory, { "compose.yml": "" });
    let pid = "";
    let send: ((signal: string) => void) | undefined;
    let isLate: boolean | undefined;
    const ended = cli(["release"], {
      directory,
      env: {
        ...surroundings.env,
        XDG_STATE_HOME: directory,
        APP_VERSION: "1",
      },
      onSignal: (listener) => {
        send = listener;
        return () => isLate = isRunning(pid);
      },
    });
    pid = (await Deno.readTextFile(fifo)).trim();
    assert(await lives(pid));
    send?.("SIGINT");
    assertEquals((await ended).code, 130);
    assertEquals(isLate, false);
  });
});

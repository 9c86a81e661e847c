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

/** What hangs, by the arguments of docker or git that it is called with: it tells its process id, and then nothing. */
const hang = (pattern: string) =>
  `case "$*" in ${pattern}) echo $$ > "$XDG_STATE_HOME/asked"; exec sleep 60 ;; esac\n`;

const MOMENTS = {
  "git is asked for the commit": { git: hang("*rev-parse*") },
  "Compose reads its files": { docker: hang("*config") },
  "the engine is asked what is there": { docker: hang("ps*project*") },
  "a dry run asks the engine": { docker: hang("ps*project*"), dryRun: true },
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

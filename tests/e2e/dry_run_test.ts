import { assert, assertEquals } from "@std/assert";
import {
  exec,
  leftovers,
  removeAll,
  running,
  withCheckout,
  withDocker,
} from "./harness.ts";

const TINY = new URL("fixtures/tiny", import.meta.url).pathname;

/** A `docker` that writes down its argv, one call a line, and then is the real one. */
async function withSpy(
  test: (path: string, calls: () => Promise<string[]>) => Promise<void>,
) {
  await withDocker('echo "docker $*" >> $FOLDER/calls', ({ PATH, folder }) => {
    const calls = async () =>
      (await Deno.readTextFile(`${folder}/calls`)).trim().split("\n");
    return test(PATH, calls);
  });
}

/** The commands in a script of `--dry-run`; gates, removal and the waits of one-shots are the runner's own business. */
function commands(script: string): string[] {
  return script.split("\n").filter((line) =>
    /^docker (compose|tag|pull|image|start|stop|port) /.test(line) &&
    !line.includes(" --wait ") && !line.includes(" down ")
  );
}

for (const target of ["test", "release", "clean"]) {
  Deno.test(`a dry run of ${target} prints exactly what a real run executes, and runs nothing`, () =>
    withSpy((PATH, calls) =>
      withCheckout(async ({ todoflow, project }) => {
        const dry = await todoflow(target, "--dry-run");
        assertEquals(dry.code, 0, dry.stderr);
        assertEquals(await leftovers(project), []);
        const asked = (await calls()).length;

        const real = await todoflow(target);
        assertEquals(real.code, 0, real.stderr);
        const executed = (await calls()).slice(asked).map((line) =>
          line.replace(/'/g, "")
        );
        const planned = commands(dry.stdout).map((line) =>
          line.replace(/'/g, "")
        );
        for (const line of planned) assert(executed.includes(line), line);
        const own = executed.filter((line) =>
          /^docker (?!exec)/.test(line) &&
          / (pull|build|tag|create|up|start|stop|run|down|port|prune|{{.Id}}) [^{]/
            .test(line)
        );
        assertEquals(own.toSorted(), planned.toSorted());
      }, { from: TINY, env: { PATH } })
    ));
}

Deno.test("the script of a dry run, pasted into a shell, releases the application", () =>
  withCheckout(async ({ todoflow, directory, project }) => {
    const { stdout } = await todoflow("release", "--dry-run", "-p", project);
    const pasted = await exec(["sh", "-e", "-c", stdout], { cwd: directory });
    assertEquals(pasted.code, 0, pasted.stderr);
    const address = pasted.stdout.trim().split("\n").at(-1);
    assertEquals(await (await fetch(`http://${address}`)).text(), "tiny");
    // No run of todoflow has made it.
    await removeAll(await leftovers(project));
  }, { from: TINY }));

Deno.test("a dry run does without an engine", () =>
  withCheckout(async ({ todoflow, project }) => {
    const { code, stdout } = await todoflow("release", "-n");
    assertEquals(code, 0);
    assert(commands(stdout).length > 0);
    assertEquals(await running(project), []);
  }, { from: TINY, env: { DOCKER_HOST: "unix:///nowhere/docker.sock" } }));

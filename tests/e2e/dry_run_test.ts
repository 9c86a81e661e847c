import { assert, assertEquals } from "@std/assert";
import { withProxy } from "./proxy.ts";
import {
  exec,
  leftovers,
  removeAll,
  running,
  withCheckout,
  withDocker,
} from "./harness.ts";

const TINY = new URL("fixtures/tiny", import.meta.url).pathname;

/**
 * A `docker` that writes down its argv, one call a line, and then is the real one; and an engine that writes down each
 * request of todoflow as the command that a person would type.
 */
async function withSpy(
  test: (
    env: Record<string, string>,
    calls: () => Promise<string[]>,
  ) => Promise<void>,
) {
  await withDocker('echo "docker $*" >> $FOLDER/calls', ({ PATH, folder }) => {
    const requests: string[] = [];
    const calls = async () => [
      ...(await Deno.readTextFile(`${folder}/calls`)).trim().split("\n"),
      ...requests,
    ];
    return withProxy({
      fault: (request, query) => {
        requests.push(...typed(request, query));
        return undefined;
      },
    }, (env) => test({ PATH, ...env }, calls));
  });
}

/** The command for a request of todoflow that changes something, or that a step of a plan makes. */
function typed(request: string, query: URLSearchParams): string[] {
  const [, started] = /^POST \/containers\/(.+)\/start$/.exec(request) ?? [];
  if (started) return [`docker start ${started}`];
  const [, tagged] = /^POST \/images\/(.+)\/tag$/.exec(request) ?? [];
  if (!tagged) return [];
  const [repo, tag] = [query.get("repo"), query.get("tag")];
  return [`docker tag ${tagged} ${repo}${tag === "latest" ? "" : `:${tag}`}`];
}

/** The commands in a script of `--dry-run`; gates, removal, questions and the waits of one-shots are the runner's own business. */
function commands(script: string): string[] {
  return script.split("\n").filter((line) =>
    /^docker (compose|tag|pull|start|stop) /.test(line) &&
    !line.includes(" --wait ") && !line.includes(" down ")
  );
}

for (const target of ["test", "release", "clean"]) {
  Deno.test(`a dry run of ${target} prints exactly what a real run executes, and runs nothing`, () =>
    withSpy((env, calls) =>
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
          / (pull|build|tag|create|up|start|stop|run|down|prune) [^{]/
            .test(line)
        );
        assertEquals(own.toSorted(), planned.toSorted());
        // At another address, its objects are another engine's.
        await todoflow("clean");
      }, { from: TINY, env })
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

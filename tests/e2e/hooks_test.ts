/**
 * Hooks of Compose 5, which runs `pre_start` in containers of their own. The installed Compose is older, so a docker in
 * front of it does to the real engine what Compose 5 does:
 * https://github.com/docker/compose/blob/v5.5.0/pkg/compose/pre_start.go, and for the container that stays
 * https://github.com/docker/compose/blob/f72979427042620a94dd52ce78b39c68cb02c085/pkg/compose/pre_start.go.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Checkout,
  exec,
  output,
  type Run,
  running,
  spawn,
  twinOf,
  withCheckout,
  withDocker,
} from "./harness.ts";

const IMAGE = "debian:bookworm-slim";

/** An application whose hook is under the key of an extension, which the older Compose takes. */
const FILES = {
  "compose.yaml": `
services:
  app:
    image: ${IMAGE}
    init: true
    command: [sh, -c, "cat /data/x && sleep infinity"]
    volumes: ["data:/data"]
    x-pre_start: [{ command: [hook] }]
volumes: { data: }
`,
};

/** The label by which a Compose later than 5.5.0 knows the container of a hook. */
const HOOK_LABEL = "com.docker.compose.hook";

/** What becomes of the container of a hook that has failed. */
const VERSIONS = {
  /** The engine removes it as soon as it has ended. */
  "5.5.0": { flags: "--rm", says: "" },
  /** It stays, and Compose repeats its last lines. */
  "5.6.1": {
    flags: `--label ${HOOK_LABEL}=pre_start`,
    says: ": dial tcp: no such host (hook container 1234 retained)",
  },
} as const;

type Version = keyof typeof VERSIONS;

/** A docker whose Compose has this version, and runs this script as the hook of the application. */
function compose(version: Version, hook: string): string {
  const { flags, says } = VERSIONS[version];
  const label = "com.docker.compose";
  return `
real() { PATH=\${PATH#"$FOLDER:"} docker "$@"; }
case "$*" in
  "compose version"*) echo ${version}; exit ;;
  compose*config) real "$@" | sed 's/x-pre_start:/pre_start:/'; exit ;;
  "compose up --detach --no-deps "*app) ;;
  *) exec_real=1 ;;
esac
if [ -z "$exec_real" ]; then
  own="--label ${label}.project=$COMPOSE_PROJECT_NAME --label ${label}.service=app"
  app=$(real ps --all --quiet --no-trunc --filter "name=^/$COMPOSE_PROJECT_NAME-app-1$")
  id=$(real create $own --label ${label}.version=${version} ${flags} \\
    --volumes-from $app --network "\${COMPOSE_PROJECT_NAME}_default" --network-alias app \\
    ${IMAGE} sh -c '${hook}')
  (PATH=\${PATH#"$FOLDER:"} exec docker start --attach $id) > /dev/null 2>&1 &
  # As Compose 5.5.0 does, leaves the hook running; another signal would reach it.
  trap 'kill -KILL $!; exit 130' TERM INT
  wait $!
  code=$?
  if [ $code != 0 ]; then
    echo "service \\"app\\" pre_start[0] exited with code $code${says}" >&2
    exit 1
  fi
  real rm $id > /dev/null 2>&1
fi`;
}

/** Gives the test a checkout whose Compose has this version. */
async function withCompose(
  version: Version,
  hook: string,
  test: (checkout: Checkout) => Promise<void>,
  files = FILES,
): Promise<void> {
  await withDocker(
    compose(version, hook),
    ({ PATH }) => withCheckout(test, { files, env: { PATH } }),
  );
}

/** A script that goes on when {@linkcode letGo} says so. */
const HELD = "echo preparing; until [ -e /data/go ]; do sleep 0.1; done";

/** Lets the hook go on once the run follows it; resolves when the run has ended. */
async function letGo(run: Run, { project }: Checkout): Promise<number> {
  await run.shows("app.pre_start | preparing");
  const label = `label=com.docker.compose.project=${twinOf(project)}`;
  const hook = await output(["docker", "ps", "--quiet", "--filter", label]);
  // Not by `exec`: the end of the hook kills what runs in it, be it `touch` itself.
  await output(["docker", "cp", "/dev/null", `${hook}:/data/go`]);
  return (await run.status).code;
}

for (const version of Object.keys(VERSIONS) as Version[]) {
  Deno.test(`a release with Compose ${version} runs the hook of a service before it, and keeps the hook's log`, () =>
    withCompose(
      version,
      `${HELD}; echo prepared; echo 1 > /data/x`,
      async (checkout) => {
        const { directory, project } = checkout;
        const run = spawn(checkout, "release");
        assertEquals(await letGo(run, checkout), 0, run.stderr());
        const log = `${directory}/reports/release/logs/app.pre_start.log`;
        assertStringIncludes(await Deno.readTextFile(log), "prepared\n");
        assertEquals(await containers(project), [`${twinOf(project)}-app-1`]);
      },
    ));

  Deno.test(`a hook that fails with Compose ${version} is told with its last lines, and nothing of it is left`, () =>
    withCompose(
      version,
      `${HELD}; echo no table t >&2; exit 3`,
      async (checkout) => {
        const foreign = `${twinOf(checkout.project)}-app-hook`;
        await output([
          ...["docker", "create", "--name", foreign] as const,
          ...["--label", "com.docker.compose.service=app"],
          ...["--label", `${HOOK_LABEL}=pre_start`, IMAGE],
        ]);
        try {
          const run = spawn(checkout, "release");
          assertEquals(await letGo(run, checkout), 1, run.stderr());
          assertStringIncludes(
            run.stderr(),
            '"app" was not started: a pre_start hook ended with exit code 3',
          );
          assertStringIncludes(
            run.stderr(),
            'last lines of a pre_start hook of "app" (reports/release/logs/app.pre_start.log):\n  | preparing\n  | no table t\n',
          );
          assertStringIncludes(run.stderr(), "logs/app.pre_start.log");
          assertEquals(await running(checkout.project), []);
          await output(["docker", "inspect", foreign]);
        } finally {
          await exec(["docker", "rm", "--force", foreign]);
        }
      },
    ));

  for (const project of ["twin", "plain"]) {
    Deno.test(`Ctrl-C during a hook of Compose ${version} leaves nothing in a ${project} project`, () =>
      withCompose(
        version,
        "echo preparing; sleep infinity",
        async (checkout) => {
          const run = spawn(checkout, "release");
          await run.shows("app.pre_start | preparing");
          run.kill("SIGINT");
          assertEquals((await run.status).code, 130, run.stderr());
          assertEquals(await running(checkout.project), []);
        },
        {
          "compose.yaml": `x-todoflow: { release: { project: ${project} } }\n${
            FILES["compose.yaml"]
          }`,
        },
      ));
  }
}

Deno.test("a hook that fails at once is told, stays with --keep, and goes with clean", () =>
  withCompose(
    "5.6.1",
    "echo no table t >&2; exit 3",
    async ({ todoflow, project }) => {
      const { code, stderr } = await todoflow("release", "--keep");
      assertEquals(code, 1, stderr);
      assertStringIncludes(stderr, "app.pre_start | no table t\n");
      assertEquals((await containers(project)).length, 2);
      const cleaned = await todoflow("clean");
      assertEquals(cleaned.code, 0, cleaned.stderr);
      assertEquals(await running(project), []);
    },
  ));

/** The containers of a project and its twins. */
async function containers(project: string): Promise<string[]> {
  return (await running(project)).filter((line) =>
    line.startsWith("container ")
  )
    .map((line) => line.slice("container ".length));
}

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { isFolder } from "../../../../lib/artifacts/files.ts";
import { parse } from "../../../../lib/cli/parse.ts";
import { readingOf } from "../../../../lib/run/manners.ts";
import { prepare } from "../../../../lib/run/prepare.ts";
import { currentEngine } from "../../../../lib/engine/current.ts";
import { ownName } from "../../../../lib/compose/project.ts";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";
import { claim } from "../../../../lib/state/lock.ts";
import { TARGETS } from "../../../../tasks/mod.ts";
import { fakeWorld, HOST, withFakeDocker, writeFiles } from "../../fakes.ts";

/** A `docker` whose Compose knows one project, by the name that it is given. */
const DOCKER = `case "$*" in
  *"config --services") echo app ;;
  *config) printf 'name: %s\\nservices: { app: { build: /src, image: me/app } }\\n' "\${COMPOSE_PROJECT_NAME:-shop}" ;;
  *--short) echo 2.26.1 ;;
  context*) echo unix:///engine.sock ;;
esac`;

/** The same, with a file that names no image. */
const UNNAMED = DOCKER.replace(", image: me/app", "");

/** A `docker` that cannot read the Compose file, on an engine that has these containers. */
const BROKEN = `case "$*" in
  *config) echo "yaml: line 3: did not find expected key" >&2; exit 15 ;;
  *--short) echo 2.26.1 ;;
  context*) echo unix:///engine.sock ;;
  ps*) cat containers ;;
esac`;

interface Setup {
  docker?: string;
  env?: Record<string, string>;
  files?: Record<string, string>;
  host?: string;
  /** The objects on the engine for a broken Compose file; FOLDER is the checkout's. */
  containers?: string;
  /** Projects that were recorded of the checkout. */
  recorded?: string[];
  /** Whether the Compose file that is merged last is written, as it is once the project is locked. */
  writes?: boolean;
}

/** Prepares a target in a checkout; the folder's own path is replaced by FOLDER. */
function prepared(
  argv: string[],
  {
    docker = DOCKER,
    env = {},
    files = {},
    host = HOST,
    containers = "",
    recorded = [],
    writes = false,
  }: Setup = {},
) {
  return withFakeDocker(docker, async ({ directory, surroundings }) => {
    const state = `${directory}/todoflow`;
    await writeFiles(directory, {
      "compose.yml": "name: shop\n",
      containers: containers.replaceAll("FOLDER", directory),
      ...files,
    });
    for (const project of recorded) {
      const claimed = await claim(state, project);
      assert(!("holder" in claimed));
      const left = { what: "released" as const, since: "" };
      await claimed.write({ project, directory, engine: "", left });
      await claimed.release();
    }
    const request = await parse(argv, TARGETS);
    assert(request.kind === "run" && request.target.kind === "plan");
    const { world, written: told } = fakeWorld({ directory, host: () => host });
    const all = {
      ...surroundings.env,
      XDG_STATE_HOME: directory,
      APP_VERSION: "1",
      ...env,
    };
    const seen = { directory, env: all };
    const current = currentEngine(seen);
    const result = await prepare(readingOf(request.target), {
      request,
      world,
      surroundings: seen,
      current,
    }).finally(() => current.close());
    if (writes) {
      // The holder of the project's lock has made it.
      await Deno.mkdir(state, { recursive: true });
      await result.writeOverride();
    }
    const written = await isFolder(state)
      ? await Array.fromAsync(Deno.readDir(state))
      : [];
    return {
      ...result,
      directory,
      stderr: told.stderr,
      /** The files among the records, by path. */
      files: new Map(
        await Promise.all(written.map(async ({ name }) => {
          const path = `${state}/${name}`;
          return [path, await Deno.readTextFile(path)] as const;
        })),
      ),
    };
  });
}

/** The projects of a checkout that has this one, but for one of them. */
function family(base: string, own: boolean, without?: string) {
  return [base, `${base}--release`, `${base}--test`]
    .filter((project) => project !== without)
    .map((project) => ({ project, own }));
}

Deno.test("without CI clean works in the twin of the release; the plain project, the test's and those under CI are its others", async () => {
  const { workflow, plain, others, directory, exported } = await prepared([
    "clean",
  ]);
  const { project, base } = workflow;
  assertEquals([project, base, plain], ["shop--release", "shop", "shop"]);
  const underCi = await ownName("shop", { directory, host: HOST });
  assertEquals(others, [
    ...family("shop", false, project),
    ...family(underCi, true),
  ]);
  assertEquals(exported, { APP_VERSION: "1", COMPOSE_PROJECT_NAME: project });
});

for (const target of ["test", "release"]) {
  Deno.test(`${target} works in its twin, and builds for the plain project`, async () => {
    const { workflow, plain, exported, surroundings } = await prepared([
      target,
    ]);
    const { project, base, services } = workflow;
    assertEquals([project, base, plain], [`shop--${target}`, "shop", "shop"]);
    assertEquals(exported.COMPOSE_PROJECT_NAME, project);
    assertEquals(surroundings.env.COMPOSE_PROJECT_NAME, project);
    assertEquals(services.get("app")?.built, "me/app");
    const unnamed = await prepared([target], { docker: UNNAMED });
    const app = unnamed.workflow.services.get("app");
    assertEquals([app?.image, app?.built], [`${project}-app`, "shop-app"]);
  });
}

Deno.test("a release that the block puts into the plain project works there, and tests in their twin", async () => {
  const docker = DOCKER.replace(
    "\\n'",
    "\\nx-todoflow: { release: { project: plain } }\\n'",
  );
  const at = async (target: string) => {
    const { workflow, others } = await prepared([target], { docker });
    const { project, base } = workflow;
    return [project, base, others.map(({ project }) => project).slice(0, 2)];
  };
  assertEquals(await at("release"), ["shop", "shop", ["shop--release"]]);
  assertEquals(await at("clean"), [
    ...["shop", "shop"],
    ["shop--release", "shop--test"],
  ]);
  assertEquals(await at("test"), ["shop--test", "shop", []]);
});

Deno.test("a name that the file gives an image by that of its project is the plain project's for builds", async () => {
  const docker = DOCKER.replace("image: me/app", "image: %s/app")
    .replace(/"\$\{COMPOSE_PROJECT_NAME:-shop\}"/, "$& $&");
  const { workflow } = await prepared(["test"], {
    docker,
    files: { "compose.yml": "name: shop\nx-a: $COMPOSE_PROJECT_NAME\n" },
  });
  const app = workflow.services.get("app");
  assertEquals([app?.image, app?.built], ["shop--test/app", "shop/app"]);
});

/** A `docker` whose Compose file fixes names, and whose Compose merges the file of the twin's names, if it is `true`. */
const fixing = (merges: boolean) =>
  `case "$*" in
  *config) case "$COMPOSE_FILE" in
      *todoflow/*) name=${
    merges ? '"${COMPOSE_PROJECT_NAME}_data"' : "fixed"
  } ;;
      *) name=fixed ;;
    esac
    printf 'name: %s\\nservices: { test: { image: a, container_name: x } }\\nvolumes: { data: { name: %s } }\\n' "\${COMPOSE_PROJECT_NAME:-shop}" "$name" ;;
  *--short) echo 2.26.1 ;;
  context*) echo unix:///engine.sock ;;
esac`;

Deno.test("a file after those of the checkout gives Compose the twin's names, once the project is locked", async () => {
  const { workflow, exported, override, directory, files } = await prepared(
    ["test"],
    { docker: fixing(true), writes: true },
  );
  assertEquals(workflow.volumes.get("data")?.name, "shop--test_data");
  assertEquals(workflow.services.get("test")?.container, "shop--test-test-1");
  const { COMPOSE_FILE = "", COMPOSE_PATH_SEPARATOR = "" } = exported;
  const [own, file = "", ...rest] = COMPOSE_FILE.split(COMPOSE_PATH_SEPARATOR);
  assertEquals([own, rest], [`${directory}/compose.yml`, []]);
  assertEquals(files.get(file), override);
  assertEquals(
    override,
    `services:
  "test":
    container_name: !reset null
volumes:
  "data":
    name: "shop--test_data"
`,
  );
});

Deno.test("a Compose that goes on with the names of the file is stopped before anything is made", async () => {
  const setup = { docker: fixing(false), writes: true };
  await assertRejects(
    () => prepared(["test"], setup),
    Error,
    'Compose would use "fixed"',
  );
  // A dry run writes no file, so it does not ask Compose about one.
  const dry = await prepared(["test", "-n"], setup);
  assertEquals(dry.files.size, 0);
  assert(dry.override?.includes("shop--test_data"));
});

Deno.test("a Compose that goes on with a folder of data is stopped before anything is made", async () => {
  const docker = (replaces: boolean) =>
    `case "$*:$COMPOSE_FILE" in
  *config:*.compose.yaml) printf 'name: shop--test\\nservices: { test: { image: a, volumes: [${
      replaces ? "{ type: volume" : "{ type: bind, source: /data"
    }, target: /var/lib/mysql }] } }\\n' ;;
  *config:*) printf 'name: shop--test\\nservices: { test: { image: a, volumes: [{ type: bind, source: /data, target: /var/lib/mysql }] } }\\n' ;;
  *--short:*) echo 2.26.1 ;;
  context*) echo unix:///engine.sock ;;
  image*) echo "No such image" >&2; exit 1 ;;
esac`;
  const { override } = await prepared(["test"], {
    ...{ docker: docker(true), writes: true },
  });
  assert(override?.includes('"target":"/var/lib/mysql"'), override);
  await assertRejects(
    () => prepared(["test"], { docker: docker(false), writes: true }),
    Error,
    'Compose would use "/data at /var/lib/mysql of test"',
  );
});

for (const argv of [["test"], ["release"], ["clean"], ["test", "-n"]]) {
  Deno.test(`${argv.join(" ")} does not work for a project whose name has a twin's suffix, whatever names it`, async () => {
    const name = "shop--test";
    for (
      const setup of [
        { files: { "compose.yml": `name: ${name}\n` } },
        {
          files: { "compose.yml": "", ".env": `COMPOSE_PROJECT_NAME=${name}` },
        },
        // Only Compose knows this one.
        {
          files: { "compose.yml": "name: ${NAME}\n" },
          docker: DOCKER.replace(":-shop", `:-${name}`),
        },
        // A broken file must not make the developer's containers a run's.
        { files: { "compose.yml": `name: ${name}\n` }, docker: BROKEN },
      ]
    ) {
      if (setup.docker === BROKEN && argv[0] !== "clean") continue;
      const { failure } = await assertRejects(
        () => prepared(argv, setup),
        TodoflowError,
      );
      assertEquals(failure, { kind: "reserved-project", name });
    }
  });
}

Deno.test("a model in which nothing is fixed needs no file", async () => {
  const { override, exported } = await prepared(["test"], { writes: true });
  assertEquals([override, exported.COMPOSE_FILE], [undefined, undefined]);
});

Deno.test("COMPOSE_COMPATIBILITY is refused, wherever it stands, but not by clean", async () => {
  const set = { COMPOSE_COMPATIBILITY: "1" };
  await assertRejects(
    () => prepared(["test"], { env: set }),
    TodoflowError,
    'Cannot use COMPOSE_COMPATIBILITY "1": not supported',
  );
  await assertRejects(
    () =>
      prepared(["test"], {
        files: { "compose.yml": "", ".env": "COMPOSE_COMPATIBILITY=true\n" },
      }),
    TodoflowError,
  );
  await prepared(["clean"], { env: set });
  await prepared(["test"], { env: { COMPOSE_COMPATIBILITY: "false" } });
});

Deno.test("under CI the project has the checkout's own name, which everything sees, and the plain one is its other", async () => {
  const { workflow, plain, others, directory, exported, surroundings } =
    await prepared(["clean"], { docker: UNNAMED, env: { CI: "true" } });
  const name = await ownName("shop", { directory, host: HOST });
  const { project, base } = workflow;
  assertEquals([project, base, plain], [`${name}--release`, name, "shop"]);
  assertEquals(others, [
    ...family(name, true, project),
    ...family("shop", false),
  ]);
  assertEquals(exported, { APP_VERSION: "1", COMPOSE_PROJECT_NAME: project });
  assertEquals(surroundings.env.COMPOSE_PROJECT_NAME, project);
});

Deno.test("under CI images that are built have the project's name, so that neighbors do not overwrite them", async () => {
  const image = async (env: Record<string, string>) => {
    const { workflow } = await prepared(["test"], { env });
    return workflow.services.get("app")?.image.replace(workflow.base, "P");
  };
  assertEquals(await image({ CI: "1" }), "P-app");
  assertEquals(await image({}), "me/app");
});

Deno.test("under CI a file after those of the checkout gives Compose the images' names", async () => {
  const { workflow: { base }, exported, surroundings, directory, files } =
    await prepared(["test"], { env: { CI: "1" }, writes: true });
  const { COMPOSE_FILE = "", COMPOSE_PATH_SEPARATOR = "" } = exported;
  const [own, override = "", ...rest] = COMPOSE_FILE
    .split(COMPOSE_PATH_SEPARATOR);
  assertEquals([own, rest], [`${directory}/compose.yml`, []]);
  assertEquals(
    files.get(override),
    `services:\n  "app":\n    image: "${base}-app"\n`,
  );
  assertEquals(surroundings.env.COMPOSE_FILE, COMPOSE_FILE);
});

Deno.test("under CI nothing is written before the project is locked, and by a dry run never", async () => {
  const env = { CI: "1" };
  for (const writes of [false, true]) {
    const { files } = await prepared(["test", "-n"], { env, writes });
    assertEquals([...files], []);
  }
  assertEquals([...(await prepared(["test"], { env })).files], []);
});

Deno.test("under CI a dry run names the images as the run does: it writes no file, and has its text to show", async () => {
  const env = { CI: "1" };
  const run = await prepared(["test"], { env });
  for (const docker of [DOCKER, UNNAMED]) {
    const dry = await prepared(["test", "-n"], { env, docker, writes: true });
    const { workflow: { base, services }, override } = dry;
    assertEquals([dry.exported.COMPOSE_FILE, dry.files.size], [undefined, 0]);
    assertEquals(services.get("app")?.built, `${base}-app`);
    const expected = run.override?.replaceAll(run.workflow.base, base);
    assertEquals(override, docker === DOCKER ? expected : undefined);
  }
  assert(run.override?.includes('image: "'));
});

const NAMINGS: [string, string[], Setup][] = [
  ["-p", ["clean", "-p", "mine"], {}],
  ["COMPOSE_PROJECT_NAME", ["clean"], {
    env: { COMPOSE_PROJECT_NAME: "mine" },
  }],
];

for (const [how, argv, { env = {} }] of NAMINGS) {
  for (const CI of ["", "true"]) {
    Deno.test(`a name given by ${how} is the plain project's, and its only one${CI && ", under CI too"}`, async () => {
      const { workflow, others, identity } = await prepared(argv, {
        env: { ...env, CI },
      });
      const { project, base } = workflow;
      assertEquals([project, base], ["mine--release", "mine"]);
      assertEquals([identity.name, others], [
        "mine",
        family("mine", false, project),
      ]);
      assertEquals(workflow.services.get("app")?.image, "me/app");
    });
  }
}

Deno.test("a name in .env is the file's word, as two clones have it both: under CI the checkout gets one of its own", async () => {
  const { identity, others, exported, own } = await prepared(["clean"], {
    env: { CI: "true" },
    files: { ".env": "COMPOSE_PROJECT_NAME=mine\n" },
  });
  assertEquals([identity.name, own], [undefined, true]);
  const [, , plain, ...rest] = others;
  assertEquals([plain, ...rest], family("mine", false));
  const name = exported.COMPOSE_PROJECT_NAME;
  assertMatch(name!, /^mine-[0-9a-f]{8}--release$/);
  assertEquals(others.slice(0, 2), family(name!.slice(0, -9), true, name));
});

Deno.test("a target that needs the workflow leaves the checkout's other projects alone", async () => {
  for (const CI of ["", "true"]) {
    const { others } = await prepared(["test"], { env: { CI } });
    assertEquals(others, []);
  }
});

Deno.test("the engine is the one that docker reaches", async () => {
  const { engine, directory } = await prepared(["test"]);
  assertEquals(engine, `unix://${directory}/engine.sock`);
});

for (const target of ["test", "release"]) {
  Deno.test(`${target} does not go on with a Compose file that cannot be read`, async () => {
    const { failure } = await assertRejects(
      () => prepared([target], { docker: BROKEN }),
      TodoflowError,
    );
    assertEquals(failure.kind, "invalid-compose-file");
  });
}

Deno.test("clean finds the project by its labels if the Compose file cannot be read, and says so", async () => {
  const { workflow, others, stderr } = await prepared(["clean"], {
    docker: BROKEN,
    containers: '["blog","blog-app-1","1","","running","app","/w/blog"]\n' +
      '["shop","shop-app-1","2","","running","app","FOLDER"]\n' +
      '["shop--test","shop--test-db-1","3","","running","db","FOLDER"]\n' +
      '["shop2","shop2-app-1","4","","running","app","FOLDER"]\n',
  });
  assertEquals([workflow.project, workflow.base], ["shop--release", "shop"]);
  // A developer may have made the plain ones from this folder, too: there the label is no proof.
  assertEquals(
    others,
    [
      ...["shop", "shop--test"],
      ...["shop2", "shop2--release", "shop2--test"],
    ].map((project) => ({ project, own: false })),
  );
  assertEquals(
    stderr,
    "todoflow: Cannot use the Compose file: it is invalid: todoflow finds the project by its labels\n",
  );
});

Deno.test("an error in the block, which clean reports, commands neither a terminal nor a CI system", async () => {
  const key = String.raw`"e\e]0;t\a\r\n::set-output name=a::b"`;
  const { stderr } = await prepared(["clean"], {
    docker: `case "$*" in
      *config) cat compose.yaml ;;
      context*) echo unix:///engine.sock ;;
    esac`,
    files: { "compose.yaml": `name: shop\nx-todoflow: { ${key}: 1 }\n` },
  });
  assert(stderr.includes("by its labels"), stderr);
  assertEquals(/(?!\n)\p{Cc}|^::/mu.test(stderr), false, stderr);
});

Deno.test("clean without a Compose file that can be read knows what was recorded of the checkout", async () => {
  const { workflow, others } = await prepared(["clean"], {
    docker: BROKEN,
    recorded: ["old"],
  });
  assertEquals([workflow.project, others], [
    "old--release",
    ["old", "old--test"].map((project) => ({ project, own: false })),
  ]);
});

Deno.test("clean by labels takes the name that the caller gives, and no other", async () => {
  const { workflow, others } = await prepared(["clean", "-p", "mine"], {
    docker: BROKEN,
    containers: '["shop","shop-app-1","2","","running","app","FOLDER"]\n',
  });
  assertEquals([workflow.project, others], [
    "mine--release",
    ["mine", "mine--test"].map((project) => ({ project, own: false })),
  ]);
});

Deno.test("clean by labels takes the folder's name where nothing has its label", async () => {
  const { workflow, directory } = await prepared(["clean"], { docker: BROKEN });
  assertEquals(workflow.base, directory.split("/").at(-1)!.toLowerCase());
});

Deno.test("a mistake in the block is no obstacle to clean either", async () => {
  const { workflow } = await prepared(["clean"], {
    docker: `case "$*" in
      *config) printf 'name: shop\\nx-todoflow: 1\\n' ;;
      context*) echo unix:///engine.sock ;;
      ps*) cat containers ;;
    esac`,
    containers: '["shop","shop-app-1","2","","running","app","FOLDER"]\n',
  });
  assertEquals(workflow.base, "shop");
});

for (
  const [what, docker, kind] of [
    [
      "an engine",
      `case "$*" in ps*|*config) exit 1 ;; esac; echo 2.26.1`,
      "no-engine",
    ],
    [
      "Compose",
      `echo "unknown command: docker compose" >&2; exit 1`,
      "no-compose",
    ],
  ] as const
) {
  Deno.test(`clean without ${what} is the failure ${kind}`, async () => {
    const { failure } = await assertRejects(
      () => prepared(["clean"], { docker }),
      TodoflowError,
    );
    assertEquals(failure.kind, kind);
  });
}

Deno.test("clean needs no version, but takes no illegal one", async () => {
  const illegal = { env: { APP_VERSION: "-" } };
  const { failure } = await assertRejects(
    () => prepared(["clean"], illegal),
    TodoflowError,
  );
  assertEquals(failure.kind, "illegal-version");
  await assertRejects(
    () => prepared(["test"], { env: { APP_VERSION: "" } }),
    TodoflowError,
  );
  // Last, so that what the others were still reading has been read.
  const { version } = await prepared(["clean"], { env: { APP_VERSION: "" } });
  assertEquals(version, undefined);
});

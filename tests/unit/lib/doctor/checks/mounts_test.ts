import { assertEquals } from "@std/assert";
import { CHECKED, diagnosed, project, single } from "../situation.ts";

/** The places and fixes of a finding in a project whose app has these mounts. */
async function found(
  { mounts, dockerfile, files = {}, id = "source-over-image", compose }: {
    mounts: Readonly<Record<string, string>>;
    dockerfile: string;
    files?: Record<string, string>;
    id?: string;
    compose?: string;
  },
) {
  const entries = Object.entries(mounts);
  const { model, files: own } = project({
    text: `  app:
    build: .
    volumes: ${JSON.stringify(entries.map((mount) => mount.join(":")))}
`,
    services: `  app:
    build:
      context: /project
      dockerfile: Dockerfile
    ${CHECKED}
    volumes:
${
      entries.map(([source, target]) =>
        `      - type: bind
        source: ${source.replace(/^\.(?=\/|$)/, "/project")}
        target: ${target}
`
      ).join("")
    }`,
  });
  const diagnosis = await diagnosed({
    model,
    files: { ...own, "src/a.js": "", Dockerfile: dockerfile, ...files },
    ...(compose && { docker: { "compose version": { stdout: compose } } }),
  });
  return single(diagnosis).filter((one) => one.id === id)
    .map(({ title, fix, location }) => ({ title, fix, line: location?.line }));
}

const COPYING = "FROM node:22\nWORKDIR /app\nCOPY . .\nUSER node\n";

Deno.test("a folder of the checkout over the code of the image is found at its line, with what can take its place", async () => {
  assertEquals(
    await found({ mounts: { "./src": "/app/src" }, dockerfile: COPYING }),
    [{
      title: '"app" runs the folder "src" in place of /app/src of its image',
      line: 6,
      fix: `# - ./src:/app/src   # remove this line
# for docker compose watch, instead:
develop:
  watch:
    - { action: sync, path: ./src, target: /app/src }`,
    }],
  );
});

Deno.test("before Compose 2.22, the fix is to remove the mount", async () => {
  const [one] = await found({
    mounts: { "./src": "/app/src" },
    dockerfile: COPYING,
    compose: "2.21.0\n",
  });
  assertEquals(one?.fix, "# - ./src:/app/src   # remove this line");
});

Deno.test("code that is only mounted is to be copied, if it is in the context", async () => {
  const dockerfile =
    "FROM node:22\nWORKDIR /app\nCOPY package.json .\nUSER node\n";
  const [one] = await found({ mounts: { ".": "/app" }, dockerfile });
  assertEquals(
    one?.fix,
    "# - .:/app   # remove this line\n# in the Dockerfile, instead:\nCOPY . /app",
  );
});

Deno.test("the working directory is the base image's, if the Dockerfile sets none", async () => {
  const { model, files } = project({
    text: "  app:\n    build: .\n    volumes: [./src:/srv]\n",
    services: `  app:
    build:
      context: /project
      dockerfile: Dockerfile
    volumes:
      - type: bind
        source: /project/src
        target: /srv
`,
  });
  const ids = async (workingDir: string) => {
    const { findings } = await diagnosed({
      model,
      files: { ...files, "src/a": "", Dockerfile: "FROM x:1\nUSER a\n" },
      images: { "x:1": { Config: { WorkingDir: workingDir } } },
    });
    return findings.filter(({ id }) => id === "source-over-image").length;
  };
  assertEquals(await ids("/srv/app"), 1);
  assertEquals(await ids("/elsewhere"), 0);
});

Deno.test("single files, data and folders of the machine are let be", async () => {
  const silent = async (mounts: Record<string, string>, files = {}) =>
    assertEquals(
      await found({ mounts, files, dockerfile: COPYING }),
      [],
      JSON.stringify(mounts),
    );
  await silent({ "./conf.json": "/app/conf.json" }, { "conf.json": "{}" });
  // The engine makes the folder, and the application fills it.
  await silent({ "./data": "/app" });
  await silent({ "/var/lib/x": "/app" });
  await silent({ "./src": "/elsewhere" });
  assertEquals(
    await found({
      mounts: { "./src": "/app" },
      dockerfile: `${COPYING}VOLUME /app\n`,
    }),
    [],
  );
});

Deno.test("the engine's socket in an application is found", async () => {
  const mounts = { "/var/run/docker.sock": "/var/run/docker.sock" };
  const [one] = await found({
    ...{ mounts, dockerfile: COPYING, id: "docker-socket" },
  });
  assertEquals(one, {
    title: '"app" has the socket of the engine',
    line: 6,
    fix: "",
  });
});

/**
 * Each kind of fix, pasted where the doctor says, into projects that run: the finding is gone, and the targets work.
 *
 * @module
 */

import { assertEquals, assertExists } from "@std/assert";
import type { Diagnosis, Spot } from "../../lib/doctor/project/finding.ts";
import {
  type Checkout,
  exec,
  output,
  TODOFLOW,
  withCheckout,
} from "./harness.ts";

/** The places of the project's findings, each with the id of its finding. */
async function found(
  { directory, env }: Checkout,
): Promise<(Spot & { id: string })[]> {
  const { stdout } = await exec([...TODOFLOW, "doctor", "--json"], {
    cwd: directory,
    env,
  });
  const { findings }: Diagnosis = JSON.parse(stdout);
  return findings.filter(({ location }) => location)
    .flatMap(({ id, places, ...one }) =>
      (places ?? [one]).map((place) => ({ ...place, id }))
    );
}

/** Where a fix goes: it replaces lines of the file, or stands below or above them. */
interface Paste {
  id: string;
  /** In the title of the place, where several have the same finding. */
  about?: string;
  file?: string;
  /** The lines that the fix replaces. */
  instead?: string;
  /** The line below which it goes, with the indentation of that line. */
  below?: string;
  /** The line above which it goes. */
  above?: string;
}

/** Pastes a fix; its lines get the indentation that the place has. */
async function paste(
  checkout: Checkout,
  places: readonly (Spot & { id: string })[],
  { id, about = "", file = "compose.yaml", instead, below, above }: Paste,
): Promise<void> {
  const place = places.find((one) =>
    one.id === id && one.title.includes(about)
  );
  assertExists(place, `${id} ${about} in ${JSON.stringify(places, null, 1)}`);
  assertEquals(place.fix !== "", true, `${id} ${about} has a fix`);
  const at = instead ?? below ?? above ?? "";
  const [indent = ""] = /^ */.exec(at) ?? [];
  const fix = place.fix.replace(/^(?=.)/gm, indent);
  const text = below !== undefined
    ? `${at}\n${fix}`
    : above !== undefined
    ? `${fix}\n${at}`
    : fix;
  await checkout.edit(file, at, text);
}

/** A target must succeed. */
async function succeeds({ todoflow }: Checkout, ...args: string[]) {
  const { code, stdout, stderr } = await todoflow(...args);
  assertEquals(code, 0, `${args.join(" ")}\n${stdout}${stderr}`);
}

/** An app that answers 404, needs its database, and has nothing that a senior engineer asks for first. */
const LACKING = {
  "compose.yaml": `services:
  test:
    build: .
    command: [deno, test, src]
  db:
    image: postgres:15
    environment:
      POSTGRES_PASSWORD: hunter22
  cache:
    image: redis:7
  app:
    build: .
    depends_on: [db, cache]
    volumes:
      - ./src:/app/src
    ports:
      - "18765:8000"
`,
  "Dockerfile": `FROM denoland/deno:debian-2.9.6
WORKDIR /app
COPY src src
CMD deno run --allow-net src/main.ts
`,
  "src/main.ts": `const db = await Deno.connect({ hostname: "db", port: 5432 });
db.close();
Deno.serve({ port: 8000 }, () => new Response("", { status: 404 }));
`,
  "src/main_test.ts": `Deno.test("one", () => {});\n`,
  ".gitignore": ".env\nreports\n",
};

Deno.test("a project with every fix of the doctor pasted is tested, released and accepted", () =>
  withCheckout(async (checkout) => {
    const places = await found(checkout);
    const fixes: Paste[] = [
      {
        id: "started-store",
        about: '"app"',
        instead: "    depends_on: [db, cache]",
      },
      {
        id: "started-store",
        about: '"db" has no',
        below: "    image: postgres:15",
      },
      {
        id: "started-store",
        about: '"cache" has no',
        below: "    image: redis:7",
      },
      {
        id: "source-over-image",
        instead: "    volumes:\n      - ./src:/app/src",
      },
      { id: "fixed-host-port", instead: '      - "18765:8000"' },
      { id: "app-without-health-check", below: "  app:\n    build: ." },
      {
        id: "no-image-name",
        below: "    build: .\n    command: [deno, test, src]",
      },
      { id: "no-report", instead: "    command: [deno, test, src]" },
      {
        id: "secret-in-environment",
        instead: "      POSTGRES_PASSWORD: hunter22",
      },
      {
        id: "shell-form",
        file: "Dockerfile",
        instead: "CMD deno run --allow-net src/main.ts",
      },
      { id: "root-user", file: "Dockerfile", above: "CMD [" },
    ];
    for (const fix of fixes) {
      if (fix.below?.startsWith("  app:")) {
        await pasteInApp(checkout, places, fix);
      } else if (fix.id !== "no-image-name") {
        await paste(checkout, places, fix);
      }
    }
    await pasteInApp(checkout, places, { id: "no-image-name" });
    await Deno.writeTextFile(
      `${checkout.directory}/.env`,
      "POSTGRES_PASSWORD=hunter22\n",
    );
    // The password is in a file beside the Dockerfile now.
    const [secret, ...left] = await found(checkout);
    assertEquals(secret?.id, "secrets-in-context");
    await Deno.writeTextFile(
      `${checkout.directory}/.dockerignore`,
      `${secret?.fix}\n`,
    );
    assertEquals(left.map(({ id }) => id), ["no-acceptance"]);
    // The service that accepts needs an app that can be healthy.
    await paste(checkout, left, { id: "no-acceptance", above: "  test:\n" });
    assertEquals(await found(checkout), []);
    await succeeds(checkout, "test");
    const junit = `${checkout.directory}/reports/test/junit.xml`;
    assertEquals((await Deno.readTextFile(junit)).includes("main_test"), true);
    await succeeds(checkout, "release");
  }, { files: LACKING }));

/** Pastes a fix as the first lines of the service app. */
async function pasteInApp(
  checkout: Checkout,
  places: readonly (Spot & { id: string })[],
  fix: Paste,
) {
  await checkout.edit("compose.yaml", "  app:\n", "  app:\n    PLACE:\n");
  const { below: _, ...other } = fix;
  await paste(checkout, places, { ...other, instead: "    PLACE:" });
}

/** A service whose image has no code, with things that cannot be twice on an engine. */
const TWICE = {
  "compose.yaml": `version: "3"
services:
  test:
    image: debian:bookworm-slim
    command: ["true"]
  db:
    image: mariadb:10.11
    container_name: doctor-fixes-db
    environment:
      - MARIADB_ROOT_PASSWORD=hunter22
    healthcheck:
      test: [CMD, healthcheck.sh, --innodb_initialized]
  app:
    build: .
    working_dir: /app
    depends_on:
      db: { condition: service_healthy }
    volumes:
      - .:/app
    expose: ["8000"]
    ports: ["8000"]
    networks: [default, back]
networks:
  back:
    name: doctor-fixes
    ipam: { config: [{ subnet: 10.251.7.0/24 }] }
`,
  "Dockerfile": `FROM debian:bookworm-slim
COPY --from=denoland/deno:debian-2.9.6 /usr/bin/deno /usr/bin/deno
CMD ["deno", "run", "--allow-net", "/app/main.ts"]
`,
  "main.ts": "Deno.serve({ port: 8000 }, () => new Response());\n",
  ".gitignore": "reports\n",
};

Deno.test("code that was only mounted is copied, and what could not be twice can be", () =>
  withCheckout(async (checkout) => {
    const first = await found(checkout);
    const mount = first.find(({ id }) => id === "source-over-image");
    const [, copy = ""] = mount?.fix.split(/\n# .*\n/) ?? [];
    await checkout.edit("Dockerfile", "CMD [", `${copy}\nCMD [`);
    await checkout.edit("compose.yaml", "    volumes:\n      - .:/app\n", "");
    // COPY takes the whole folder now.
    const places = await found(checkout);
    const ignore = places.find(({ id }) => id === "no-dockerignore");
    await Deno.writeTextFile(
      `${checkout.directory}/.dockerignore`,
      `${ignore?.fix}\n`,
    );
    const fixes: Paste[] = [
      { id: "obsolete-version", instead: 'version: "3"' },
      {
        id: "container-name",
        instead: "    container_name: doctor-fixes-db",
      },
      { id: "fixed-network-name", instead: "    name: doctor-fixes" },
      {
        id: "fixed-subnet",
        instead: "    ipam: { config: [{ subnet: 10.251.7.0/24 }] }",
      },
      {
        id: "socket-probe",
        instead: "      test: [CMD, healthcheck.sh, --innodb_initialized]",
      },
      {
        id: "slow-health-check",
        below: "      - MARIADB_ROOT_PASSWORD=hunter22\n    healthcheck:",
      },
      {
        id: "secret-in-environment",
        instead: "      - MARIADB_ROOT_PASSWORD=hunter22",
      },
      { id: "root-user", file: "Dockerfile", above: "CMD [" },
    ];
    for (const fix of fixes) {
      if (fix.id === "slow-health-check") {
        await checkout.edit(
          "compose.yaml",
          "    healthcheck:\n",
          "    healthcheck:\n      PLACE:\n",
        );
        await paste(checkout, places, { id: fix.id, instead: "      PLACE:" });
      } else await paste(checkout, places, fix);
    }
    await pasteInApp(checkout, places, { id: "app-without-health-check" });
    await pasteInApp(checkout, places, { id: "no-image-name" });
    await checkout.edit("compose.yaml", '    ports: ["8000"]', "    PLACE:");
    const open = places.find(({ id }) => id === "published-everywhere");
    await checkout.edit(
      "compose.yaml",
      "    PLACE:",
      `    ports:\n${open?.fix.replace(/^/gm, "      ")}`,
    );
    await Deno.writeTextFile(
      `${checkout.directory}/.env`,
      "MARIADB_ROOT_PASSWORD=hunter22\n",
    );
    // The password is in a file of the context now.
    const [secret, ...left] = await found(checkout);
    assertEquals(secret?.id, "secrets-in-image");
    await Deno.writeTextFile(
      `${checkout.directory}/.dockerignore`,
      `${ignore?.fix}\n${secret?.fix}\n`,
    );
    assertEquals(left.map(({ id }) => id), ["no-acceptance"]);
    assertEquals((await found(checkout)).map(({ id }) => id), [
      "no-acceptance",
    ]);
    await succeeds(checkout, "test");
    await succeeds(checkout, "release");
    // The same as plain Compose has it.
    await output(["docker", "compose", "config", "--quiet"], {
      cwd: checkout.directory,
      env: checkout.env,
    });
  }, { files: TWICE }));

Deno.test("a file of Compose v1 and an env file that is missing are what Compose takes after the fix", () =>
  withCheckout(async (checkout) => {
    const { directory, env } = checkout;
    const config = () =>
      exec(["docker", "compose", "config", "--quiet"], { cwd: directory, env });
    for (let left = 3; (await config()).code !== 0 && left > 0; left--) {
      const [place] = (await found(checkout))
        .filter(({ id }) => id === "invalid-compose-file");
      assertExists(place);
      await output(["sh", "-c", place.fix], { cwd: directory, env });
    }
    assertEquals((await config()).stderr, "");
    const text = await Deno.readTextFile(`${directory}/docker-compose.yml`);
    assertEquals(text.split("\n")[0], "services:");
    assertEquals(await Deno.readTextFile(`${directory}/app.env`), "A=1\n");
  }, {
    files: {
      "docker-compose.yml":
        "app:\n  image: debian:bookworm-slim\n  env_file: app.env\n",
      "app.env.example": "A=1\n",
    },
  }));

Deno.test("a submodule that is not checked out is fetched by the fix", async () => {
  const parent = await Deno.makeTempDir();
  const git = (cwd: string, ...args: string[]) =>
    output([
      ...["git", "-c", "user.name=e", "-c", "user.email=e@example.com"],
      ...["-c", "protocol.file.allow=always", ...args],
    ] as [string, ...string[]], { cwd });
  for (const name of ["api", "shop"]) {
    await Deno.mkdir(`${parent}/${name}`);
    await git(`${parent}/${name}`, "init", "--quiet");
  }
  const dockerfile = "FROM debian:bookworm-slim\n";
  await Deno.writeTextFile(`${parent}/api/Dockerfile`, dockerfile);
  await git(`${parent}/api`, "add", ".");
  await git(`${parent}/api`, "commit", "--quiet", "--message", "1");
  const text = "services: { app: { build: api } }\n";
  await Deno.writeTextFile(`${parent}/shop/compose.yaml`, text);
  await git(`${parent}/shop`, "submodule", "--quiet", "add", `${parent}/api`);
  await git(`${parent}/shop`, "add", ".");
  await git(`${parent}/shop`, "commit", "--quiet", "--message", "1");
  await git(parent, "clone", "--quiet", "shop", "clone");
  const checkout = {
    directory: `${parent}/clone`,
    env: {
      XDG_STATE_HOME: `${parent}/state`,
      // git takes a submodule of this machine only if it is told so.
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "protocol.file.allow",
      GIT_CONFIG_VALUE_0: "always",
    },
  } as unknown as Checkout;
  const broken = async () =>
    (await found(checkout)).filter(({ id }) => id === "no-dockerfile");
  const [place] = await broken();
  await output(["sh", "-c", place?.fix ?? "false"], {
    cwd: checkout.directory,
    env: checkout.env,
  });
  assertEquals(await broken(), []);
  await Deno.remove(parent, { recursive: true });
});

/** An app that no target can start, with a password in its image. */
const BROKEN = {
  "compose.yaml": `services:
  test:
    image: debian:bookworm-slim
    command: ["true"]
  db:
    image: postgres:15
    environment:
      POSTGRES_HOST_AUTH_METHOD: trust
  migrate:
    image: debian:bookworm-slim
    command: ["true"]
  app:
    build:
      context: .
      args:
        API_TOKEN: \${API_TOKEN}
    user: root
    scale: 2
    depends_on:
      db: { condition: service_healthy }
      migrate: { condition: service_started }
`,
  "Dockerfile": `FROM debian:bookworm-slim
ARG API_TOKEN
RUN test -n "$API_TOKEN" && id
CMD ["sleep", "infinity"]
`,
};

Deno.test("what broke a target works after the fix, and a build argument becomes a secret", () =>
  withCheckout(async (checkout) => {
    const { code } = await checkout.todoflow("release");
    assertEquals(code, 3);
    const places = await found(checkout);
    await paste(checkout, places, {
      id: "no-health-check",
      below: "    image: postgres:15",
    });
    await paste(checkout, places, {
      id: "started-one-shot",
      instead:
        "    depends_on:\n      db: { condition: service_healthy }\n      migrate: { condition: service_started }",
    });
    await paste(checkout, places, {
      id: "unsupported",
      instead: "    scale: 2",
    });
    await paste(checkout, places, {
      id: "root-user",
      instead: "    user: root",
    });
    const secret = places.find(({ id }) => id === "secret-build-argument");
    const [run = "", lines = ""] = secret?.fix
      .split(/# and in the Compose file.*\n/) ?? [];
    await checkout.edit(
      "Dockerfile",
      'ARG API_TOKEN\nRUN test -n "$API_TOKEN" && id\n',
      run,
    );
    await checkout.edit(
      "compose.yaml",
      "      args:\n        API_TOKEN: ${API_TOKEN}\n",
      `${/ {6}secrets: .*\n/.exec(lines)?.[0]}`,
    );
    await checkout.edit(
      "compose.yaml",
      "services:\n",
      `${lines.slice(lines.indexOf("secrets:\n  "))}\nservices:\n`,
    );
    const left = (await found(checkout)).map(({ id }) => id);
    assertEquals(left.toSorted(), [
      "app-without-health-check",
      "no-acceptance",
      "no-image-name",
    ]);
    await succeeds(checkout, "release");
  }, { files: BROKEN, env: { API_TOKEN: "hunter22" } }));

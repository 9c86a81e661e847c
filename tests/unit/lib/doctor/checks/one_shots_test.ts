import { assertEquals } from "@std/assert";
import { diagnosed, lines, only, project } from "../situation.ts";

/** A project whose service `app` depends on another one, which has these keys. */
function depending(name: string, keys = "", depends = `      - ${name}\n`) {
  const service = `  ${name}:\n    image: tool:1\n${keys}`;
  return project({
    text:
      `  app:\n    image: shop:1\n    healthcheck: { test: [CMD, app], interval: 3s }\n    depends_on:\n${depends}${service}`,
    services: `  app:
    depends_on:
      ${name}:
        condition: service_started
        required: true
    healthcheck:
      test:
        - CMD
        - app
      interval: 3s
    image: shop:1
${service}`,
  });
}

async function found(...situation: Parameters<typeof depending>) {
  const all = lines(await diagnosed(depending(...situation)));
  return all.filter((line) => line.includes("started-one-shot"));
}

const FOUND = ["warning started-one-shot compose.yaml:8:9"];

Deno.test("a one-shot that is only started before its dependents is a warning at its line, with all dependencies to paste", async () => {
  const diagnosis = await diagnosed(depending("migrate"));
  const { title, why, fix } = only(diagnosis, "started-one-shot");
  assertEquals(title, '"app" does not wait until "migrate" is done');
  assertEquals(why.includes("service_completed_successfully"), true);
  assertEquals(
    fix,
    "depends_on:\n  migrate:\n    condition: service_completed_successfully",
  );
  assertEquals(await found("migrate"), FOUND);
  assertEquals(
    await found(
      "migrate",
      "",
      "      migrate: { condition: service_started }\n",
    ),
    ["warning started-one-shot compose.yaml:8:7"],
  );
});

for (
  const [name, keys = ""] of [
    ["migrations"],
    ["db-migration"],
    ["init-db"],
    ["storage-init"],
    ["seed"],
    ["seed-users"],
    ["migrate", "    restart: on-failure\n"],
    ["setup", '    command: ["python", "manage.py", "migrate"]\n'],
    ["schema", "    command: [sh, -c, alembic upgrade head]\n"],
  ] as const
) {
  Deno.test(`a service ${name} ${keys.trim()} is a one-shot`, async () => {
    assertEquals(await found(name, keys), FOUND);
  });
}

for (
  const [name, keys = ""] of [
    ["db"],
    ["seedbox"],
    ["immigration"],
    ["migrate", "    restart: always\n"],
    ["migrate", "    restart: unless-stopped\n"],
    ["migrate", "    deploy: { restart_policy: {} }\n"],
    ["migrate", "    ports: [{ target: 80, published: '80' }]\n"],
    ["init-proxy", "    expose: ['80']\n"],
    ["seed", "    healthcheck: { test: [CMD, a], interval: 3s }\n"],
    ["web", "    command: [sh, -c, python manage.py migrate && gunicorn]\n"],
    ["web", "    command: [python, manage.py, runserver]\n"],
  ] as const
) {
  Deno.test(`a service ${name} ${keys.trim()} is no one-shot`, async () => {
    assertEquals(await found(name, keys), []);
  });
}

Deno.test("a one-shot whose end a service waits for, or whose volumes it takes, is in order", async () => {
  const { model, ...rest } = depending("migrate");
  const waits = model.replace(
    "condition: service_started",
    "condition: service_completed_successfully",
  );
  const takes = model.replace(
    "    image: shop:1\n",
    "    image: shop:1\n    volumes_from:\n      - migrate:ro\n",
  );
  for (const model of [waits, takes]) {
    const all = lines(await diagnosed({ ...rest, model }));
    assertEquals(all.filter((line) => line.includes("one-shot")), []);
  }
});

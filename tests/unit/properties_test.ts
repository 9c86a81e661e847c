import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ordered } from "../../lib/plan/plan.ts";
import type { Condition } from "../../lib/compose/raw_service.ts";
import { shell } from "../../lib/engine/shell.ts";
import { TodoflowError } from "../../lib/errors/todoflow_error.ts";
import { checkOrder } from "../../lib/plan/cycle.ts";
import { script } from "../../lib/plan/script.ts";
import { cli, recordedPlan, recordedTarget, writeFiles } from "./fakes.ts";

/** Fixed, so that a run today finds what a run tomorrow finds; a failure prints it together with the counterexample. */
const SEED = 20240607;

type Steps = Awaited<ReturnType<typeof recordedPlan>>;
type Step = Steps[number];

/** A value as YAML, as `docker compose config` would print it: "$" doubled; `salt` decides on the order of keys. */
function yaml(value: unknown, salt = 0): string {
  if (Array.isArray(value)) {
    return `[${value.map((item) => yaml(item, salt)).join(", ")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .toSorted(([a], [b]) => weight(a, salt) - weight(b, salt))
      .map(([key, item]) => `${yaml(key)}: ${yaml(item, salt)}`);
    return `{${entries.join(", ")}}`;
  }
  // YAML is more than JSON, except that it takes no control characters.
  return JSON.stringify(value).replaceAll("$", () => "$$").replace(
    /[^ -~]/g,
    (char) => "\\u" + char.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

function weight(text: string, salt: number): number {
  return [...text].reduce(
    (sum, char) => (sum * 31 + char.charCodeAt(0)) % 65_521,
    salt,
  );
}

/** Names that Compose allows, among them names of steps, of what objects have, and what YAML takes for something else. */
const NAME = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.stringMatching(/^[a-zA-Z0-9._][a-zA-Z0-9._-]{0,11}$/),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ..."create build pull fresh down up url release prune images".split(" "),
      ..."__proto__ constructor toString 1 10 010 1e3 0x1 true null .".split(
        " ",
      ),
    ),
  },
);

/** The names that have a meaning without an x-todoflow block. */
const CONVENTIONS = ["app", "acceptance", "migrate", "test"];

interface Entry {
  name: string;
  service: string;
  run?: string[];
  after?: string[];
}

interface Service {
  name: string;
  built: boolean;
  needs: Record<string, Condition>;
}

/** A Compose model by its roles. */
interface Model {
  services: Service[];
  app: string;
  acceptance: string | undefined;
  test: string;
  /** Undefined: what convention finds. */
  setup: Entry[] | undefined;
  /** Whether the roles are found by name alone. */
  conventional: boolean;
  existing: string[];
}

/** Each service needs only services before it, and what runs before the app is before it: any such model is valid. */
const MODEL: fc.Arbitrary<Model> = fc.record({
  names: fc.uniqueArray(NAME.filter((name) => !CONVENTIONS.includes(name)), {
    minLength: 16,
    maxLength: 16,
  }),
  before: fc.nat(5),
  hasAcceptance: fc.boolean(),
  conventional: fc.boolean(),
  testIsApp: fc.boolean(),
  built: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  needs: fc.array(
    fc.option(
      fc.constantFrom<Condition>(
        "service_started",
        "service_healthy",
        "service_completed_successfully",
      ),
    ),
    { minLength: 64, maxLength: 64 },
  ),
  entries: fc.option(
    fc.array(
      fc.record({
        at: fc.nat(5),
        runs: fc.boolean(),
        after: fc.option(fc.array(fc.nat(3), { maxLength: 2 })),
      }),
      { maxLength: 4 },
    ),
  ),
  existing: fc.array(fc.nat(7), { maxLength: 8 }),
}).map((drawn) => {
  const { before, conventional, hasAcceptance } = drawn;
  const names = drawn.names.slice(0, before + (hasAcceptance ? 3 : 2));
  if (conventional) {
    names[before] = "app";
    names[names.length - 1] = "test";
    if (hasAcceptance) names[before + 1] = "acceptance";
    if (before > 0) names[before - 1] = "migrate";
  }
  const services = names.map((name, row): Service => ({
    name,
    built: drawn.built[row]!,
    needs: Object.fromEntries(
      names.slice(0, row).flatMap((other, column) => {
        const condition = drawn.needs[row * 8 + column];
        return condition ? [[other, condition]] : [];
      }),
    ),
  }));
  const app = names[before]!;
  return {
    services,
    app,
    acceptance: hasAcceptance ? names[before + 1] : undefined,
    test: conventional || !drawn.testIsApp ? names.at(-1)! : app,
    setup: conventional || !drawn.entries
      ? undefined
      : entriesOf(drawn.entries, names, before, drawn.names.slice(8)),
    conventional,
    existing: [...new Set(drawn.existing.flatMap((at) => names[at] ?? []))],
  };
});

/** Entries for services up to the app, in any order; each may wait for entries whose service is before its own. */
function entriesOf(
  drawn: { at: number; runs: boolean; after: number[] | null }[],
  names: string[],
  app: number,
  free: string[],
): Entry[] {
  const entries: (Entry & { at: number })[] = [];
  for (const [index, { at: any, runs, after }] of drawn.entries()) {
    const at = any % (app + 1);
    const own = !runs && at < app;
    // The service's own container runs once.
    if (own && entries.some((entry) => entry.at === at && !entry.run)) continue;
    entries.push({
      name: free[index]!,
      service: names[at]!,
      ...(!own && { run: ["x"] }),
      ...(after && {
        after: entries.filter((entry, i) => after.includes(i) && entry.at < at)
          .map(({ name }) => name),
      }),
      at,
    });
  }
  return entries.map(({ at: _, ...entry }) => entry);
}

function modelText(model: Model, salt = 0): string {
  const { services, app, acceptance, test, setup, conventional } = model;
  return yaml({
    name: "shop",
    services: Object.fromEntries(
      services.map(({ name, built, needs }) => [name, {
        ...(built ? { build: { context: "/src" } } : { image: "x" }),
        depends_on: Object.fromEntries(
          Object.entries(needs).map(([other, condition]) =>
            [other, { condition, required: true }] as const
          ),
        ),
        // A service that publishes a port is no test and no one-shot by its name.
        ...(name === app && { ports: [{ target: 80, protocol: "tcp" }] }),
      }]),
    ),
    ...(!conventional && {
      "x-todoflow": {
        test: { service: test },
        release: { app, acceptance, setup },
      },
    }),
  }, salt);
}

function planOf(target: string, model: Model, salt?: number) {
  const existing = target === "test" ? [] : model.existing;
  return recordedPlan(target, { model: modelText(model, salt), existing });
}

/** Runs a check of models or texts, the same ones each time. */
function property<T>(
  arbitrary: fc.Arbitrary<T>,
  numRuns: number,
  check: (value: T) => Promise<void>,
) {
  return fc.assert(fc.asyncProperty(arbitrary, check), {
    seed: SEED,
    numRuns,
  });
}

/** Names of the steps that are done before a step starts. */
function ancestors(steps: Steps, step: Step): Set<string> {
  const found = new Set<string>();
  const visit = ({ after }: Step) =>
    after.forEach((name) => {
      if (found.has(name)) return;
      found.add(name);
      visit(steps.find((other) => other.name === name)!);
    });
  visit(step);
  return found;
}

/** The step after which a service is there for others, and those that start it. */
function stepsOf(service: string, steps: Steps) {
  const own = steps.filter(({ name }) =>
    [`start ${service}`, `ready ${service}`, `run ${service}`].includes(name)
  );
  const done = own.find(({ does }) =>
    (does.kind === "gate" || does.kind === "oneshot") &&
    does.service === service
  );
  assert(done, `no step tells that "${service}" is there`);
  return { own, done };
}

/** Asserts that all steps of a service start after others' are done. */
function assertAfter(steps: Steps, later: readonly Step[], earlier: Step) {
  for (const step of later) {
    assert(
      ancestors(steps, step).has(earlier.name),
      `"${step.name}" does not wait for "${earlier.name}"`,
    );
  }
}

function assertPlan(steps: Steps) {
  const names = steps.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length, `not unique: ${names}`);
  checkOrder(steps);
  assertEquals(ordered(steps).length, steps.length);
}

/** Asserts that what a service depends on is there before it starts. */
function assertNeeds(steps: Steps, { needs }: Service, own: readonly Step[]) {
  for (const [other, condition] of Object.entries(needs)) {
    const { done } = stepsOf(other, steps);
    assertAfter(steps, own, done);
    if (condition === "service_completed_successfully") {
      assertEquals(done.does.kind, "oneshot");
    }
  }
}

/** The service and all that it depends on. */
function withNeeds(model: Model, name: string): Service[] {
  const service = model.services.find((service) => service.name === name)!;
  const needed = Object.keys(service.needs)
    .flatMap((other) => withNeeds(model, other));
  return [...new Set([...needed, service])];
}

Deno.test("test: any services start after what they depend on, the test service last", () =>
  property(MODEL, 150, async (model) => {
    const steps = await planOf("test", model);
    assertPlan(steps);
    const last = steps.find(({ does }) =>
      does.kind === "oneshot" && does.container === `shop-${model.test}-run`
    );
    assert(last, "the test service does not run");
    const services = withNeeds(model, model.test);
    for (const service of services.slice(0, -1)) {
      const { own, done } = stepsOf(service.name, steps);
      assertNeeds(steps, service, own);
      assertAfter(steps, [last], done);
    }
  }));

Deno.test("release: any services start after what they depend on, the app after every one-shot, acceptance after the app", () =>
  property(MODEL, 150, async (model) => {
    const steps = await planOf("release", model);
    assertPlan(steps);
    const app = stepsOf(model.app, steps);
    const entries = setupOf(model);
    const done = (name: string) => {
      const entry = entries.find((entry) => entry.name === name)!;
      return entry.run
        ? steps.find((step) => step.name === `setup ${name}`)!
        : stepsOf(entry.service, steps).done;
    };
    for (const { name, service, run, after } of entries) {
      const own = run ? [done(name)] : stepsOf(service, steps).own;
      assertEquals(done(name).does.kind, "oneshot");
      assertAfter(steps, app.own, done(name));
      after?.forEach((other) => assertAfter(steps, own, done(other)));
      if (run && !after) assertNeeds(steps, serviceNamed(model, service), own);
    }
    const roles = [model.app, ...model.acceptance ? [model.acceptance] : []];
    for (const service of roles.flatMap((name) => withNeeds(model, name))) {
      const entry = entries.find((entry) =>
        entry.service === service.name && !entry.run
      );
      if (entry?.after) continue;
      assertNeeds(steps, service, stepsOf(service.name, steps).own);
    }
    if (model.acceptance) {
      assertAfter(steps, stepsOf(model.acceptance, steps).own, app.done);
    }
  }));

function serviceNamed({ services }: Model, name: string): Service {
  return services.find((service) => service.name === name)!;
}

/** The one-shots of a model, by the default that the README describes. */
function setupOf(model: Model): Entry[] {
  if (model.setup) return model.setup;
  const needed = Object.entries(serviceNamed(model, model.app).needs)
    .filter(([, condition]) => condition === "service_completed_successfully")
    .map(([name]) => name);
  const migrate = model.services.filter(({ name }) => name === "migrate")
    .map(({ name }) => name);
  return [...new Set([...migrate, ...needed])]
    .map((name) => ({ name, service: name }));
}

Deno.test("clean: any services give a plan", () =>
  property(MODEL, 50, async (model) => {
    assertPlan(await planOf("clean", model));
  }));

Deno.test("test, release: every container that is started is owned, and nothing that earlier runs have made", () =>
  property(MODEL, 100, async (model) => {
    for (const target of ["test", "release"]) {
      const { owns, steps } = await recordedTarget(target, {
        model: modelText(model),
        existing: target === "release" ? model.existing : [],
      });
      assert(owns);
      for (const { does } of steps) {
        if (does.kind !== "gate" && does.kind !== "oneshot") continue;
        assert(owns.containers.includes(does.container));
      }
      assertEquals(owns.made, []);
      assertEquals(
        owns.kept.map(({ name }) => name),
        target === "release"
          ? model.existing.map((service) => `shop-${service}-1`)
          : [],
      );
    }
  }));

Deno.test("test beside a release and a developer: in its twin it makes and removes nothing that is theirs", () =>
  property(MODEL, 100, async (model) => {
    const { owns, steps } = await recordedTarget("test", {
      model: modelText(model).replace('"shop"', '"shop--test"'),
      base: "shop",
    });
    assertEquals([owns?.project, owns?.made], ["shop--test", []]);
    for (const { does } of steps) {
      if (does.kind === "remove") {
        assertEquals(does.owns.project, "shop--test");
      }
    }
    for (const name of owns?.containers ?? []) {
      assert(name.startsWith("shop--test-"), name);
    }
  }));

for (const target of ["test", "release", "clean"]) {
  Deno.test(`${target}: the plan does not depend on the order of keys in the model`, () =>
    property(fc.tuple(MODEL, fc.nat(), fc.nat()), 60, async ([model, a, b]) => {
      const plan = async (salt: number) =>
        ordered(await planOf(target, model, salt)).map((step) => {
          const { name, why, after, cleanup, does } = step;
          const { argv } = step as Step;
          return { name, why, after, cleanup, does, argv };
        });
      assertEquals(await plan(a), await plan(b));
    }));
}

const WAITING = fc.array(fc.array(fc.nat(7), { maxLength: 2 }), {
  minLength: 1,
  maxLength: 8,
}).map((rows) =>
  rows.map((row, index) => ({
    name: `${index}`,
    after: row.filter((at) => at < rows.length).map(String),
  }))
);

Deno.test("steps are refused as a mistake in the configuration if, and only if, some wait for each other", () => {
  const count = { cyclic: 0, fine: 0 };
  fc.assert(
    fc.property(WAITING, (waiting) => {
      const steps = waiting as unknown as Step[];
      try {
        checkOrder(steps);
        count.fine++;
        assertEquals(ordered(steps).length, steps.length);
      } catch (error) {
        if (!(error instanceof TodoflowError)) throw error;
        count.cyclic++;
        assertThrows(() => ordered(steps));
        assertCircle(error.message, waiting);
      }
    }),
    { seed: SEED, numRuns: 500 },
  );
  assert(count.cyclic > 50 && count.fine > 50, JSON.stringify(count));
});

/** Asserts that each name in a message waits for the next one, and the last one is the first. */
function assertCircle(
  message: string,
  waiting: readonly { name: string; after: readonly string[] }[],
) {
  const names = [...message.matchAll(/"(\d)"/g)].map(([, name]) => name!);
  if (message.endsWith("waits for itself")) names.push(names[0]!);
  assertEquals(names.at(-1), names[0]);
  for (const [index, next] of names.slice(1).entries()) {
    const { after } = waiting.find(({ name }) => name === names[index])!;
    assert(after.includes(next), message);
  }
}

/** Texts that mean something to a shell, to a parser of flags, or to no program; no NUL, which no argv can have. */
const TEXT = fc.oneof(
  fc.constantFrom(
    ..."$(docker injected)|`docker injected`|; docker injected|& docker injected"
      .split("|"),
    "\ndocker injected",
    "'\ndocker injected '",
    '" && docker injected "',
    "| docker injected #",
    ..."$HOME $$ ${x} ~ ~root * ? [a-z] {a,b} \\ \\\\ ! # -x --x -- = a=b %s < > é 😀"
      .split(" "),
    ..." |  |a b|'|\"|''|it's|\t|\r|\r\n|a\n|\n|\x1b[0m|\x7f|\u2028|\ufeff|\ufffe"
      .split("|"),
  ),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.string({ maxLength: 20 }),
).filter((text) => !text.includes("\0"));

/** Where a text of a user goes: the places in a model, in the arguments and in the environment. */
const PLACES = 16;

/** One case: services' names, and a text for each place. */
const CASE = fc.record({
  names: fc.uniqueArray(NAME, { minLength: 5, maxLength: 5 }),
  texts: fc.uniqueArray(TEXT, { minLength: PLACES, maxLength: PLACES }),
});

type Case = typeof CASE extends fc.Arbitrary<infer T> ? T : never;

/** The case with `text` in the places. */
function hostile([db, task, app, check, unit]: string[], text: string[]) {
  const build = { context: text[0], args: { A: text[1] } };
  const model = yaml({
    name: text[2],
    services: Object.fromEntries([
      [db, { image: text[3], container_name: text[4] }],
      [task, { build, container_name: text[5] }],
      [app, {
        image: text[6],
        environment: { A: text[7] },
        depends_on: { [db!]: { condition: "service_healthy" } },
        ports: [{ target: 80 }],
      }],
      [check, { build: { context: "." } }],
      [unit, {
        build,
        depends_on: { [db!]: { condition: "service_healthy" } },
      }],
    ]),
    "x-todoflow": {
      application: text[8],
      test: { service: unit, reports: [text[9], `/${text[10]}`] },
      release: {
        app,
        path: `/${text[11]}`,
        acceptance: check,
        setup: [task, {
          name: "own",
          service: app,
          run: ["x", text[12], text[13]],
          after: [],
        }],
      },
    },
  });
  return {
    model,
    args: [text[12]!, text[14]!, text[13]!],
    env: { APP_VERSION: text[14]!, COMPOSE_FILE: text[15]! },
  };
}

const TOKENS = Array.from({ length: PLACES }, (_, index) => `Q${index}Q`);

/** Puts the texts in the place of the tokens, wherever those are in a value. */
function filled<T>(value: T, texts: string[]): T {
  if (typeof value === "string") {
    return value.replace(/Q(\d+)Q/g, (_, at) => texts[at]!) as T;
  }
  if (Array.isArray(value)) {
    return value.map((item) => filled(item, texts)) as T;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, filled(item, texts)]),
  ) as T;
}

/** The plan of a case, and its script. */
async function performed(target: string, names: string[], texts: string[]) {
  const { model, args, env } = hostile(names, texts);
  const options = {
    model,
    ...(target === "test" && { args }),
  };
  const all = await recordedPlan(target, options);
  const steps = all.map(({ name, after, does, argv }) => ({
    name,
    after,
    // The engine's name of an image is no text of a command.
    does: does.kind === "remove"
      ? { ...does, owns: { ...does.owns, images: [] }, tells: [] }
      : does,
    argv: [...argv],
  }));
  const recorded = all.map((step) => ({ step, argv: step.argv }));
  const pasted = all.filter(({ cleanup }) => cleanup !== "failure");
  return { steps, script: script(recorded, { env }), pasted };
}

const TARGETS = ["test", "release", "clean"];

for (const target of TARGETS) {
  Deno.test(`${target}: any text stays within its argument, unchanged`, () =>
    property(CASE, 120, async ({ names, texts }: Case) => {
      const plain = await performed(target, names, TOKENS);
      const { steps } = await performed(target, names, texts);
      assertEquals(steps, filled(plain.steps, texts));
    }));
}

Deno.test("every text that a command gets is an argument of its own, or the end of one", async () => {
  const names = ["db", "task", "app", "check", "unit"];
  const of = async (target: string) =>
    (await performed(target, names, TOKENS)).steps.flatMap(({ argv }) => argv);
  const given = { test: [12, 14, 13], release: [12, 13] };
  for (const [target, places] of Object.entries(given)) {
    const argv = await of(target);
    for (const at of places) {
      assert(argv.some((arg) => arg.endsWith(`Q${at}Q`)), `${target} ${at}`);
    }
  }
});

/** Runs a program of sh in an empty folder, which must stay empty; resolves to the words that it printed with a NUL. */
async function words(program: string): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/program`;
    await Deno.writeTextFile(file, program);
    const { stdout, stderr } = await new Deno.Command("sh", {
      args: [file],
      cwd: folder,
      stdin: "null",
    }).output();
    const text = new TextDecoder("utf-8", { ignoreBOM: true });
    assertEquals(text.decode(stderr), "");
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assertEquals(left, ["program"]);
    return text.decode(stdout).split("\0").slice(0, -1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A `docker` that prints how many arguments it has, them, and what it sees in the environment; its waits succeed. */
const DOCKER = `
exec 3>&1
docker() {
  printf '%s\\0' $# docker "$@" "$APP_VERSION" "$COMPOSE_FILE" "$COMPOSE_PROJECT_NAME" >&3
  if [ "$1" = wait ]; then echo 0; fi
}
`;

interface Call {
  argv: string[];
  env: string[];
}

/** The arguments of docker in each of the scripts, read by one real shell. */
async function calls(scripts: readonly string[]): Promise<Call[][]> {
  const end = "docker end-of-script\n";
  const program = DOCKER + scripts.map((text) => text + end).join("");
  const found: Call[][] = [[]];
  const rest = await words(program);
  for (let at = 0; at < rest.length;) {
    const length = Number(rest[at]) + 1;
    const argv = rest.slice(at + 1, at + 1 + length);
    const env = rest.slice(at + 1 + length, at + 4 + length);
    at += 4 + length;
    if (argv[1] === "end-of-script") found.push([]);
    else found.at(-1)!.push({ argv, env });
  }
  return found.slice(0, -1);
}

for (const target of TARGETS) {
  Deno.test(`${target}: a shell that reads the dry run calls docker with the same arguments`, () =>
    property(
      fc.array(CASE, { minLength: 1, maxLength: 40, size: "max" }),
      4,
      async (cases) => {
        const runs = await Promise.all(cases.map(async ({ names, texts }) => ({
          texts,
          plain: await performed(target, names, TOKENS),
          full: await performed(target, names, texts),
        })));
        const seen = await calls(
          runs.flatMap(({ plain, full }) => [plain.script, full.script]),
        );
        for (const [index, { texts, full }] of runs.entries()) {
          const [plain = [], hostile = []] = seen.slice(2 * index);
          assertEquals(hostile, filled(plain, texts));
          const argvs = hostile.map(({ argv }) => argv.join("\0"));
          for (const { argv } of full.pasted) {
            assert(argvs.includes(argv.join("\0")), argv.join(" "));
          }
        }
      },
    ));
}

/** Gives the test a folder with a `docker` of its own, and an environment that finds it. */
async function withDocker(
  program: string,
  test: (folder: string, env: Record<string, string>) => Promise<void>,
) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/docker`, `#!/bin/sh\n${program}\n`, {
      mode: 0o755,
    });
    const PATH = `${folder}:${Deno.env.get("PATH")}`;
    await test(folder, { PATH });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a child gets any arguments and environment unchanged", () =>
  withDocker(
    `printf '%s\\0' "$@" "$TEXT" > seen`,
    (directory, env) =>
      property(
        fc.tuple(fc.array(TEXT, { maxLength: 30, size: "max" }), TEXT),
        15,
        async ([args, TEXT]) => {
          const $ = await shell({ directory, env: { ...env, TEXT } });
          const [first = ""] = args;
          await $`docker ${args} ${first} --x=${first}`.quiet();
          const seen = await Deno.readFile(`${directory}/seen`);
          assertEquals(
            new TextDecoder("utf-8", { ignoreBOM: true }).decode(seen)
              .split("\0").slice(0, -1),
            [...args, first, `--x=${first}`, TEXT],
          );
        },
      ),
  ));

const FILES = fc.array(TEXT.filter((text) => !["", "-"].includes(text)), {
  minLength: 1,
  maxLength: 3,
}).filter((files) =>
  // The separator in COMPOSE_FILE.
  [":", ";", "|", "\n"].some((mark) => !files.join("").includes(mark))
);

/** A model of a project of any name, whether or not Compose would take it. */
function modelOf(name: string): string {
  const text = JSON.stringify(name).replaceAll("$", () => "$$")
    .replace(
      /[^ -~]/g,
      (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  return `name: ${text}\nservices: { app: { build: { context: /none } } }\n`;
}

Deno.test("-f, COMPOSE_PROJECT_NAME and APP_VERSION reach docker unchanged, by a run and by the script of a dry run; the twin has a suffix", () =>
  withDocker(
    `case "$*" in
      *config) printf '%s\\0' "$COMPOSE_FILE" "$COMPOSE_PATH_SEPARATOR" "$COMPOSE_PROJECT_NAME" "$APP_VERSION" >> seen
        case "$COMPOSE_PROJECT_NAME" in *--release) cat twin ;; *) cat base ;; esac ;;
      version*) exit 1 ;;
      *) echo 2.26.1 ;;
    esac`,
    (directory, env) =>
      property(
        fc.record({
          files: FILES,
          project: TEXT.filter((text) => text !== ""),
          version: fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,20}$/),
        }),
        15,
        async ({ files, project, version }) => {
          const twin = `${project}--release`;
          await writeFiles(directory, {
            ...{ twin: modelOf(twin), base: modelOf(project), seen: "" },
          });
          const { code, stdout, stderr } = await cli([
            "release",
            "--dry-run",
            ...files.map((file) => `--file=${file}`),
          ], {
            directory,
            env: {
              ...env,
              APP_VERSION: version,
              COMPOSE_PROJECT_NAME: project,
            },
          });
          assertEquals([code, stderr], [0, ""]);
          const text = await Deno.readFile(`${directory}/seen`);
          const seen = new TextDecoder("utf-8", { ignoreBOM: true })
            .decode(text).split("\0").slice(0, -1);
          const [list = "", separator = ""] = seen;
          assertEquals(list.split(separator), files);
          const names = new Set<string>();
          for (let at = 0; at < seen.length; at += 4) {
            const [files, mark, name = "", of] = seen.slice(at, at + 4);
            assertEquals([files, mark, of], [list, separator, version]);
            names.add(name);
          }
          assertEquals(names, new Set([project, twin]));
          const [called = []] = await calls([stdout]);
          assert(called.length > 0);
          for (const { env } of called) {
            assertEquals(env, [version, list, twin]);
          }
          const builds = called.filter(({ argv }) => argv.includes("build"));
          assertEquals(
            builds.map(({ argv }) => argv.slice(0, 4)),
            [["docker", "compose", "--project-name", project]],
          );
        },
      ),
  ));

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exitCode, isStopped } from "../../../../lib/errors/exit_code.ts";
import type { Failure } from "../../../../lib/errors/failure.ts";
import type { Unpublishable } from "../../../../lib/errors/publish_failure.ts";
import type { TakenPort } from "../../../../lib/errors/port_wording.ts";
import { explain } from "../../../../lib/errors/wording.ts";

const AGAIN = {
  release: "todoflow release",
  publish: "todoflow publish",
  dirty: "todoflow publish --allow-dirty",
  unaccepted: "todoflow publish --unaccepted",
};
const STEP = { step: "build", why: "w", shell: "docker x", target: "test" };

/** One of each kind; a kind that is missing here is a type error. */
const FAILURES: {
  [K in Failure["kind"]]: [number, Failure & { kind: K }];
} = {
  "unknown-target": [2, { kind: "unknown-target", word: "x", nearest: "y" }],
  "unknown-flag": [2, { kind: "unknown-flag", flag: "-x", target: "test" }],
  "misplaced-flag": [2, {
    ...{ kind: "misplaced-flag", flag: "-f", target: "ls" },
    ...{ of: ["test"], next: "todoflow ls" },
  }],
  "flag-value": [2, {
    ...{ kind: "flag-value", flag: "-f", problem: "p" },
    next: "todoflow test --help",
  }],
  "unexpected-argument": [2, {
    kind: "unexpected-argument",
    word: "x",
    target: "t",
  }],
  "argument": [2, { kind: "argument", target: "t", expected: ["x", "y"] }],
  "no-directory": [2, { kind: "no-directory", directory: "x" }],
  "illegal-version": [2, { kind: "illegal-version", version: "-" }],
  "no-compose-file": [3, { kind: "no-compose-file", directory: "/x" }],
  "invalid-compose-file": [3, { kind: "invalid-compose-file", detail: "d" }],
  "invalid-config": [3, {
    kind: "invalid-config",
    path: ["x-todoflow", "test"],
    problem: "p",
  }],
  "lacking": [3, {
    kind: "lacking",
    work: "build",
    service: "app",
    lack: "there is no folder x",
    next: "ls .",
    path: ["services", "app", "build", "context"],
  }],
  "many-tests": [2, {
    kind: "many-tests",
    services: ["unit", "lint"],
    args: ["-k", "x"],
  }],
  "many-test-files": [3, {
    kind: "many-test-files",
    files: ["docker-compose.ci.yml", "docker-compose.test.yml"],
    services: [],
  }],
  "no-role": [3, {
    kind: "no-role",
    role: "app",
    target: "release",
    candidates: [],
    known: [],
    block: undefined,
  }],
  "no-start": [3, {
    kind: "no-start",
    directory: "api",
    why: "w",
    next: "n",
  }],
  "unwritable": [4, { kind: "unwritable", file: "Dockerfile", detail: "d" }],
  "unsupported": [3, { kind: "unsupported", feature: "f", advice: "a" }],
  "no-git": [4, { kind: "no-git" }],
  "no-repository": [4, { kind: "no-repository", directory: "/x", detail: "d" }],
  "no-commit": [4, { kind: "no-commit", directory: "/x" }],
  "git-hangs": [4, { kind: "git-hangs", directory: "/x", seconds: 30 }],
  "no-docker": [4, { kind: "no-docker" }],
  "no-engine": [4, { kind: "no-engine", detail: "d" }],
  "no-compose": [4, { kind: "no-compose", detail: "d" }],
  "old-compose": [4, {
    kind: "old-compose",
    version: "1.29.2",
    needed: "2.20",
  }],
  "engine-lost": [4, { kind: "engine-lost", ...STEP, detail: "d" }],
  "docker-killed": [4, { kind: "docker-killed", ...STEP, detail: "d" }],
  "disk-full": [4, { kind: "disk-full", ...STEP, detail: "d" }],
  "port-taken": [4, { kind: "port-taken", ...STEP, detail: "d" }],
  "no-address-pool": [4, { kind: "no-address-pool", ...STEP, detail: "d" }],
  "no-registry": [4, { kind: "no-registry", ...STEP, detail: "d" }],
  "network-gone": [4, { kind: "network-gone", ...STEP, detail: "d" }],
  "lock-held": [4, { kind: "lock-held", target: "test", project: "shop" }],
  "foreign": [4, {
    kind: "foreign",
    target: "test",
    project: "shop",
    directory: "/x",
    foreign: [{ kind: "volume", name: "shop_data" }],
  }],
  "in-use": [4, {
    kind: "in-use",
    target: "test",
    project: "shop",
    uses: [{
      ...{ container: "shop-db-1", state: "running", project: "shop" },
      what: "the volume data",
    }],
  }],
  "foreign-data": [4, {
    kind: "foreign-data",
    target: "test",
    folders: [{
      ...{ service: "db", folder: "/src/data" },
      move: "mv /src/data /src/data.kept",
    }],
  }],
  "missing": [4, {
    kind: "missing",
    target: "release",
    things: [{ kind: "network", name: "proxy" }],
  }],
  "port-in-use": [4, {
    ...{ kind: "port-in-use", target: "release" },
    ports: [{ hostname: "", port: "8080" }],
  }],
  "reserved-project": [2, { kind: "reserved-project", name: "shop--test" }],
  "long-project": [2, {
    kind: "long-project",
    name: `${"x".repeat(195)}--release`,
    most: 200,
  }],
  "foreign-volume": [4, { kind: "foreign-volume", ...STEP, detail: "d" }],
  "no-state": [4, { kind: "no-state", folder: "/x", detail: "d" }],
  "unsafe-state": [4, {
    kind: "unsafe-state",
    folder: "/x/todoflow",
    path: "/x",
    problem: "can be written by others (mode 0777)",
    fix: "chmod go-w /x",
  }],
  "unknown-record": [4, {
    kind: "unknown-record",
    file: "/x/shop.1.json",
    problem: "written by another version (format 2)",
    remove: "rm /x/shop.1.json",
  }],
  "own-fault": [1, { kind: "own-fault", message: "m", frames: ["at f"] }],
  "foreign-reports": [4, {
    kind: "foreign-reports",
    folder: "/x",
    problem: "files",
    path: "/x/y",
  }],
  "no-events": [3, { kind: "no-events", file: "x", problem: "p" }],
  "unreadable-events": [4, {
    ...{ kind: "unreadable-events", file: "x", detail: "d", look: "ls -l x" },
  }],
  "no-reports": [4, { kind: "no-reports", folder: "/x", detail: "d" }],
  "unpublishable": [4, {
    kind: "unpublishable",
    reason: { kind: "dirty tree" },
    again: AGAIN,
  }],
  "no-image-name": [3, {
    kind: "no-image-name",
    service: "app",
    problem: "no name",
  }],
  "no-cosign": [4, { kind: "no-cosign", detail: "d" }],
  "unverifiable": [4, {
    ...{ kind: "unverifiable", reference: "a:1", why: "w" },
    next: "cosign tree a:1",
  }],
  "foreign-tag": [4, { kind: "foreign-tag", reference: "a:1", image: "a@d" }],
  "not-verified": [1, {
    ...{ kind: "not-verified", reference: "a:1", why: "w" },
    next: "cosign tree a:1",
  }],
  "not-published": [1, { kind: "not-published", tags: [], again: "x" }],
  "step-failed": [1, { kind: "step-failed", ...STEP, code: 17 }],
  "clean-up-failed": [1, {
    kind: "clean-up-failed",
    shell: ["docker a", "docker b"],
  }],
  "deadline": [124, { kind: "deadline", ...STEP, seconds: 3 }],
  "signal": [130, { kind: "signal", signal: "SIGINT" }],
};

for (const [code, failure] of Object.values(FAILURES)) {
  Deno.test(`${failure.kind}: exit code ${code}, and a headline in the project's grammar`, () => {
    assertEquals(exitCode(failure), code);
    const { headline, next } = explain(failure);
    assert(/^[A-Z]|^test /.test(headline), headline);
    assert(!headline.endsWith("."), headline);
    assert(next || failure.kind === "signal");
  });
}

Deno.test("an explanation names the step that failed, if it was one", () => {
  const [, failed] = FAILURES["step-failed"];
  assertEquals(explain(failed).step, STEP.step);
  assertEquals(explain({ kind: "no-git" }).step, undefined);
});

Deno.test("each signal has the exit code that a shell would give", () => {
  const code = (signal: string) => exitCode({ kind: "signal", signal });
  assertEquals(["SIGHUP", "SIGINT", "SIGTERM"].map(code), [129, 130, 143]);
});

Deno.test("a refusal names the target, folder, process, machine and start of the run that has the project", () => {
  const failure: Failure = {
    kind: "lock-held",
    target: "clean",
    project: "shop",
  };
  assertEquals(explain(failure).why, undefined);
  const holder = {
    target: "release",
    pid: 17,
    host: "box",
    started: "2024-06-07T08:09:10.000Z",
    directory: "/w/shop",
  };
  const { headline, why = "" } = explain({ ...failure, holder });
  assertEquals(
    headline,
    'Cannot clean: another run has the project "shop"',
  );
  for (const word of Object.values(holder)) assert(why.includes(`${word}`));
});

const REASONS: readonly Unpublishable[] = [
  { kind: "no receipt", file: "reports/release/receipt.json" },
  { kind: "unreadable receipt", file: "reports/release/receipt.json" },
  { kind: "other format", file: "receipt.json", format: undefined },
  { kind: "other format", file: "receipt.json", format: 2 },
  { kind: "none made", why: "the engine did not say" },
  { kind: "other commit", accepted: "a", now: "b" },
  { kind: "other commit", accepted: "a", now: undefined },
  { kind: "other commit", accepted: "a", now: undefined, detail: "d" },
  { kind: "other release", what: "project", accepted: "x", now: "y" },
  { kind: "other image", image: "i", label: "l", expected: "a", found: "b" },
  {
    kind: "other image",
    image: "i",
    label: "l",
    expected: "a",
    found: undefined,
  },
  { kind: "other version", accepted: "1.0", now: "1.1" },
  { kind: "dirty release" },
  { kind: "dirty tree" },
  { kind: "dirty tree", filters: ["x"] },
  { kind: "uncommitted files", files: [".env"], count: 1 },
  { kind: "uncommitted files", files: [".env"], count: 4 },
  { kind: "not accepted" },
  { kind: "not accepted", why: "no test has passed" },
  {
    kind: "hidden files",
    hidden: [{ service: "app", folder: "src", target: "/app" }],
  },
  { kind: "no image", image: "sha256:0", at: "2024-06-07T08:09:10.000Z" },
];

Deno.test("each refusal to publish has a cause and a command to type", () => {
  const told = REASONS.map((reason) =>
    explain({ kind: "unpublishable", reason, again: AGAIN })
  );
  for (const { headline, why, next } of told) {
    assert(headline.startsWith("Cannot publish"), headline);
    assert(why && !why.includes("undefined"), why);
    assert(next?.includes("todoflow "), next);
  }
  assertEquals(new Set(told.map(({ why }) => why)).size, REASONS.length);
});

Deno.test("a refusal of a name that cannot be pushed to shows the line to write", () => {
  const problems = [
    ...[
      "no build",
      "no name",
      "a digest",
      "two images",
      "other build",
    ] as const,
  ];
  for (const problem of problems) {
    const { why, next } = explain({
      kind: "no-image-name",
      service: "app",
      problem,
    });
    assert(why && next?.includes("image: "), next);
  }
});

Deno.test("the tags that do not point at the image are in the headline, each tag's state below", () => {
  const tag = (reference: string, is: boolean | undefined, detail: string) => ({
    ...{ reference, is, detail },
  });
  const of = (tags: Extract<Failure, { kind: "not-published" }>["tags"]) =>
    explain({ kind: "not-published", tags, again: "todoflow publish" });
  const there = tag("shop:1", true, "points at sha256:1");
  const absent = tag("shop:2", false, "is not there");
  assertEquals(of([there, absent]), {
    headline: "Not published: shop:2",
    why: "shop:1 points at sha256:1\nshop:2 is not there",
    next: "todoflow publish",
  });
  const unknown = tag("shop:3", undefined, "cannot be asked: no");
  assertEquals(
    of([absent, unknown]).headline,
    "Not published, or not known to be: shop:2, shop:3",
  );
  assertEquals(of([there]).headline, "All tags point at the accepted image");
});

Deno.test("the command of a diagnosis takes precedence over the command of the step", () => {
  const failure = { kind: "step-failed", ...STEP, code: 1 } as const;
  assertEquals(explain(failure).next, STEP.shell);
  const diagnosis = { next: "docker login h" };
  assertEquals(explain({ ...failure, diagnosis }).next, diagnosis.next);
});

Deno.test("a refusal names each foreign object with its origin, and counts those that it leaves out", () => {
  const foreign = [
    {
      kind: "container" as const,
      name: "a",
      state: "running",
      directory: "/x",
    },
    { kind: "container" as const, name: "b", state: "exited", directory: "/y" },
    { kind: "container" as const, name: "c", state: "running" },
    ...Array.from({ length: 9 }, (_, i) => ({
      kind: "volume" as const,
      name: `v${i}`,
    })),
  ];
  const failure = {
    kind: "foreign",
    project: "shop",
    directory: "/x",
    foreign,
  };
  const test = explain({ ...failure, target: "test" } as Failure);
  assertEquals(test.why?.split("\n").slice(1, 4), [
    "container a (running), made by docker compose",
    "container b (exited), made by docker compose in /y",
    "container c (running), which Compose has not made: it was started from an image of the project",
  ]);
  assertEquals(test.why?.split("\n").at(-1), "and 2 more");
  assertStringIncludes(test.next!, "todoflow test -p shop-2 ");
  assertStringIncludes(test.next!, "docker rm --force a b c\n");
  assertStringIncludes(
    test.next!,
    "docker volume rm v0 v1 v2 v3 v4 v5 v6 v7 v8",
  );
  const clean = explain({ ...failure, target: "clean" } as Failure);
  assert(!clean.next?.includes("todoflow"));
});

Deno.test("a foreign object of another project is named as such; -p is proposed only against names that it changes", () => {
  const explained = (name: string, project: string) =>
    explain({
      kind: "foreign",
      target: "release",
      project: "shop",
      directory: "/x",
      foreign: [{ kind: "container", name, project, state: "running" }],
    });
  const { headline, why, next } = explained("shop-seed-run", "");
  assertEquals(
    headline,
    'Cannot release: names that the project "shop" needs are taken',
  );
  assertStringIncludes(
    why!,
    "container shop-seed-run (running), of no project",
  );
  assertStringIncludes(next!, "todoflow release -p shop-2 ");
  const fixed = explained("db", "other");
  assertStringIncludes(fixed.why!, '(running), of the project "other"');
  assertEquals(fixed.next, "docker rm --force db");
});

Deno.test("the proposed -p names the plain project: a twin's suffix is todoflow's", () => {
  for (
    const [target, project] of [["test", "shop--test"], [
      "release",
      "shop--release",
    ]]
  ) {
    const { next } = explain({
      kind: "foreign",
      ...{ target: target!, project: project!, directory: "/x" },
      foreign: [{ kind: "volume", name: "v" }],
    });
    assertStringIncludes(next!, `todoflow ${target} -p shop-2 `);
  }
});

Deno.test("a container that only runs is to be stopped, one that holds data or has ended is to be removed", () => {
  const next = (...uses: [what: string, state: string][]) =>
    explain({
      kind: "in-use",
      ...{ target: "release", project: "shop--release" },
      uses: uses.map(([what, state], i) => ({
        ...{ container: `c${i}`, project: "shop", what, state },
      })),
    }).next;
  assertEquals(
    next(["the port 80/tcp", "running"], ["the route caddy=x", "running"]),
    "docker stop c0 c1   # then: todoflow release",
  );
  const removed =
    "docker rm --force c0 c1   # volumes and folders stay; then: todoflow release";
  for (
    const use of [
      ["the volume v", "running"],
      ["the folder /d", "running"],
      ["the port 81/tcp", "exited"],
    ] as const
  ) {
    assertEquals(next(["the port 80/tcp", "running"], [...use]), removed);
  }
});

const PORT: TakenPort = {
  ...{ service: "web", hostname: "127.0.0.1", port: "8080", target: 3000 },
};
const HOLDER = { container: "shop-web-1", project: "shop" };

Deno.test("a port of another program is named with its service, and with the command that shows the program", () => {
  assertEquals(
    explain({ kind: "port-in-use", target: "release", ports: [PORT] }),
    {
      headline: "Cannot release: port 8080 is in use",
      why:
        '127.0.0.1:8080, which "web" publishes, is in use by a program that is no container',
      next:
        `ss -ltnp 'sport = :8080'   # or publish "127.0.0.1::3000": a free port`,
    },
  );
});

Deno.test("a port of a program that is known is named with the program, and with the command that shows it", () => {
  const taken = { ...PORT, program: { name: "node", pid: 4711 } };
  const { why, next } = explain({
    kind: "port-in-use",
    target: "release",
    ports: [taken],
  });
  assertEquals(
    why,
    '127.0.0.1:8080, which "web" publishes, is in use by node (process 4711)',
  );
  assertEquals(
    next,
    'ps -fp 4711   # or publish "127.0.0.1::3000": a free port',
  );
});

Deno.test("a port of a container is named with it, before a run and in the middle of it, with the command that frees it", () => {
  const taken = { ...PORT, holder: HOLDER };
  const why =
    '127.0.0.1:8080, which "web" publishes, is in use by container shop-web-1 (project shop)';
  const next =
    'docker stop shop-web-1   # or publish "127.0.0.1::3000": a free port';
  assertEquals(
    explain({ kind: "port-in-use", target: "release", ports: [taken] }),
    { headline: "Cannot release: port 8080 is in use", why, next },
  );
  assertEquals(
    explain({ kind: "port-taken", ...STEP, detail: "d", taken }),
    {
      headline:
        `${STEP.target} failed at step "${STEP.step}": port 8080 is in use`,
      step: STEP.step,
      why,
      next,
    },
  );
});

Deno.test("an unknown service, all addresses and several ports are told as far as they are known", () => {
  const all = { hostname: "0.0.0.0", port: "53/udp", holder: HOLDER };
  const six = {
    ...{ hostname: "::1", port: "80" },
    holder: { container: "x", project: "" },
  };
  assertEquals(
    explain({ kind: "port-in-use", target: "release", ports: [all, six] }),
    {
      headline: "Cannot release: port 53/udp is in use",
      why:
        "port 53/udp is in use by container shop-web-1 (project shop)\n[::1]:80 is in use by container x",
      next: "docker stop shop-web-1 x",
    },
  );
});

Deno.test("a name of a project that is too long is told with its length and the limit", () => {
  const name = `${"x".repeat(192)}--release`;
  assertEquals(explain({ kind: "long-project", name, most: 200 }), {
    headline:
      "Cannot use a project name of 201 characters, at most 200 are possible",
    why: `the project would be ${name}`,
    next: `todoflow release -p ${"x".repeat(60)}`,
  });
});

Deno.test("every failure after the removal of an earlier release says so", () => {
  const gone = "the earlier release 1.2 is gone";
  assertEquals(explain({ kind: "signal", signal: "SIGINT", gone }).why, gone);
  const why = explain({ kind: "no-engine", detail: "d", gone }).why
    ?.split("\n");
  assertEquals([why?.length, why?.at(-1)], [2, gone]);
});

Deno.test("a run that any signal has ended is stopped, and failed for any other reason", () => {
  const failures: Failure[] = [
    { kind: "signal", signal: "SIGINT" },
    { kind: "signal", signal: "SIGPWR" },
  ];
  assertEquals(failures.map(exitCode), [130, 128]);
  assertEquals([0, 1, 4, 124, 128, 130].map(isStopped), [
    ...[false, false, false, false],
    ...[true, true],
  ]);
});

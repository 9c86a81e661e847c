import { assertEquals, assertMatch } from "@std/assert";
import { diagnosis, type Findings } from "../../../../lib/plan/diagnosis.ts";
import type { PostMortem } from "../../../../lib/plan/post_mortem.ts";
import { explain } from "../../../../lib/errors/wording.ts";

/** A diagnosis of a container; absent parts have empty defaults. */
function diagnosed(
  container: Partial<PostMortem> | undefined,
  findings: Partial<Findings> = {},
) {
  return diagnosis({
    does: { kind: "start", service: "app", container: "shop-app-1" },
    lines: [],
    ...(container && {
      container: {
        runs: false,
        exitCode: 1,
        outOfMemory: false,
        memory: 0,
        peakMemory: undefined,
        error: "",
        lines: [],
        ...container,
      },
    }),
    reports: "reports/test",
    again: { command: "todoflow test" },
    ...findings,
  });
}

const MEANINGS: [string, Partial<PostMortem>, RegExp | undefined][] = [
  ["125", { exitCode: 125 }, /engine could not start/],
  ["126", { exitCode: 126 }, /not executable/],
  ["127", { exitCode: 127 }, /not in the image/],
  ["137", { exitCode: 137 }, /killed \(137/],
  [
    "137, out of memory",
    { exitCode: 137, outOfMemory: true, memory: 2 ** 26 },
    /memory ran out \(137\): its limit is 64 MiB, see mem_limit/,
  ],
  [
    "137, out of memory near its measured peak",
    {
      exitCode: 137,
      outOfMemory: true,
      memory: 2 ** 26,
      peakMemory: 62 * 2 ** 20,
    },
    /memory ran out \(137\): it used 62 of 64 MiB, see mem_limit/,
  ],
  [
    "137, out of memory far above its measured peak, which is then none",
    {
      exitCode: 137,
      outOfMemory: true,
      memory: 2 ** 26,
      peakMemory: 5 * 2 ** 20,
    },
    /memory ran out \(137\): its limit is 64 MiB, see mem_limit/,
  ],
  [
    "137, out of memory without a limit, measured",
    { exitCode: 137, outOfMemory: true, peakMemory: 2 ** 30 },
    /memory ran out \(137\): it used 1024 MiB; use less/,
  ],
  [
    "137, out of memory without a limit",
    { exitCode: 137, outOfMemory: true },
    /memory ran out \(137\): use less/,
  ],
  [
    "137 with a limit that the engine has not seen reached",
    { exitCode: 137, memory: 2 ** 26 },
    /SIGKILL\), possibly because memory ran out: its limit is 64 MiB/,
  ],
  ["139", { exitCode: 139 }, /crashed/],
  ["1, which every program has its own meaning for", {}, undefined],
  [
    "1, for a wrong architecture",
    { lines: ["exec /bin/app: exec format error"] },
    /processor architecture/,
  ],
  [
    "127, and the engine's reason",
    {
      exitCode: 127,
      error: 'exec: "app": executable file not found in $PATH',
    },
    /"app" is not in the image, or not in its PATH/,
  ],
  [
    "1, and words long before the end",
    { lines: ["exec format error", ..."abcdefghij"] },
    undefined,
  ],
];

for (const [what, container, meaning] of MEANINGS) {
  Deno.test(`a container that ended with ${what}, means ${meaning ?? "nothing"}`, () => {
    const { meaning: found } = diagnosed(container);
    if (meaning) assertMatch(found ?? "", meaning);
    else assertEquals(found, undefined);
  });
}

const DOCKERS_WORDS: [string, string, RegExp][] = [
  [
    "an image that is not there",
    "pull access denied for me/app, repository does not exist or may require 'docker login'",
    /not in the registry, or needs a login/,
  ],
  [
    "a base image that is not there",
    "ERROR: docker.io/library/nope:1: failed to resolve source metadata for docker.io/library/nope:1: not found",
    /registry does not have/,
  ],
  [
    "a registry that is unreachable",
    "dial tcp: lookup registry-1.docker.io: no such host",
    /cannot be reached/,
  ],
  [
    "an image for another processor",
    "image with reference me/app was found but does not match the specified platform; exec format error",
    /processor architecture/,
  ],
  [
    "a secret that is not set",
    'environment variable "PASSWORD" required by file "shop_password" is not set',
    /export PASSWORD/,
  ],
];

for (const [what, line, meaning] of DOCKERS_WORDS) {
  Deno.test(`docker's words mean ${what}`, () => {
    const found = diagnosed(undefined, { lines: ["#5 building", line, ""] });
    assertMatch(found.meaning ?? "", meaning);
  });
}

/** A word for a number, because lines that differ in numbers only are folded. */
function word(number: number): string {
  return String.fromCharCode(...[...`${number}`].map((digit) => 97 + +digit));
}

Deno.test("an app that was up tells the cause of a failed test, unless the test tells one itself", () => {
  const app = (lines: string[]) => ({
    service: "app",
    container: {
      ...{ runs: true, exitCode: 0, outOfMemory: false, memory: 0 },
      ...{ peakMemory: undefined, error: "", lines },
    },
  });
  const missing = app(['error: relation "items" does not exist']);
  const meaning = (own: string[], apps: Findings["apps"] = [missing]) =>
    diagnosed({ lines: own }, { apps }).meaning;
  assertEquals(
    meaning(["500 == 201"]),
    'in "app": the data store has no table "items": a migration is missing, or has not run',
  );
  assertEquals(
    meaning(["sh: 1: jest: not found"]),
    '"jest" is not in the image, or not in its PATH',
  );
  assertEquals(meaning(["500 == 201"], [app(["GET / 500"])]), undefined);
});

Deno.test("without a log of the container the evidence is docker's last lines that are not empty", () => {
  const lines = Array.from({ length: 40 }, (_, i) => `line ${word(i)}`);
  const { evidence } = diagnosed(undefined, {
    lines: lines.flatMap((line) => [line, " "]),
  });
  assertEquals(evidence?.title, "docker's last lines");
  assertEquals(evidence?.lines, lines.slice(-12));
  assertEquals(evidence?.logs, undefined);
});

Deno.test("the last lines of the container are better evidence, and its log is named", () => {
  const lines = Array.from({ length: 15 }, (_, i) => `line ${word(i)}`);
  const { evidence } = diagnosed({ lines }, { lines: ["docker's"] });
  assertEquals(evidence, {
    title: 'last lines of "app"',
    lines: lines.slice(-12),
    logs: "reports/test/logs/app.log",
  });
});

Deno.test("a failure without evidence has no empty block of evidence", () => {
  for (const lines of [[], ["", " \t"]]) {
    assertEquals("evidence" in diagnosed({}, { lines }), false);
  }
});

Deno.test("the failure says what became of which container, and what that means", () => {
  const failure = {
    kind: "step-failed",
    step: "ready db",
    shell: "docker inspect shop-db-1",
    code: 1,
    target: "release",
  } as const;
  const explained = explain({
    ...failure,
    diagnosis: diagnosed({ exitCode: 137, lines: ["bye"] }, {
      does: {
        kind: "gate",
        service: "db",
        container: "shop-db-1",
        needs: "healthy",
        serves: true,
      },
      state: "exited with code 137",
    }),
  });
  assertEquals(
    explained.headline,
    'release failed at step "ready db": "db" exited with code 137',
  );
  assertEquals(explained.why?.split("\n"), [
    "the program was killed (137 is SIGKILL)",
  ]);
  assertEquals(explained.evidence?.[0]?.lines, ["bye"]);
  assertEquals(explained.evidence?.[0]?.logs, "reports/test/logs/db.log");
  const { why } = explain({ ...failure, diagnosis: diagnosed(undefined, {}) });
  assertEquals(why, undefined);
});

const BUILD = { kind: "build", services: ["app", "test"] } as const;

const BUILDS: [string, string[], string | undefined, string][] = [
  [
    "a command, by its exit code",
    [
      " > [test base 2/3] RUN make:",
      "0.1 make: *** no targets",
      'failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2',
    ],
    "test",
    "could not be built (exit code 2)",
  ],
  [
    "what is no command",
    [" > [app internal] load metadata for nope:1:", "failed to solve: nope:1"],
    "app",
    "could not be built",
  ],
  [
    "nothing that names a service",
    ["failed to solve: nope:1"],
    undefined,
    "could not be built",
  ],
];

for (const [what, lines, service, state] of BUILDS) {
  Deno.test(`a build that has failed at ${what}, is the failure of ${service ?? "none"}`, () => {
    const found = diagnosed(undefined, { does: BUILD, lines });
    assertEquals([found.service, found.state], [service, state]);
    assertEquals(found.evidence?.logs, "reports/test/build.log");
    assertEquals(found.evidence?.title, "docker's last lines");
  });
}

Deno.test("the only image of a build is the one that has failed", () => {
  const does = { kind: "build", services: ["app"] } as const;
  const { service } = diagnosed(undefined, { does, lines: ["failed"] });
  assertEquals(service, "app");
});

Deno.test("the next command leaves the container to look at, or looks at the one that was left, with the flags of the run", () => {
  const next = (again: Findings["again"]) =>
    explain({
      kind: "step-failed",
      step: "start app",
      shell: "docker start shop-app-1",
      code: 1,
      target: "release",
      diagnosis: diagnosed({}, { again }),
    }).next;
  const command = "todoflow release -p two";
  const keeping = "todoflow release --keep -p two";
  assertEquals(next({ command }), `${command}   # again, once that is fixed`);
  assertEquals(
    next({ command, keeping }),
    `${keeping}   # keeps shop-app-1`,
  );
  assertEquals(
    next({ command, keeping, clean: "todoflow clean -p two" }),
    "docker inspect shop-app-1   # kept until: todoflow clean -p two",
  );
});

/** The diagnosis of a push after which docker has written this. */
const ofPush = (...lines: string[]) =>
  diagnosis({
    does: { kind: "push", reference: "h:5000/me/shop:1.0", image: "sha256:1" },
    lines,
    reports: "reports/publish",
    again: { command: "todoflow publish", release: "todoflow release" },
  });

Deno.test("a push that a registry refuses fails with the command to log in", () => {
  for (
    const line of [
      "denied: requested access to the resource is denied",
      "unauthorized: authentication required",
      "no basic auth credentials",
    ]
  ) {
    const { meaning = "", next, evidence } = ofPush(
      "The push refers to repository [h:5000/me/shop]",
      "0123456789ab: Preparing",
      line,
    );
    assertMatch(meaning, /does not let this user push h:5000\/me\/shop/);
    assertEquals(next, "docker login h:5000   # then: todoflow publish");
    assertEquals(evidence?.lines, [line]);
  }
});

// The words of ECR, Harbor, GitLab and Docker Hub.
for (
  const [line, meaning, next] of [
    [
      "tag invalid: The image tag '1.0' already exists in the 'shop' repository and cannot be overwritten because the tag is immutable.",
      "the tag h:5000/me/shop:1.0 is there and immutable",
      "todoflow release   # of a new commit, which gets another tag; then: todoflow publish",
    ],
    [
      "denied: adding 12.0 MiB of storage resource, which when updated to current usage of 5.0 GiB will exceed the configured upper limit of 5.0 GiB.",
      "the registry has no room left for h:5000/me/shop: a quota is full",
      "todoflow publish   # after old images were removed there",
    ],
    [
      "denied: Your action has been rejected because the namespace storage quota has been reached.",
      "the registry has no room left for h:5000/me/shop: a quota is full",
      "todoflow publish   # after old images were removed there",
    ],
    [
      "h:5000/me/shop:1.0 was pushed, not proven: cannot look it up: 403 Forbidden",
      "h:5000/me/shop:1.0 was pushed, and this user may not look it up: pushed, not proven",
      "todoflow publish --unproven   # docker's word is enough",
    ],
  ] as const
) {
  Deno.test(`a refused push is called what it is: ${line.slice(0, 40)}`, () => {
    const found = ofPush(line);
    assertEquals([found.meaning, found.next], [meaning, next]);
  });
}

Deno.test("a push that fails for another reason is reported once, with publish to be typed again", () => {
  const line = "Get: dial tcp: lookup h: no such host";
  const { meaning = "", next, evidence } = ofPush(
    line,
    `trying again in 1 s: ${line}`,
    line,
  );
  assertMatch(meaning, /cannot be reached/);
  assertEquals([next, evidence?.lines], ["todoflow publish", [line]]);
});

Deno.test("a hook that fails is told with its exit code, its last lines and its log, in place of its service's", () => {
  const found = diagnosed(
    { isHook: true, exitCode: 3, lines: ["no table t"] },
    { lines: ['service "app" pre_start[0] exited with code 3'] },
  );
  assertEquals(
    found.state,
    "was not started: a pre_start hook ended with exit code 3",
  );
  assertEquals(found.evidence, {
    title: 'last lines of a pre_start hook of "app"',
    lines: ["no table t"],
    logs: "reports/test/logs/app.pre_start.log",
  });
});

Deno.test("the lines of a hook that runs in the container of its service are those that Compose tells", () => {
  const { evidence } = diagnosed({ runs: true, lines: ["listening"] }, {
    lines: ["app hook exited with status 2: cannot warm up:", "no cache"],
  });
  assertEquals(evidence, {
    title: 'last lines of a hook of "app"',
    lines: ["cannot warm up:", "no cache"],
    logs: "reports/test/logs/app.log",
  });
});

for (
  const line of [
    'service "app" pre_start[0] exited with code 1',
    "app hook exited with status 1",
  ]
) {
  Deno.test(`the words of a hook after "${line}" have no meaning for docker`, () => {
    const words = "dial tcp: no such host";
    const { meaning } = diagnosed({ lines: [words] }, {
      lines: [`${line}: ${words}`, words],
    });
    assertEquals(meaning, undefined);
  });
}

Deno.test("the reason why a URL does not answer is told once, apart from the answers", () => {
  const reason = '"app" listens on 127.0.0.1:8000 only: bind 0.0.0.0';
  const answer = "port 32768 does not answer";
  const found = diagnosed({ runs: true }, {
    does: {
      ...{ kind: "url", service: "app", container: "shop-app-1" },
      ...{ port: 8000, path: "/" },
    },
    lines: [reason, answer, reason],
  });
  assertEquals(found.meaning, reason);
  assertEquals(found.evidence, {
    title: "last answers of the URL",
    lines: [answer],
  });
  const { why } = explain({
    ...{ kind: "deadline", step: "url", shell: "s", seconds: 8 },
    ...{ target: "release", detail: reason, diagnosis: found },
  });
  assertEquals(why, reason);
});

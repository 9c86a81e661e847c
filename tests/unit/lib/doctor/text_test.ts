import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Diagnosis,
  exitCodeOf,
  type Finding,
} from "../../../../lib/doctor/project/finding.ts";
import { diagnosisJson, diagnosisText } from "../../../../lib/doctor/text.ts";

/** A finding. */
function finding(init: Partial<Finding> = {}): Finding {
  return {
    id: "some-id",
    severity: "warning",
    title: '"db" cannot run twice',
    why: "because",
    fix: "# nothing",
    ...init,
  };
}

const LONG = "what follows from it is long enough ".repeat(6).trim();

const DIAGNOSIS: Diagnosis = {
  facts: [
    { name: "engine", value: "26.1.5, API 1.45", ok: true },
    { name: "disk", value: `1.0 GB free; ${LONG}`, ok: false },
  ],
  findings: [
    finding({ severity: "error", title: "Cannot find git", fix: "a\n  b" }),
    finding({
      why: LONG,
      location: { file: "docker-compose.yml", line: 12, column: 5 },
      fix: `ports:\n  - "127.0.0.1::3306"   # ${LONG}`,
    }),
    finding({ location: { file: ".dockerignore" } }),
    finding({ severity: "advice" }),
  ],
};

Deno.test("the text: facts as a table, findings with the worst last, the fix as a block, and how many there are", () => {
  assertEquals(
    diagnosisText(DIAGNOSIS),
    `ok  engine  26.1.5, API 1.45
!!  disk    1.0 GB free; what follows from it is long enough what follows from
            it is long enough what follows from it is long enough what follows
            from it is long enough what follows from it is long enough what
            follows from it is long enough

Advice: slow, unsafe or incomplete

"db" cannot run twice
  because

      # nothing

Warnings: they break it sometimes

docker-compose.yml:12:5: "db" cannot run twice
  what follows from it is long enough what follows from it is long enough what
  follows from it is long enough what follows from it is long enough what
  follows from it is long enough what follows from it is long enough

      ports:
        - "127.0.0.1::3306"   # ${LONG}

.dockerignore: "db" cannot run twice
  because

      # nothing

Errors: they break the workflow

Cannot find git
  because

      a
        b

1 error, 2 warnings, 1 advice
`,
  );
});

Deno.test("the last line counts the findings of each severity that occurs", () => {
  const last = (...severities: Finding["severity"][]) =>
    diagnosisText({
      facts: [],
      findings: severities.map((severity) => finding({ severity })),
    }).trim().split("\n").at(-1);
  assertEquals(last(), "nothing found");
  assertEquals(last("error", "error"), "2 errors");
  assertEquals(last("warning", "advice", "advice"), "1 warning, 2 advice");
});

/** The text of one finding. */
function textOf(init: Partial<Finding>): string {
  return diagnosisText({ facts: [], findings: [finding(init)] })
    .split("\n\n").slice(1, -1).join("\n\n");
}

/** A place in a file. */
function spot(line: number, fix: string) {
  const location = { file: "compose.yaml", line, column: 3 };
  return { title: `"s${line}": port ${line}`, location, fix };
}

Deno.test("several places of a finding are listed, each with its fix, or one for all", () => {
  const title = "Services cannot run twice";
  const places = [spot(3, "- 1"), spot(9, "")];
  assertEquals(
    textOf({ title, places }),
    `Services cannot run twice (2 places)
  because

compose.yaml:3:3: "s3": port 3
      - 1
compose.yaml:9:3: "s9": port 9`,
  );
  const alike = Array.from({ length: 12 }, (_, i) => spot(i, "- same"));
  assertEquals(textOf({ title, places: alike }).split("\n").slice(-4), [
    'compose.yaml:9:3: "s9": port 9',
    "and 2 more: todoflow doctor --json",
    "",
    "      - same",
  ]);
});

Deno.test("a finding without a fix ends with its reason", () => {
  assertEquals(textOf({ fix: "" }), '"db" cannot run twice\n  because');
});

Deno.test("a healthy machine is one line, an unhealthy one a table", () => {
  const machine = (ok: boolean) => [
    { name: "docker", value: "28.2.2", ok: true },
    { name: "engine", value: "26.1.5+dfsg1, API 1.45", ok: true },
    {
      name: "context",
      value: "default, unix:///var/run/docker.sock",
      ok: true,
    },
    { name: "compose", value: "2.26.1-4", ok: true },
    { name: "buildx", value: "0.13.1, driver docker", ok: true },
    { name: "disk", value: "1.0 GB free in /var/lib/docker", ok },
    { name: "version", value: "abc1234", ok: true },
    { name: "files", value: "compose.yaml", ok: true },
    { name: "project", value: "shop", ok: true },
    { name: "lock", value: "free", ok: true },
    { name: "app", value: "web (by its name)", ok: true },
  ];
  const text = (ok: boolean) =>
    diagnosisText({ facts: machine(ok), findings: [] });
  assertEquals(
    text(true),
    `ok  machine  docker 28.2.2, engine 26.1.5, Compose 2.26.1, buildx 0.13.1
ok  project  shop, version abc1234, compose.yaml
ok  app      web (by its name)

nothing found
`,
  );
  assertStringIncludes(text(false), "ok  engine   26.1.5+dfsg1, API 1.45\n");
  assertStringIncludes(text(false), "!!  disk     1.0 GB free");
});

Deno.test("color changes nothing but color", () => {
  const colored = diagnosisText(DIAGNOSIS, { color: true });
  // deno-lint-ignore no-control-regex -- that is what color is
  const plain = colored.replace(/\x1b\[\d+m/g, "");
  assertEquals(plain, diagnosisText(DIAGNOSIS));
  assert(colored.length > plain.length);
});

Deno.test("text of the project commands neither a terminal nor a CI system", () => {
  const evil = "a\x1b[2J\n::error::b\n  ##[group]c\r\x9b1m";
  const text = diagnosisText({
    facts: [{ name: "files", value: evil, ok: true }],
    findings: [
      finding({ title: evil, why: evil, fix: evil, location: { file: evil } }),
    ],
  });
  assertEquals(/(?!\n)\p{Cc}/u.test(text), false);
  assertEquals(/^\s*(::|##\[)/m.test(text), false);
});

Deno.test("the JSON is one document with everything", () => {
  assertEquals(JSON.parse(diagnosisJson(DIAGNOSIS)), DIAGNOSIS);
  assertStringIncludes(diagnosisJson(DIAGNOSIS), '"line": 12');
});

Deno.test("the exit code is 1 for an error, and 0 for anything else", () => {
  const facts = [{ name: "disk", value: "low", ok: false }];
  const code = (...findings: Finding[]) => exitCodeOf({ facts, findings });
  assertEquals(code(), 0);
  assertEquals(code(finding(), finding({ severity: "advice" })), 0);
  assertEquals(code(finding(), finding({ severity: "error" })), 1);
});

Deno.test("a path or link that is longer than a line stays whole, and its line has the severity's color", () => {
  const file = `${"folder/".repeat(14)}compose.yml`;
  const why = `see\n  https://example.com/${"x".repeat(90)}`;
  const findings = [finding({ why, location: { file, line: 3, column: 1 } })];
  const text = diagnosisText({ facts: [], findings }, { color: false });
  assertStringIncludes(text, `${file}:3:1:`);
  assertStringIncludes(text, `\n    https://example.com/${"x".repeat(90)}\n`);
});

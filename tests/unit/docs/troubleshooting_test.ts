/**
 * The page of troubleshooting starts from the messages that the tool prints: it has all of them, and no other ones.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { EXIT_CODES, exitCode } from "../../../lib/errors/exit_code.ts";
import type { Failure } from "../../../lib/errors/failure.ts";
import { causeFrom } from "../../../lib/causes/row.ts";
import { CODES, SIGNS } from "../../../lib/plan/signs.ts";
import { explain } from "../../../lib/errors/wording.ts";
import { ROOT } from "./markdown.ts";

/** A message on the page, and the exit codes that its section is about. */
interface Entry {
  headline: string;
  codes: readonly number[];
}

const TEXT = await Deno.readTextFile(
  new URL("docs/troubleshooting.md", ROOT),
);

const ENTRIES: readonly Entry[] = TEXT.split(/^## /m).slice(1)
  .flatMap((section) => {
    const [title = ""] = section.split("\n");
    const [, list = ""] = /^Exit codes? ([\d, ]+):/.exec(title) ?? [];
    const codes = list.split(",").map(Number);
    return [...section.matchAll(/^### (.*)$/gm)]
      .map(([, headline = ""]) => ({ headline, codes }));
  });

/** The states of a failed step's container, in words that follow its name. */
const STATES = [
  "could not be built",
  "ended with exit code …",
  "exited with code …",
  "is unhealthy",
  "has a health check that cannot run",
  "could not be started",
  "is gone: something has removed it",
  "cannot be inspected: …",
  "is not known to be ready: the engine has not answered for … s",
];

const TAG = { reference: "…", is: false, detail: "…" };
const REASON = {
  ...{ accepted: "…", now: "…", file: "…", image: "…", at: "…", what: "…" },
  ...{ files: ["…"], count: 1, hidden: [], why: "…" },
  changed: { role: "…", service: "…", before: "…" },
};
/** The data of the kinds whose wording depends on more than words. */
const VARIANTS: Partial<Record<Failure["kind"], readonly object[]>> = {
  "step-failed": [
    {},
    ...STATES.map((state) => ({
      diagnosis: { service: "…", state },
    })),
  ],
  "foreign": [
    { foreign: [{ name: "…" }] },
    { foreign: [{ name: "…", project: "other" }] },
  ],
  "in-use": [{ uses: [] }],
  "port-in-use": [{ ports: [{ hostname: "…", port: "…" }] }],
  "port-taken": [
    { taken: undefined },
    { taken: { hostname: "…", port: "…" } },
  ],
  "no-git": [{ detail: undefined }, {}],
  "invalid-compose-file": [
    { about: undefined, line: undefined, warnings: [] },
    ...[
      ...["variable", "env-file", "env-line", "file", "unreadable", "name"],
      ...["undefined", "v1", "empty", "no-mapping", "conflict"],
      ...["compose-file", "folder"],
    ].map((what) => ({
      about: { what, name: "…" },
      line: undefined,
      warnings: [],
    })),
  ],
  "no-registry": [
    {},
    { detail: "toomanyrequests: …" },
    { detail: "x509: …" },
    { detail: "503 Service Unavailable" },
  ],
  "no-docker": [{ detail: undefined }, {}],
  "many-tests": [{ services: [], args: ["…"] }],
  "many-test-files": [
    {
      files: { length: "…", [Symbol.iterator]: () => [].values() },
      services: [],
    },
    { files: ["…"], services: ["…"] },
  ],
  "no-role": [
    ...(["app", "test"] as const).map((role) => ({ role, candidates: [] })),
    ...(["app", "test", "acceptance"] as const)
      .map((role) => ({ role, candidates: ["…", "…"] })),
  ].map((one) => ({ ...one, block: undefined, command: [] })),
  "no-start": [{ language: undefined }, {}],
  "missing": [{ things: [] }],
  "no-events": [{ file: undefined }, {}],
  "lacking": [{ work: "build" }, { work: "start" }],
  "long-project": [{ name: { length: "…", slice: () => "…" } }],
  "misplaced-flag": [{ of: ["…"] }, {
    ...{ target: undefined, reason: undefined, of: ["…"] },
  }],
  "no-directory": [{ isThere: undefined, folders: [] }, { folders: [] }],
  "no-compose-file": [{ near: [] }],
  "unknown-target": [{ told: undefined }],
  "foreign-data": [{ folders: [] }],
  "argument": [
    { word: undefined, expected: ["…"] },
    { expected: ["…"] },
  ],
  "no-image-name": [
    "no build",
    "no name",
    "a digest",
    "two images",
    "other build",
  ]
    .map((problem) => ({ problem })),
  "not-published": [
    { tags: [{ ...TAG, is: true }] },
    { tags: [TAG] },
    { tags: [{ ...TAG, is: undefined }] },
  ],
  "no-cosign": [{}, { key: undefined }],
  "own-fault": [
    { frames: [] },
    { frames: [], step: undefined },
  ],
  "unpublishable": [
    "no receipt",
    "unreadable receipt",
    "other format",
    "none made",
    "other release",
    "other image",
    "other commit",
    "other version",
    "dirty release",
    "dirty tree",
    "uncommitted files",
    "not accepted",
    "hidden files",
    "unconfirmed",
    "no image",
  ].map((kind) => ({
    reason: { ...REASON, kind },
    again: { publish: "…", release: "…", dirty: "…", unaccepted: "…" },
  })),
};

/** A failure of a kind whose words are all "…". */
function sample(kind: Failure["kind"], variant: object): Failure {
  const words: Record<string, unknown> = {
    kind,
    path: ["…"],
    known: [],
    ...(kind === "clean-up-failed" && { shell: [] }),
    nearest: kind === "unknown-target" ? "…" : undefined,
    location: undefined,
    holder: undefined,
    diagnosis: undefined,
    ...variant,
  };
  return new Proxy(words, {
    get: (all, key) => key in all ? all[key as string] : "…",
  }) as unknown as Failure;
}

const KINDS = Object.keys(EXIT_CODES) as Failure["kind"][];

/** Every message there is, with its exit codes. */
const MESSAGES: readonly Entry[] = KINDS.flatMap((kind) =>
  (VARIANTS[kind] ?? [{}]).map((variant) => ({
    headline: explain(sample(kind, variant)).headline,
    codes: kind === "signal"
      ? ["SIGHUP", "SIGINT", "SIGTERM"]
        .map((signal) => exitCode({ kind, signal }))
      : [EXIT_CODES[kind]],
  }))
);

const told = ({ headline, codes }: Entry) => `${codes.join(", ")}: ${headline}`;

Deno.test("every message has its entry, in the section of its exit code, and every entry is a message", () => {
  assertEquals(
    ENTRIES.map(told).toSorted(),
    MESSAGES.map(told).toSorted(),
  );
});

Deno.test("every meaning of docker's words and of exit codes is on the page", () => {
  const flat = TEXT.replaceAll(/\s+/g, " ");
  const words = new Proxy({}, { get: () => "…" });
  const signs = SIGNS.map(({ cause }) =>
    causeFrom(cause(words, { facts: undefined, lines: [], at: 0 }))!.why
  );
  const meanings = [...signs, ...Object.values(CODES)];
  assertEquals(meanings.filter((one) => !flat.includes(`\`${one}\``)), []);
});

const SCREENS = new URL("tests/e2e/__snapshots__/diagnosis/", ROOT);

/** An entry as what it stands for. */
function pattern(headline: string): RegExp {
  const words = headline.split("…")
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  // A built image's exit code, and what an unknown key is like, may follow.
  return new RegExp(`^${words.join(".+")}( \\(exit code \\d+\\)|: did .*)?$`);
}

for await (const { name } of Deno.readDir(SCREENS)) {
  Deno.test(`the screen of ${name} has its entry`, async () => {
    const screen = await Deno.readTextFile(new URL(name, SCREENS));
    const [headline = ""] = screen.replace(/^todoflow: /, "")
      .split(/\n(?=Why: |Logs: |Next: |last lines of |\S.*:\n {2}\| )/);
    const line = headline.replaceAll("\n", " ")
      .replace(/ \(\S+:\d+:\d+\)/, "");
    const found = ENTRIES.filter(({ headline }) =>
      pattern(headline).test(line)
    );
    assert(found.length > 0, line);
  });
}

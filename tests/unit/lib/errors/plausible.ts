/**
 * Failures of each kind with data as runs give it, in all variants that are worded differently.
 *
 * @module
 */

import type { Failure } from "../../../../lib/errors/failure.ts";
import type {
  NoImageName,
  Unpublishable,
} from "../../../../lib/errors/publish_failure.ts";
import type { Typing } from "../../../../lib/errors/typing.ts";
import { diagnosis } from "../../../../lib/plan/diagnosis.ts";

type Of<K extends Failure["kind"]> = Omit<
  Extract<Failure, { kind: K }>,
  "kind"
>;

const ID = `sha256:${"0".repeat(64)}`;
const AT = "2026-01-02T03:04:05.678Z";
const RECEIPT = "reports/release/receipt.json";
const PLACE = { file: "compose.yaml", line: 3, column: 5 };

/** The failures; `typing` writes the commands that are part of their data. */
export function plausible(
  typing: Typing,
): { readonly [K in Failure["kind"]]: readonly Of<K>[] } {
  return {
    ...usage(typing),
    ...configuration(typing),
    ...machine(),
    ...ownership(),
    ...publishing(typing),
    ...attesting(typing),
    ...steps(typing),
  };
}

function attesting({ target }: Typing) {
  const image = `registry.example/shop@${ID}`;
  const reference = "registry.example/shop:1.0";
  return {
    "no-cosign": [
      { detail: "there is no cosign in PATH" },
      { detail: "no such file", key: "cosign.key" },
    ],
    "unverifiable": [
      {
        ...{ reference, why: `the registry has no statement about ${image}` },
        next: target(["publish", "--attest"]),
      },
      { reference, why: "no answer", next: `cosign tree ${image}` },
    ],
    "foreign-tag": [{ reference, image }],
    "not-verified": [{
      ...{ reference, why: "no test has accepted it" },
      next: `cosign tree ${image}`,
    }],
  };
}

function usage({ target, again }: Typing) {
  return {
    "unknown-target": [
      { word: "foo" },
      { word: "up", nearest: "release", next: target(["release"]) },
      { word: "logs", told: "logs" },
      { word: "dev", told: "dev" },
    ],
    "unknown-flag": [
      { flag: "--port", target: "release" },
      { flag: "--port" },
      { flag: "--cov", target: "test", forArgs: "todoflow test -- --cov" },
      {
        ...{ flag: "--fail-fst", target: "test", nearest: "--fail-fast" },
        next: "todoflow test --fail-fast",
        forArgs: "todoflow test -- --fail-fst",
      },
    ],
    "misplaced-flag": [
      { flag: "-f", target: "ls", of: ["test"], next: "todoflow ls" },
      { flag: "-n", of: ["test", "release"], next: "todoflow --help" },
    ],
    "flag-value": [
      {
        ...{ flag: "--color", problem: 'expected auto, got "blue"' },
        next: "todoflow test --help",
      },
    ],
    "unexpected-argument": [
      { word: "x", target: "clean" },
      { word: "x", target: "test", forArgs: "todoflow test -- x" },
      {
        ...{ word: "release", target: "test" },
        next: "todoflow test && todoflow release",
      },
    ],
    "argument": [{ target: "completions", expected: ["bash", "zsh"] }],
    "many-tests": [{ services: ["unit", "lint"], args: ["-k", "x"] }],
    "no-directory": [
      { directory: "nope", around: ".", folders: ["api"] },
      { directory: "ap", around: ".", folders: ["api"], near: "api" },
      { directory: "a.yml", isThere: true, near: "." },
    ],
    "illegal-version": [{ version: "a/b" }],
    "long-project": [{ name: `${"x".repeat(195)}--release`, most: 200 }],
    "reserved-project": [{ name: "shop--test" }],
    "no-commit": [{ directory: "/src/shop" }],
    "no-git": [{}, { detail: "argument list too long" }],
    "no-repository": [
      { directory: "/src", detail: "not a git repository" },
      {
        ...{ directory: "/src", detail: "detected dubious ownership" },
        remedy: "git config --global --add safe.directory /src",
      },
    ],
    "git-hangs": [{ directory: "/src/my shop", seconds: 30 }],
    "lock-held": [
      { target: "release", project: "shop--release", holder: HOLDER },
      { target: "clean", project: "shop", holder: HOLDER },
      { target: "test", project: "shop--test", directory: "/src/shop" },
    ],
    "not-published": [{
      tags: [{ reference: "h/shop:1", is: false, detail: "is not there" }],
      again: again(),
    }],
  } satisfies Partial<{ [K in Failure["kind"]]: readonly Of<K>[] }>;
}

const HOLDER = {
  ...{ target: "test", pid: 17, host: "box", started: AT },
  directory: "/src/shop",
};

type About = NonNullable<Of<"invalid-compose-file">["about"]>;

function configuration({ target }: Typing) {
  const complaints: About[] = [
    { what: "variable", name: "IMG", next: "cp -n .env.example .env" },
    { what: "env-file", name: "app.env", next: "touch app.env" },
    { what: "env-line", name: ".env" },
    { what: "file", name: "other.yaml", next: "ls ." },
    { what: "unreadable", name: "compose.yaml", next: "ls -ld compose.yaml" },
    { what: "name", name: "My.App" },
    { what: "undefined", name: 'service "db"', next: 'add a service "db"' },
    {
      ...{ what: "v1", name: "compose.yaml" },
      next: "(set -C; sed 's/^/  /' compose.yaml > compose.v2.yaml)",
    },
    { what: "empty", name: "compose.yaml" },
    { what: "no-mapping", name: "compose.yaml" },
    {
      ...{ what: "conflict", name: "compose.yaml" },
      next: "grep -nE '^(<|=|>){7}' compose.yaml",
    },
    {
      ...{ what: "compose-file", name: "compose.yaml", folder: "." },
      ...{ there: ["compose.yml"], nearest: "compose.yml" },
      ...{ files: ["compose.yml"], next: "ls ." },
    },
    { what: "compose-file", name: "x.yml", folder: ".", next: "ls ." },
    { what: "folder", name: "api", next: "ls api" },
  ];
  const role = {
    ...{ target: "release", known: ["api", "db"], block: undefined },
    file: "compose.yaml",
  };
  return {
    "no-compose-file": [
      { directory: "/src" },
      { directory: "/src", near: ["docker/compose.yaml"] },
    ],
    "invalid-compose-file": [
      { detail: "services.app Additional property web is not allowed" },
      { detail: "invalid interpolation format for services.app" },
      ...complaints.map((about) => ({ detail: "d", about })),
    ],
    "invalid-config": [{
      ...{ path: ["x-todoflow", "test"], problem: "p", location: PLACE },
    }],
    "lacking": [{
      ...{ work: "build", service: "app", path: [] },
      ...{ lack: "there is no folder x", next: "ls ." },
    }],
    "many-test-files": [
      { files: ["api/compose.ci.yml"], flag: "compose.ci.yml", services: [] },
      { files: ["compose.ci.yml"], services: ["test"] },
    ],
    "no-role": [
      { ...role, role: "app", candidates: [] },
      { ...role, role: "app", candidates: ["api", "web"] },
      { ...role, role: "app", candidates: [], known: [] },
      { ...role, role: "test", candidates: [] },
      { ...role, role: "test", candidates: [], app: "api" },
      { ...role, role: "test", candidates: [], command: ["npm", "test"] },
      { ...role, role: "acceptance", candidates: ["e2e", "smoke"] },
    ],
    "no-start": [
      {
        ...{ directory: "/src", language: "Node", why: "w" },
        next: target(["init"]),
      },
    ],
    "unwritable": [{ file: "Dockerfile", detail: "permission denied" }],
    "no-events": [
      { problem: "no reports in reports" },
      { file: "a.jsonl", problem: "it is empty" },
    ],
    "unreadable-events": [{
      ...{ file: "a.jsonl", detail: "permission denied" },
      look: "ls -l a.jsonl",
    }],
    "unsupported": [{
      feature: 'network_mode "service:db" of service "app"',
      advice: 'give "app" a network of its own',
    }],
  } satisfies Partial<{ [K in Failure["kind"]]: readonly Of<K>[] }>;
}

function machine() {
  const step = { step: "build", target: "test" };
  const shell = "docker compose build app";
  const fault = { ...step, shell, detail: "Error response from daemon: x" };
  return {
    "no-docker": [{}, { detail: "argument list too long" }],
    "no-engine": [
      { detail: "Cannot connect to the Docker daemon" },
      { detail: "permission denied while trying to connect" },
    ],
    "no-compose": [{ detail: "docker: 'compose' is not a docker command." }],
    "old-compose": [{ version: "2.6.0", needed: "2.20" }],
    "engine-lost": [fault],
    "docker-killed": [{ ...fault, detail: "docker was killed (SIGKILL)" }],
    "disk-full": [fault],
    "port-taken": [],
    "no-address-pool": [fault],
    "no-registry": [
      { ...fault, detail: "dial tcp: connection refused" },
      { ...fault, detail: "toomanyrequests: rate limit" },
      { ...step, detail: "dial tcp: connection refused" },
    ],
    "network-gone": [fault],
    "foreign-volume": [
      {
        ...fault,
        detail:
          "volume shop--test_data was there already, and no run of todoflow has made it",
      },
      fault,
    ],
  } satisfies Partial<{ [K in Failure["kind"]]: readonly Of<K>[] }>;
}

function ownership() {
  const foreign = {
    ...{ project: "shop--release", directory: "/src" },
    foreign: [
      { kind: "container" as const, name: "shop--release-db-1", state: "up" },
      { kind: "volume" as const, name: "shop--release_data" },
    ],
  };
  const use = {
    ...{ container: "web", state: "running", project: "" },
    what: "the port 80/tcp",
  };
  return {
    "foreign": [
      { ...foreign, target: "release" },
      { ...foreign, target: "clean" },
      {
        ...{ target: "test", project: "shop--test", directory: "/src" },
        foreign: [{ kind: "container", name: "db", project: "other" }],
      },
    ],
    "in-use": [
      { target: "release", project: "shop--release", uses: [use] },
      {
        ...{ target: "release", project: "shop--release" },
        uses: [{ ...use, what: "the volume data" }],
      },
    ],
    "foreign-data": [{
      target: "test",
      folders: [{
        ...{ service: "db", folder: "/src/data" },
        move: "mv /src/data /src/data.kept",
      }],
    }],
    "port-in-use": [],
    "missing": [{
      target: "release",
      things: [{ kind: "network", name: "proxy" }],
    }],
    "no-state": [{ folder: "/root/.local/state/todoflow", detail: "d" }],
    "unsafe-state": [{
      ...{ folder: "/x/todoflow", path: "/x", problem: "is a link" },
      fix: "chmod go-w /x",
    }],
    "unknown-record": [{
      ...{ file: "/x/shop.1.json", problem: "of another version" },
      remove: "rm /x/shop.1.json",
    }],
    "no-reports": [{ folder: "/src/my shop/reports/test", detail: "d" }],
    "foreign-reports": [{
      ...{ folder: "/src/reports/test", problem: "files" },
      path: "/src/reports/test/notes.txt",
    }],
  } satisfies Partial<{ [K in Failure["kind"]]: readonly Of<K>[] }>;
}

/** Every reason for which nothing is published. */
const REASONS: { [K in Unpublishable["kind"]]: readonly Unpublishable[] } = {
  "no receipt": [{ kind: "no receipt", file: RECEIPT }],
  "unreadable receipt": [{ kind: "unreadable receipt", file: RECEIPT }],
  "other format": [{ kind: "other format", file: RECEIPT, format: 9 }],
  "none made": [{ kind: "none made", why: "the engine did not say" }],
  "other commit": [{ kind: "other commit", accepted: "a", now: "b" }],
  "other release": [{
    ...{ kind: "other release", what: "project", accepted: "x", now: "y" },
  }],
  "other image": [{
    ...{ kind: "other image", image: ID, label: "l", expected: "a" },
    found: undefined,
  }],
  "other version": [{ kind: "other version", accepted: "1.0", now: "1.1" }],
  "dirty release": [{ kind: "dirty release" }],
  "dirty tree": [
    { kind: "dirty tree" },
    { kind: "dirty tree", filters: ["lfs"] },
  ],
  "uncommitted files": [
    { kind: "uncommitted files", files: ["app.env"], count: 1 },
  ],
  "not accepted": [
    { kind: "not accepted" },
    { kind: "not accepted", why: "no test has passed" },
  ],
  "unconfirmed": [{
    kind: "unconfirmed",
    changed: { role: "app", service: "web", before: "api" },
  }],
  "hidden files": [{
    kind: "hidden files",
    hidden: [{ service: "app", folder: "src", target: "/app" }],
  }],
  "no image": [{ kind: "no image", image: ID, at: AT }],
};

const NAMES: readonly Omit<NoImageName, "kind">[] = [
  { service: "app", problem: "no build" },
  { service: "app", problem: "no name" },
  { service: "app", problem: "a digest", name: "ghcr.io/me/shop" },
  { service: "app", problem: "a digest" },
  {
    ...{ service: "release", problem: "other build", other: "app" },
    name: "ghcr.io/me/shop",
  },
  {
    ...{ service: "worker", problem: "two images", other: "app" },
    name: "ghcr.io/me/shop",
  },
];

function publishing({ target, again }: Typing) {
  const commands = {
    release: target(["release"]),
    publish: again(),
    dirty: target(["publish", "--allow-dirty"]),
    unaccepted: target(["publish", "--unaccepted"]),
  };
  return {
    "unpublishable": Object.values(REASONS).flat()
      .map((reason) => ({ reason, again: commands })),
    "no-image-name": NAMES,
  } satisfies Partial<{ [K in Failure["kind"]]: readonly Of<K>[] }>;
}

/** The last lines of a push, one for each refusal that is known, and one that is not. */
const PUSHES = [
  "the image tag '1' already exists and is immutable",
  "denied: storage quota exceeded",
  "h/shop:1 was pushed, not proven: 403 Forbidden",
  "denied: requested access to the resource is denied",
  "something else",
];

function steps({ target, again }: Typing) {
  const commands = {
    ...{ command: again(), release: target(["release"]) },
    keeping: target(["release", "--keep"]),
  };
  const step = { step: "ready app", target: "release" };
  const common = { ...step, shell: "docker compose up --wait app" };
  const container = { container: "shop--release-app-1" };
  const diagnoses = [
    undefined,
    {},
    { ...container, again: commands },
    { ...container, again: { ...commands, clean: target(["clean"]) } },
    { ...container, again: { command: again(), release: target(["release"]) } },
    ...PUSHES.map((line) =>
      diagnosis({
        does: { kind: "push", reference: "h/shop:1", image: ID },
        ...{ lines: [line], again: commands },
        reports: "reports/publish",
      })
    ),
  ].map((diagnosis) => diagnosis === undefined ? {} : { diagnosis });
  return {
    "step-failed": diagnoses.map((one) => ({ ...common, code: 1, ...one })),
    "deadline": diagnoses.map((one) => ({ ...common, seconds: 5, ...one })),
    "clean-up-failed": [{ shell: ["docker rm --force --volumes a"] }],
    "own-fault": [
      { message: "m", frames: [], reports: "reports/test" },
      { message: "m", frames: ["at f"] },
    ],
    "signal": [{ signal: "SIGINT" }],
  } satisfies Partial<{ [K in Failure["kind"]]: readonly Of<K>[] }>;
}

/**
 * A Dockerfile for an application in Python.
 *
 * @module
 */

import { type App, appOf, portOf } from "./python_app.ts";
import { type Packages, readPackages, withTomli } from "./python_packages.ts";
import {
  execText,
  hasTestFiles,
  healthText,
  isOnLoopback,
  NO_PORT,
  ON_LOOPBACK,
  type Source,
  type Start,
  textsOf,
} from "./source.ts";

/** Files of which a project in Python has at least one. */
const SIGNS = [
  ...["requirements.txt", "pyproject.toml", "manage.py", "Pipfile"],
  ...["setup.py", "main.py", "app.py", "server.py"],
];

/** Tags of Python before 3.11. */
const HAS_NO_TOMLLIB = /^3\.(9|10)\b/;

/** Makes the Dockerfile; undefined where the folder is none of Python. */
export async function pythonStart(source: Source): Promise<Start | undefined> {
  if (!SIGNS.some((name) => source.paths.includes(name))) return undefined;
  const lack = (why: string, next: string): Start => ({
    ...{ kind: "lack", language: "Python", why, next },
  });
  const found = await readPackages(source);
  if ("why" in found) return lack(found.why, found.next);
  const tag = await tagOf(source, found);
  const packages = HAS_NO_TOMLLIB.test(tag) ? withTomli(found) : found;
  const texts = await textsOf(source, /\.py$/);
  const app = appOf(texts, packages.names);
  if ("why" in app) return lack(app.why, app.next);
  const port = app.port ?? portOf(texts);
  const tests = testsOf(source, packages);
  return {
    ...{ kind: "recipe", language: "Python", hasTests: tests !== undefined },
    isInit: false,
    port,
    dockerfile: [
      `FROM python:${tag} AS base`,
      "ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1",
      "ENV VIRTUAL_ENV=/venv PATH=/venv/bin:$PATH",
      "WORKDIR /app",
      // Modules in `src` are imported by their names below it.
      ...(source.paths.some((path) => path.startsWith("src/"))
        ? ["ENV PYTHONPATH=/app/src"]
        : []),
      "",
      "# Only a change of the files that are copied here installs the packages again.",
      "FROM base AS dependencies",
      "RUN python -m venv /venv",
      ...packages.install,
      ...testStage(tests, packages),
      "",
      "FROM base AS release",
      "RUN useradd --uid 1000 --create-home app",
      "COPY --from=dependencies /venv /venv",
      "COPY . .",
      ...(packages.isBuilt
        ? [
          "RUN --mount=type=cache,target=/root/.cache/pip \\\n  pip install --no-deps .",
        ]
        : []),
      "USER app",
      ...(port === undefined
        ? []
        : [`EXPOSE ${port}`, healthText(healthOf(port))]),
      `CMD ${execText(app.words)}`,
      "",
    ].join("\n"),
    ignored: [
      ...["**/__pycache__", "**/*.pyc", "**/.venv", "**/venv"],
      ...["**/.pytest_cache", "**/*.sqlite3", ".coverage"],
    ],
    notes: notesOf({ app, packages, port, tests, texts: [...texts.values()] }),
  };
}

function notesOf({ app, packages, port, tests, texts }: {
  app: App;
  packages: Packages;
  port: number | undefined;
  tests: Tests | undefined;
  texts: readonly string[];
}): string[] {
  return [
    ...packages.notes,
    ...app.notes,
    ...(tests ? [] : [
      "No tests are found: files such as test_app.py give the Dockerfile a stage for them.",
    ]),
    ...(port === undefined ? [NO_PORT] : []),
    ...(app.port === undefined && isOnLoopback(texts) ? [ON_LOOPBACK] : []),
  ];
}

/** A request that any answer but a fault of the server satisfies: `/` of an API is often not found. */
function healthOf(port: number): string[] {
  return [
    "python",
    "-c",
    `import http.client as h; c = h.HTTPConnection('127.0.0.1', ${port}, timeout=4); c.request('GET', '/'); exit(c.getresponse().status >= 500)`,
  ];
}

/** How the tests run. */
interface Tests {
  words: readonly string[];
  /** The package that runs them, if the project does not name it. */
  missing?: string;
}

/** The pytest that is installed where the project names none. */
const PYTEST = "pytest==8.4.2";

function testsOf(source: Source, packages: Packages): Tests | undefined {
  const { paths } = source;
  if (paths.includes("manage.py")) {
    const names = /(^|\/)(tests?|test_[^/]+|[^/]+_test)\.py$|(^|\/)tests\//;
    return hasTestFiles(source, names)
      ? { words: ["python", "manage.py", "test"] }
      : undefined;
  }
  const names = /(^|\/)(test_[^/]*|[^/]+_test)\.py$/;
  if (!hasTestFiles(source, names)) return undefined;
  const isNamed = packages.names.has("pytest") || packages.hasPytest;
  const isPytest = isNamed ||
    ["pytest.ini", "conftest.py", "tests/conftest.py"]
      .some((path) => paths.includes(path));
  return isPytest
    ? {
      words: ["python", "-m", "pytest"],
      ...(!isNamed && { missing: PYTEST }),
    }
    : { words: ["python", "-m", "unittest", "discover"] };
}

function testStage(tests: Tests | undefined, packages: Packages): string[] {
  if (!tests) return [];
  const missing = tests.missing === undefined ? [] : [
    "RUN --mount=type=cache,target=/root/.cache/pip \\\n" +
    `  pip install ${tests.missing}`,
  ];
  return [
    ...["", "FROM dependencies AS test", ...packages.installTests, ...missing],
    "COPY . .",
    ...(packages.isBuilt ? ["RUN pip install --no-deps --editable ."] : []),
    `CMD ${execText(tests.words)}`,
  ];
}

/** The Python of the image, unless the project names one, and the oldest one that has an image on Debian bookworm. */
const NEWEST = 13;
const OLDEST = 9;

/** The tag of the base image, by the version that the project asks for. */
async function tagOf(
  { read }: Source,
  { python }: Packages,
): Promise<string> {
  const file = await read(".python-version") ?? "";
  const [, exact, minor] = /^\s*(3\.(\d+)(?:\.\d+)?)\s*$/m.exec(file) ?? [];
  if (exact !== undefined && Number(minor) >= OLDEST) {
    return `${exact}-slim-bookworm`;
  }
  const [, mark, least] = /(>=|==|~=|\^|<)?\s*3\.(\d+)/.exec(python) ?? [];
  const [, below] = /<\s*3\.(\d+)/.exec(python) ?? [];
  const wanted = mark === "==" || mark === "~="
    ? Number(least)
    : below === undefined
    ? Math.max(Number(least ?? NEWEST), NEWEST)
    : Math.min(Number(below) - 1, NEWEST);
  return `3.${wanted >= OLDEST ? wanted : NEWEST}-slim-bookworm`;
}

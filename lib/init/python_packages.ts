/**
 * How the packages of an application in Python are installed: by pip, uv or Poetry, as its files say.
 *
 * @module
 */

import { namesOf, type Project, readProject } from "./pyproject.ts";
import type { Source } from "./source.ts";

/** The packages, and the lines of a Dockerfile that install them into the virtual environment. */
export interface Packages {
  /** Names of the packages that the application needs, in small letters; with an extra such as `fastapi[standard]`, too. */
  names: ReadonlySet<string>;
  /** Whether those for tests have pytest. */
  hasPytest: boolean;
  /** Whether the project is a package itself, which its modules are imported from. */
  isBuilt: boolean;
  install: readonly string[];
  /** Installs those for tests, where the others are already. */
  installTests: readonly string[];
  /** The versions of Python that it names. */
  python: string;
  notes: readonly string[];
}

interface NoPackages {
  why: string;
  next: string;
}

/** Finds them. */
export async function readPackages(
  source: Source,
): Promise<Packages | NoPackages> {
  const text = await source.read("pyproject.toml");
  const project = text === undefined ? undefined : readProject(text);
  if (text !== undefined && !project) {
    return {
      why: "pyproject.toml is not valid TOML",
      next:
        'python -c \'import tomllib; tomllib.load(open("pyproject.toml", "rb"))\'',
    };
  }
  const has = (path: string) => source.paths.includes(path);
  if (project && has("uv.lock")) return byUv(project);
  if (project && (project.isPoetry || has("poetry.lock"))) {
    return byPoetry(project, has("poetry.lock"));
  }
  if (has("requirements.txt")) return await byFile(source, project);
  if (project?.dependencies) return byProject(project);
  if (has("Pipfile") || has("setup.py")) {
    const file = has("Pipfile") ? "Pipfile" : "setup.py";
    return {
      why: `its packages are listed in ${file}`,
      next: "pip freeze > requirements.txt   # in its virtual environment",
    };
  }
  return {
    ...NONE,
    install: [],
    installTests: [],
    notes: ["No file lists packages: init takes it that there are none."],
  };
}

const NONE = {
  names: new Set<string>(),
  hasPytest: false,
  isBuilt: false,
  python: "",
};

const CACHE = "RUN --mount=type=cache,target=/root/.cache/pip \\\n  ";

/** Names of files that list the packages for tests. */
const TEST_FILES = [
  "requirements-test.txt",
  "requirements-tests.txt",
  "requirements-dev.txt",
  "requirements_test.txt",
  "requirements_dev.txt",
  "test-requirements.txt",
  "dev-requirements.txt",
  "requirements/test.txt",
  "requirements/dev.txt",
];

async function byFile(
  { paths, read }: Source,
  project: Project | undefined,
): Promise<Packages> {
  const text = await read("requirements.txt") ?? "";
  const lines = text.split(/\r?\n/).filter((line) => /^\s*\w/.test(line));
  const others = paths.filter((path) =>
    /^requirements\/[\w.-]+\.txt$/.test(path)
  );
  const file = TEST_FILES.find((name) => paths.includes(name));
  const tests = file === undefined ? "" : await read(file) ?? "";
  const isPinned = lines.every((line) => /===?|@|^\s*-/.test(line));
  // A file in the folder may include the others.
  const files = [
    "requirements.txt",
    ...(/^\s*-[rc]\s/m.test(text) ? others : []),
  ];
  return {
    names: namesOf(lines),
    hasPytest: namesOf(tests.split(/\r?\n/)).has("pytest"),
    isBuilt: false,
    install: [
      ...copies(files),
      `${CACHE}pip install --requirement requirements.txt`,
    ],
    installTests: file === undefined ? [] : [
      ...copies([file]),
      `${CACHE}pip install --requirement ${file}`,
    ],
    python: project?.python ?? "",
    notes: isPinned ? [] : [
      "Not all packages in requirements.txt have a version: `pip freeze` prints them.",
    ],
  };
}

/** Instructions that copy files, each to the same place. */
function copies(files: readonly string[]): string[] {
  const top = files.filter((file) => !file.includes("/"));
  const below = files.filter((file) => file.includes("/"));
  return [
    ...(top.length > 0 ? [`COPY ${top.join(" ")} ./`] : []),
    ...(below.length > 0 ? ["COPY requirements/ requirements/"] : []),
  ];
}

/** Gives Python a reader of TOML: from 3.11 on its own one, before that the one in pip. */
const TOMLLIB = "import tomllib";
const TOMLI = "from pip._vendor import tomli as tomllib";

/** The lines for a Python without a reader of TOML. */
export function withTomli(packages: Packages): Packages {
  const replaced = (lines: readonly string[]) =>
    lines.map((line) => line.replace(TOMLLIB, TOMLI));
  return {
    ...packages,
    install: replaced(packages.install),
    installTests: replaced(packages.installTests),
  };
}

/** Prints the packages that `pyproject.toml` lists, so that they are installed before the source is there. */
function printing(table: readonly string[]): string {
  const path = table.map((key) => `['${key}']`).join("");
  const list = `tomllib.load(open('pyproject.toml', 'rb'))${path}`;
  // A group of packages may include others, by a table.
  const names = table[0] === "dependency-groups"
    ? `(one for one in ${list} if isinstance(one, str))`
    : list;
  return `python -c "${TOMLLIB}; print(*${names}, sep='\\n')"`;
}

function byProject(project: Project): Packages {
  const { tests } = project;
  const install = (table: readonly string[]) =>
    `${CACHE}${
      printing(table)
    } >/tmp/requirements.txt \\\n  && pip install --requirement /tmp/requirements.txt`;
  return {
    names: namesOf(project.dependencies ?? []),
    hasPytest: namesOf(tests.names).has("pytest"),
    isBuilt: project.hasBuild,
    install: [
      "COPY pyproject.toml ./",
      install(["project", "dependencies"]),
    ],
    installTests: tests.at === undefined ? [] : [
      install(
        tests.at[0] === "dependency-groups"
          ? tests.at
          : ["project", ...tests.at],
      ),
    ],
    python: project.python,
    notes: [
      "No lock file pins the packages: `uv lock` writes one, which init reads.",
    ],
  };
}

/** The uv that is installed. */
const UV = "uv==0.8.22";

function byUv(project: Project): Packages {
  const { tests } = project;
  const sync = (...words: string[]) =>
    "RUN --mount=type=cache,target=/root/.cache/uv \\\n  " +
    ["uv sync --frozen --active --no-install-project", ...words].join(" ");
  const [table, name] = tests.at ?? [];
  return {
    names: namesOf(project.dependencies ?? []),
    hasPytest: namesOf(tests.names).has("pytest"),
    isBuilt: project.hasBuild,
    install: [
      `${CACHE}/usr/local/bin/pip install ${UV}`,
      "ENV UV_LINK_MODE=copy",
      "COPY pyproject.toml uv.lock ./",
      sync("--no-dev", ...(project.hasBuild ? ["--inexact"] : [])),
    ],
    installTests: table === undefined ? [] : [
      sync(
        "--inexact",
        table === "dependency-groups" ? `--group ${name}` : `--extra ${name}`,
      ),
    ],
    python: project.python,
    notes: [],
  };
}

/** The Poetry that is installed: 2 reads the lock files of 1, too. */
const POETRY = "poetry==2.1.4";

function byPoetry(project: Project, isLocked: boolean): Packages | NoPackages {
  if (!isLocked) {
    return { why: "no poetry.lock pins its packages", next: "poetry lock" };
  }
  const install = (...words: string[]) =>
    "RUN --mount=type=cache,target=/root/.cache/pypoetry \\\n  " +
    ["/poetry/bin/poetry install --no-interaction --no-root", ...words]
      .join(" ");
  return {
    names: namesOf(project.dependencies ?? []),
    // The groups of Poetry are installed as a whole.
    hasPytest: project.hasPytest,
    isBuilt: false,
    install: [
      `${CACHE}python -m venv /poetry && /poetry/bin/pip install ${POETRY}`,
      "COPY pyproject.toml poetry.lock ./",
      install("--only main"),
    ],
    installTests: [install()],
    python: project.python,
    notes: [],
  };
}

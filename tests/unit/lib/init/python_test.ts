import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { pythonStart } from "../../../../lib/init/python.ts";
import {
  commandOf,
  isGood,
  lackOf,
  linesOf,
  recipeOf,
  sourceOf,
} from "./sources.ts";

const FLASK = "from flask import Flask\napp = Flask(__name__)\n";
const FASTAPI = "from fastapi import FastAPI\n\napi = FastAPI()\n";

const app = (files: Record<string, string>) => pythonStart(sourceOf(files));

Deno.test("an application of Flask has cached packages, tests, a user, a port and a check of it", async () => {
  const recipe = recipeOf(
    await app({
      "requirements.txt": "Flask==3.1.0\r\ngunicorn==23.0.0\r\n",
      "requirements-dev.txt": "pytest==8.4.2\n",
      "shop/web.py": FLASK,
      "tests/test_web.py": "",
    }),
  );
  assert(isGood(recipe), recipe.dockerfile);
  assertEquals(
    recipe.dockerfile,
    `FROM python:3.13-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
ENV VIRTUAL_ENV=/venv PATH=/venv/bin:$PATH
WORKDIR /app

# Only a change of the files that are copied here installs the packages again.
FROM base AS dependencies
RUN python -m venv /venv
COPY requirements.txt ./
RUN --mount=type=cache,target=/root/.cache/pip \\
  pip install --requirement requirements.txt

FROM dependencies AS test
COPY requirements-dev.txt ./
RUN --mount=type=cache,target=/root/.cache/pip \\
  pip install --requirement requirements-dev.txt
COPY . .
CMD ["python", "-m", "pytest"]

FROM base AS release
RUN useradd --uid 1000 --create-home app
COPY --from=dependencies /venv /venv
COPY . .
USER app
EXPOSE 8000
HEALTHCHECK --interval=3s --timeout=5s --retries=20 \\
  CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/'); exit(c.getresponse().status >= 500)"]
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "shop.web:app"]
`,
  );
  assertEquals([recipe.port, recipe.notes], [8000, []]);
});

Deno.test("each framework is started by its server", async () => {
  const served = "0.0.0.0:8000";
  const cases: [Record<string, string>, string][] = [
    [
      { "requirements.txt": "flask==3", "app.py": FLASK },
      "flask --app app:app run --host 0.0.0.0 --port 8000",
    ],
    [{
      "requirements.txt": "flask==3\ngunicorn==23",
      "shop/__init__.py": "def create_app():\n  pass",
    }, `gunicorn --bind ${served} shop:create_app()`],
    [{
      "requirements.txt": "fastapi==0.116\nuvicorn==0.35",
      "main.py": FASTAPI,
    }, "uvicorn main:api --host 0.0.0.0 --port 8000"],
    [
      {
        "requirements.txt": "fastapi[standard]==0.116",
        "src/main.py": FASTAPI,
      },
      "uvicorn main:api --host 0.0.0.0 --port 8000",
    ],
    [
      { "requirements.txt": "django==5", "manage.py": MANAGE },
      `python manage.py runserver ${served}`,
    ],
    [{
      "requirements.txt": "django==5\ngunicorn==23",
      "manage.py": MANAGE,
      "shop/wsgi.py": "",
    }, `gunicorn --bind ${served} shop.wsgi`],
    [
      { "server.py": 'HTTPServer(("", 9000), H).serve_forever()' },
      "python server.py",
    ],
  ];
  for (const [files, command] of cases) {
    const recipe = recipeOf(await app(files));
    assert(isGood(recipe), recipe.dockerfile);
    assertEquals(commandOf(recipe).join(" "), command);
    assertEquals(recipe.port, files["server.py"] ? 9000 : 8000);
  }
});

const MANAGE =
  `os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")`;

Deno.test("a server for development, and hosts that Django refuses, are told", async () => {
  const flask = recipeOf(
    await app({ "requirements.txt": "flask==3", "app.py": FLASK }),
  );
  assertStringIncludes(flask.notes.join("\n"), "gunicorn");
  const django = recipeOf(
    await app({ "requirements.txt": "django==5", "manage.py": MANAGE }),
  );
  assertStringIncludes(django.notes.join("\n"), "ALLOWED_HOSTS");
});

Deno.test("modules in src are found by their names below it", async () => {
  const recipe = recipeOf(
    await app({ "requirements.txt": "flask==3", "src/shop/web.py": FLASK }),
  );
  assertStringIncludes(recipe.dockerfile, "ENV PYTHONPATH=/app/src");
  assertEquals(commandOf(recipe)[2], "shop.web:app");
});

Deno.test("an application that is not certain is none", async () => {
  const cases: Record<string, string>[] = [
    { "requirements.txt": "flask==3", "a.py": FLASK, "b.py": FLASK },
    { "requirements.txt": "flask==3", "a.py": "" },
    { "requirements.txt": "fastapi==0.116", "main.py": FASTAPI },
    { "requirements.txt": "", "main.py": "print(1)" },
    { "requirements.txt": "flask==3", "a b.py": FLASK },
    {
      "requirements.txt": "",
      "a.py": "x.serve_forever()",
      "b.py": "x.serve_forever()",
    },
  ];
  for (const files of cases) lackOf(await app(files));
  assertEquals(await app({ "go.mod": "" }), undefined);
});

Deno.test("packages are installed as their files say", async () => {
  const project = `[project]
name = "shop"
requires-python = ">=3.9"
dependencies = ["flask>=3", "gunicorn"]
[dependency-groups]
dev = ["pytest>=8", {include-group = "lint"}]
`;
  const files = { "app.py": FLASK, "test_app.py": "" };
  const cases: [Record<string, string>, string[]][] = [
    [{ "pyproject.toml": project }, [
      "python -c \"import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\\n')\" >/tmp/requirements.txt && pip install --requirement /tmp/requirements.txt",
      "python -c \"import tomllib; print(*(one for one in tomllib.load(open('pyproject.toml', 'rb'))['dependency-groups']['dev'] if isinstance(one, str)), sep='\\n')\" >/tmp/requirements.txt && pip install --requirement /tmp/requirements.txt",
    ]],
    [{ "pyproject.toml": project, "uv.lock": "" }, [
      "/usr/local/bin/pip install uv==0.8.22",
      "uv sync --frozen --active --no-install-project --no-dev",
      "uv sync --frozen --active --no-install-project --inexact --group dev",
    ]],
    [{
      "pyproject.toml":
        '[tool.poetry.dependencies]\npython = "^3.10"\nflask = "3"\n[tool.poetry.group.dev.dependencies]\npytest = "8"',
      "poetry.lock": "",
    }, [
      "python -m venv /poetry && /poetry/bin/pip install poetry==2.1.4",
      "/poetry/bin/poetry install --no-interaction --no-root --only main",
      "/poetry/bin/poetry install --no-interaction --no-root",
    ]],
  ];
  for (const [own, expected] of cases) {
    const recipe = recipeOf(await app({ ...files, ...own }));
    const found = linesOf(recipe, "RUN").map((line) =>
      line.replace(/^RUN (--mount=\S+ )?/, "")
    ).filter((line) => !/^(python -m venv \/venv|useradd .*)$/.test(line));
    assertEquals(found, expected);
    assertEquals(linesOf(recipe, "CMD")[0], 'CMD ["python", "-m", "pytest"]');
  }
});

Deno.test("a Python without a reader of TOML takes pip's", async () => {
  const recipe = recipeOf(
    await app({
      "pyproject.toml": '[project]\ndependencies = ["flask"]',
      ".python-version": "3.10",
      "app.py": FLASK,
    }),
  );
  assertStringIncludes(
    recipe.dockerfile,
    'python -c "from pip._vendor import tomli as tomllib; print(',
  );
});

Deno.test("a project that is a package is installed itself, after what it needs", async () => {
  const recipe = recipeOf(
    await app({
      "pyproject.toml":
        '[project]\ndependencies = ["flask"]\n[build-system]\nrequires = ["hatchling"]',
      "src/shop/web.py": FLASK,
      "tests/test_web.py": "import unittest",
    }),
  );
  assertEquals(
    linesOf(recipe, "RUN").filter((line) => line.includes("--no-deps")),
    [
      "RUN pip install --no-deps --editable .",
      "RUN --mount=type=cache,target=/root/.cache/pip pip install --no-deps .",
    ],
  );
});

Deno.test("tests without pytest run by unittest, and pytest is installed where only its settings are there", async () => {
  const files = { "requirements.txt": "flask==3", "app.py": FLASK };
  const unit = recipeOf(await app({ ...files, "test_app.py": "" }));
  assertEquals(
    linesOf(unit, "CMD")[0],
    'CMD ["python", "-m", "unittest", "discover"]',
  );
  const settings = recipeOf(
    await app({ ...files, "test_app.py": "", "conftest.py": "" }),
  );
  assertStringIncludes(settings.dockerfile, "pip install pytest==");
  const none = recipeOf(await app(files));
  assertEquals([none.hasTests, none.notes.length], [false, 2]);
});

Deno.test("the base is the version that the project asks for", async () => {
  const project = (versions: string) => ({
    "pyproject.toml":
      `[project]\ndependencies = []\nrequires-python = "${versions}"`,
  });
  const tags: [Record<string, string>, string][] = [
    [{}, "3.13"],
    [{ ".python-version": "3.11\n" }, "3.11"],
    [{ ".python-version": "3.12.4\r\n" }, "3.12.4"],
    [{ ".python-version": "2.7" }, "3.13"],
    [{ ".python-version": "$(x)" }, "3.13"],
    [project(">=3.9"), "3.13"],
    [project(">=3.9,<3.12"), "3.11"],
    [project("==3.10.*"), "3.10"],
  ];
  for (const [files, tag] of tags) {
    const recipe = recipeOf(
      await app({ "app.py": "s.serve_forever()", ...files }),
    );
    assertEquals(
      linesOf(recipe, "FROM")[0],
      `FROM python:${tag}-slim-bookworm AS base`,
    );
  }
});

Deno.test("Pipenv, setup.py, an unlocked Poetry and broken files are refused", async () => {
  const main = { "app.py": "s.serve_forever()" };
  for (
    const files of [
      { Pipfile: "" },
      { "setup.py": "" },
      { "pyproject.toml": '[tool.poetry.dependencies]\nflask = "3"' },
      { "pyproject.toml": "[" },
    ]
  ) lackOf(await app({ ...main, ...files as Record<string, string> }));
});

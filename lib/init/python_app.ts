/**
 * Finds how an application in Python starts: Django, Flask, FastAPI, or a module that serves by itself.
 *
 * @module
 */

import { BY_HAND, isPlainPath, portIn } from "./source.ts";

/** How it starts. */
export interface App {
  words: readonly string[];
  /** The port that the words name; undefined where the application itself decides. */
  port?: number;
  notes: readonly string[];
}

interface NoApp {
  why: string;
  next: string;
}

/** The port that a server is told. */
const PORT = 8000;

/**
 * Finds the command.
 *
 * @param texts the modules, by path
 * @param packages names of the packages that the project needs
 */
export function appOf(
  texts: ReadonlyMap<string, string>,
  packages: ReadonlySet<string>,
): App | NoApp {
  return django(texts, packages) ?? flask(texts, packages) ??
    fastApi(texts, packages) ?? plain(texts) ?? {
    why: "nothing tells which module is the server",
    next: "name the module that serves main.py, or write the Dockerfile",
  };
}

type Rule = (
  texts: ReadonlyMap<string, string>,
  packages: ReadonlySet<string>,
) => App | NoApp | undefined;

const django: Rule = (texts, packages) => {
  const manage = texts.get("manage.py");
  if (manage === undefined) return undefined;
  const [, project] =
    /DJANGO_SETTINGS_MODULE["']\s*,\s*["'](\w+)\.settings/.exec(manage) ?? [];
  const isServed = project !== undefined && packages.has("gunicorn") &&
    texts.has(`${project}/wsgi.py`);
  if (isServed) {
    const words = ["gunicorn", "--bind", `0.0.0.0:${PORT}`, `${project}.wsgi`];
    return { words, port: PORT, notes: [HOSTS] };
  }
  const words = ["python", "manage.py", "runserver", `0.0.0.0:${PORT}`];
  return { words, port: PORT, notes: [HOSTS, forDevelopment("Django")] };
};

const HOSTS =
  "Django answers only requests to ALLOWED_HOSTS: it needs localhost and 127.0.0.1 for the health check and the proof of the URL.";

function forDevelopment(name: string): string {
  return `The server of ${name} is for development: with gunicorn among the packages, init starts that.`;
}

const flask: Rule = (texts, packages) => {
  if (!packages.has("flask")) return undefined;
  const found = objectsOf(texts, /^(\w+)\s*(?::\s*Flask\s*)?=\s*Flask\(/m);
  const factories = objectsOf(texts, /^def (create_app|make_app)\(\s*\)/m);
  const [one] = found.length > 0 ? found : factories;
  if (!one || Math.max(found.length, 1) > 1) return several("Flask", found);
  const isFactory = found.length === 0;
  if (packages.has("gunicorn")) {
    const object = isFactory ? `${one.name}()` : one.name;
    const words = ["gunicorn", "--bind", `0.0.0.0:${PORT}`];
    return {
      words: [...words, `${one.module}:${object}`],
      port: PORT,
      notes: [],
    };
  }
  const words = ["flask", "--app", `${one.module}:${one.name}`, "run"];
  return {
    words: [...words, "--host", "0.0.0.0", "--port", `${PORT}`],
    port: PORT,
    notes: [forDevelopment("Flask")],
  };
};

const fastApi: Rule = (texts, packages) => {
  if (!packages.has("fastapi") && !packages.has("starlette")) return undefined;
  const kind = /^(\w+)\s*(?::\s*\w+\s*)?=\s*(?:FastAPI|Starlette)\(/m;
  const found = objectsOf(texts, kind);
  const [one] = found;
  if (!one || found.length > 1) return several("FastAPI", found);
  const { module, name } = one;
  const hasServer = packages.has("uvicorn") ||
    packages.has("fastapi[standard]");
  return hasServer
    ? {
      words: [
        ...["uvicorn", `${module}:${name}`],
        ...["--host", "0.0.0.0", "--port", `${PORT}`],
      ],
      port: PORT,
      notes: [],
    }
    : {
      why: "no server for FastAPI is among its packages",
      next: "pip install uvicorn   # and list it among the packages",
    };
};

function several(name: string, found: readonly Found[]): NoApp {
  const places = found.map(({ module }) => module).join(", ");
  return {
    why: found.length === 0
      ? `no module has an application of ${name} at its top`
      : `${found.length} modules have an application of ${name}: ${places}`,
    next: BY_HAND,
  };
}

/** An object of a module. */
interface Found {
  module: string;
  name: string;
}

/** The modules that match, with what the pattern's group has found. */
function objectsOf(
  texts: ReadonlyMap<string, string>,
  pattern: RegExp,
): Found[] {
  return [...texts].flatMap(([path, text]) => {
    const [, name] = pattern.exec(text) ?? [];
    const module = path.replace(/^src\//, "").replace(/\.py$/, "")
      .replace(/\/__init__$/, "").replaceAll("/", ".");
    return name !== undefined && /^[A-Za-z_][\w.]*$/.test(module)
      ? [{ module, name }]
      : [];
  });
}

/** A module at the top that serves when it is run. */
const SERVES =
  /\bserve_forever\(|\buvicorn\.run\(|\bweb\.run_app\(|\bwaitress\b|\.run\(.{0,200}\bport\b|\bmake_server\(|\bstart_server\(/;

function plain(texts: ReadonlyMap<string, string>): App | undefined {
  const all = [...texts].filter(([path, text]) =>
    !path.includes("/") && isPlainPath(path) && SERVES.test(text)
  ).map(([path]) => path);
  const usual = ["main.py", "app.py", "server.py", "run.py"]
    .filter((name) => all.includes(name));
  const [file] = usual.length > 0 ? usual : all;
  return file === undefined || Math.max(usual.length, all.length) > 1
    ? undefined
    : { words: ["python", file], notes: [] };
}

/** Places where a server's port is a number. */
const PORTS = [
  /Server\(\s*\(\s*["'][^"'\n]*["']\s*,\s*(\d{2,5})\s*\)/g,
  /\bport\s*=\s*(\d{2,5})\b/gi,
  /(?:environ\.get|getenv)\(\s*["']PORT["']\s*,\s*["']?(\d{2,5})\b/g,
];

/** The port that the modules name. */
export function portOf(
  texts: ReadonlyMap<string, string>,
): number | undefined {
  return portIn(texts.values(), PORTS);
}

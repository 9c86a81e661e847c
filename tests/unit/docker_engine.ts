/**
 * The API of an engine whose state only a `docker` on PATH knows: each request becomes the command line that a person would
 * type instead. So a test says in one script what its engine has, and what fails.
 *
 * @module
 */

import type { EngineApi } from "../../lib/engine/api.ts";
import { EngineError } from "../../lib/engine/http.ts";
import { engineName } from "../../lib/image_name.ts";
import { type Output, runChild, type Surroundings } from "../../lib/child.ts";
import type { Answer, Asked, Wire } from "./fake_engine.ts";

/** The outcome of a command. */
interface Done {
  code: number;
  stdout: Uint8Array;
  stderr: string;
}

type Run = (...args: string[]) => Promise<Done>;

/** One kind of requests. */
interface Route {
  method: string;
  path: RegExp;
  answer(request: {
    asked: Pick<Asked, "query"> & { body?: string };
    /** The parts of the path that the expression names, decoded. */
    parts: string[];
    run: Run;
  }): Promise<unknown>;
}

/** The engine refuses. */
class Refused extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

/** The status that fits to what docker says. */
function refusalOf({ stderr }: Done): Refused {
  const message = stderr.trim();
  const status = /no such/i.test(message)
    ? 404
    : /conflict:/.test(message)
    ? 409
    : /invalid reference/i.test(message)
    ? 400
    : 500;
  return new Refused(status, message);
}

/** Runs a command that has to succeed; resolves to its stdout. */
async function ok(done: Promise<Done>): Promise<string> {
  const all = await done;
  if (all.code !== 0) throw refusalOf(all);
  return new TextDecoder().decode(all.stdout);
}

/** The JSON arrays in the output, one a line. */
// deno-lint-ignore no-explicit-any
function rows(text: string): any[][] {
  return text.split("\n").flatMap((line) => {
    try {
      const row = JSON.parse(line);
      return Array.isArray(row) ? [row] : [];
    } catch {
      return [];
    }
  });
}

/** The filters of a list, as flags. */
function filtersOf({ query }: Pick<Asked, "query">): string[] {
  const { label = [] } = JSON.parse(query.get("filters") ?? "{}");
  return label.flatMap((one: string) => ["--filter", `label=${one}`]);
}

const LABELS = "com.docker.compose.project";

/** Milliseconds of a time as docker prints it, such as "2026-11-29 15:52:42 +0100 CET". */
function timeOf(text = ""): number {
  const [, day, time, zone] =
    /^(\S+) (\d\d:\d\d:\d\d)\S* ([+-]\d{4})/.exec(text) ?? [];
  return Date.parse(`${day}T${time}${zone}`) || 0;
}

const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: /^\/containers\/json$/,
    answer: async ({ asked, run }) => {
      const all = await ok(
        run(
          "ps",
          "--all",
          "--no-trunc",
          ...filtersOf(asked),
          "--format",
          "ROW",
        ),
      );
      return rows(all).map(
        (
          [
            project,
            names,
            id,
            at,
            state,
            service,
            folder,
            files,
            mounts,
            networks,
            ports,
            image,
            labels,
          ],
        ) => ({
          Id: id,
          Names: `${names}`.split(",").map((name) => `/${name}`),
          Image: image ?? "",
          ImageID: `sha256:${"1".repeat(64)}`,
          Created: timeOf(at) / 1000,
          State: state ?? "",
          Labels: {
            ...(project && { [LABELS]: project }),
            ...(service &&
              { [`${LABELS.replace("project", "service")}`]: service }),
            ...(folder && { [`${LABELS}.working_dir`]: folder }),
            ...(files && { [`${LABELS}.config_files`]: files }),
            ...labels,
          },
          Mounts: mounts
            ? mounts.split(",").map((mount: string) =>
              mount.startsWith("/")
                ? { Type: "bind", Source: mount }
                : { Type: "volume", Name: mount, Source: "/var/lib/x" }
            )
            : [],
          NetworkSettings: {
            Networks: Object.fromEntries(
              (networks ? networks.split(",") : []).map((
                name: string,
              ) => [name, {}]),
            ),
          },
          Ports: (ports ?? []).map((port: string) => {
            const [PublicPort, Type] = port.split("/");
            return { PublicPort: Number(PublicPort), Type };
          }),
        }),
      );
    },
  },
  {
    method: "GET",
    path: /^\/networks$/,
    answer: async ({ asked, run }) => {
      const all = await ok(
        run(
          ...["network", "ls", "--no-trunc", ...filtersOf(asked)],
          ...["--format", "ROW"],
        ),
      );
      return rows(all).map(([project, Name, Id, at, subnets]) => ({
        ...{ Name, Id },
        ...(subnets && {
          IPAM: { Config: subnets.map((Subnet: string) => ({ Subnet })) },
        }),
        Created: timeOf(at) > 0 ? new Date(timeOf(at)).toISOString() : "",
        Labels: project ? { [LABELS]: project } : {},
      }));
    },
  },
  {
    method: "GET",
    path: /^\/volumes$/,
    answer: async ({ asked, run }) => {
      const all = await ok(
        run("volume", "ls", ...filtersOf(asked), "--format", "ROW"),
      );
      return {
        Volumes: rows(all).map(([project, Name, made, folder, device]) => ({
          Name,
          ...(device && { Options: { device } }),
          Labels: {
            ...(project && { [LABELS]: project }),
            ...(made && { "io.todoflow.run": made }),
            ...(folder && { [`${LABELS}.working_dir`]: folder }),
          },
        })),
      };
    },
  },
  {
    method: "POST",
    path: /^\/volumes\/create$/,
    answer: async ({ asked: { body = "" }, run }) => {
      const { Name } = JSON.parse(body);
      return { Name: (await ok(run("volume", "create", Name))).trim() };
    },
  },
  {
    method: "GET",
    path: /^\/volumes\/([^/]+)$/,
    answer: async ({ parts: [name = ""], run }) => {
      const label = await ok(run("volume", "inspect", name));
      return { Name: name, Labels: { "io.todoflow.run": label.trim() } };
    },
  },
  {
    method: "GET",
    path: /^\/images\/json$/,
    answer: async ({ asked, run }) => {
      const all = await ok(run("image", "ls", ...filtersOf(asked)));
      return all.split("\n").filter(Boolean).map((name) => ({
        RepoTags: [name],
      }));
    },
  },
  {
    method: "GET",
    path: /^\/images\/(.+)\/json$/,
    answer: async ({ parts: [name = ""], run }) => {
      const done = await run("image", "inspect", "--format", "ROW", name);
      const all = rows(new TextDecoder().decode(done.stdout));
      const found = all.find(([id, tags]) =>
        id === name || (tags ?? []).map(engineName).includes(engineName(name))
      );
      if (!found) {
        throw done.code === 0 || done.code === 1 && done.stderr === ""
          ? new Refused(404, `No such image: ${name}`)
          : refusalOf(done);
      }
      const [Id, RepoTags, LastTagTime, RepoDigests, labels, volumes] = found;
      return {
        ...{ Id, RepoTags, RepoDigests: RepoDigests ?? null },
        Metadata: { LastTagTime },
        Config: {
          // A row that does not say so is of an image that Compose has built.
          Labels: labels === undefined ? { [LABELS]: "shop" } : labels,
          Volumes: volumes ?? null,
        },
      };
    },
  },
  {
    method: "GET",
    path: /^\/containers\/([^/]+)\/json$/,
    answer: async ({ parts: [name = ""], run }) => {
      const text = await ok(run("container", "inspect", name));
      return JSON.parse(text.trim().split("\n").at(-1) || "null");
    },
  },
  {
    method: "GET",
    path: /^\/info$/,
    answer: async ({ run }) => {
      const state = await ok(run("info", "--format", "SWARM"));
      return { Swarm: { LocalNodeState: state.trim() } };
    },
  },
  {
    method: "GET",
    path: /^\/containers\/([^/]+)\/archive$/,
    answer: async ({ asked, parts: [name = ""], run }) => {
      const done = await run("cp", `${name}:${asked.query.get("path")}`, "-");
      if (done.code !== 0 && done.stdout.length === 0) throw refusalOf(done);
      return done.stdout;
    },
  },
  {
    method: "POST",
    path: /^\/containers\/([^/]+)\/wait$/,
    answer: async ({ parts: [name = ""], run }) => {
      const text = await ok(run("wait", name));
      const code = text.match(/^\s*(\d+)\s*$/m)?.[1];
      if (code === undefined) throw new Refused(500, "no code");
      return { StatusCode: Number(code) };
    },
  },
  {
    method: "POST",
    path: /^\/containers\/([^/]+)\/start$/,
    answer: async ({ parts: [name = ""], run }) => await ok(run("start", name)),
  },
  {
    method: "POST",
    path: /^\/containers\/([^/]+)\/stop$/,
    answer: async ({ asked, parts: [name = ""], run }) =>
      await ok(run("stop", "-t", asked.query.get("t") ?? "", name)),
  },
  {
    method: "DELETE",
    path: /^\/containers\/([^/]+)$/,
    answer: async ({ parts: [name = ""], run }) =>
      await ok(run("rm", "--force", "--volumes", name)),
  },
  {
    method: "DELETE",
    path: /^\/networks\/([^/]+)$/,
    answer: async ({ parts: [name = ""], run }) =>
      await ok(run("network", "rm", "--force", name)),
  },
  {
    method: "DELETE",
    path: /^\/volumes\/([^/]+)$/,
    answer: async ({ parts: [name = ""], run }) =>
      await ok(run("volume", "rm", "--force", name)),
  },
  {
    method: "DELETE",
    path: /^\/images\/(.+)$/,
    answer: async ({ parts: [name = ""], run }) => await ok(run("rmi", name)),
  },
  {
    method: "POST",
    path: /^\/images\/(.+)\/tag$/,
    answer: async ({ asked: { query }, parts: [name = ""], run }) =>
      await ok(run("tag", name, `${query.get("repo")}:${query.get("tag")}`)),
  },
];

/** The API of an engine that a function stands for, which answers the command lines of docker. */
export function apiBy(
  docker: (...args: readonly string[]) => Promise<Output>,
): EngineApi {
  const run: Run = async (...args) => {
    const { stdout, ...rest } = await docker(...args);
    return { ...rest, stdout: new TextEncoder().encode(stdout) };
  };
  const json: EngineApi["json"] = async <T>(
    path: string,
    { method = "GET", query = {} }: Parameters<EngineApi["json"]>[1] = {},
  ) => {
    const route = ROUTES.find((one) =>
      method === one.method && one.path.test(path)
    );
    if (!route) throw new EngineError(`page not found: ${path}`, 404);
    try {
      return await route.answer({
        asked: {
          query: new URLSearchParams(
            Object.entries(query).map(([name, value]) => [name, `${value}`]),
          ),
        },
        parts: route.path.exec(path)!.slice(1).map(decodeURIComponent),
        run,
      }) as T;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      throw new EngineError(error.message, error.status);
    }
  };
  const api: EngineApi = {
    endpoint: "unix:///engine.sock",
    request: () => Promise.reject(new EngineError("not here", 501)),
    json,
    done: async (path, options) => void await json(path, options),
    version: () => Promise.resolve(undefined),
    reason: ({ message }) => Promise.resolve(message),
    until: () => api,
    close: () => Promise.resolve(),
  };
  return api;
}

/** Answers requests by a `docker` on PATH. */
export function engineOf(surroundings: Surroundings): Answer {
  const execs = new Map<string, { argv: string[]; code?: number }>();
  return async (asked, wire) => {
    const path = asked.path.replace(/^\/v1\.\d+/, "");
    const gone = new AbortController();
    void wire.closed.then(() => gone.abort());
    const run: Run = async (...args) => {
      const out: Uint8Array[] = [];
      let stderr = "";
      const { code } = await runChild("docker", {
        args,
        cwd: surroundings.directory,
        env: surroundings.env,
        signals: [gone.signal],
        stdout: (chunk) => out.push(chunk.slice()),
        stderr: (chunk) => stderr += new TextDecoder().decode(chunk),
      });
      return { code, stdout: joined(out), stderr };
    };
    try {
      const executed = await exec(path, { asked, wire, run, execs });
      if (executed) return;
      const route = ROUTES.find(({ method, path: expression }) =>
        method === asked.method && expression.test(path)
      );
      if (!route) throw new Refused(404, `page not found: ${path}`);
      const parts = route.path.exec(path)!.slice(1).map(decodeURIComponent);
      const body = await route.answer({ asked, parts, run });
      if (!(body instanceof Uint8Array)) {
        return await wire.answer(200, JSON.stringify(body));
      }
      await wire.write("HTTP/1.1 200 OK\r\nApi-Version: 1.45\r\n\r\n");
      await wire.write(body);
      wire.close();
    } catch (error) {
      const { status = 500, message } = error as Refused;
      await wire.answer(status, JSON.stringify({ message }));
    }
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The three requests of an exec; resolves to whether it was one of them. */
async function exec(
  path: string,
  { asked, wire, run, execs }: {
    asked: Asked;
    wire: Wire;
    run: Run;
    execs: Map<string, { argv: string[]; code?: number }>;
  },
): Promise<boolean> {
  const [, container] = /^\/containers\/([^/]+)\/exec$/.exec(path) ?? [];
  if (container !== undefined) {
    const Id = `exec-${execs.size}`;
    const argv = [decodeURIComponent(container), ...JSON.parse(asked.body).Cmd];
    execs.set(Id, { argv });
    await wire.answer(201, JSON.stringify({ Id }));
    return true;
  }
  const [, id = "", what] = /^\/exec\/([^/]+)\/(start|json)$/.exec(path) ?? [];
  const known = execs.get(id);
  if (!known) return false;
  if (what === "json") {
    await wire.answer(200, JSON.stringify({ ExitCode: known.code ?? null }));
    return true;
  }
  const done = await run("exec", ...known.argv);
  known.code = done.code;
  await wire.write("HTTP/1.1 200 OK\r\nApi-Version: 1.45\r\n\r\n");
  await wire.write(bare(1, done.stdout));
  await wire.write(bare(2, new TextEncoder().encode(done.stderr)));
  wire.close();
  return true;
}

/** A frame without a time. */
function bare(stream: 1 | 2, text: Uint8Array): Uint8Array {
  const header = new Uint8Array(8);
  header[0] = stream;
  new DataView(header.buffer).setUint32(4, text.length);
  return joined([header, text]);
}

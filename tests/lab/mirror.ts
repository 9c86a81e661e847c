/**
 * The registry mirror on loopback, for a machine that does not reach Docker Hub.
 *
 * @module
 */
import { readOr } from "./files.ts";
import { CA_BUNDLE } from "./machine.ts";
import { isAlive, startDetached, until } from "./processes.ts";
import { LabError, tailOf } from "./report.ts";
import { HOME, type LabState, LOGS, writeState } from "./state.ts";

/** The registry's command, and its process's name. */
export const REGISTRY = "docker-registry";

const DATA = `${HOME}/registry`;
const CONFIG = `${HOME}/registry.yml`;
const LOG = `${LOGS}/registry.log`;
const USUAL_PORT = 5000;

/** Whether Docker Hub answers as itself. A proxy that forbids it answers, too, with another status. */
export async function reachesHub(): Promise<boolean> {
  const bundle = readOr(CA_BUNDLE, "");
  using client = Deno.createHttpClient({ caCerts: bundle ? [bundle] : [] });
  try {
    const signal = AbortSignal.timeout(5_000);
    const answer = await fetch("https://registry-1.docker.io/v2/", {
      client,
      signal,
    });
    await answer.body?.cancel();
    return [200, 401, 429].includes(answer.status);
  } catch {
    return false;
  }
}

/** Whether the lab's registry runs. */
export function mirrorRuns(state: LabState): boolean {
  return state.mirror !== undefined && isAlive(state.processes[REGISTRY]);
}

/** The port for the mirror: the last one, else the usual one, else any that is free. */
export function choosePort(state: LabState): number {
  for (const port of [state.mirror ?? USUAL_PORT, USUAL_PORT, 0]) {
    try {
      using listener = Deno.listen({ hostname: "127.0.0.1", port });
      return listener.addr.port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new LabError("No free port on 127.0.0.1", 4);
}

/**
 * Starts the registry on the port in the state and waits until it answers.
 *
 * @throws {LabError} with its log when it does not
 */
export async function startMirror(state: LabState): Promise<void> {
  Deno.mkdirSync(DATA, { recursive: true });
  const config = {
    version: "0.1",
    log: { level: "warn" },
    storage: { filesystem: { rootdirectory: DATA } },
    http: { addr: `127.0.0.1:${state.mirror}` },
  };
  // JSON is YAML, too.
  Deno.writeTextFileSync(CONFIG, JSON.stringify(config, null, 2));
  const { mark, ended } = startDetached([REGISTRY, "serve", CONFIG], LOG);
  state.processes[REGISTRY] = mark;
  writeState(state);
  const ready = await until(
    async () => ended() || await answers(state.mirror),
    20_000,
  );
  if (ended() || !ready) {
    throw new LabError(`The registry does not run.\n${tailOf(LOG)}`, 1);
  }
}

/** Whether the registry's data hold an image; it need not run. */
export function mirrorHolds(image: string): boolean {
  const [repository = "", tag = ""] = repositoryOf(image).split(":");
  const tags =
    `${DATA}/docker/registry/v2/repositories/${repository}/_manifests/tags`;
  return readOr(`${tags}/${tag}/current/link`, "") !== "";
}

/** The name under which a mirror holds an image of Docker Hub. */
export function repositoryOf(image: string): string {
  return image.includes("/") ? image : `library/${image}`;
}

async function answers(port: number | undefined): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/v2/`);
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

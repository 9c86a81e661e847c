/**
 * A registry of a test's own: Debian's docker-registry on loopback, behind a proxy that can make trouble.
 *
 * @module
 */

import { assertEquals } from "@std/assert";

/** The user of a registry with authentication. */
export const USER = "ci";
export const PASSWORD = "open-sesame-4711";

/** The line of `htpasswd -nbB` for them. */
const HTPASSWD =
  `${USER}:$2b$04$oPliPyHA4ECbO.TRaQcU0ee98AWvMI7117a0rofYc0mySrywgExty\n`;

/** The fate of a request: it passes, is refused by the registry, or its connection is cut. */
export type Fate = "pass" | "deny" | "cut";

/** A registry that runs. */
export interface Registry {
  /** Where it is reached, such as "127.0.0.1:40123". */
  host: string;
  /** The tags that were put, in order; those that were refused or cut, too. */
  puts: string[];
  /** Decides about each tag that is put. */
  onPut: (tag: string) => Fate | Promise<Fate>;
  /** The image under a tag of "team/shop"; undefined if the registry has none. */
  pointer(tag: string): Promise<Pointer | undefined>;
}

/** A manifest. */
export interface Pointer {
  digest: string;
  config: string;
}

/** Gives the test a registry, and ends it. */
export async function withRegistry(
  test: (registry: Registry) => Promise<void>,
  { authenticates = false } = {},
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "todoflow-registry-" });
  const address = freeAddress();
  await Deno.writeTextFile(`${folder}/htpasswd`, HTPASSWD);
  await Deno.writeTextFile(
    `${folder}/config.yml`,
    // JSON is YAML, too. With relative URLs what is pushed stays on its way through the proxy.
    JSON.stringify({
      version: "0.1",
      log: { level: "error", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: `${folder}/data` } },
      http: { addr: address, relativeurls: true },
      ...(authenticates && {
        auth: { htpasswd: { realm: "test", path: `${folder}/htpasswd` } },
      }),
    }),
  );
  const child = new Deno.Command("docker-registry", {
    args: ["serve", `${folder}/config.yml`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let hasEnded = false;
  void child.status.then(() => hasEnded = true);
  try {
    while (!await answers(address)) {
      // The registry does not say when it listens.
      await new Promise((resolve) => setTimeout(resolve, 20));
      assertEquals(hasEnded, false, "docker-registry has ended");
    }
    const registry: Registry = {
      host: "",
      puts: [],
      onPut: () => "pass",
      pointer: (tag) => pointerOf(address, tag),
    };
    await using proxy = proxyTo(address, (tag) => {
      registry.puts.push(tag);
      return registry.onPut(tag);
    });
    registry.host = proxy.host;
    await test(registry);
  } finally {
    if (!hasEnded) child.kill("SIGKILL");
    await child.status;
    await Deno.remove(folder, { recursive: true });
  }
}

function freeAddress(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `127.0.0.1:${listener.addr.port}`;
}

async function answers(address: string): Promise<boolean> {
  try {
    const response = await fetch(`http://${address}/v2/`);
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}

async function pointerOf(
  address: string,
  tag: string,
): Promise<Pointer | undefined> {
  const response = await fetch(
    `http://${address}/v2/team/shop/manifests/${tag}`,
    {
      headers: {
        accept: [
          "application/vnd.docker.distribution.manifest.v2+json",
          "application/vnd.oci.image.manifest.v1+json",
        ].join(", "),
        authorization: `Basic ${btoa(`${USER}:${PASSWORD}`)}`,
      },
    },
  );
  const { config } = await response.json();
  if (response.status === 404) return undefined;
  assertEquals(response.status, 200);
  return {
    digest: response.headers.get("docker-content-digest")!,
    config: config.digest,
  };
}

/** The answer of a registry to a user who may not push. */
const DENIED = JSON.stringify({
  errors: [{
    code: "DENIED",
    message: "requested access to the resource is denied",
  }],
});
const REFUSAL = [
  "HTTP/1.1 403 Forbidden",
  "Content-Type: application/json",
  `Content-Length: ${DENIED.length}`,
  "Connection: close",
  "",
  DENIED,
].join("\r\n");

/** Hands on what comes, but asks what is to become of a manifest that is put under a tag. */
function proxyTo(address: string, fateOf: Registry["onPut"]) {
  const [hostname = "", port] = address.split(":");
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const serve = async (client: Deno.Conn) => {
    const server = await Deno.connect({ hostname, port: Number(port) });
    open.add(client).add(server);
    const back = server.readable.pipeTo(client.writable).catch(() => {});
    const writer = server.writable.getWriter();
    try {
      for await (const chunk of client.readable) {
        const tag = putTag(chunk);
        const fate = tag === undefined ? "pass" : await fateOf(tag);
        if (fate === "pass") {
          await writer.write(chunk);
          continue;
        }
        if (fate === "deny") {
          await client.write(new TextEncoder().encode(REFUSAL));
        }
        break;
      }
    } catch {
      // A client that has closed its connection does not need the rest.
    }
    for (const end of [client, server]) {
      open.delete(end);
      try {
        end.close();
      } catch {
        // It is closed.
      }
    }
    await back;
  };
  const served: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const client of listener) {
      served.push(serve(client).catch(() => {}));
    }
  })();
  return {
    host: `127.0.0.1:${listener.addr.port}`,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      for (const conn of open) {
        try {
          conn.close();
        } catch {
          // It is closed.
        }
      }
      await accepting;
      await Promise.all(served);
    },
  };
}

/** The tag of a request that puts a manifest; a request begins where what was read begins. */
function putTag(chunk: Uint8Array): string | undefined {
  const head = new TextDecoder().decode(chunk.subarray(0, 300));
  return /^PUT \/v2\/team\/shop\/manifests\/([\w.-]+) /.exec(head)?.[1];
}

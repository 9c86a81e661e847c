import { assertEquals } from "@std/assert";
import type { Fault } from "../../../../lib/errors/failure.ts";
import { faultIn, pausesFor } from "../../../../lib/plan/faults.ts";

/** Lines of Docker 26, Compose 2.26 and BuildKit, word for word but for names and ids. */
const MESSAGES: Record<Fault["kind"], readonly string[]> = {
  // Our own word.
  "foreign-volume": [
    "volume shop_data was there already, and no run of todoflow has made it",
  ],
  "port-taken": [
    "Error response from daemon: driver failed programming external connectivity on endpoint shop-app-1 (3f1c9a): Bind for 127.0.0.1:8000 failed: port is already allocated",
    "Error response from daemon: driver failed programming external connectivity on endpoint shop-app-1 (3f1c9a): Error starting userland proxy: listen tcp4 127.0.0.1:8000: bind: address already in use",
    "Error response from daemon: Ports are not available: exposing port TCP 127.0.0.1:8000 -> 0.0.0.0:0: listen tcp 127.0.0.1:8000: bind: address already in use",
    // Docker 28.
    "Error response from daemon: failed to set up container networking: driver failed programming external connectivity on endpoint shop-app-1 (3f1c9a): failed to bind host port for 127.0.0.1:8000:172.18.0.2:8000/tcp: address already in use",
    "Error response from daemon: failed to set up container networking: driver failed programming external connectivity on endpoint shop-app-1 (3f1c9a): failed to bind host port 127.0.0.1:8000/tcp: address already in use",
  ],
  "no-address-pool": [
    "failed to create network shop_default: Error response from daemon: could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
    "failed to create network shop_default: Error response from daemon: all predefined address pools have been fully subnetted",
  ],
  "disk-full": [
    "ERROR: failed to solve: failed to copy files: copy file range failed: no space left on device",
    "#9 12.3 tar: /usr/lib/x: Cannot write: No space left on device",
    "Error response from daemon: failed to create shim task: write /run/containerd/io.containerd.runtime.v2.task/moby/3f1c9a/config.json: no space left on device: unknown",
    "failed to register layer: write /usr/lib/x86_64-linux-gnu/libc.so.6: disk quota exceeded",
  ],
  "no-registry": [
    'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 127.0.0.53:53: server misbehaving',
    'Error response from daemon: Get "https://registry-1.docker.io/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
    'Error response from daemon: Head "https://registry.example/v2/team/base/manifests/1": net/http: TLS handshake timeout',
    "Error response from daemon: toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit",
    "toomanyrequests: You have reached your pull rate limit.",
    'failed to solve: python:3.12: failed to resolve source metadata for docker.io/library/python:3.12: failed to do request: Head "https://registry-1.docker.io/v2/library/python/manifests/3.12": dial tcp: lookup registry-1.docker.io: i/o timeout',
    'target release: failed to solve: failed to authorize: failed to fetch anonymous token: Get "https://auth.docker.io/token?scope=x": dial tcp 10.0.0.1:443: connect: connection refused',
    "failed to solve: python:3.12: failed to resolve source metadata for docker.io/library/python:3.12: unexpected status from HEAD request to https://registry-1.docker.io/v2/library/python/manifests/3.12: 503 Service Unavailable",
    'Error response from daemon: Get "https://registry.example/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
  ],
  "network-gone": [
    "Error response from daemon: failed to set up container networking: network 3f1c9a not found",
    "Error response from daemon: network shop_default not found",
  ],
  "docker-killed": ["docker was killed (SIGKILL)"],
  // Known by asking the engine, not by words.
  "engine-lost": [],
};

for (const [kind, messages] of Object.entries(MESSAGES)) {
  for (const message of messages) {
    Deno.test(`${kind}: ${message}`, () => {
      assertEquals(faultIn(["#1 DONE", `  ${message}\r`, "exit status 1"]), {
        kind: kind as Fault["kind"],
        // Without the beginning that BuildKit gives a line.
        detail: message.replace(/^#9 12\.3 /, ""),
      });
    });
  }
}

const ORDINARY = [
  "",
  "#9 DONE 0.3s",
  "Container shop-app-1  Started",
  "Error response from daemon: No such container: shop-app-1",
  "Error response from daemon: error while removing network: network shop_default id 3f1c9a has active endpoints",
  'ERROR: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1',
  'Error response from daemon: Conflict. The container name "/shop-app-1" is already in use by container "3f1c9a".',
  "pull access denied for shop, repository does not exist or may require 'docker login'",
  // A build's own program, whose port is its container's.
  "#12 4.211 Error: listen tcp :8000: bind: address already in use",
  "#12 4.211 OSError: [Errno 98] bind: address already in use",
  // A download of a build's own program.
  '#12 4.211 go: example.org/x: Get "https://proxy.golang.org/x": dial tcp: lookup proxy.golang.org: no such host',
  '4.211 go: example.org/x: Get "https://proxy.golang.org/x": dial tcp: lookup proxy.golang.org: no such host',
  "Error response from daemon: manifest for python:3.99 not found: manifest unknown: manifest unknown",
  'Error response from daemon: Head "https://registry.example/v2/x/manifests/1": unauthorized: authentication required',
  "network shop_default not found in the Compose file",
  "the device has 3 GB of space left, port 8000 is allocated to the application",
];

for (const line of ORDINARY) {
  Deno.test(`no fault of the machine: ${line || "an empty line"}`, () => {
    assertEquals(faultIn([line]), undefined);
  });
}

Deno.test("of several faults the last one counts, the nearest to the end", () => {
  const [port = ""] = MESSAGES["port-taken"];
  const [disk = ""] = MESSAGES["disk-full"];
  assertEquals(faultIn([port, disk])?.kind, "disk-full");
  assertEquals(faultIn([disk, port])?.kind, "port-taken");
  assertEquals(faultIn([]), undefined);
});

Deno.test("faults that may pass are tried again, a registry's for 30 s; not a full disk or a lost engine", () => {
  const times = (Object.entries(MESSAGES) as [Fault["kind"], string[]][])
    .flatMap(([kind, [detail = ""]]) => {
      const sum = pausesFor({ kind, detail }).reduce((a, b) => a + b, 0);
      return sum > 0 ? [[kind, sum]] : [];
    });
  assertEquals(Object.fromEntries(times), {
    "port-taken": 2_000,
    "no-address-pool": 2_000,
    "no-registry": 30_000,
    "network-gone": 2_000,
  });
});

Deno.test("a registry that this machine does not trust is not asked again", () => {
  const detail = MESSAGES["no-registry"].at(-1)!;
  assertEquals(pausesFor({ kind: "no-registry", detail }), []);
});

Deno.test("a registry's fault that has passed is none: only the last lines tell of one", () => {
  const [fault = ""] = MESSAGES["no-registry"];
  const later = ["#1 DONE", "#2 DONE", "failed to solve: no such file"];
  assertEquals(faultIn([fault, ...later]), undefined);
});

import { assertEquals } from "@std/assert";
import type { Fault } from "../../../../lib/errors/failure.ts";
import { faultIn, mayPass } from "../../../../lib/plan/faults.ts";

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
  "docker-killed": ["docker was killed (SIGKILL)"],
  // Known by asking the engine, not by words.
  "engine-lost": [],
};

for (const [kind, messages] of Object.entries(MESSAGES)) {
  for (const message of messages) {
    Deno.test(`${kind}: ${message}`, () => {
      assertEquals(faultIn(["#1 DONE", `  ${message}\r`, "exit status 1"]), {
        kind: kind as Fault["kind"],
        detail: message,
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

Deno.test("faults that another run may cause are tried again: a port, a network's addresses; not a full disk or a lost engine", () => {
  const passing = (Object.keys(MESSAGES) as Fault["kind"][])
    .filter((kind) => mayPass({ kind, detail: "" }));
  assertEquals(passing.toSorted(), ["no-address-pool", "port-taken"]);
});

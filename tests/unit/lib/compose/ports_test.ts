import { assertEquals } from "@std/assert";
import { portsOf } from "../../../../lib/compose/ports.ts";

Deno.test("ports are read by container, by number, and by address, those that the engine chooses without a number", () => {
  const host = { "host_ip": "127.0.0.1" };
  assertEquals(
    portsOf({
      ports: [
        { target: 8000, published: "80", protocol: "tcp", ...host },
        { target: 8001, published: "81" },
        { target: 53, published: "5353", protocol: "udp" },
        { target: 9000 },
        { target: 9001, published: "0" },
        { target: 9002, published: "9100-9200" },
      ],
    }),
    {
      ports: [8000, 8001, 9000, 9001, 9002],
      published: ["80/tcp", "81/tcp", "5353/udp"],
      addresses: [
        { hostname: "127.0.0.1", port: 80, target: 8000 },
        { hostname: "0.0.0.0", port: 81, target: 8001 },
      ],
    },
  );
  assertEquals(portsOf({}), { ports: [], published: [], addresses: [] });
});

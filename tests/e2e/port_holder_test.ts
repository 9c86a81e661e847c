import { assertEquals } from "@std/assert";
import { portHolder } from "../../lib/run/port_holder.ts";

/** Listens on a port of another address, says so, and ends with its input. */
const OTHER =
  `Deno.listen({ hostname: "127.0.0.2", port: Number(Deno.args[0]) });
console.log("listens");
for await (const _ of Deno.stdin.readable);
Deno.exit();`;

Deno.test("the program that has a port is known where it is the only one: each address has its own ports", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = `${(listener.addr as Deno.NetAddr).port}`;
  const own = { name: "deno", pid: Deno.pid };
  assertEquals(await portHolder(port), own);
  const other = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", OTHER, port],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const said = other.stdout.getReader();
  await said.read();
  assertEquals(await portHolder(port), undefined);
  await other.stdin.close();
  await said.cancel();
  await other.status;
  assertEquals(await portHolder(port), own);
});

Deno.test("nothing holds a port that is free", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  assertEquals(await portHolder(`${port}`), undefined);
});

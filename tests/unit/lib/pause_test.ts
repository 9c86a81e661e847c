import { assert, assertEquals, assertRejects } from "@std/assert";
import { allEnded, pause, within } from "../../../lib/pause.ts";

/** A signal that counts its listeners. */
function counted() {
  const stop = new AbortController();
  const { signal } = stop;
  const listeners = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (type: string, listener: EventListener) => {
    listeners.add(listener);
    addEventListener.call(signal, type, listener);
  };
  signal.removeEventListener = (type: string, listener: EventListener) => {
    listeners.delete(listener);
    removeEventListener.call(signal, type, listener);
  };
  return { stop, signal, listeners };
}

Deno.test("a pause that an aborted signal ends is no error", async () => {
  const { stop, signal } = counted();
  const started = performance.now();
  const paused = pause(60_000, signal);
  stop.abort(new Error("the reason"));
  await paused;
  await pause(60_000, signal);
  assert(performance.now() - started < 10_000);
});

Deno.test("no listener is left on the signal of a wait that is over", async () => {
  const { signal, listeners } = counted();
  await pause(1, signal);
  assertEquals(await within(Promise.resolve(7), { signal }), 7);
  assertEquals(listeners.size, 0);
});

Deno.test("a failure among several questions rejects when all of them have ended", async () => {
  let hasEnded = false;
  const slow = pause(20).then(() => hasEnded = true);
  await assertRejects(() => allEnded([Promise.reject(new Error("no")), slow]));
  assert(hasEnded);
  assertEquals(await allEnded([Promise.resolve(1), "2"]), [1, "2"]);
});

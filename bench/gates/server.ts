/**
 * Listens after DELAY_MS milliseconds, and prints the moment (in milliseconds since 1970) at which it was ready.
 *
 * @module
 */

const delay = Number(Deno.env.get("DELAY_MS"));
await new Promise((resolve) => setTimeout(resolve, delay));
Deno.serve({
  port: 8000,
  onListen: () => {
    const line = `ready at ${Date.now()}\n`;
    Deno.stdout.writeSync(new TextEncoder().encode(line));
  },
}, () => new Response("ready\n"));

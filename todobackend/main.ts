/**
 * The program: hands arguments and the process to `main` and sets the exit code, which nothing else does.
 *
 * @module
 */

import { main } from "./src/main.ts";

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** Where text goes; written synchronously, so that nothing is lost when the process ends. */
function lineWriter(stream: typeof Deno.stdout): (line: string) => void {
  const encoder = new TextEncoder();
  return (line) => {
    let rest = encoder.encode(`${line}\n`);
    while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
  };
}

let stopGracefully: (() => void) | undefined;

// The kernel gives PID 1 of a container no default signal handlers: without these, `docker stop` would wait and kill.
for (const [signal, code] of Object.entries(SIGNALS)) {
  Deno.addSignalListener(signal as keyof typeof SIGNALS, () => {
    const stop = stopGracefully;
    stopGracefully = undefined;
    if (stop === undefined) Deno.exit(code);
    stop();
  });
}

if (import.meta.main) {
  Deno.exit(
    await main(Deno.args, {
      env: (name) => Deno.env.get(name),
      out: lineWriter(Deno.stdout),
      err: lineWriter(Deno.stderr),
      onStop: (stop) => stopGracefully = stop,
    }),
  );
}

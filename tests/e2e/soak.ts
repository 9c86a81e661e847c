/**
 * `deno task soak [--kills N] [--seed N]`: kills runs, others each time, and ends with exit code 1 if one left something.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { faults, inflict, titleOf } from "./faults.ts";

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) {
  const { kills = "100", seed = `${Date.now() % 1_000_000}` } = parseArgs(
    Deno.args,
    { string: ["kills", "seed"] },
  ) as { kills?: string; seed?: string };
  print(`${kills} kills, --seed ${seed}`);
  const times: number[] = [];
  let failed = 0;
  for (const [i, fault] of faults(Number(kills), Number(seed)).entries()) {
    try {
      const ms = await inflict(fault);
      if (fault.signal !== "SIGKILL") times.push(ms);
      print(`${i + 1} ok (${Math.round(ms)} ms) ${titleOf(fault)}`);
    } catch (error) {
      failed++;
      print(`${i + 1} FAILED ${titleOf(fault)}\n${(error as Error).stack}`);
    }
  }
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) =>
    Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? 0);
  print(
    `from signal to gone: median ${at(0.5)} ms, most ${
      at(1)
    } ms of ${times.length}`,
  );
  print(`${failed} of ${kills} left something`);
  Deno.exitCode = failed === 0 ? 0 : 1;
}

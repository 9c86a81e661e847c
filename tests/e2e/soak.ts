/**
 * `deno task soak [--kills N] [--seed N]`: kills runs, others each time, beside a developer's stack and another checkout's
 * release, and ends with exit code 1 if one left something or did harm to a neighbor.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { faults, inflict, titleOf } from "./faults.ts";
import { neighbors } from "./neighbors.ts";

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) {
  const { kills = "100", seed = `${Date.now() % 1_000_000}` } = parseArgs(
    Deno.args,
    { string: ["kills", "seed"] },
  ) as { kills?: string; seed?: string };
  print(`${kills} kills, --seed ${seed}`);
  let beside = await neighbors();
  const times: number[] = [];
  let failed = 0;
  for (const [i, fault] of faults(Number(kills), Number(seed)).entries()) {
    try {
      const ms = await inflict(fault, beside);
      if (fault.signal !== "SIGKILL") times.push(ms);
      print(`${i + 1} ok (${Math.round(ms)} ms) ${titleOf(fault)}`);
    } catch (error) {
      failed++;
      print(`${i + 1} FAILED ${titleOf(fault)}\n${(error as Error).stack}`);
      // So that one kill that did harm is one failure.
      const harmed = await beside.assertUntouched()
        .then(() => false, () => true);
      if (harmed) {
        await beside.remove().catch(() => {});
        beside = await neighbors();
      }
    }
  }
  await beside.remove();
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) =>
    Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? 0);
  print(
    `from signal to gone: median ${at(0.5)} ms, most ${
      at(1)
    } ms of ${times.length}`,
  );
  print(`${failed} of ${kills} left something or did harm`);
  Deno.exitCode = failed === 0 ? 0 : 1;
}

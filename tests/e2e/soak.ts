/**
 * `deno task soak [--kills N] [--seed N]`: kills runs, others each time, beside a developer's stack and another checkout's
 * release, and ends with exit code 1 if one left something or did harm to a neighbor;
 * `deno task soak --hangs [WORD]`: lets docker hang at each command (that has the word in it) in each way, and ends with 1
 * if a run has not ended 5 s after the second signal.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { faults, inflict, titleOf } from "./faults.ts";
import {
  DANGEROUS,
  everyWay,
  inflictHang,
  REST,
  titleOf as titleOfHang,
} from "./hang.ts";
import { neighbors } from "./neighbors.ts";

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** Milliseconds from the second signal in which a run must end, however docker hangs. */
const ENDS_WITHIN = 5_000;

/** Hangs docker, or the engine, at each command or request whose name holds a word; resolves to whether each run has ended in time. */
async function hang(word: string): Promise<boolean> {
  const all = everyWay(
    [...DANGEROUS, ...REST].filter(({ command }) => command.includes(word)),
  );
  let late = 0;
  for (const [hang, variant] of all) {
    const title = titleOfHang(hang, variant);
    try {
      const ms = Math.round(await inflictHang(hang, variant));
      if (ms > ENDS_WITHIN) late++;
      print(`${ms} ms ${title}`);
    } catch (error) {
      late++;
      print(`FAILED ${title}\n${(error as Error).stack}`);
    }
  }
  print(`${late} of ${all.length} have not ended in time`);
  return late === 0;
}

/** Kills runs at random; resolves to whether none has left anything. */
async function kill(): Promise<boolean> {
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
  return failed === 0;
}

if (import.meta.main) {
  const at = Deno.args.indexOf("--hangs");
  const isWell = at < 0 ? await kill() : await hang(Deno.args[at + 1] ?? "");
  Deno.exitCode = isWell ? 0 : 1;
}

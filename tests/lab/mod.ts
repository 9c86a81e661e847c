/**
 * The lab: makes a bare machine able to run the e2e tests (`up`), or stops what it started (`down`).
 *
 * @module
 */
import { down } from "./down.ts";
import { LabError, say } from "./report.ts";
import { up } from "./up.ts";

const USAGE = "Usage: deno task lab [up|down]";

/** Runs the lab; gives the exit code: 0, 1 when a step failed, 2 for usage, 4 for an unfit machine. */
export async function main(args: string[]): Promise<number> {
  const [verb = "up", ...rest] = args;
  if (rest.length > 0 || !["up", "down"].includes(verb)) {
    say(USAGE);
    return 2;
  }
  // Debian keeps dockerd, debootstrap and iptables there, and `su` leaves it out of root's PATH.
  Deno.env.set("PATH", `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin`);
  try {
    await (verb === "up" ? up() : down());
    return 0;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    say(error.message);
    return error.exitCode;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));

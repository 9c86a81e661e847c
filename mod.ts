/**
 * todoflow: one portable workflow (`version`, `test`, `release`, `clean`) for any repository with a Dockerfile and a
 * Compose file. Run as a program, this module is the CLI.
 *
 * @module
 */

import { main, processWorld } from "./lib/main.ts";

export { main, processWorld };
export type { World } from "./lib/main.ts";
export type { Sink } from "./lib/reporters/reporter.ts";

if (import.meta.main) Deno.exit(await main(Deno.args, processWorld()));

/**
 * The end of a docker process: its exit code, and the message if it was killed.
 *
 * @module
 */

import { type Ending, TERMINATED } from "../child.ts";

/** The signals that stop a run; they may reach docker before this process. */
const ASKED = ["SIGHUP", "SIGINT", "SIGTERM"];

/** The message about a docker that was killed or has crashed; "" for any other end. */
export function killed({ signal, stopped }: Ending): string {
  return signal === null || stopped || ASKED.includes(signal)
    ? ""
    : `docker was killed (${signal})\n`;
}

/** The exit code of a docker. A stopped one counts as terminated, because `docker exec` exits with 0 then. */
export function codeOf({ code, stopped }: Ending): number {
  return code || (stopped ? TERMINATED : 0);
}

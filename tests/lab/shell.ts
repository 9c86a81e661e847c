/**
 * Runs the lab's commands: their output goes to one log, and is shown only when one fails.
 *
 * @module
 */
import type { CommandBuilder } from "dax";
import { LabError, lastLines } from "./report.ts";
import { LOGS } from "./state.ts";

const LOG = `${LOGS}/lab.log`;

/**
 * Runs a command.
 *
 * @throws {LabError} with the last lines of its output when it fails
 */
export async function run(command: CommandBuilder): Promise<void> {
  const { code, combined } = await command.quiet().captureCombined().noThrow();
  Deno.writeTextFileSync(LOG, combined, { append: true });
  if (code !== 0) {
    throw new LabError(
      `${lastLines(combined)}\nExit code ${code}; everything is in ${LOG}`,
      1,
    );
  }
}

/** The output of a command, without the line end; "" when the command fails, is absent or hangs. */
export async function ask(
  command: CommandBuilder,
): Promise<string | undefined> {
  try {
    const { code, stdout } = await command.quiet().noThrow().timeout("10s");
    return code === 0 ? stdout.trimEnd() : undefined;
  } catch {
    // A folder in PATH that this user may not read.
    return undefined;
  }
}

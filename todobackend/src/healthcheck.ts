/**
 * The command `healthcheck`: asks the server in the same container whether it is ready.
 *
 * @module
 */

import { CommandError, errorMessage } from "./errors.ts";
import type { World } from "./world.ts";

/**
 * Ends well when the server is ready.
 *
 * @throws {CommandError} with what the server says, when it is not
 */
export async function healthcheck({ env, out }: World): Promise<void> {
  const url = `http://127.0.0.1:${env("PORT") || 8000}/health/ready`;
  const response = await fetch(url).catch((error) => {
    throw new CommandError(`Cannot reach ${url}: ${errorMessage(error)}`, 1);
  });
  const text = await response.text();
  if (!response.ok) throw new CommandError(`Not ready: ${text}`, 1);
  out(text);
}

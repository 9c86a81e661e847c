/**
 * File systems that tests mount: another device in a folder, or a disk that can be filled without harm.
 *
 * @module
 */

import { assert } from "@std/assert";

/** Whether a command is there and succeeds. */
export async function succeeds(
  command: string,
  ...args: string[]
): Promise<boolean> {
  const options = { args, stdout: "null", stderr: "null" } as const;
  return await new Deno.Command(command, options).output()
    .then(({ success }) => success, () => false);
}

/** Whether this process may mount something; in a container, root may not. */
export const canMount: boolean = Deno.uid() === 0 &&
  await succeeds("unshare", "--mount", "true");

/** Mounts something at a folder while a test goes on. */
export async function mounted(
  what: readonly string[],
  at: string,
  test: () => Promise<void>,
): Promise<void> {
  assert(await succeeds("mount", ...what, at));
  try {
    await test();
  } finally {
    await succeeds("umount", "--lazy", at);
  }
}

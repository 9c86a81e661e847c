/**
 * The yardstick for `version`: a Deno program that only runs `git rev-parse`.
 *
 * @module
 */

const { stdout } = await new Deno.Command("git", {
  args: ["rev-parse", "--short", "HEAD"],
}).output();
await Deno.stdout.write(stdout);

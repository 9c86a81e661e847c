/**
 * Reads the console output of `dotnet test`, as VSTest writes it:
 * https://learn.microsoft.com/dotnet/core/tools/dotnet-test.
 *
 * @module
 */

import { blocksOf, groupsOf, type Runner } from "./runner.ts";

/** The title of a failure; older versions write a cross in place of the word. */
const TITLE =
  /^ {2}(?:Failed|X) (?<name>\S.*) \[(?:< )?\d[\w.,:]* ?(?:ms|s|m|h)?(?: \d+ m?s)?\]$/;

/** VSTest. */
export const DOTNET: Runner = {
  by: "dotnet test",
  mark: /^(?:Failed! {2}- Failed: +\d|Test Run Failed\.$)/m,
  read: (lines) =>
    blocksOf(lines, {
      head: (line, at) =>
        /^ {2}Error Message:$/.test(lines[at + 1] ?? "")
          ? groupsOf(TITLE, line)?.name
          : undefined,
      end:
        /^(?: {2}(?:Passed|Skipped) |Failed! |Test Run Failed\.| {2}Standard )/,
    }).map(({ at, head, body: [, ...body] }) => ({ at, name: head, body })),
};

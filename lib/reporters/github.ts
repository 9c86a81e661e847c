/**
 * GitHub Actions: groups, annotations, the step's summary and its outputs.
 *
 * Commands are lines of output,
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands; the runner parses them in
 * `ActionCommand.TryParseV2` (`::name …::…` at a line's beginning) and `TryParse` (`##[name …]…` anywhere) of
 * https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs.
 *
 * @module
 */

import type { FailedTest } from "../errors/evidence.ts";
import type { Explanation } from "../errors/explanation.ts";
import { describeTest, failureText, testKey } from "../errors/failure_text.ts";
import { publishedImages, resultOf, urlsOf } from "./answer.ts";
import { type Dialect, groupedReporter } from "./grouped.ts";
import { markdown } from "./markdown.ts";
import { noCommand, plainLine, plainLines } from "../text/plain_line.ts";
import type { Reporter, ReporterOptions } from "./reporter.ts";
import type { Run } from "./told.ts";

/** The most errors that GitHub shows of a step. */
const ANNOTATIONS = 10;

/** Writes a run for GitHub Actions. */
export function githubReporter(options: ReporterOptions): Reporter {
  return groupedReporter(options, {
    group: ({ title, lines }) =>
      [command("group", title), ...lines, command("endgroup", ""), ""]
        .join("\n"),
    guard,
    ending: (run) => annotations(run) + writeFiles(run, options),
  });
}

/**
 * Changes a line so that GitHub does not read it as a command, even if a later change leaves it without a prefix or a
 * bar.
 */
export const guard: Dialect["guard"] = noCommand;

/** A command. It has a space only before properties. */
export function command(
  name: string,
  data: string,
  properties: Readonly<Record<string, string>> = {},
): string {
  const list = Object.entries(properties)
    .map(([key, value]) => `${key}=${escapeProperty(value)}`).join(",");
  return `::${name}${list && " "}${list}::${escapeData(data)}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25")
    .replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** The failures, then the failed tests at whose places there is no failure, as many as GitHub shows. */
function annotations({ failures, tests }: Run): string {
  const placed = new Set(
    failures.flatMap((failure) => placedTest(failure) ?? []).map(testKey),
  );
  const others = tests.flatMap(({ failed }) => failed)
    .filter((test) => !placed.has(testKey(test)));
  return [...failures.map(failureError), ...others.map(testError)]
    .slice(0, ANNOTATIONS).map((line) => `${line}\n`).join("");
}

/** The failed test at whose place a failure is annotated. */
function placedTest({ tests = [] }: Explanation): FailedTest | undefined {
  return tests.find(({ file }) => file !== undefined);
}

/** The annotation of a failure, as the screen shows it, at the first failed test or at the faulty line of a file. */
export function failureError(explanation: Explanation): string {
  const { headline, location } = explanation;
  const test = placedTest(explanation);
  const [, ...text] = failureText(explanation).trimEnd().split("\n");
  const title = plainLines(headline).join(" ");
  return command("error", text.join("\n") || title, {
    title,
    ...(test ? placeOf(test) : location && {
      ...placeOf(location),
      col: `${location.column}`,
    }),
  });
}

function testError(test: FailedTest): string {
  const { name, message } = describeTest(test);
  return command("error", message || "failed", {
    title: name,
    ...placeOf(test),
  });
}

/** The properties of a place in a file; none without a file. */
function placeOf(
  { file, line }: Pick<FailedTest, "file" | "line">,
): Record<string, string> {
  if (file === undefined) return {};
  return {
    file: plainLine(file, { color: false }).replace(/^\.\//, ""),
    ...(line !== undefined && { line: String(line) }),
  };
}

/** Writes the summary and the outputs; returns the problems, as text. */
function writeFiles(
  run: Run,
  { env, appendFile }: Pick<ReporterOptions, "env" | "appendFile">,
): string {
  // Nothing has happened.
  if (!run.end && run.failures.length === 0) return "";
  const append = (name: string, text: () => string) => {
    const path = env[name];
    if (!path) return "";
    try {
      appendFile(path, text());
      return "";
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return `cannot write to ${name}: ${plainLines(reason).join(" ")}\n`;
    }
  };
  return append("GITHUB_STEP_SUMMARY", () => markdown(run)) +
    append("GITHUB_OUTPUT", () => outputs(run));
}

/** The outputs of the step. A value ends at its delimiter, which the author of the value cannot guess. */
function outputs(run: Run): string {
  const { version } = run;
  const urls = urlsOf(run);
  const url = urls.length === 0
    ? undefined
    : urls.map(({ url }) => url).join("\n");
  const published = publishedImages(run);
  const [image] = published;
  const images = published.length > 1 ? published.join("\n") : undefined;
  return Object.entries({ url, version, image, images, result: resultOf(run) })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const delimiter = crypto.randomUUID();
      return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
    }).join("");
}

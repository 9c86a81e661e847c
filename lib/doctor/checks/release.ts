/**
 * Checks for parts that a release lacks: acceptance tests, a name of its image, reports of its tests.
 *
 * @module
 */

import { releaseService } from "../../compose/graph.ts";
import { execForm } from "../../compose/instructions.ts";
import { publishable } from "../../compose/published.ts";
import { lastOf } from "../../compose/stage.ts";
import type { Check } from "../project/check.ts";
import type { Draft } from "../project/finding.ts";
import { indented, yamlList, yamlWord } from "../project/paste.ts";
import { writtenAt } from "../project/place.ts";
import type { Part, Project } from "../project/project.ts";
import { requestTo } from "./health_check.ts";

/** A release without acceptance tests is accepted if its URL answers. */
const noAcceptance: Check = (project) => {
  const { workflow: { release }, parts } = project;
  const [app] = release.apps;
  if (!app || release.acceptance !== undefined) return [];
  const part = parts.find(({ name }) => name === app.entrance);
  return [{
    id: "no-acceptance",
    severity: "advice",
    title: "No service tests the release",
    why:
      "a release is accepted if its URL answers below 500, and publish refuses one that no test has accepted, unless it gets --unaccepted" +
      (part?.health.kind === "none"
        ? "; tests can wait for the app once it has a health check"
        : ""),
    at: ["services"],
    fix: part ? acceptanceLines(part, project) : "",
  }];
};

/** A service that requests the app by its name, with a program of the app's own image, once the app is healthy. */
function acceptanceLines(part: Part, project: Project): string {
  const request = requestTo(part, project);
  const { health, name } = part;
  const [build] = writtenAt(project.written, ["services", name, "build"]);
  if (!request || health.kind !== "check" || build === undefined) return "";
  const lines = [
    // JSON is YAML.
    `build: ${
      typeof build === "string" ? yamlWord(build) : JSON.stringify(build)
    }`,
    "profiles: [test]",
    `depends_on: { ${yamlWord(name)}: { condition: service_healthy } }`,
    `entrypoint: ${yamlList(request)}   # and then tests of your own`,
  ];
  return `acceptance:\n${indented(lines.join("\n"))}`;
}

/** An image that is built for the release and has no name cannot be pushed. */
const noImageName: Check = ({ workflow, model }) => {
  const own = releaseService(workflow);
  if (!own?.build || publishable(workflow).length > 0) return [];
  return [{
    id: "no-image-name",
    severity: "advice",
    title: `The image of "${own.name}" has no name to publish it under`,
    why:
      "publish pushes images that the file names with image:, and refuses a release without one",
    at: ["services", own.name],
    fix: `image: ${
      yamlWord(`registry.example/${model.name}`)
    }   # the registry that you push to`,
  }];
};

/** Tools of tests, and the options with which they write a report. */
const REPORTING: readonly {
  tool: RegExp;
  /** Whether a command has such an option. */
  has: RegExp;
  options: readonly string[];
}[] = [
  {
    tool:
      /^(?:(?:poetry|uv|pipenv) run )?(?:py\.test|pytest|python3? -m pytest)( |$)/,
    has: /--junit-?xml/,
    options: ["--junit-xml=/tmp/junit.xml"],
  },
  {
    tool: /^deno test( |$)/,
    has: /--junit-path|--reporter/,
    options: ["--junit-path=/tmp/junit.xml"],
  },
  {
    tool: /^(?:npx |yarn |pnpm )?vitest run( |$)/,
    has: /--outputFile|--reporter/,
    options: [
      "--reporter=default",
      "--reporter=junit",
      "--outputFile.junit=/tmp/junit.xml",
    ],
  },
  {
    tool: /^(\.\/)?(vendor\/bin\/)?phpunit( |$)/,
    has: /--log-junit/,
    options: ["--log-junit=/tmp/junit.xml"],
  },
];

/** A command whose tool could write a report and does not; silent about all others. */
const noReports: Check = ({ parts, workflow: { test } }) => {
  // The file says itself which reports there are.
  if (test.reports !== undefined) return [];
  return parts.filter(({ name }) => test.services.includes(name))
    .flatMap((part): Draft[] => {
      const { raw, build } = part;
      const { stage } = build ?? {};
      const words = test.run ?? raw.command ??
        (stage && execForm(lastOf(stage, "CMD")?.rest ?? "")) ?? [];
      const line = words.join(" ");
      const found = REPORTING.find(({ tool }) => tool.test(line));
      if (!found || found.has.test(line)) {
        return [];
      }
      const key = test.run ? "run" : "command";
      const changed = `${key}: ${yamlList([...words, ...found.options])}`;
      return [{
        id: "no-report",
        severity: "advice",
        title: `The tests of "${part.name}" write no report`,
        why:
          "todoflow reads a JUnit report: it names the tests that failed, with file and line, in the summary, in run.html and in junit.xml",
        at: test.run
          ? ["x-todoflow", "test", "run"]
          : ["services", part.name, "command"],
        fix: isLost(part) ? "" : changed,
      }];
    });
};

/** Whether a report in /tmp would be lost with the container, or could not be written. */
function isLost({ raw: { tmpfs = [], read_only: isReadOnly } }: Part): boolean {
  return isReadOnly === true ||
    [tmpfs].flat().some((path) => /^\/tmp(:|$)/.test(path));
}

/** The checks of parts that a release lacks. */
export const releaseChecks: readonly Check[] = [
  noAcceptance,
  noImageName,
  noReports,
];

/**
 * Checks of Dockerfiles and build contexts.
 *
 * @module
 */

import { type Instruction, sourcesOf } from "../../compose/instructions.ts";
import type { Check } from "../project/check.ts";
import { builderOf } from "../../compose/graph.ts";
import { shellForm, type Stage } from "../../compose/stage.ts";
import type { Draft } from "../project/finding.ts";
import { isFloating } from "../../image_name.ts";
import { pinned } from "../project/image.ts";
import { placeOf, type ProjectBuild } from "../project/build.ts";
import { yamlWord } from "../project/paste.ts";
import type { Part } from "../project/project.ts";
import { contextDrafts } from "./contexts.ts";
import { rootChecks } from "./root.ts";

/** The folder, the Dockerfile and the stage of each build exist. */
const brokenBuilds: Check = ({ builds }) =>
  builds.flatMap((one): Draft[] => {
    const {
      build: { target, context },
      dockerfile,
      problem,
      services: [name = ""],
    } = one;
    const at = ["services", name, "build"];
    switch (problem) {
      case undefined:
        return [];
      case "no-context":
      case "no-dockerfile": {
        const isFile = problem === "no-dockerfile";
        const missing = isFile ? `file ${dockerfile}` : `folder ${context}`;
        return [{
          id: problem,
          severity: "error",
          title: `Cannot build "${name}": no ${
            isFile ? "Dockerfile" : "build context"
          }`,
          why: one.isInSubmodule
            ? `the ${missing} is in a submodule of git that is not checked out`
            : `the ${missing} does not exist or cannot be read`,
          at: [...at, isFile ? "dockerfile" : "context"],
          group: {
            all: `Services cannot be built: no ${
              isFile ? "Dockerfile" : "build context"
            }`,
            one: `"${name}": ${missing}`,
            why: one.isInSubmodule
              ? "they are in submodules of git that are not checked out"
              : "they do not exist or cannot be read",
          },
          fix: one.isInSubmodule
            ? "git submodule update --init"
            : one.otherDockerfile === undefined
            ? ""
            : `dockerfile: ${yamlWord(one.otherDockerfile)}`,
        }];
      }
      case "no-stage":
        return [{
          id: problem,
          severity: "error",
          title: target === undefined
            ? `Cannot build "${name}": its Dockerfile has no FROM`
            : `Cannot build "${name}": its Dockerfile has no stage "${target}"`,
          why: "test and release build every image that they start",
          at: target === undefined ? at : [...at, "target"],
          fix: "",
        }];
    }
  });

const floatingBases: Check = ({ builds, images, workflow }) =>
  builds.flatMap((one) => {
    const { stage } = one;
    const floating = (stage?.images ?? []).filter((image) =>
      // A service of the file may build it.
      isFloating(image) && !(workflow && builderOf(image, workflow))
    );
    return floating.map((image): Draft => {
      const by = stage!.built.find((instruction) => names(instruction, image));
      const text = by && textOf(by);
      const fixed = pinned(image, images.get(image));
      return {
        id: "latest-base",
        severity: "advice",
        title: `The base image "${image}" can change from day to day`,
        why:
          "a build that succeeded yesterday can fail today without a commit, unless the name has a version or a digest",
        at: placeOf(one, by ?? stage!.from),
        fix: fixed === ""
          ? ""
          : text?.includes(image)
          ? text.replace(image, () => fixed)
          : `FROM ${fixed}`,
        group: {
          all: "Base images can change from day to day",
          one: `"${image}"`,
        },
      };
    });
  });

function names(instruction: Instruction, image: string): boolean {
  return instruction.keyword === "FROM"
    ? instruction.words[0] === image
    : sourcesOf(instruction).includes(image);
}

function textOf({ keyword, flags, rest }: Instruction): string {
  return [keyword, ...flags, rest].join(" ");
}

const shellForms: Check = ({ builds, parts }) =>
  builds.flatMap((one) => {
    const { stage } = one;
    if (!stage) return [];
    const found = parts.filter(({ name }) => one.services.includes(name))
      .flatMap((part) => shellFormOf(part, stage) ?? []);
    return [...new Set(found)].map((by) => ({
      id: "shell-form",
      severity: "advice" as const,
      title: `${by.keyword} in shell form: the program gets no signal to stop`,
      why:
        "SIGTERM reaches the shell, which neither ends nor passes it on: docker waits for the whole grace period, and then kills the program",
      at: placeOf(one, by),
      fix: execText(by),
      group: {
        all: "Programs in shell form get no signal to stop",
        one: by.keyword,
      },
    }));
  });

function shellFormOf({ raw }: Part, stage: Stage): Instruction | undefined {
  return shellForm(stage, {
    entrypoint: isGiven(raw.entrypoint),
    command: isGiven(raw.command),
  });
}

function isGiven(words: readonly string[] | null | undefined): boolean {
  return words !== null && words !== undefined;
}

/** In exec form; where that needs a shell, the program replaces the shell. */
function execText({ keyword, rest }: Instruction): string {
  if (!/[|&;<>()$`"'\\*?{}\[\]=~]/.test(rest)) {
    return `${keyword} [${
      rest.split(/\s+/).map((word) => JSON.stringify(word)).join(", ")
    }]`;
  }
  const [, before = "", last = rest] = /^(.*(?:&&|;)\s*)(.*)$/s.exec(rest) ??
    [];
  return /[|&]/.test(last)
    ? `# a script whose last line is: exec PROGRAM\n${keyword} ["./SCRIPT"]`
    : `${keyword} ["/bin/sh", "-c", ${
      JSON.stringify(`${before}exec ${last}`)
    }]`;
}

/** The contexts of the builds, each with all that is built from it. */
const contexts: Check = ({ builds }, { reports }) => {
  const uses = new Map<string, ProjectBuild[]>();
  for (const one of builds) {
    if (!one.context || !one.stage) continue;
    const key = JSON.stringify([one.context.folder, one.context.ignoreFile]);
    uses.set(key, [...uses.get(key) ?? [], one]);
  }
  return [...uses.values()].flatMap((uses) =>
    contextDrafts({
      context: uses[0]!.context!,
      stages: uses.flatMap(({ stage }) => stage ?? []),
      reports,
    })
  );
};

/** The checks of builds. */
export const buildChecks: readonly Check[] = [
  brokenBuilds,
  contexts,
  floatingBases,
  ...rootChecks,
  shellForms,
];

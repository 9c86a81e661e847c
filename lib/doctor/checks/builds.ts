/**
 * Checks of Dockerfiles and build contexts.
 *
 * @module
 */

import { type Instruction, sourcesOf } from "../../compose/instructions.ts";
import type { Check } from "../project/check.ts";
import { lastOf, shellForm, type Stage } from "../../compose/stage.ts";
import type { Draft } from "../project/finding.ts";
import { isFloating, lastWord } from "../../image_name.ts";
import { pinned } from "../project/image.ts";
import type { Part, Project, ProjectBuild } from "../project/project.ts";
import { contextDrafts } from "./contexts.ts";

/** Where an instruction of a build's Dockerfile stands. */
export function placeOf(
  { dockerfile, services: [name = ""] }: ProjectBuild,
  { line }: Pick<Instruction, "line">,
): NonNullable<Draft["at"]> {
  return dockerfile === undefined
    ? ["services", name, "build", "dockerfile_inline"]
    : { file: dockerfile, line, column: 1 };
}

const brokenBuilds: Check = ({ builds }) =>
  builds.flatMap((one): Draft[] => {
    const {
      build: { target, context },
      dockerfile,
      problem,
      services: [name = ""],
    } = one;
    const at = ["services", name, "build"];
    if (problem === "no-context") {
      return [{
        id: problem,
        severity: "error",
        title: `Cannot build "${name}": no build context`,
        why: `the folder ${context} does not exist or cannot be read`,
        at: [...at, "context"],
        fix: "build:\n  context: FOLDER",
      }];
    }
    if (problem === "no-dockerfile") {
      return [{
        id: problem,
        severity: "error",
        title: `Cannot build "${name}": no Dockerfile`,
        why: `the file ${dockerfile} does not exist or cannot be read`,
        at: [...at, "dockerfile"],
        fix: "build:\n  context: FOLDER\n  dockerfile: FILE",
      }];
    }
    return problem !== "no-stage" ? [] : [{
      id: problem,
      severity: "error",
      title: target === undefined
        ? `Cannot build "${name}": its Dockerfile has no FROM`
        : `Cannot build "${name}": its Dockerfile has no stage "${target}"`,
      why: "test and release build every image that they start",
      at: target === undefined ? at : [...at, "target"],
      fix: `FROM IMAGE${target === undefined ? "" : ` AS ${target}`}`,
    }];
  });

const floatingBases: Check = ({ builds, images }) =>
  builds.flatMap((one) => {
    const { stage } = one;
    return (stage?.images ?? []).filter(isFloating).map((image): Draft => {
      const by = stage!.built.find((instruction) => names(instruction, image));
      const text = by && textOf(by);
      const fixed = pinned(image, images.get(image));
      return {
        id: "latest-base",
        severity: "advice",
        title: `The base image "${image}" can change from day to day`,
        why: "a build that succeeded yesterday can fail today without a commit",
        at: placeOf(one, by ?? stage!.from),
        fix: text?.includes(image)
          ? text.replace(image, () => fixed)
          : `FROM ${fixed}`,
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

const ROOT = /^(root|0)(:|$)/;

/** The Compose file's user, which takes precedence over the image's. */
const rootServices: Check = ({ parts, application }) =>
  parts.filter(({ name, build, raw }) =>
    application.has(name) && build && ROOT.test(raw.user ?? "")
  ).map(({ name, raw: { user } }) => ({
    id: "root-user",
    severity: "advice",
    title: `"${name}" runs as root`,
    why: WHY_ROOT,
    at: ["services", name, "user"],
    fix: `user: "1000:1000"   # instead of ${user}`,
  }));

const WHY_ROOT =
  "an attacker who compromises it is root in the container and on its mounts";

const rootImages: Check = ({ builds, parts, application, images }) =>
  builds.flatMap((one): Draft[] => {
    const { stage } = one;
    const runs = parts.filter(({ name, raw }) =>
      application.has(name) && one.services.includes(name) && !raw.user
    );
    if (!stage || runs.length === 0) return [];
    const user = lastOf(stage, "USER");
    const [name = ""] = user?.words ?? [];
    if (user ? !ROOT.test(name) : !isRootBase(stage, images)) return [];
    const services = runs.map(({ name }) => `"${name}"`).join(", ");
    return [{
      id: "root-user",
      severity: "advice",
      title: `${services} ${runs.length === 1 ? "runs" : "run"} as root: ${
        user ? `USER ${name}` : "the stage has no USER"
      }`,
      why: WHY_ROOT,
      at: placeOf(one, user ?? stage.from),
      fix: userLines(stage.base ?? ""),
    }];
  });

/** An image may set a user; one that is not on this machine counts as root. */
function isRootBase(
  { base }: Stage,
  images: Project["images"],
): boolean {
  const user = base === undefined ? undefined : images.get(base)?.user;
  return user === undefined || user === "" || ROOT.test(user);
}

/** The lines that give an image a user, which depend on its base image. */
function userLines(base: string): string {
  const name = lastWord(base);
  if (name === "node" || name === "deno") return `USER ${name}`;
  const add = /alpine/.test(base)
    ? "addgroup -g 1000 app && adduser -u 1000 -G app -D app"
    : "groupadd --gid 1000 app && useradd --uid 1000 --gid app --create-home app";
  return `RUN ${add}\nUSER app`;
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
  rootServices,
  rootImages,
  shellForms,
];

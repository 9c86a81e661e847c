/**
 * The owners of the project: a run that holds it, dead runs, and objects that todoflow has not created.
 *
 * @module
 */

import { leftIn } from "../state/left.ts";
import type { ProjectObject } from "../engine/objects.ts";
import { PLAIN, type Typing } from "../errors/typing.ts";
import { baseOf, twinsOf } from "../plan/twin.ts";
import { quote } from "../plan/script.ts";
import { type Listed, unknownRecord, type Unreadable } from "../state/list.ts";
import { type Draft, type Examined, failureDraft } from "./project/finding.ts";

/** The input of {@linkcode examineRuns}. */
export interface RunsOptions {
  records: readonly Listed[];
  /** Records that this version cannot read, and the keys that those of the project and its twins would have. */
  unreadable?: readonly Unreadable[];
  keys?: readonly string[];
  /** Name of the project that a target would work in. */
  project: string;
  endpoint: string;
  /** The objects of Compose projects on the engine. */
  objects: readonly ProjectObject[];
  /** The folder of the Compose file, without links. */
  directory: string;
  /** Whether the project's name is one that todoflow gives a checkout. */
  isOwn: boolean;
  /** Whether releases are in the plain project. */
  isPlain?: boolean;
  /** Writes the commands in fixes; without it they have no flags. */
  typing?: Typing | undefined;
}

/** Examines who owns the project. */
export function examineRuns(options: RunsOptions): Examined {
  const { records, project, endpoint, unreadable = [], keys = [] } = options;
  const here = records.filter(({ record }) => record.engine === endpoint);
  // A run holds the twin in which it works.
  const places = [project, ...twinsOf(project)];
  const all = here.filter(({ record }) => places.includes(record.project));
  const own = all.find(({ held }) => held);
  const dead = here.filter(({ record, held }) => record.run && !held);
  return {
    facts: [
      { name: "project", value: project, ok: true },
      { name: "lock", value: holderText(own), ok: !own?.held },
      ...(dead.length === 0 ? [] : [{
        name: "dead runs",
        value: dead.map(({ record }) => record.project).join(", "),
        ok: false,
      }]),
    ],
    drafts: [
      ...(own?.held ? [heldDraft(own, options)] : []),
      ...dead.map(deadDraft),
      ...unreadable.map((record) => unreadableDraft(record, keys)),
      ...(own ? [] : foreignDrafts(options, all)),
    ],
  };
}

function holderText(own: Listed | undefined): string {
  if (!own?.held) return "free";
  const { run } = own.record;
  return run ? `held by ${run.target}, process ${run.pid}` : "held";
}

function heldDraft(
  { record: { project, directory, run } }: Listed,
  { typing = PLAIN }: RunsOptions,
): Draft {
  return failureDraft({
    kind: "lock-held",
    target: "test or release",
    project,
    ...(run && { holder: { ...run, directory } }),
  }, {
    fix: `${
      typing.target(["release"], { project: `${baseOf(project)}-2` })
    }   # or wait until the other run has ended`,
  });
}

function deadDraft({ record: { project, directory, run } }: Listed): Draft {
  return {
    id: "dead-run",
    severity: "advice",
    title: `A run of "${project}" has died and left something behind`,
    why: `todoflow ${run!.target} in ${directory}, process ${run!.pid}, since ${
      run!.started
    }; the next test, release or clean on this machine removes it`,
    fix: `todoflow clean -C ${quote(directory)} -p ${quote(baseOf(project))}`,
  };
}

/** A record that cannot be read stops each run of its own project; runs of other projects leave it alone. */
function unreadableDraft(
  record: Unreadable,
  own: readonly string[],
): Draft {
  return failureDraft(unknownRecord(record).failure, {
    severity: own.includes(record.key) ? "error" : "advice",
  });
}

/** The findings about objects that a run would refuse to touch. The objects in the plain project are in no run's way. */
function foreignDrafts(
  { project: base, objects, directory, isOwn, isPlain = false, typing }:
    RunsOptions,
  records: readonly Listed[],
): Draft[] {
  const projects = isPlain ? [base, ...twinsOf(base)] : twinsOf(base);
  return projects.flatMap((project) => {
    const listed = records.find(({ record }) => record.project === project);
    const { foreign } = leftIn(project, {
      record: listed?.record,
      ...{ objects, directory, own: isOwn },
    });
    // The objects that a dead run has made are on no record yet.
    return foreign.length === 0 || listed?.record.run ? [] : [failureDraft(
      {
        kind: "foreign",
        target: project.endsWith("--test") ? "test" : "release",
        ...{ project, directory, foreign },
      },
      {},
      typing,
    )];
  });
}

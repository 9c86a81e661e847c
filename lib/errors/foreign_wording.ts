/**
 * The wording of a refusal to touch objects or folders that todoflow has not made.
 *
 * @module
 */

import { withoutSuffix } from "../text/project_name.ts";
import type { Explanation } from "./explanation.ts";
import type { Failure } from "./failure.ts";
import type { Foreign, ForeignReports } from "./ownership_failure.ts";
import type { Typing } from "./typing.ts";

/** How many of many foreign objects are listed. */
export const TOLD = 10;

/** Lists the objects in the way, and the commands that avoid or remove them. */
export function foreignWords(
  { target, project, directory, foreign }: Extract<
    Failure,
    { kind: "foreign" }
  >,
  typing: Typing,
): Explanation {
  const isInside = (thing: Foreign) => (thing.project ?? project) === project;
  const lines = foreign.slice(0, TOLD).map((thing) => {
    const { kind, name, state } = thing;
    const from = !isInside(thing)
      ? thing.project
        ? `, of the project "${thing.project}"`
        : ", of no project"
      : kind !== "container"
      ? ""
      : thing.directory === undefined
      ? ", which Compose has not made: it was started from an image of the project"
      : thing.directory === directory
      ? ", made by docker compose"
      : `, made by docker compose in ${thing.directory}`;
    return `${kind} ${name}${state === undefined ? "" : ` (${state})`}${from}`;
  });
  const more = foreign.length - TOLD;
  const commands = [
    ["container", "docker rm --force"],
    ["network", "docker network rm"],
    ["volume", "docker volume rm"],
  ].flatMap(([kind, command]) => {
    const names = foreign.filter((thing) => thing.kind === kind)
      .map(({ name }) => name);
    const data = kind === "volume" ? "   # with the data in it" : "";
    return names.length === 0 ? [] : [`${command} ${names.join(" ")}${data}`];
  });
  // A name that the Compose file sets is the same in every project.
  const helps = foreign.some((thing) =>
    isInside(thing) || thing.name.startsWith(project)
  );
  return {
    headline: foreign.some(isInside)
      ? `Cannot ${target}: the project "${project}" has objects that todoflow has not made`
      : `Cannot ${target}: names that the project "${project}" needs are taken`,
    why: [
      "no record of this checkout names them, so they are left alone:",
      ...lines,
      ...(more > 0 ? [`and ${more} more`] : []),
    ].join("\n"),
    next: target === "clean" || !helps ? commands.join("\n") : [
      // Of the project whose twin it is: -p names that one.
      `${
        typing.target([target], { project: `${withoutSuffix(project)}-2` })
      }   # in a project of its own`,
      // Who pastes all lines must not remove anything.
      "# or, to remove them:",
      ...commands.map((command) => `# ${command}`),
    ].join("\n"),
  };
}

/** Why a run, which empties the folder of its reports, must not use this one. */
export function foreignReports(reason: ForeignReports): string {
  const { path } = reason;
  switch (reason.problem) {
    case "files":
      return `a run would remove ${path}, and its folder has no .todoflow`;
    case "tracked":
      return `a run would remove ${path}, which git tracks`;
    case "later":
      return `a later version of todoflow has written ${path}`;
    case "mount":
      return `a run would remove what is mounted at ${path}`;
    case "project":
      return `the reports of another project are there, of ${path}`;
    case "within":
      return `it is in ${path}, which a run empties`;
    case "state":
      return `a run would remove ${path}, where todoflow records what it makes`;
    case "no folder":
      return `${path} is not a folder`;
    case "link":
      return reason.to === undefined
        ? `${path} is a symbolic link`
        : `${path} leads out of the checkout, to ${reason.to}`;
    case "owner":
      return `${path} belongs to another user (uid ${reason.uid})`;
  }
}

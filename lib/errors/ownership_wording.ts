/**
 * The wording of refusals because of others: their runs, containers, data, records and reports.
 *
 * @module
 */

import { withoutSuffix } from "../text/project_name.ts";
import { toShell } from "../text/shell.ts";
import { placeText } from "./complaint_wording.ts";
import type { Wording } from "./explanation.ts";
import { foreignReports, foreignWords, TOLD } from "./foreign_wording.ts";
import { freePorts, portInUse, portText } from "./port_wording.ts";

/** The folder of reports that is proposed instead of one that is not todoflow's. */
const OTHER_REPORTS = "todoflow-reports";

/** The table. */
export const OWNERSHIP_WORDING: Wording<
  | "lock-held"
  | "foreign"
  | "in-use"
  | "foreign-data"
  | "port-in-use"
  | "missing"
  | "no-state"
  | "unsafe-state"
  | "unknown-record"
  | "no-reports"
  | "foreign-reports"
> = {
  "lock-held": ({ target, project, holder, directory }, typing) => ({
    headline: `Cannot ${target}: another run has the project "${project}"`,
    ...(holder && {
      why:
        `todoflow ${holder.target} in ${holder.directory}, process ${holder.pid} on ${holder.host}, since ${holder.started}`,
    }),
    ...(directory !== undefined && {
      why:
        `another user of this machine runs todoflow in ${directory}, or a program has locked that folder (flock)`,
    }),
    next: directory === undefined
      ? `${typing.target(["ls"])}   # wait until it has ended` +
        (target === "clean"
          ? ""
          : `, or: ${typing.again({ project: `${withoutSuffix(project)}-2` })}`)
      : "ps -eo user,pid,lstart,args | grep todoflow   # then wait until it has ended",
  }),
  "foreign": foreignWords,
  "in-use": ({ target, project, uses }, typing) => {
    const names = [...new Set(uses.map(({ container }) => container))];
    const shown = uses.slice(0, TOLD).map((use) => {
      const { container, state, what, taken } = use;
      if (taken) return portText(taken);
      const from = use.project === project
        ? ""
        : use.project === ""
        ? ", of no project"
        : `, of the project "${use.project}"`;
      const is = state === undefined ? "" : ` (${state})`;
      return `container ${container}${is}${from}, uses ${what}`;
    });
    const more = uses.length - TOLD;
    return {
      headline: `Cannot ${target}: another container uses what it needs`,
      why: [
        ...shown,
        ...(more > 0 ? [`and ${more} more`] : []),
      ].join("\n"),
      // A container that has ended still has its volumes and folders.
      next:
        uses.some(({ what, state }) =>
            /^the (volume|folder) /.test(what) || state !== "running"
          )
          ? `docker rm --force ${
            names.join(" ")
          }   # volumes and folders stay; then: ${typing.again()}`
          : `docker stop ${names.join(" ")}   # then: ${typing.again()}`,
    };
  },
  "foreign-data": ({ target, folders }) => ({
    headline:
      `Cannot ${target}: it would change data that todoflow has not made`,
    why: folders.map(({ service, folder }) =>
      `"${service}" keeps its data in ${folder}, which is not empty`
    ).join("\n"),
    next: folders.map(({ move }) => `${move}   # and back afterwards`)
      .join("\n"),
  }),
  "port-in-use": ({ target, ports, location }) => ({
    headline: `Cannot ${target}: ${portInUse(ports)}` +
      (location ? ` (${placeText(location)})` : ""),
    ...(location && { location }),
    why: ports.map(portText).join("\n"),
    next: freePorts(ports),
  }),
  "missing": ({ target, things }) => ({
    headline: `Cannot ${target}: an external network or volume is missing`,
    why: things.map(({ kind, name }) => `no ${kind} ${name}`).join("\n"),
    next: things.map(({ kind, name }) => `docker ${kind} create ${name}`)
      .join("\n"),
  }),
  "no-state": ({ folder, detail }) => ({
    headline: `Cannot write to ${folder}, where runs are recorded`,
    why: detail,
    next:
      `export XDG_STATE_HOME="$(mktemp -d)"   # or a folder of yours that lasts`,
  }),
  "unsafe-state": ({ folder, path, problem, fix }) => ({
    headline: `Cannot use ${folder}, where runs are recorded`,
    why: `${path} ${problem}`,
    next: fix,
  }),
  "unknown-record": ({ file, problem, remove }) => ({
    headline: `Cannot read the record ${file}`,
    why: problem,
    next: `docker ps --all   # if nothing of the project is left: ${remove}`,
  }),
  "no-reports": ({ folder, detail }) => ({
    headline: `Cannot write reports to ${folder}`,
    why: detail,
    next: `${toShell(["df", "-h", folder])}; ${toShell(["ls", "-ld", folder])}`,
  }),
  "foreign-reports": ({ folder, ...reason }, typing) => ({
    headline: `Cannot write reports to ${folder}: todoflow has not made it`,
    why: foreignReports(reason),
    next: `${
      typing.again({ reports: OTHER_REPORTS })
    }   # or, in the Compose file: x-todoflow: {reports: ${OTHER_REPORTS}}`,
  }),
};

/**
 * Orders findings, and joins those of one kind.
 *
 * @module
 */

import { type Draft, type Finding, SEVERITIES } from "./finding.ts";

/** A finding with its place, which may be told together with others. */
export type Single = Omit<Finding, "places"> & Pick<Draft, "group">;

/** The findings, the worst first; those of one kind with the same reason are one finding with several places. */
export function grouped(singles: readonly Single[]): Finding[] {
  const groups = new Map<string, Single[]>();
  for (const [i, single] of singles.toSorted(inOrder).entries()) {
    const { id, severity, why, group } = single;
    const reason = group?.why ?? why;
    const key = JSON.stringify([id, severity, reason, group?.all ?? i]);
    groups.set(key, [...groups.get(key) ?? [], single]);
  }
  return [...groups.values()].map(joined);
}

function joined(singles: readonly Single[]): Finding {
  const [{ group, ...first }] = singles as [Single];
  return !group || singles.length === 1 ? first : {
    ...first,
    title: group.all,
    ...(group.why !== undefined && { why: group.why }),
    places: singles.map(({ group, title, location, fix }) => ({
      title: group?.one ?? title,
      ...(location && { location }),
      fix,
    })),
  };
}

/** The worst first; then by place, those without a place before the others. */
function inOrder(one: Single, other: Single): number {
  const [a, b] = [one, other].map(({ location }) => location);
  return SEVERITIES.indexOf(one.severity) -
      SEVERITIES.indexOf(other.severity) ||
    byText(a?.file ?? "", b?.file ?? "") ||
    (a?.line ?? 0) - (b?.line ?? 0) ||
    (a?.column ?? 0) - (b?.column ?? 0);
}

function byText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

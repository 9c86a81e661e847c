/**
 * Derives which service is the app from ports, names and dependencies.
 *
 * @module
 */

import type { Candidate } from "./candidate.ts";
import { only, type Reasoned } from "./choice.ts";
import { type Candidates, mayBeApp, needs, WORKER_NAME } from "./recognize.ts";

/** Names of services that are the app if ports do not tell, the first one wins. */
const APP_NAMES = [
  ...["web", "api", "backend", "server", "webserver", "site", "frontend"],
];

/** A name without case and marks. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** A word in the name of a service that people look at. */
const FRONT_WORD =
  /(^|[-_.])(web|www|front|frontend|client|gateway|site|g?ui|portal)([-_.]|$)|web(app|site|ui|mvc|server)?$/i;

/** Names of services that a front end uses. */
const BACK_NAMES = ["api", "backend", "server"];

/**
 * The app by its name.
 *
 * @param likely the services that may well be it, such as those that publish ports
 */
function byName(
  likely: readonly Candidate[],
  possible: readonly Candidate[],
): Candidate | undefined {
  const first =
    APP_NAMES.flatMap((name) =>
      possible.find((one) => one.name === name) ?? []
    )[0];
  if (first && !BACK_NAMES.includes(first.name)) return first;
  // Where there is a back end, too, people open the front end.
  const fronts = likely.filter(({ name }) => FRONT_WORD.test(name));
  return fronts.length === 1 ? fronts[0] : first;
}

/** The app: among the services that Compose starts by itself or, if none of these can be it, among all. */
export function appOf(all: Candidates, project: string): Reasoned {
  if (all.get("app")?.isActive) return { services: ["app"], candidates: [] };
  const any = [...all.values()].filter((one) => mayBeApp(one, all));
  const chiefs = any.filter(({ name }) => !WORKER_NAME.test(name));
  const possible = chiefs.length > 0 ? chiefs : any;
  const active = possible.filter(({ isActive }) => isActive);
  // A service that waits for a profile is asked for only if it is there to be looked at.
  const others = possible.filter(({ ports }) => ports.length > 0);
  const found = appAmong(active.length > 0 ? active : others, { all, project });
  const isUnknown = found.services.length === 0 && found.candidates.length < 2;
  return isUnknown && all.has("app")
    ? { services: ["app"], candidates: [], reason: "by its name" }
    : found;
}

/**
 * Whether the only service with a port may well be the app. A fetched one that stands apart beside services that are built
 * is rather a helper of theirs, unless it is a proxy.
 */
function isLikely(
  one: Candidate,
  { possible, all }: { possible: readonly Candidate[]; all: Candidates },
): boolean {
  return one.isBuilt || one.kind === "proxy" ||
    possible.every((other) =>
      other === one || !other.isBuilt || needs(one, other.name, all)
    );
}

/** The app, by the first rule that finds one service. */
function appAmong(
  possible: readonly Candidate[],
  { all, project }: { all: Candidates; project: string },
): Reasoned {
  const publishing = possible.filter(({ ports }) => ports.length > 0);
  const front = publishing.filter(({ name }) =>
    !publishing.some((other) => other.name !== name && needs(other, name, all))
  );
  if (front.length === 1 && isLikely(front[0]!, { possible, all })) {
    const reason = publishing.length === 1
      ? "the only one that publishes a port"
      : "it publishes a port, and no other one that does is in front of it";
    return only(front[0]!, reason);
  }
  const named = byName(front.length > 1 ? front : possible, possible);
  if (named) return only(named, "by its name");
  const proxies = front.filter(({ kind }) => kind === "proxy");
  if (proxies.length === 1) return only(proxies[0]!, "the only proxy");
  const alike = possible.filter(({ name }) => plain(name) === plain(project));
  if (alike.length === 1) return only(alike[0]!, "named like the project");
  const built = possible.filter(({ isBuilt }) => isBuilt);
  if (built.length === 1) return only(built[0]!, "the only one that is built");
  const [alone] = possible;
  if (alone && possible.length === 1 && (alone.isBuilt || all.size === 1)) {
    return only(alone, "the only one");
  }
  const equal = front.length > 0 ? front : built.length > 0 ? built : possible;
  return { services: [], candidates: equal.map(({ name }) => name) };
}

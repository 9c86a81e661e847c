/**
 * Where a file of a container goes in the folder of a run.
 *
 * @module
 */

import { plainText } from "../text/untrusted.ts";

/** Names of the files and folders that todoflow writes itself; some file systems ignore case. */
const OWN =
  /^((\.todoflow|events\.jsonl|build\.log|junit\.xml|steps\.xml|run\.html|trace\.json|receipt\.json)(\/|$)|logs\/)/i;

/** The facts that decide about the place of a file. */
interface PlaceOptions {
  /** Names the report among those of the run. */
  key: string;
  /** Of its container. */
  service: string;
  /** Its path in the container. */
  report: string;
  /** Which report has taken which name on the host; gets the new name. */
  taken: Map<string, string>;
}

/** Where a file goes: to its own name, or to its path in the container if another report has taken that name. */
export function placeOf(
  name: string,
  { key, service, report, taken }: PlaceOptions,
): string {
  const own = folderOf(service);
  const safe = (path: string) => OWN.test(path) ? `${own}/${path}` : path;
  const isFree = (path: string) => (taken.get(path) ?? key) === key;
  const inContainer = [...report.split("/").filter(Boolean), name].join("/");
  let place = [safe(name), safe(inContainer), `${own}/${inContainer}`]
    .find(isFree);
  // Another container of the service may have the same path.
  for (let i = 2; place === undefined; i++) {
    const path = `${own}-${i}/${inContainer}`;
    if (isFree(path)) place = path;
  }
  taken.set(place, key);
  return place;
}

/** The folder of a service. Compose allows names such as "..", "logs" and "run.html", which need another one. */
function folderOf(service: string): string {
  if (/^\.+$/.test(service)) return "service";
  return OWN.test(`${service}/`) ? `service-${service}` : service;
}

/** A name out of a container, fit to be a part of a line. */
export function harmless(name: string): string {
  const plain = plainText(name).replace(/[\t\n\r]/g, "\uFFFD");
  return plain.length > 300 ? `${plain.slice(0, 300)}…` : plain;
}

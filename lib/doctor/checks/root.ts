/**
 * Checks for applications that run as root; silent about images that doctor does not know.
 *
 * @module
 */

import type { Check } from "../project/check.ts";
import { lastOf, type Stage } from "../../compose/stage.ts";
import { isOfficial, lastWord, readImageName } from "../../image_name.ts";
import { placeOf, type ProjectBuild } from "../project/build.ts";
import type { Draft } from "../project/finding.ts";
import { systemOf } from "../project/programs.ts";
import { baseOf, type Part, type Project } from "../project/project.ts";

const ROOT = /^(root|0)(:|$)/;

const WHY =
  "an attacker who compromises it is root in the container and on its mounts";

/** The Compose file's user, which takes precedence over the image's. */
const rootServices: Check = ({ parts, application }) =>
  parts.filter((part) =>
    application.has(part.name) && part.build && ROOT.test(part.raw.user ?? "")
  ).filter((part) => !dropsRoot(part))
    .map(({ name, raw: { user } }) => ({
      id: "root-user",
      severity: "advice",
      title: `"${name}" runs as root`,
      why: WHY,
      at: ["services", name, "user"],
      fix: `user: "1000:1000"   # instead of ${user}`,
      group: { all: "Applications run as root", one: `"${name}"` },
    }));

const rootImages: Check = ({ builds, parts, application, images }) =>
  builds.flatMap((one): Draft[] => {
    const { stage } = one;
    const runs = parts.filter((part) =>
      application.has(part.name) && one.services.includes(part.name) &&
      !part.raw.user && !dropsRoot(part)
    );
    if (!stage || runs.length === 0) return [];
    const user = lastOf(stage, "USER");
    const [name = ""] = user?.words ?? [];
    if (user ? !ROOT.test(name) : !isRootBase(stage, images)) return [];
    const services = runs.map(({ name }) => `"${name}"`).join(", ");
    const how = user ? `USER ${name}` : "the stage has no USER";
    return [{
      id: "root-user",
      severity: "advice",
      title: `${services} ${
        runs.length === 1 ? "runs" : "run"
      } as root: ${how}`,
      why: WHY,
      at: placeOf(one, user ?? stage.from),
      fix: userLines(one, stage),
      group: { all: "Applications run as root", one: `${services}: ${how}` },
    }];
  });

/** Images that start as root and run their programs as another user. */
const DROPPING = new Set(
  `postgres postgis pgvector mysql mariadb percona mongo redis valkey rabbitmq cassandra couchdb memcached clickhouse-server
  influxdb neo4j elasticsearch nginx httpd wordpress nextcloud drupal joomla matomo phpmyadmin ghost solr sentry`
    .split(/\s+/),
);

/** Programs with which a process gives up being root, or that give their children users. */
const DROPS =
  /\b(gosu|su-exec|setpriv|runuser|chpst|setuidgid|s6-\w+|supervisord|sudo -u|php-fpm|nginx|apache2?|httpd|apachectl)\b|\bsu (-|\w)/;

/** Whether a service that starts as root may give that up; also where its entrypoint is a script that cannot be read. */
function dropsRoot(part: Part): boolean {
  const { build, raw } = part;
  const base = baseOf(part) ?? "";
  const { tag = "" } = readImageName(base);
  if (DROPPING.has(lastWord(base)) || /\b(fpm|apache)\b/.test(tag)) return true;
  const { stage, entryScript } = build ?? {};
  const own = [
    ...["ENTRYPOINT", "CMD"]
      .map((keyword) => stage && lastOf(stage, keyword)?.rest),
    ...[raw.entrypoint, raw.command].flatMap((words) => words ?? []),
    entryScript,
  ];
  const isReplaced = raw.entrypoint !== undefined && raw.entrypoint !== null;
  return own.some((text) => DROPS.test(text ?? "")) ||
    (entryScript === "" && !isReplaced);
}

/** Images of languages and systems that have no USER, apart from those that doctor finds on this machine. */
const KNOWN = new Set(
  `debian ubuntu alpine busybox buildpack-deps fedora centos rockylinux almalinux amazonlinux
  python node golang ruby php perl rust openjdk eclipse-temurin amazoncorretto tomcat maven
  elixir erlang haskell julia gcc swift clojure pypy`.split(/\s+/),
);

/** Whether an image certainly has no user but root: silent about one that is neither known nor on this machine. */
function isRootBase({ base }: Stage, images: Project["images"]): boolean {
  if (base === undefined) return false;
  const user = images.get(base)?.user;
  if (user !== undefined) return user === "" || ROOT.test(user);
  const { whole } = readImageName(base);
  return base === "scratch" ||
    isOfficial(base) && KNOWN.has(lastWord(base)) ||
    whole === "docker.io/denoland/deno" || whole === "docker.io/oven/bun";
}

/** The lines that give an image a user, which depend on its base image and on the users that it has. */
function userLines(one: ProjectBuild, stage: Stage): string {
  const base = stage.base ?? "";
  const lines = lastOf(stage, "USER")
    ? ["# instead of this line:"]
    : ["# at the end of the stage, above CMD:"];
  const named = stage.instructions.findLast(({ keyword, words }) =>
    keyword === "USER" && !ROOT.test(words[0] ?? "root")
  );
  const user = named?.words[0] ?? madeIn(stage) ?? presentIn(base);
  if (user !== undefined) return [...lines, `USER ${user}`].join("\n");
  switch (one.stage && systemOf(base)) {
    case "full":
      // The image of Amazon Linux lacks useradd.
      if (lastWord(base) === "amazonlinux") break;
      return [...lines, "RUN useradd --create-home app", "USER app"].join("\n");
    case "busybox":
      return [...lines, "RUN adduser -D app", "USER app"].join("\n");
  }
  // A number needs no entry in /etc/passwd.
  return [...lines, "USER 1000:1000"].join("\n");
}

/** The user that the Dockerfile makes and does not use. */
function madeIn({ instructions }: Stage): string | undefined {
  const runs = instructions.filter(({ keyword }) => keyword === "RUN");
  for (const { rest } of runs) {
    const [, name] =
      /\b(?:useradd|adduser)\b[^;&|]*?\s([a-z_][\w-]*)\s*(?:$|[;&|])/
        .exec(rest) ?? [];
    if (name !== undefined) return name;
  }
  return undefined;
}

/** The user besides root that an image has. */
function presentIn(base: string): string | undefined {
  const { whole, tag = "" } = readImageName(base);
  if (isOfficial(base) && lastWord(base) === "node") return "node";
  if (whole === "docker.io/denoland/deno") return "deno";
  if (whole === "docker.io/oven/bun") return "bun";
  const isDotnet = whole.startsWith("mcr.microsoft.com/dotnet/");
  return isDotnet && parseInt(tag) >= 8 ? "app" : undefined;
}

/** The checks for root. */
export const rootChecks: readonly Check[] = [rootServices, rootImages];

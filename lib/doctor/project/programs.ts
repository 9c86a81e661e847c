/**
 * Programs that are in images, as far as their names and their Dockerfiles tell.
 *
 * @module
 */

import { isOfficial, lastWord, readImageName } from "../../image_name.ts";
import type { Stage } from "../../compose/stage.ts";

/** The system of an image: `bare` has no shell, `busybox` the small tools of Alpine, `full` has bash. */
export type System = "bare" | "busybox" | "full";

/** Official images with bash, whose tags for Alpine have "alpine" in them. */
const FULL = new Set(
  `debian ubuntu buildpack-deps fedora centos rockylinux almalinux amazonlinux oraclelinux
  python node golang ruby php perl rust openjdk eclipse-temurin amazoncorretto tomcat jetty maven gradle jruby
  elixir erlang haskell julia r-base gcc swift clojure groovy pypy httpd nginx
  mysql mariadb postgres mongo redis cassandra couchdb solr zookeeper influxdb memcached rabbitmq elasticsearch
  wordpress drupal joomla nextcloud matomo phpmyadmin odoo ghost redmine rails django`
    .split(/\s+/),
);

/** Other images with bash, by their whole names. */
const FULL_BY_NAME: readonly RegExp[] = [
  /^docker\.io\/(denoland\/deno|oven\/bun)$/,
  /^docker\.io\/(postgis\/postgis|pgvector\/pgvector|imresamu\/postgis)$/,
  /^docker\.io\/(bitnami|bitnamilegacy)\//,
  /^docker\.io\/(confluentinc\/cp-|clickhouse\/clickhouse-server$)/,
  /^docker\.io\/(tiangolo\/|opensearchproject\/opensearch$)/,
  /^docker\.elastic\.co\/(elasticsearch\/elasticsearch|kibana\/kibana)$/,
  /^mcr\.microsoft\.com\/(dotnet\/|mssql\/server$|playwright)/,
];

/** The system of an image; undefined where its name does not tell. */
export function systemOf(image: string | undefined): System | undefined {
  if (image === undefined) return undefined;
  const { tag = "", whole } = readImageName(image);
  const text = `${whole}:${tag}`;
  if (image === "scratch" || /distroless|chiseled|\/static(-|:|$)/.test(text)) {
    return "bare";
  }
  if (/alpine/.test(text)) return "busybox";
  const isFull = isOfficial(image)
    ? FULL.has(lastWord(image))
    : FULL_BY_NAME.some((name) => name.test(whole));
  return isFull && !/windows|nanoserver|mariner|azurelinux|^bin-/.test(tag)
    ? "full"
    : undefined;
}

/** Whether the stage installs a program and does not remove it. */
export function installs(stage: Stage | undefined, program: string): boolean {
  const text = (stage?.instructions ?? [])
    .flatMap(({ keyword, rest }) => keyword === "RUN" ? rest : []).join("\n");
  const word = `(?<![\\w-])${program}(?![\\w-])`;
  const added = new RegExp(
    `\\b(apt|apt-get|apk|yum|dnf|microdnf)\\b[^|;&]*\\b(install|add)\\b[^|;&]*${word}`,
  );
  const removed = new RegExp(
    `\\b(remove|purge|autoremove|del)\\b[^|;&]*${word}`,
  );
  return added.test(text) && !removed.test(text);
}

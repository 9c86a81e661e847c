/**
 * The health check that applies to a service: the Compose file's, its Dockerfile's or its image's.
 *
 * @module
 */

import { parseDuration } from "../../text/units.ts";
import { execForm } from "../../compose/instructions.ts";
import { lastOf, type Stage } from "../../compose/stage.ts";
import type { Path, Place } from "./finding.ts";
import { isOfficial } from "../../image_name.ts";
import type { Image } from "./image.ts";
import type { ModelService } from "./model.ts";

/** A health check, none, or an unknown one: that of an image that is not on this machine. */
export type Health =
  | { kind: "none" }
  | { kind: "unknown" }
  | {
    kind: "check";
    /** As in `test` of a Compose file: CMD or CMD-SHELL, and the command. */
    test: readonly string[];
    /** Milliseconds between two checks. */
    interval: number;
    /** Whether the first checks come sooner. */
    quickStart: boolean;
    at: Path | Place;
  };

/** The sources that {@linkcode healthOf} looks at. */
interface HealthSources {
  name: string;
  /** Of a build that could be read. */
  stage: Stage | undefined;
  /** Absolute path of its Dockerfile; undefined where that stands in the Compose file. */
  dockerfile: string | undefined;
  /** The service's image or, for a build, the one that it stands on, by name; undefined where that is unknown. */
  base: string | undefined;
  /** The engine's copy of it. */
  image: Image | undefined;
}

/** https://docs.docker.com/reference/dockerfile/#healthcheck */
const DEFAULT_INTERVAL = 30_000;

/** The health check of a service; a field of the Compose file replaces the image's, one by one. */
export function healthOf(
  { healthcheck = {} }: ModelService,
  sources: HealthSources,
): Health {
  const { test, disable, interval, start_interval: start } = healthcheck;
  if (disable || test?.[0] === "NONE") return { kind: "none" };
  const inner = innerHealth(sources);
  if (!test && inner.kind !== "check") return inner;
  const own = inner.kind === "check"
    ? inner
    : { interval: DEFAULT_INTERVAL, quickStart: false };
  return {
    kind: "check",
    ...own,
    ...(test &&
      { test, at: ["services", sources.name, "healthcheck", "test"] }),
    ...(interval !== undefined && { interval: parseDuration(interval) }),
    ...(start !== undefined && { quickStart: true }),
  } as Health;
}

/** The health check without the Compose file's part. */
function innerHealth(
  { name, stage, dockerfile, base, image }: HealthSources,
): Health {
  const at: Path = ["services", name];
  const own = stage && lastOf(stage, "HEALTHCHECK");
  if (own) {
    const place = dockerfile === undefined
      ? [...at, "build", "dockerfile_inline"]
      : { file: dockerfile, line: own.line, column: 1 };
    return instructionHealth(own, place);
  }
  if (base === "scratch") return { kind: "none" };
  if (!image) {
    const none = base !== undefined && isOfficial(base);
    return { kind: none ? "none" : "unknown" };
  }
  const { Test: test = [], Interval: interval = 0, StartInterval: start = 0 } =
    image.health ?? {};
  return test.length === 0 || test[0] === "NONE" ? { kind: "none" } : {
    kind: "check",
    test,
    interval: interval > 0 ? interval / 1e6 : DEFAULT_INTERVAL,
    quickStart: start > 0,
    at,
  };
}

function instructionHealth(
  { flags, rest }: { flags: readonly string[]; rest: string },
  at: Path | Place,
): Health {
  const [, command] = /^CMD\s+(.*)$/is.exec(rest) ?? [];
  if (command === undefined) return { kind: "none" };
  const words = execForm(command);
  const value = (name: string) =>
    flags.find((flag) => flag.startsWith(`--${name}=`))?.split("=")[1];
  const interval = parseDuration(value("interval") ?? "");
  return {
    kind: "check",
    test: words ? ["CMD", ...words] : ["CMD-SHELL", command],
    interval: interval || DEFAULT_INTERVAL,
    quickStart: value("start-interval") !== undefined,
    at,
  };
}

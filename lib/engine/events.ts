/**
 * Follows the engine's stream of events: https://docs.docker.com/reference/api/engine/version/v1.45/#tag/System. An
 * event is a reason to look at a container, and proves nothing about it: the stream may be cut, stall or lose events.
 *
 * @module
 */

import { FOLDER_LABEL, PROJECT_LABEL, SERVICE_LABEL } from "../plan/labels.ts";
import { lineReader } from "../text/lines.ts";
import type { EngineApi } from "./api.ts";

/** A container whose events are followed. */
export interface Watched {
  /**
   * Whether the next event of the container can be expected: the stream lasts, and has told of this container before.
   * So a stream that never sends anything is not relied on.
   */
  isTold(): boolean;
  /** Ends the calls of `onEvent`. */
  end(): void;
}

/** The events of the containers of one project. */
export interface ContainerEvents {
  /**
   * Follows a container by its name, or {@linkcode hooksOf} a service; the first call opens the stream.
   *
   * @param onEvent called for each event of the container, and when a stream that has told of it is lost
   */
  watch(container: string, onEvent: () => void): Watched;
  /** Closes the stream. */
  close(): void;
}

/** The events that change the state of a container. The engine adds words after a colon, as in "health_status: healthy". */
const ACTIONS = ["start", "restart", "die", "oom", "destroy", "health_status"];

/** The name under which all containers of hooks of a service are followed: the engine has named them. */
export function hooksOf(service: string): string {
  return `hooks of ${service}`;
}

/**
 * From when on (s since 1970) the engine repeats events; it keeps the last 256. It sends the head of its answer before it
 * begins to follow, so an event in between would be lost without this. Repeated events also show that the stream works.
 * No time of ours is used, because the engine's clock may differ.
 */
const SINCE = 1;

/** The events of the containers of a Compose project. A stream that was lost is not opened again. */
export function containerEvents(
  api: EngineApi,
  project: string,
): ContainerEvents {
  const watchers = new Set<{ container: string; onEvent: () => void }>();
  const told = new Set<string>();
  const over = new AbortController();
  let following: Promise<void> | undefined;
  let isLost = false;
  const onContainer = (container: string) => {
    told.add(container);
    for (const one of watchers) if (one.container === container) one.onEvent();
  };
  const onLost = () => {
    isLost = true;
    for (const one of watchers) if (told.has(one.container)) one.onEvent();
  };
  return {
    watch: (container, onEvent) => {
      const watcher = { container, onEvent };
      watchers.add(watcher);
      following ??= follow(api, { project, signal: over.signal }, onContainer)
        // Without the stream, gates look as often as they do on an engine that has none.
        .then(onLost, onLost);
      return {
        isTold: () => !isLost && told.has(container),
        end: () => void watchers.delete(watcher),
      };
    },
    close: () => over.abort(),
  };
}

/**
 * Calls back with the name of the container of each event; resolves when the engine ends the stream.
 *
 * @throws {EngineError} with the engine's own words when it refuses, or when the connection is lost
 */
async function follow(
  api: EngineApi,
  { project, signal }: { project: string; signal: AbortSignal },
  onContainer: (name: string) => void,
): Promise<void> {
  const filters = JSON.stringify({
    type: ["container"],
    event: ACTIONS,
    label: [`${PROJECT_LABEL}=${project}`],
  });
  const { body } = await api.request("/events", {
    query: { since: SINCE, filters },
    signal,
  });
  const decoder = new TextDecoder();
  const lines = lineReader((line) => {
    const name = containerIn(line);
    if (name !== undefined) onContainer(name);
  });
  for await (const bytes of body) {
    lines.read(decoder.decode(bytes, { stream: true }));
  }
}

/** The name of the container that an event is about; undefined where the line is no such event. */
function containerIn(line: string): string | undefined {
  try {
    const { Type, Action, Actor } = JSON.parse(line);
    const [action] = Action.split(":");
    const { name, [SERVICE_LABEL]: service, [FOLDER_LABEL]: folder } =
      Actor.Attributes;
    const isOne = Type === "container" && ACTIONS.includes(action);
    if (!isOne || typeof name !== "string") return undefined;
    // Compose labels all containers but those of hooks with the folder.
    const isHook = typeof service === "string" && folder === undefined;
    return isHook ? hooksOf(service) : name;
  } catch {
    // A program between todoflow and the engine may add lines of its own.
    return undefined;
  }
}

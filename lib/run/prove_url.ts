/**
 * Proves the URL of an application, and tells the user what its port lacks.
 *
 * @module
 */

import { publishedAt } from "../engine/address.ts";
import type { EngineApi } from "../engine/api.ts";
import { inspect } from "../engine/container.ts";
import { listenersIn, whyUnreachable } from "../engine/listening.ts";
import { problemOf } from "../engine/probe.ts";
import { prove } from "../engine/prove.ts";
import type { Sleep } from "../pause.ts";
import type { Executor } from "../plan/executor.ts";
import type { Does } from "../plan/plan.ts";

/** Options of {@linkcode proveUrl}. */
type ProveOptions = Parameters<Executor["prove"]>[2] & {
  api: EngineApi;
  sleep?: Sleep | undefined;
};

/** See {@linkcode Executor.prove}. */
export async function proveUrl(
  addresses: readonly string[],
  { service, container, port, path, proof }: Does<"url">,
  { api, signal, output, notice, sleep }: ProveOptions,
): Promise<string> {
  const at = publishedAt(addresses, api.endpoint);
  if (!at) {
    output(
      `${
        addresses[0]
      } is on the loopback of the engine's host, ${api.endpoint}: publish the port on an address that can be reached`,
    );
    return "";
  }
  const url = (scheme: string) => `${scheme}://${at.shown}:${at.port}`;
  if (proof === "none") {
    notice(
      `${url("http")} was not requested: x-todoflow.release.proof is none`,
    );
    return url("http");
  }
  const proven = await prove({ ...at, path }, {
    ...{ signal, output, sleep },
    ...(proof && { proof }),
    isHealthy: () => hasCheck(api, container, signal),
    problem: () => problemOf(api, container, signal),
    explain: async () => {
      const listeners = await listenersIn(api, container, signal);
      if (signal.aborted) return undefined;
      const why = listeners
        ? whyUnreachable(listeners, port)
        : `cannot be asked on which ports it listens, for example because its image has no cat: check that it listens on 0.0.0.0:${port}`;
      return why && `"${service}" ${why}`;
    },
  });
  if (!proven) return "";
  const { scheme, status } = proven;
  if (status === 404) {
    const shown = url(scheme) + path;
    notice(
      `${shown} answers with status 404: name a page that is there by x-todoflow.release.path`,
    );
  }
  if (scheme === "tcp" && proof !== "tcp") {
    notice(
      `${
        url(scheme)
      } accepts connections, but does not speak HTTP; the health check of "${service}" has passed`,
    );
  }
  return url(scheme);
}

/** Whether a container has a health check; the step of the URL waits until it has succeeded. */
async function hasCheck(
  api: EngineApi,
  container: string,
  signal: AbortSignal,
): Promise<boolean> {
  const answer = await inspect(api, container, signal);
  if (answer.kind !== "known") return false;
  const [kind = "NONE"] = answer.value.Config.Healthcheck?.Test ?? [];
  return kind !== "NONE";
}

/**
 * A service as the rules for roles see it: as the file has it, before a twin takes out ports and names.
 *
 * @module
 */

import { portsOf } from "./ports.ts";
import type { Condition, RawService } from "./raw_service.ts";
import { containersOf, sortedEntries } from "./service.ts";
import { kindOf, type ServiceKind } from "./service_kind.ts";

/** A service that may have a role. */
export interface Candidate {
  /** As in the Compose file. */
  name: string;
  /** Whether Compose starts it when no service is named. */
  isActive: boolean;
  /** As the file gives it. */
  image: string | undefined;
  /** Whether the file builds it. */
  isBuilt: boolean;
  kind: ServiceKind | undefined;
  /** Container ports that are published, TCP only. */
  ports: readonly number[];
  /** Whether a port of any protocol is published. */
  publishes: boolean;
  dependsOn: readonly { service: string; condition: Condition }[];
  /** Its networks, by their keys in the file. */
  networks: readonly string[];
  /** Whether the engine starts it again however it has ended. */
  restarts: boolean;
  /** Whether it has a restart policy at all. */
  hasPolicy: boolean;
  /** Whether the file gives it a health check. */
  isChecked: boolean;
  /** Whether it can use the engine. */
  hasSocket: boolean;
}

/** Paths of the socket of an engine; Docker Desktop has one of its own. */
export const ENGINE_SOCKET = /(^|\/)docker(\.raw)?\.sock$/;

/**
 * Reads the services.
 *
 * @param services of the model, before it is a twin's
 * @param active names of the services that Compose starts when none is named
 */
export function candidatesIn(
  services: Readonly<Record<string, RawService | null>>,
  active: ReadonlySet<string>,
): Map<string, Candidate> {
  return new Map(
    sortedEntries(services).map(([name, raw]) => [
      name,
      candidateOf(name, raw ?? {}, active),
    ]),
  );
}

function candidateOf(
  name: string,
  raw: RawService,
  active: ReadonlySet<string>,
): Candidate {
  const { image, networks = {}, healthcheck } = raw;
  const recognized = { name, image, isBuilt: raw.build !== undefined };
  const policy = policyOf(raw);
  return {
    ...recognized,
    isActive: active.has(name) && containersOf(raw) > 0,
    kind: kindOf(recognized),
    ports: portsOf(raw).ports,
    publishes: (raw.ports ?? []).length > 0,
    dependsOn: sortedEntries(raw.depends_on ?? {})
      .map(([service, { condition }]) => ({ service, condition })),
    networks: raw.network_mode === undefined ? Object.keys(networks) : [],
    restarts: policy === "always" || policy === "unless-stopped",
    hasPolicy: policy !== "no",
    isChecked: healthcheck?.test !== undefined && !healthcheck.disable,
    hasSocket: (raw.volumes ?? []).some(({ source = "" }) =>
      ENGINE_SOCKET.test(source)
    ),
  };
}

/** The restart policy, in the words of `restart`. https://docs.docker.com/reference/compose-file/deploy/#restart_policy */
export function policyOf(
  { restart, deploy }: Pick<RawService, "restart" | "deploy">,
): string {
  const own = deploy?.restart_policy;
  if (!own) return restart ?? "no";
  const { condition = "any" } = own;
  return condition === "any"
    ? "always"
    : condition === "none"
    ? "no"
    : condition;
}

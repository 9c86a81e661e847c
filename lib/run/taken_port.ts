/**
 * Finds out which port is in use, and who has it, where docker could not publish one.
 *
 * @module
 */

import type { EngineApi } from "../engine/api.ts";
import type { TakenPort } from "../errors/port_wording.ts";
import { PROJECT_LABEL } from "../plan/labels.ts";
import type { Around } from "./around.ts";
import { portHolder } from "./port_holder.ts";

/** The words before the address and the port: those of Docker 20 to 28, and of Docker Desktop. */
const WORDS =
  /(?:Bind for |listen (?:tcp|udp)\d? |failed to bind host port (?:for )?|exposing port TCP )(?<hostname>\[[\da-f:.]{2,45}\]|[\d.]{0,15}):(?<port>\d{1,5})/;

/** A container of the engine's list. */
interface Listed {
  Names?: readonly string[] | null;
  Labels?: Readonly<Record<string, string>> | null;
  Ports?: readonly { PublicPort?: number }[] | null;
}

/** The port that docker's words are about; undefined where they name none. */
export async function takenPort(
  detail: string,
  { api, around, signal }: {
    api: EngineApi;
    around: Around | undefined;
    signal: AbortSignal;
  },
): Promise<TakenPort | undefined> {
  const { hostname = "", port } = WORDS.exec(detail)?.groups ?? {};
  if (port === undefined) return undefined;
  const number = Number(port);
  const listed = await api.json<Listed[]>("/containers/json", { signal })
    .catch(() => []);
  const by = listed.find(({ Ports }) =>
    Ports?.some(({ PublicPort }) => PublicPort === number)
  );
  const { host } = around ?? {};
  const program = !by && host && await isHere(api, { host, signal })
    ? await portHolder(port, signal)
    : undefined;
  const [publisher] = [...around?.workflow.services.values() ?? []]
    .flatMap(({ name, addresses }) =>
      addresses.filter((one) => one.port === number)
        .map(({ target }) => ({ service: name, target }))
    );
  return {
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port,
    ...publisher,
    ...(program && { program }),
    ...(by && {
      holder: {
        container: by.Names?.[0]?.replace(/^\//, "") ?? "",
        project: by.Labels?.[PROJECT_LABEL] ?? "",
      },
    }),
  };
}

/** Whether the engine is that of this machine: its ports are then those that are listed here. */
export async function isHere(
  api: EngineApi,
  { host, signal }: { host: () => string; signal?: AbortSignal },
): Promise<boolean> {
  const { Name } = await api.json<{ Name?: string }>(
    "/info",
    signal ? { signal } : {},
  ).catch(() => ({ Name: undefined }));
  return Name === host();
}

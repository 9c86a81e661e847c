import { assert, assertEquals, assertRejects } from "@std/assert";
import { observeObjects } from "../../../../lib/engine/objects.ts";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";
import { withFakeDocker } from "../../fakes.ts";

const ID = "4f2a".repeat(16);

/** A row of `docker ps`: of a container that Compose has made from a folder, or of one whose labels name none. */
function row(id: string, { project = "shop", service = "app", folder = "" }) {
  const words = [project, `${project}-${id}`, id, "", "exited", service];
  return `echo '${JSON.stringify([...words, folder])}'`;
}

/** A container, as the engine describes it, that may be a hook's. */
interface Candidate {
  project?: string;
  service?: string;
  /** Its VolumesFrom. */
  from?: string[];
  labels?: Record<string, string>;
  /** Its names on a network. */
  aliases?: string[];
  /** The answer of docker, instead of a description. */
  answer?: string;
}

/** Lists the container of a service and a candidate; resolves to the candidate, if it is listed. */
function listed(
  { project = "shop", service, from = [], labels = {}, aliases, answer }:
    Candidate,
) {
  const text = JSON.stringify({
    Config: { Labels: labels },
    HostConfig: { VolumesFrom: from },
    NetworkSettings: { Networks: { net: { Aliases: aliases ?? null } } },
  });
  return withFakeDocker(
    `case "$*" in
      ps*) ${row(ID, { project, folder: "/src" })}
        ${row("other", { project, ...(service && { service }) })} ;;
      "container inspect other") ${answer ?? `echo '${text}'`} ;;
      *) exit 0 ;;
    esac`,
    async ({ api }) =>
      (await observeObjects(api)).find(({ id }) => id === "other"),
  );
}

const HOOK = { "com.docker.compose.hook": "pre_start" };
const TWIN = "shop--release";

const CASES: Record<string, Candidate & { is: boolean }> = {
  "that Compose labels as one": { from: [ID], labels: HOOK, is: true },
  "that only reads the volumes": { from: [`${ID}:ro`], labels: HOOK, is: true },
  "without that label, with the service's name on a network": {
    ...{ from: [ID], aliases: ["shop-app-0", "app"], is: true },
  },
  "without that label, in a twin": { from: [ID], project: TWIN, is: true },
  "that uses the volumes by name, as a person types it": {
    ...{ from: ["shop-app-1"], labels: HOOK, is: false },
  },
  "that was started from the service's image, whose labels it has": {
    ...{ from: [ID], is: false },
  },
  "that uses no other's volumes": { labels: HOOK, is: false },
  "of another service": { from: [ID], labels: HOOK, service: "db", is: false },
};

for (const [what, { is, ...candidate }] of Object.entries(CASES)) {
  Deno.test(`a container ${what} is ${is ? "" : "not "}taken for a hook's`, async () => {
    const { hookOf, directory } = await listed(candidate) ?? {};
    assertEquals(
      [hookOf?.id, directory],
      is ? [ID, "/src"] : [undefined, undefined],
    );
  });
}

Deno.test("a hook that has gone meanwhile is not listed", async () => {
  const answer = "echo 'no such container: other' >&2; exit 1";
  assertEquals(await listed({ answer }), undefined);
});

Deno.test("a container that can be no hook's is not asked about, so that a broken one stops no run", async () => {
  const answer = "echo 'cannot describe it' >&2; exit 1";
  const found = await listed({ service: "web", answer });
  assertEquals([found?.id, found?.hookOf], ["other", undefined]);
});

Deno.test("a listing fails if the engine does not tell whose a container is", async () => {
  const answer = "echo 'the engine stops' >&2; exit 1";
  const { failure } = await assertRejects(
    () => listed({ answer }),
    TodoflowError,
  );
  assert(failure.kind === "no-engine");
});

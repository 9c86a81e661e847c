import { assert, assertEquals, assertRejects } from "@std/assert";
import { composeVersion, observe } from "../../../../lib/compose/resolve.ts";
import { engineApi } from "../../../../lib/engine/api.ts";
import { observeEndpoint } from "../../../../lib/engine/current.ts";
import {
  digestsByName,
  idsByName,
  listImages,
  observeImages,
} from "../../../../lib/engine/images.ts";
import { observeObjects } from "../../../../lib/engine/objects.ts";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";
import { withSocket } from "../../fake_engine.ts";
import { withFakeDocker, withFolder } from "../../fakes.ts";

Deno.test("the engine is the current context's, or by default the usual socket", async () => {
  const endpoint = (script: string) =>
    withFakeDocker(
      `: context\n${script}`,
      ({ docker }) => observeEndpoint(docker),
    );
  assertEquals(await endpoint("echo tcp://ci:2375"), "tcp://ci:2375");
  assertEquals(
    await endpoint("echo no context >&2; exit 1"),
    "unix:///var/run/docker.sock",
  );
});

Deno.test("no engine is the failure no-engine, in docker's words", () =>
  withFakeDocker(`echo "Cannot connect" >&2; exit 1`, async ({ api }) => {
    const { failure } = await assertRejects(
      () => observeObjects(api),
      TodoflowError,
    );
    assertEquals(failure, { kind: "no-engine", detail: "Cannot connect" });
  }));

Deno.test("the objects of projects are listed with their identity, for any text in their labels", () =>
  withFakeDocker(
    `case $1 in
      ps) echo '["shop","web/db,shop-db-1","c1","2026-11-29 13:00:00 +0100 CET","exited","db","/gone/a  b"]'
        echo 'a notice of docker'
        echo '["other","x","c2","2026-11-29 12:00:00 +0000 UTC","running","",""]' ;;
      network) echo '["shop","shop_default","n1","2026-11-29 12:00:00.5 +0000 UTC"]' ;;
      volume) echo '["shop","shop_data",""]'; echo '["shop","shop_own","a-run"]' ;;
    esac`,
    async ({ api }) => {
      const created = Date.parse("2026-11-29T12:00:00Z");
      assertEquals(await observeObjects(api), [
        {
          kind: "container",
          project: "shop",
          name: "shop-db-1",
          id: "c1",
          created,
          state: "exited",
          service: "db",
          directory: "/gone/a  b",
          run: "",
        },
        {
          kind: "container",
          project: "other",
          name: "x",
          id: "c2",
          created,
          state: "running",
          run: "",
        },
        {
          kind: "network",
          project: "shop",
          name: "shop_default",
          id: "n1",
          created,
        },
        { kind: "volume", project: "shop", name: "shop_data", id: "" },
        { kind: "volume", project: "shop", name: "shop_own", id: "a-run" },
      ]);
    },
  ));

Deno.test("containers and volumes are listed with the folder that they were made from, without links", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/a  b`);
    await Deno.symlink(`${folder}/a  b`, `${folder}/link`);
    await withFakeDocker(
      `case $1 in
        ps) echo '["shop","a","1","","running","app","${folder}/link"]' ;;
        volume) echo '["shop","b","","${folder}/link"]' ;;
      esac`,
      async ({ api }) => {
        const objects = await observeObjects(api);
        assertEquals(objects.map(({ kind, directory }) => [kind, directory]), [
          ["container", `${folder}/a  b`],
          ["volume", `${folder}/a  b`],
        ]);
      },
    );
  }));

Deno.test("a listing has all objects, those of no project included", () =>
  withFakeDocker(":", async ({ api, calls }) => {
    assertEquals(await observeObjects(api), []);
    for (const call of await calls()) assert(!call.includes("--filter"));
  }));

Deno.test("images that exist are listed with their names, each once, although others are missing", () =>
  withFakeDocker(
    `echo '["sha256:1",["shop-app:latest","x:1"],"2026-11-29T12:00:00Z"]'
    echo '["sha256:1",["shop-app:latest","x:1"],"2026-11-29T12:00:00Z"]'
    echo '["sha256:2",null,"0001-01-01T00:00:00Z"]'
    [ $5 = y ] && echo "Error: No such image: y" >&2; exit`,
    async ({ api, calls }) => {
      const images = await observeImages(api, [
        ...["shop-app", "x:1", "sha256:2", "y", "x:1", ""],
      ]);
      assertEquals(images.map(({ id, tags }) => [id, tags]), [
        ["sha256:1", ["shop-app:latest", "x:1"]],
        ["sha256:2", []],
      ]);
      assertEquals(images[0]?.tagged, Date.parse("2026-11-29T12:00:00Z"));
      assertEquals([...idsByName(images)], [
        ["shop-app:latest", "sha256:1"],
        ["x:1", "sha256:1"],
      ]);
      assertEquals(await observeImages(api, []), []);
      // Each name once, and none for no name.
      assertEquals((await calls()).length, 4);
    },
  ));

Deno.test("a failed listing of images is not taken for an empty one", async () => {
  const answers = ["kill -9 $$", "exit 143", "echo Cannot connect >&2; exit 1"];
  for (const docker of answers) {
    await withFakeDocker(docker, async ({ api }) => {
      const { failure } = await assertRejects(
        () => observeImages(api, ["a"]),
        TodoflowError,
      );
      assertEquals(failure.kind, "no-engine");
    });
  }
});
Deno.test("a notice around Compose's version, or the engine's endpoint, is no part of it", () =>
  withFakeDocker(
    `case $1 in context) echo notice 1.2; echo unix:///x.sock ;; *) ${`[ "$2" = version ] && echo 'notice 1.2 is out' || printf 'name: shop\\n'`}; echo 2.26.1 ;; esac`,
    async ({ docker, directory }) => {
      const compose = () => composeVersion(docker);
      await observe(docker, { directory, compose });
      assertEquals(await observeEndpoint(docker), "unix:///x.sock");
    },
  ));

Deno.test("a container is listed with the run that has made it, and with the things that it shares", () =>
  withFakeDocker(
    `[ "$1" = ps ] && echo '["shop","shop-app-1","a","2026-11-29 12:00:00 +0000 UTC","running","app","/w","/w/compose.yaml,/s/4-2.run.yaml","data,/w/x","shop_default,proxy",["8080/tcp","8081/tcp","8080/tcp","0/tcp","53/udp"]]'
true`,
    async ({ api }) => {
      const [found] = await observeObjects(api);
      const { run, mounts, networks, ports } = found!;
      assertEquals([run, mounts, networks, ports], [
        "4-2",
        ["data", "/w/x"],
        ["shop_default", "proxy"],
        ["8080/tcp", "8081/tcp", "53/udp"],
      ]);
    },
  ));

Deno.test("an image without a registry's digest is local, even with foreign labels; an invalid name has no image", () =>
  withFakeDocker(
    `echo '["sha256:a",["mine:1"],"2026-11-29T12:00:00Z",[],null]'
echo '["sha256:b",["theirs:1"],"0001-01-01T00:00:00Z",["theirs@sha256:1"],{"com.docker.compose.project":"shop"}]'
echo 'Error response from daemon: invalid reference format: repository name must be lowercase' >&2
exit 1`,
    async ({ api }) => {
      const images = await observeImages(api, ["mine:1", "theirs:1", "A:1"]);
      assertEquals(
        images.map(({ tags, local, project }) => [tags[0], local, project]),
        [["mine:1", true, ""], ["theirs:1", undefined, "shop"]],
      );
    },
  ));

Deno.test("images are listed by their names in one question, with the digest that each name has in its registry", () =>
  withSocket(
    ({ path }, wire) =>
      wire.answer(
        200,
        path === "/_ping" ? "OK" : JSON.stringify([
          {
            Id: "sha256:1",
            RepoTags: ["db:1", "h:5000/db:1", "own:1"],
            RepoDigests: ["h:5000/db@sha256:b", "db@sha256:a"],
          },
          { Id: "sha256:2", RepoTags: null, RepoDigests: null },
        ]),
      ),
    async ({ endpoint, asked }) => {
      const api = engineApi(endpoint, { directory: "/", env: {} });
      const images = await listImages(api, ["db:1", "x:1"]);
      assertEquals([...digestsByName(images)], [
        ["db:1", "sha256:a"],
        ["h:5000/db:1", "sha256:b"],
      ]);
      assertEquals(images.map(({ id, tags }) => [id, tags.length]), [
        ["sha256:1", 3],
        ["sha256:2", 0],
      ]);
      const questions = asked.filter(({ path }) => path !== "/_ping");
      assertEquals(questions.length, 1);
      assertEquals(
        questions[0]?.query.get("filters"),
        '{"reference":["db:1","x:1"]}',
      );
      await api.close();
    },
  ));

Deno.test("a container is listed with its routes, a network with its addresses, a volume with its folder or share", () =>
  withFakeDocker(
    `case $1 in
      ps) echo '["shop","a","1","","running","app","","","","",[],"",{"caddy":"shop.example","caddy.tls":"x"}]' ;;
      network) echo '["shop","n","2","",["172.28.0.0/16",""]]'; echo '["shop","m","3","",[]]' ;;
      volume) echo '["shop","v","","","/srv/data"]' ;;
    esac`,
    async ({ api }) => {
      const [container, network, other, volume] = await observeObjects(api);
      assertEquals(container?.routes, ["caddy=shop.example"]);
      assertEquals(network?.subnets, ["172.28.0.0/16"]);
      assertEquals(other?.subnets, undefined);
      assertEquals(volume?.device, "/srv/data");
    },
  ));

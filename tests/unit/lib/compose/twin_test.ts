import { assertEquals } from "@std/assert";
import { parse } from "yaml";
import { type Model, readModel } from "../../../../lib/compose/model.ts";
import { twinned, type TwinOptions } from "../../../../lib/compose/twin.ts";

/** A model and the changes of it that a twin needs. */
interface Case {
  /** In the sections of a Compose file. */
  model: string;
  options?: Partial<TwinOptions>;
  /** The Compose file with the changes; undefined if nothing changes. */
  override: string | undefined;
  renames?: boolean;
}

/** In the project "shop--test", with images of "shop". */
async function changed({ model: text, options = {} }: Case) {
  const target = "target" in options ? options.target : "test";
  const name = target ? `shop--${target}` : "shop";
  const model = await readModel(`name: ${name}\n${text}`);
  const all = { base: "shop", isolated: false, ...options, target };
  return { before: model, ...twinned(model, all) };
}

const CASES: Record<string, Case> = {
  "a model with nothing of which the engine has only one needs no file": {
    model: `
services: { app: { image: a, networks: { default: null } }, db: null }
networks: { default: { name: shop--test_default } }
volumes: { data: { name: shop--test_data }, none: null }
`,
    override: undefined,
  },
  "the name of a container becomes its alias, besides those of the file": {
    model: `
services:
  db:
    image: a
    container_name: the-db
    networks: { default: null, lan: { aliases: [store], priority: 1 } }
`,
    override: `services:
  "db":
    container_name: !reset null
    networks: {"default":{"aliases":["the-db"]},"lan":{"aliases":["the-db"]}}
`,
  },
  "a container without a network of its own gets no alias": {
    model: `
services:
  a: { image: a, container_name: x, network_mode: host, networks: { default: null } }
  b: { image: a, container_name: y }
`,
    override: `services:
  "a":
    container_name: !reset null
  "b":
    container_name: !reset null
`,
  },
  "networks and volumes get the twin's names, external ones keep theirs": {
    model: `
networks:
  lan: { name: lan }
  proxy: { name: proxy, external: true }
  default: { name: shop--test_default }
volumes:
  data: { name: the-data, driver: local }
  out: { name: out, external: true }
`,
    override: `networks:
  "lan":
    name: "shop--test_lan"
volumes:
  "data":
    name: "shop--test_data"
`,
    renames: true,
  },
  "a test publishes no ports": {
    model: `
services:
  app: { image: a, ports: [{ target: 80, published: "80" }] }
  db: { image: a, ports: [] }
`,
    override: `services:
  "app":
    ports: !reset []
`,
  },
  "a release publishes its ports, and has its routes": {
    model: `
services:
  app:
    image: a
    ports: [{ target: 80, published: "80" }]
    labels: { caddy: shop.example }
`,
    options: { target: "release" },
    override: undefined,
  },
  "a proxy sends nothing to a test, which keeps its other labels": {
    model: `
services:
  app:
    image: a
    labels: { caddy: shop.example, caddy.tls: x, "traefik.http.routers.a.rule": b }
`,
    override: `services:
  "app":
    labels:
      "caddy": !reset null
      "traefik.http.routers.a.rule": !reset null
`,
  },
  "a mount of data gets a new volume, in its service only": {
    model: `
services:
  db:
    image: a
    volumes:
      - { type: bind, source: /srv/data, target: /data }
      - { type: bind, source: /srv/init, target: /init }
  other: { image: a, volumes: [{ type: bind, source: /srv/data, target: /data }] }
`,
    options: { fresh: [{ service: "db", target: "/data" }] },
    override: `services:
  "db":
    volumes: [{"type":"volume","target":"/data"}]
`,
  },
  "isolated images have the project's names, also where another service runs them":
    {
      model: `
services:
  app: { image: me/app, build: { context: /src, tags: [me/app:1] } }
  worker: { image: me/app }
  web: { build: { context: /web } }
  web2: { build: { context: /web, tags: [me/web] } }
  db: { image: postgres }
  one: { image: me/two, build: { context: /src, tags: [] } }
  two: { image: me/two, build: { context: /src } }
  three: { image: me/two }
`,
      options: { isolated: true },
      override: `services:
  "app":
    image: "shop-app"
    build: { tags: !reset null }
  "one":
    image: "shop-one"
  "three":
    image: "shop-one"
  "two":
    image: "shop-two"
  "web2":
    build: { tags: !reset null }
  "worker":
    image: "shop-app"
`,
    },
  "a hook in an isolated image runs that image, with the other hooks and their order":
    {
      model: `
services:
  app:
    image: me/app
    build: { context: /src }
    pre_start:
      - { image: me/app, command: [a], environment: { X: $$1 } }
      - { image: alpine, command: [b] }
  db: { image: postgres, pre_start: [{ image: postgres }] }
  web: { build: { context: /web }, pre_start: [{ command: [c] }] }
`,
      options: { isolated: true },
      override: `services:
  "app":
    image: "shop-app"
    pre_start: !override [{"image":"shop-app","command":["a"],"environment":{"X":"$$1"}},{"image":"alpine","command":["b"]}]
`,
    },
  "images of a checkout that is alone on its engine keep their names": {
    model:
      "services: { app: { image: me/app, build: { context: /src, tags: [t] } } }",
    override: undefined,
  },
  "where todoflow makes no twin, only isolated images change": {
    model: `
services:
  app:
    image: me/app
    build: { context: /src }
    container_name: x
    ports: [{ target: 80 }]
    labels: { caddy: a }
volumes: { data: { name: the-data } }
`,
    options: { target: undefined, isolated: true },
    override: `services:
  "app":
    image: "shop-app"
`,
  },
  "a dollar sign is no variable": {
    model: `
services:
  a$$b: { image: a, container_name: x$$y, networks: { default: null } }
`,
    override: `services:
  "a$$b":
    container_name: !reset null
    networks: {"default":{"aliases":["x$$y"]}}
`,
  },
  "several changes of a service come together": {
    model: `
services:
  db:
    image: me/db
    build: { context: /src }
    container_name: x
    networks: { default: null }
    ports: [{ target: 1 }]
    volumes: [{ type: bind, source: /d, target: /data }]
`,
    options: { isolated: true, fresh: [{ service: "db", target: "/data" }] },
    override: `services:
  "db":
    image: "shop-db"
    container_name: !reset null
    networks: {"default":{"aliases":["x"]}}
    ports: !reset []
    volumes: [{"type":"volume","target":"/data"}]
`,
  },
};

for (const [what, one] of Object.entries(CASES)) {
  Deno.test(what, async () => {
    const { override, renames } = await changed(one);
    assertEquals([override, renames], [one.override, one.renames ?? false]);
  });

  Deno.test(`the model is what Compose makes of the file: ${what}`, async () => {
    const { before, model, override } = await changed(one);
    const over = override === undefined ? {} : read(override);
    assertEquals(without(model), without(merge(before, over)));
  });
}

/** The tag that removes a part of the earlier files. */
const RESET = Symbol();

/** A part that replaces that of the earlier files. */
class Override {
  constructor(readonly value: unknown) {}
}

function read(text: string): unknown {
  const tag = { tag: "!reset", resolve: () => RESET };
  const override = (list: { toJSON(): unknown }) => new Override(list.toJSON());
  const customTags = [
    tag,
    { tag: "!override", collection: "seq", resolve: override },
    ...["seq", "map"].map((collection) => ({ ...tag, collection })),
  ];
  return parse(text.replaceAll("$$", () => "$"), {
    customTags: customTags as never,
  });
}

/** Merges files as Compose does: https://docs.docker.com/reference/compose-file/merge/ */
function merge(one: unknown, other: unknown): unknown {
  if (other instanceof Override) return other.value;
  if (Array.isArray(one) && Array.isArray(other)) {
    // Of mounts with the same path, the last one counts.
    const last = new Map([...one, ...other].map((item) => [
      item.target ?? item,
      item,
    ]));
    return [...last.values()];
  }
  if (!isMapping(one) || !isMapping(other)) return other;
  const all = { ...one };
  for (const [key, value] of Object.entries(other)) {
    if (value === RESET) delete all[key];
    else all[key] = key in all ? merge(all[key], value) : value;
  }
  return all;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The same for parts that are absent and for those that are empty. */
function without(model: Model | unknown): unknown {
  return JSON.parse(
    JSON.stringify(model),
    (_, value) =>
      isMapping(value)
        ? Object.fromEntries(
          Object.entries(value).filter(([, part]) =>
            part !== undefined && !(Array.isArray(part) && part.length === 0) &&
            !(isMapping(part) && Object.keys(part).length === 0)
          ),
        )
        : value,
  );
}

import { assertEquals } from "@std/assert";
import { CHECKED, diagnosed, lines, only } from "../situation.ts";

const NAMES_TEXT = `name: shop
services:
  test:
    image: debian:bookworm-slim
  app:
    image: shop:1
    container_name: shop
    depends_on: [db, worker, proxy]
    healthcheck: { test: [CMD, app, check], interval: 3s }
    networks: [default, back]
    volumes:
      - data:/data
      - own:/own
      - named:/named
  db:
    image: db:1
    container_name: \${COMPOSE_PROJECT_NAME:-x}-db
    networks: [outside]
    volumes:
      - elsewhere:/data
  worker:
    image: worker:1
    network_mode: host
  proxy:
    image: proxy:1
    networks:
      ranged:
        ipv4_address: 10.250.0.7
  tool:
    image: tool:1
    container_name: tool
    networks: [unused]
    profiles: [tools]
networks:
  back:
    name: shop-back
  outside:
    external: true
    name: company
  ranged:
    ipam:
      config:
        - subnet: 10.250.0.0/24
  unused:
    name: nobody
volumes:
  data:
    name: shop-data
  own:
  named:
    name: \${COMPOSE_PROJECT_NAME:-x}-named
  elsewhere:
    external: true
`;
const NAMES_MODEL = `name: shop
services:
  app:
    container_name: shop
    depends_on:
      db:
        condition: service_started
        required: true
      proxy:
        condition: service_started
        required: true
      worker:
        condition: service_started
        required: true
    ${CHECKED}
    image: shop:1
    networks:
      back: null
      default: null
    volumes:
      - type: volume
        source: data
        target: /data
        volume: {}
      - type: volume
        source: own
        target: /own
        volume: {}
      - type: volume
        source: named
        target: /named
        volume: {}
  db:
    container_name: shop-db
    image: db:1
    networks:
      outside: null
    volumes:
      - type: volume
        source: elsewhere
        target: /data
        volume: {}
  proxy:
    image: proxy:1
    networks:
      ranged:
        ipv4_address: 10.250.0.7
  test:
    image: debian:bookworm-slim
    networks:
      default: null
  tool:
    profiles:
      - tools
    container_name: tool
    image: tool:1
    networks:
      unused: null
  worker:
    image: worker:1
    network_mode: host
networks:
  back:
    name: shop-back
  default:
    name: shop_default
  outside:
    name: company
    external: true
  ranged:
    name: shop_ranged
    ipam:
      config:
        - subnet: 10.250.0.0/24
  unused:
    name: nobody
volumes:
  data:
    name: shop-data
  elsewhere:
    name: elsewhere
    external: true
  named:
    name: shop-named
  own:
    name: shop_own
`;

const NAMES = { model: NAMES_MODEL, files: { "compose.yaml": NAMES_TEXT } };

Deno.test("names and networks that two projects on an engine cannot both have are found, unless they are external, unused or named after the project: advice where the twins have their own", async () => {
  const found = lines(await diagnosed(NAMES));
  assertEquals(found.filter((line) => !line.includes("store")), [
    "warning host-network compose.yaml:23:5",
    "warning fixed-subnet compose.yaml:41:5",
    "advice container-name compose.yaml:7:5",
    "advice fixed-network-name compose.yaml:36:5",
    "advice fixed-volume-name compose.yaml:48:5",
  ]);
});

Deno.test("the fix of a fixed name is to take it away", async () => {
  const diagnosis = await diagnosed(NAMES);
  assertEquals(
    only(diagnosis, "container-name").fix,
    "# container_name: shop   # remove this line",
  );
  assertEquals(
    only(diagnosis, "fixed-volume-name").fix,
    "# name: shop-data   # remove this line",
  );
  // Its port is not known.
  assertEquals(only(diagnosis, "host-network").fix, "");
  // An address of a service needs the subnet.
  assertEquals(only(diagnosis, "fixed-subnet").fix, "");
});

Deno.test("the port that replaces the host's network is the one that the image declares", async () => {
  const fix = async (ports: string, image: unknown) => {
    const model = NAMES_MODEL.replace(
      "network_mode: host",
      `network_mode: host${ports}`,
    );
    const diagnosis = await diagnosed({
      ...NAMES,
      model,
      images: { "worker:1": image },
    });
    return only(diagnosis, "host-network").fix;
  };
  const exposing = { Config: { ExposedPorts: { "53/udp": {}, "90/tcp": {} } } };
  const removed = "# network_mode: host   # remove this line";
  assertEquals(
    await fix("", exposing),
    `${removed}\nports:\n  - "127.0.0.1::90"`,
  );
  const ports = "\n    ports:\n      - { target: 80, host_ip: 127.0.0.1 }";
  assertEquals(await fix(ports, exposing), removed);
});

Deno.test("a subnet that no address needs can go", async () => {
  const diagnosis = await diagnosed({
    ...NAMES,
    model: NAMES_MODEL.replace(
      "ranged:\n        ipv4_address: 10.250.0.7",
      "ranged: null",
    ),
  });
  assertEquals(
    only(diagnosis, "fixed-subnet").fix,
    "# ipam: …   # remove these lines",
  );
});

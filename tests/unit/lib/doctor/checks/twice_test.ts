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
  assertEquals(lines(await diagnosed(NAMES)), [
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
  assertEquals(
    only(diagnosis, "host-network").fix,
    'ports:\n  - "127.0.0.1::8000"   # and no network_mode',
  );
});

import { assertEquals } from "@std/assert";
import {
  CHECKED,
  diagnosed,
  lines,
  only,
  project,
  single,
} from "../situation.ts";

const PORTS = project({
  text: `  app:
    image: shop:1
    depends_on: [db, cache, proxy, spare, dns]
    healthcheck: { test: [CMD, app, check], interval: 3s }
    ports:
      - "127.0.0.1::8000"
  db:
    image: db:1
    ports:
      - "127.0.0.1::3307"
      - "127.0.0.1:3306:3306"
  cache:
    image: cache:1
    ports: [6379]
  proxy:
    image: proxy:1
    ports:
      - "127.0.0.1::80"
      - "8443:443"
      - "9000-9001:9000-9001"
  spare:
    image: spare:1
    ports: ["127.0.0.1:8000-8010:80"]
  dns:
    image: dns:1
    ports:
      - { target: 53, published: "53", protocol: udp, host_ip: "::1" }
`,
  services: `  app:
    depends_on:
      cache:
        condition: service_started
        required: true
      db:
        condition: service_started
        required: true
      dns:
        condition: service_started
        required: true
      proxy:
        condition: service_started
        required: true
      spare:
        condition: service_started
        required: true
    ${CHECKED}
    image: shop:1
    networks:
      default: null
    ports:
      - mode: ingress
        host_ip: 127.0.0.1
        target: 8000
        protocol: tcp
  cache:
    image: cache:1
    networks:
      default: null
    ports:
      - mode: ingress
        target: 6379
        protocol: tcp
  db:
    image: db:1
    networks:
      default: null
    ports:
      - mode: ingress
        host_ip: 127.0.0.1
        target: 3307
        protocol: tcp
      - mode: ingress
        host_ip: 127.0.0.1
        target: 3306
        published: "3306"
        protocol: tcp
  dns:
    image: dns:1
    networks:
      default: null
    ports:
      - mode: ingress
        host_ip: ::1
        target: 53
        published: "53"
        protocol: udp
  proxy:
    image: proxy:1
    networks:
      default: null
    ports:
      - mode: ingress
        host_ip: 127.0.0.1
        target: 80
        protocol: tcp
      - mode: ingress
        target: 443
        published: "8443"
        protocol: tcp
      - mode: ingress
        target: 9000
        published: "9000"
        protocol: tcp
      - mode: ingress
        target: 9001
        published: "9001"
        protocol: tcp
  spare:
    image: spare:1
    networks:
      default: null
    ports:
      - mode: ingress
        host_ip: 127.0.0.1
        target: 80
        published: 8000-8010
        protocol: tcp
`,
});

Deno.test("fixed and open ports are found, dynamic ones and ranges on the loopback are not", async () => {
  const found = lines(await diagnosed(PORTS));
  assertEquals(found.filter((line) => !line.includes("store")), [
    "warning fixed-host-port compose.yaml:14:9",
    "warning fixed-host-port compose.yaml:20:5",
    "warning fixed-host-port compose.yaml:30:9",
    "advice published-everywhere compose.yaml:17:13",
  ]);
});

Deno.test("the fix of ports is one entry for each, on the loopback, with the protocol", async () => {
  const { findings } = await diagnosed(PORTS);
  const [fixed, open] = findings.filter(({ id }) => /port|publish/.test(id));
  assertEquals(
    fixed?.title,
    "Services cannot run twice: they take fixed ports of the host",
  );
  assertEquals(fixed?.location, fixed?.places?.[0]?.location);
  assertEquals(fixed?.places?.map(({ title, fix }) => [title, fix]), [
    [
      '"db": port 3306',
      '- "127.0.0.1::3306"',
    ],
    [
      '"proxy": ports 8443, 9000, 9001',
      '- "127.0.0.1::443"\n- "127.0.0.1::9000"\n- "127.0.0.1::9001"',
    ],
    [
      '"dns": port 53',
      '- "127.0.0.1::53/udp"',
    ],
  ]);
  assertEquals(
    [open?.title, open?.fix, open?.places],
    [
      '"cache" is open to the whole network: container port 6379',
      '- "127.0.0.1::6379"',
      undefined,
    ],
  );
});

Deno.test("the fix of a list keeps the entries that are not wrong", async () => {
  const { model } = project({
    text: "",
    services: `  app:
    ${CHECKED}
    image: shop:1
    ports:
      - { target: 80, published: "80" }
      - { target: 81, published: "81" }
      - { target: 82, published: "82", host_ip: 127.0.0.1 }
`,
  });
  const fix = async (name: string, model: string) => {
    const diagnosis = await diagnosed({
      model,
      files: {
        "compose.yaml":
          `services:\n  ${name}:\n    ports: ["80:80", "81:81", "127.0.0.1:\${P:-82}:82"]\n`,
      },
    });
    return only(diagnosis, "fixed-host-port").fix;
  };
  const kept = '\n- "127.0.0.1:${P:-82}:82"';
  assertEquals(
    await fix("app", model),
    `- "127.0.0.1::80"\n- "127.0.0.1::81"${kept}`,
  );
  // Without an app in the file, one outside of it uses the port.
  const stores = model.replace("shop:1", "postgres:16")
    .replace("  app:", "  db:");
  assertEquals(
    await fix("db", stores),
    '- "127.0.0.1:${DB_PORT_80:-80}:80"\n- "127.0.0.1:${DB_PORT_81:-81}:81"' +
      kept,
  );
});

Deno.test("a port of the host that a variable sets is not fixed", async () => {
  const ports = async (...entries: string[]) =>
    lines(
      await diagnosed({
        model: project({
          text: "",
          services: `  app:
    ${CHECKED}
    image: shop:1
    ports:
      - host_ip: 127.0.0.1
        target: 8000
        published: "8000"
`,
        }).model,
        files: {
          "compose.yaml": `services:
  app:
    ports: ${JSON.stringify(entries)}
`,
        },
      }),
    ).filter((line) => line.includes("port"));
  assertEquals((await ports("127.0.0.1:8000:8000")).length, 1);
  assertEquals(await ports("127.0.0.1:${PORT:-8000}:8000"), []);
  assertEquals(await ports("127.0.0.1:${PORT:-8000}:${PORT:-8000}"), []);
  assertEquals((await ports("127.0.0.1:${OTHER:-80}:80")).length, 1);
});

Deno.test("a port on all addresses of another machine is how that is reached", async () => {
  const diagnosis = await diagnosed({
    ...PORTS,
    docker: { "context inspect": { stdout: "tcp://ci.example:2376\n" } },
  });
  assertEquals(
    lines(diagnosis).filter((line) => line.includes("everywhere")),
    [],
  );
  const fixed = single(diagnosis)
    .filter(({ id }) => id === "fixed-host-port");
  assertEquals(fixed[0]?.fix, '- "3306"');
});

const MERGED_OVERRIDE = `services:
  app:
    ports:
      - "127.0.0.1:9000:9000"
`;
const MERGED = project({
  text: `  app:
    image: shop:1
    healthcheck: { test: [CMD, app, check], interval: 3s }
    ports:
      - "127.0.0.1::8000"
`,
  services: `  app:
    ${CHECKED}
    image: shop:1
    networks:
      default: null
    ports:
      - mode: ingress
        host_ip: 127.0.0.1
        target: 8000
        protocol: tcp
      - mode: ingress
        host_ip: 127.0.0.1
        target: 9000
        published: "9000"
        protocol: tcp
`,
});

Deno.test("the place of a port in a list that two files make is the list in the last one", async () => {
  const diagnosis = await diagnosed({
    model: MERGED.model,
    files: {
      ...MERGED.files,
      "compose.override.yaml": MERGED_OVERRIDE,
    },
  });
  assertEquals(only(diagnosis, "fixed-host-port").location, {
    file: "compose.override.yaml",
    line: 3,
    column: 5,
  });
  assertEquals(lines(diagnosis).length, 1);
});

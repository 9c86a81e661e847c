import { assertEquals } from "@std/assert";
import { causePlace } from "../../../../lib/compose/cause_place.ts";
import { readWorkflow } from "../../../../lib/compose/workflow.ts";
import type { Place } from "../../../../lib/errors/diagnosis.ts";

const MODEL = `name: shop
services:
  app: { image: a, build: { context: /shop, dockerfile: Dockerfile } }
  db: { image: postgres:15 }
`;

const FILES: Readonly<Record<string, string>> = {
  "/shop/docker-compose.yml": `services:
  db:
    image: postgres:15
    environment: { POSTGRES_DB: dbb }
  app:
    build: .
    ports: ["127.0.0.1:8000:8000"]
    command: ["sh", "-c", "gunicorn shop --bind 127.0.0.1:8000"]
    environment:
      # The name of a host.
      URL: postgres://u:p@dbb:5433/shop
      OTHER: dbbs my-dbb dbb.local
    volumes:
      - "./shop.conf:/etc/shop.conf"
    healthcheck:
      test: curl -f http://localhost:8000
`,
  "/shop/override.yml": `services:
  app:
    mem_limit: 16m
`,
  "/shop/Dockerfile": `FROM a AS one
RUN make
FROM b
COPY . .
RUN apt-get update \\
 && apt-get install -y gcc
RUN make
RUN <<EOF
make all
EOF
`,
};

async function placeOf(place: Omit<Place, "service">, service = "app") {
  const { services } = await readWorkflow(MODEL);
  const found = await causePlace({ service, ...place }, {
    files: ["/shop/docker-compose.yml", "/shop/override.yml"],
    services,
    readTextFile: (path) =>
      path in FILES
        ? Promise.resolve(FILES[path]!)
        : Promise.reject(new Error("no such file")),
  });
  return found && `${found.file}:${found.line}:${found.column}`;
}

const PLACES: [what: string, Omit<Place, "service">, string | undefined][] = [
  ["a host in a URL", { word: "dbb" }, "/shop/docker-compose.yml:11:27"],
  ["a port", { word: "5433" }, "/shop/docker-compose.yml:11:31"],
  ["a program", { word: "gunicorn" }, "/shop/docker-compose.yml:8:28"],
  ["a mount", { word: "/etc/shop.conf" }, "/shop/docker-compose.yml:14:22"],
  [
    "an address that a port is published on, too",
    { word: "127.0.0.1" },
    "/shop/docker-compose.yml:8:49",
  ],
  ["a part of a word", { word: "postgre" }, undefined],
  ["a word of no service", { word: "elsewhere" }, undefined],
  ["a word that is an expression", { word: "(a+)+$" }, undefined],
  [
    "a health check",
    { path: ["healthcheck", "test"] },
    "/shop/docker-compose.yml:16:7",
  ],
  ["a key of another file", { path: ["mem_limit"] }, "/shop/override.yml:3:5"],
  [
    "an instruction of several lines",
    { instruction: "RUN apt-get update  && apt-get install -y gcc" },
    "/shop/Dockerfile:5:1",
  ],
  [
    "an instruction that is there twice",
    { instruction: "RUN make" },
    undefined,
  ],
  ["an instruction that is not there", { instruction: "RUN x" }, undefined],
];

for (const [what, place, expected] of PLACES) {
  Deno.test(`the place of ${what} is ${expected ?? "not known"}`, async () => {
    assertEquals(await placeOf(place), expected);
  });
}

Deno.test("a service of no file, and a build that is none of the file's, have no place", async () => {
  assertEquals(await placeOf({ word: "dbb" }, "cache"), undefined);
  assertEquals(await placeOf({ instruction: "RUN make" }, "db"), undefined);
});

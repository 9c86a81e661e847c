/**
 * The commands of docker that todoflow answers by the engine's API: each does what the CLI does, and ends as the CLI does.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { capture } from "../../lib/engine/command.ts";
import { currentEngine } from "../../lib/engine/current.ts";
import { shell } from "../../lib/engine/shell.ts";
import type { Shell } from "../../lib/plan/plan.ts";
import { ALL } from "./harness.ts";

const env = Deno.env.toObject();
const IMAGE = "debian:bookworm-slim";

/**
 * Command lines after "docker", by what makes the objects that they need. "A" stands for a container, an image, a network or
 * a volume of the test, "B" for another one; "NONE" for something that is not there.
 */
const ROWS: readonly { given: readonly string[]; lines: readonly string[] }[] =
  [
    {
      given: [`create --name A ${IMAGE} sleep 60`],
      lines: ["start A", "start NONE A", "start NONE", "start --attach NONE"],
    },
    {
      given: [`run --detach --name A ${IMAGE} sleep 60`],
      lines: [
        "start A",
        "stop -t 0 A",
        "stop --timeout 0 NONE A",
        "stop --nonsense A",
        "rm A",
        "rm --force A",
        "rm --force --volumes NONE A",
        "rm -f -v A",
        "rm NONE",
        "rm --force NONE",
        "rm",
      ],
    },
    {
      given: [`create --name A ${IMAGE} true`],
      lines: ["stop A", "rm A", "wait A", "wait A NONE"],
    },
    {
      given: [`run --detach --name B ${IMAGE} false`, "wait B"],
      lines: ["wait B", "rm B", "rm -v B NONE"],
    },
    {
      given: [
        `run --detach --name A --publish 127.0.0.1::80 ${IMAGE} sleep 60`,
      ],
      lines: [
        "port A 80",
        "port A 80/tcp",
        "port A 81",
        "port NONE 80",
        "port A 80/udp",
      ],
    },
    {
      given: [],
      lines: [
        `tag ${IMAGE} A`,
        `tag ${IMAGE} A:1.2`,
        `tag ${IMAGE} localhost:5000/a/A:x`,
        `tag ${IMAGE} BAD`,
        `tag ${IMAGE} A@sha256:1`,
        `tag NONE A`,
        "tag A",
        `image inspect --format {{.Id}} ${IMAGE}`,
        `image inspect --format {{.Id}} ${IMAGE} NONE ${IMAGE}`,
        `image inspect --format {{.Os}} ${IMAGE}`,
      ],
    },
    {
      given: ["network create A"],
      lines: [
        "network rm A",
        "network rm NONE A",
        "network rm NONE",
        "network rm --force NONE A",
        "network rm bridge",
      ],
    },
    {
      given: [
        "network create A",
        `run --detach --name B --network A ${IMAGE} sleep 60`,
      ],
      lines: ["network rm A"],
    },
    {
      given: ["volume create A"],
      lines: [
        "volume rm A",
        "volume rm NONE A",
        "volume rm --force NONE A",
        "volume rm NONE",
      ],
    },
    {
      given: ["volume create A", `create --name B --volume A:/x ${IMAGE}`],
      lines: ["volume rm A", "volume rm --force A"],
    },
    {
      given: [],
      lines: [
        "volume create A",
        "volume create --label a.b=c=d --label e A",
        "volume create --driver local --opt type=tmpfs --opt device=tmpfs A",
        "volume create --driver none A",
        "volume create --label",
        "volume create A B",
      ],
    },
  ];

/** What the test may have made. */
const MADE = [
  ["rm", "--force", "--volumes"],
  ["network", "rm"],
  ["volume", "rm"],
  ["rmi"],
];

const cli = await shell({ directory: "/", env });

/** A shell in which the API answers. */
async function withApi<T>(test: ($: Shell) => Promise<T>): Promise<T> {
  const engine = currentEngine({ directory: "/", env });
  try {
    return await test(await shell({ directory: "/", env }, await engine.api()));
  } finally {
    await engine.close();
  }
}

/** Runs a line where its objects are there; resolves to its end, and to the state of the objects after it. */
async function outcome(
  line: string,
  { given, $ }: { given: readonly string[]; $: Shell },
) {
  const id = crypto.randomUUID().slice(0, 8);
  const names = { A: `small-a-${id}`, B: `small-b-${id}`, NONE: `none-${id}` };
  const named = (text: string) =>
    text.replace(
      /\b(NONE|A|B)\b/g,
      (name) => names[name as keyof typeof names],
    );
  const docker = (text: string) =>
    capture(cli`docker ${named(text).split(" ").filter(Boolean)}`);
  try {
    for (const make of given) {
      const { code, stderr } = await docker(make);
      assertEquals(code, 0, stderr);
    }
    const end = await capture($`docker ${named(line).split(" ")}`);
    const seen = await Promise.all([
      docker("ps --all --filter name=A --filter name=B --format {{.State}}"),
      docker("network ls --filter name=A --format {{.Driver}}"),
      docker("volume inspect --format {{.Labels}} A"),
      docker("volume inspect --format {{.Options}} A"),
      docker("image ls --filter reference=*A --format {{.Tag}}"),
    ]);
    const text = JSON.stringify({
      ...end,
      seen: seen.map(({ code, stdout }) => [code, stdout]),
    });
    return JSON.parse(
      text.replaceAll(id, "ID").replace(/\b[0-9a-f]{64}\b/g, "HASH")
        .replace(/127\.0\.0\.1:\d+/g, "ADDRESS"),
    );
  } finally {
    for (const [first = "", ...rest] of MADE) {
      await docker([first, ...rest, "B", "A"].join(" "));
    }
    for (const tag of ["A:1.2", "localhost:5000/a/A:x"]) {
      await docker(`rmi ${tag}`);
    }
  }
}

for (const { given, lines } of ROWS) {
  // The first line of each group stands for the others.
  for (const line of ALL ? lines : lines.slice(0, 1)) {
    const after = given.length > 0 ? `, after ${given.join(", ")}` : "";
    Deno.test(`docker ${line}: the answer of the API is that of the CLI${after}`, async () => {
      const [expected, found] = await Promise.all([
        outcome(line, { given, $: cli }),
        withApi(($) => outcome(line, { given, $ })),
      ]);
      assertEquals(found, expected);
    });
  }
}

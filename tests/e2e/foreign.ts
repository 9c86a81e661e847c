/**
 * A developer's things on the engine, and whether a target has left them alone.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  ALL,
  type Checkout,
  exec,
  leftovers,
  type Outcome,
  output,
  TODOFLOW,
  withCheckout,
} from "./harness.ts";

/** A service that waits for its end, in Compose's words. */
export const IDLE =
  "image: debian:bookworm-slim, init: true, command: [sleep, infinity]";

/** The targets that remove something. */
export const TARGETS = ["test", "release", "clean"] as const;

/** A target that removes something. */
export type Target = typeof TARGETS[number];

/** A developer's things beside a target, or in its way. In each text SHOP stands for the name of the plain project. */
export interface ForeignCase {
  /** The situation of the developer. */
  name: string;
  /** The checkout: path to text. */
  files: Readonly<Record<string, string>>;
  /**
   * The commands of the developer in the checkout, as a shell script. `$OTHER` is an empty folder outside of the
   * checkout.
   */
  setup: string;
  /**
   * Things that must be left alone, and named by a target that refuses: "container NAME", "network NAME", "volume NAME",
   * "image TAG", "file PATH" in the checkout.
   */
  foreign: readonly string[];
  /** Things that must be left alone, and need not be named. */
  beside?: readonly string[];
  /** Exit codes that are right; 0 where none is named. */
  codes?: Partial<Record<Target, readonly number[]>>;
  /** The words that a target must print on stderr, besides the names. */
  says?: Partial<Record<Target, string>>;
  /** Arguments before the target. */
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Whether another case stands for it where time counts: only `verify --all` tries it. */
  long?: boolean;
  /** The targets that are tried, by default all of them. */
  targets?: readonly Target[];
}

/**
 * The identity of a thing, so that a change shows: the same container that runs since the same moment, the same
 * network, the same volume with the same file `precious`, the same image.
 */
export async function identityOf(
  thing: string,
  directory = ".",
): Promise<string> {
  const [kind = "", name = ""] = thing.split(" ");
  if (kind === "file") {
    return await Deno.readTextFile(`${directory}/${name}`)
      .catch(() => "gone");
  }
  const format = {
    container:
      "{{.Id}} {{.State.Status}} {{.State.StartedAt}} {{.State.FinishedAt}}",
    network: "{{.Id}}",
    volume: "{{.CreatedAt}}",
    image: "{{.Id}}",
  }[kind];
  const { code, stdout } = await exec(
    ["docker", kind, "inspect", "--format", format!, name],
  );
  if (code !== 0) return "gone";
  const text = stdout.trim();
  return kind === "volume" ? `${text} ${await preciousOf(name)}` : text;
}

/** The developer's file in a volume, or that there is none. */
async function preciousOf(volume: string): Promise<string> {
  const { stdout } = await exec([
    "docker",
    ...["run", "--rm", "--network", "none"],
    ...["--volume", `${volume}:/data`, "debian:bookworm-slim"],
    ...["sh", "-c", "cat /data/precious || echo 'no file'"],
  ]);
  return stdout.trim();
}

/** The identities of things, by thing. */
export async function identities(
  things: readonly string[],
  directory?: string,
): Promise<Record<string, string>> {
  const pairs = things.map(async (thing) =>
    [thing, await identityOf(thing, directory)] as const
  );
  return Object.fromEntries(await Promise.all(pairs));
}

/** A checkout, as on a laptop: its Compose file names the project. */
export interface Place extends Checkout {
  /** Replaces SHOP in a text. */
  filled(text: string): string;
  /** Runs a shell script in the checkout, which must succeed; it knows `todoflow`. */
  sh(script: string): Promise<string>;
}

/** Gives a script the command `todoflow`; what it runs stands in the script's arguments. */
const PRELUDE = `
program=$0
line=$(printf "'%s' " "$program" "$@")
todoflow() { eval "$line \"\$@\""; }
`;

/** Options of {@linkcode withPlace}. */
export interface PlaceOptions {
  files: Readonly<Record<string, string>>;
  env?: Readonly<Record<string, string>>;
}

/**
 * Gives the test a checkout in whose files SHOP is a name that nothing else on this machine has, then removes whatever
 * is on the engine with a name or a label that begins with it.
 */
export async function withPlace(
  test: (place: Place) => Promise<void>,
  { files, env = {} }: PlaceOptions,
): Promise<void> {
  const project = `e2e-${crypto.randomUUID().slice(0, 8)}`;
  const filled = (text: string) => text.replaceAll("SHOP", project);
  const texts = Object.fromEntries(
    Object.entries(files).map(([file, text]) => [file, filled(text)]),
  );
  const place = async (checkout: Checkout) => {
    const { directory } = checkout;
    const OTHER = `${directory}-other`;
    await Deno.mkdir(OTHER);
    const sh = (script: string) =>
      output(["sh", "-euc", PRELUDE + filled(script), ...TODOFLOW], {
        cwd: directory,
        env: { ...checkout.env, OTHER },
      });
    try {
      await test({ ...checkout, project, filled, sh });
    } finally {
      await removeEverything(project);
    }
  };
  await withCheckout(place, {
    files: texts,
    // As on a laptop: only files name the project.
    env: { COMPOSE_PROJECT_NAME: undefined, ...env },
  });
  assertEquals(await leftovers(project), [], "left on the engine");
}

/** Removes what a test's developer has: what has the project's name at its beginning, or the label of it or a twin. */
async function removeEverything(project: string): Promise<void> {
  const script = `
docker ps -aq --filter "name=$1" | xargs -r docker rm -fv
for project in "$1" "$1--release" "$1--test"; do
  docker ps -aq --filter "label=com.docker.compose.project=$project" | xargs -r docker rm -fv
done
docker network ls -q --filter "name=$1" | xargs -r docker network rm
docker volume ls -q --filter "name=$1" | xargs -r docker volume rm
docker images --format '{{.Repository}}:{{.Tag}}' | grep "^$1" | xargs -r docker rmi -f
docker images -q --filter "label=com.docker.compose.project=$1" | sort -u | xargs -r docker rmi -f
`;
  await exec(["sh", "-c", script, "sh", project]);
}

/** Does what the developer has done, and looks at it; a second time after a target has destroyed something. */
async function setUp(
  one: ForeignCase,
  { sh, filled, directory }: Place,
): Promise<Record<string, string>> {
  await sh(one.setup);
  const things = [...one.foreign, ...one.beside ?? []].map(filled);
  const before = await identities(things, directory);
  for (const thing of things) {
    assertEquals(before[thing] !== "gone", true, `the setup made no ${thing}`);
  }
  return before;
}

/** Asserts the exit code of a target; one that refuses names the foreign things, and prints the command to type. */
function assertTold(
  one: ForeignCase,
  { target, outcome }: { target: Target; outcome: Outcome },
  filled: Place["filled"],
) {
  const { code, stderr } = outcome;
  const codes = one.codes?.[target] ?? [0];
  assertEquals(codes.includes(code), true, `exit code ${code}\n${stderr}`);
  assertStringIncludes(stderr, filled(one.says?.[target] ?? ""));
  if (code !== 4) return;
  for (const thing of one.foreign) {
    assertStringIncludes(stderr, filled(thing).split(" ")[1]!);
  }
  assertMatch(stderr, /^Next: .*$/m);
}

/** Registers a test of a case, with a step for each target: one destroys nothing, names all, and has the right code. */
export function testForeign(one: ForeignCase): void {
  const { files, env = {}, args = [], targets = TARGETS } = one;
  const name = `${one.name}: left alone by test, release and clean`;
  Deno.test(
    { name, ignore: (one.long ?? false) && !ALL },
    (t) =>
      withPlace(async (place) => {
        const { project, filled, directory } = place;
        let before = await setUp(one, place);
        for (const target of targets) {
          // Whether nothing has changed, so that the next target meets what this one has met.
          let isWhole = false;
          await t.step(target, async () => {
            const there = await leftovers(project);
            const outcome = await place.todoflow(...args.map(filled), target);
            const after = await identities(Object.keys(before), directory);
            const now = await leftovers(project);
            isWhole = JSON.stringify(after) === JSON.stringify(before);
            assertEquals(after, before, outcome.stderr);
            assertTold(one, { target, outcome }, filled);
            if (outcome.code === 4 || target === "test") {
              assertEquals(now, there, "left behind");
            }
            if (outcome.code === 0 && target === "clean") {
              // An image may be that of a developer's container.
              const ofTwins = now.filter((line) =>
                line.includes(`${project}--`) && !line.startsWith("image ")
              );
              assertEquals(ofTwins.filter((line) => !(line in before)), []);
            }
          });
          if (isWhole) continue;
          await removeEverything(project);
          await place.sh("git checkout --quiet . && git clean -fdxq");
          before = await setUp(one, place);
        }
      }, { files, env }),
  );
}

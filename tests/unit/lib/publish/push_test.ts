import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { isPassing, pusher } from "../../../../lib/publish/push.ts";
import type { Shell } from "../../../../lib/plan/plan.ts";
import { pause, type Sleep } from "../../../../lib/pause.ts";
import { endlessPause, withFakeDocker } from "../../fakes.ts";

const IMAGE = "sha256:c";

/** A registry in files: `at <tag>` is the configuration that the tag points at. */
const registry = (push: string) =>
  `tag="\${*##*:}"
case "$*" in
  *inspect*) [ -e "at $tag" ] || { echo "ERROR: $*: not found" >&2; exit 1; }
    printf '{"config":{"digest":"%s"},"layers":[%s]}' "$(cat "at $tag")" "$(cat "layers $tag" 2>/dev/null || echo '{}')" ;;
  push*) ${push} ;;
esac`;
const STORES = `echo "$tag: Pushed"; printf ${IMAGE} > "at $tag"`;
const EOF = `{ echo 'Put "http://h/v2?k=1": EOF' >&2; exit 1; }`;

/** Pushes tags sequentially, with pauses that are over at once; also tells these pauses (ms). */
function pushed(
  docker: string,
  {
    tags = ["1"],
    there = {},
    stopsAt = "",
    pauses = 0,
    unproven = false,
  }: {
    tags?: string[];
    there?: Record<string, string>;
    /** The line at which the test stops the run. */
    stopsAt?: string;
    /** Pauses from this many milliseconds on are never over; 0: all are over at once. */
    pauses?: number;
    unproven?: boolean;
  } = {},
) {
  return withFakeDocker(docker, async ({ $, directory, calls }) => {
    for (const [tag, config] of Object.entries(there)) {
      await Deno.writeTextFile(`${directory}/at ${tag}`, config);
    }
    const stop = new AbortController();
    const lines: string[] = [];
    const output = (line: string) => {
      lines.push(line);
      // When the pause has begun.
      if (stopsAt && line.startsWith(stopsAt)) {
        queueMicrotask(() => stop.abort());
      }
    };
    const paused: number[] = [];
    const sleep: Sleep = (ms, signal) => {
      paused.push(ms);
      const isOver = pauses === 0 || ms < pauses;
      return isOver ? pause(0, signal) : endlessPause(ms, signal);
    };
    const push = pusher($, sleep);
    const results: Awaited<ReturnType<typeof push>>[] = [];
    for (const tag of tags) {
      const reference = `h/shop:${tag}`;
      results.push(
        await push(commandOf($, reference), {
          ...{ kind: "push", reference, image: IMAGE, layers: 1 },
          ...(unproven && { unproven }),
        }, { signal: stop.signal, output }),
      );
    }
    const pushes = (await calls()).filter((call) => call.startsWith("push"));
    return { results, lines, paused, pushes };
  });
}

const commandOf = ($: Shell, reference: string) => $`docker push ${reference}`;

Deno.test("a tag that points at the image already is not pushed", async () => {
  const { results, pushes } = await pushed(registry(STORES), {
    there: { "1": IMAGE },
  });
  assertEquals(pushes, []);
  assertEquals([results[0]?.code, results[0]?.unchanged], [0, true]);
});

Deno.test("a tag that is not there, or another image's, is pushed, and asked what it points at", async () => {
  const { results, pushes, lines } = await pushed(registry(STORES), {
    tags: ["1", "2"],
    there: { "2": "sha256:other" },
  });
  assertEquals(pushes, ["push h/shop:1", "push h/shop:2"]);
  assertEquals(results.map(({ code }) => code), [0, 0]);
  assertEquals(results.map(({ unchanged }) => unchanged), [false, false]);
  assertEquals(results[0]?.digest, results[1]?.digest);
  assertEquals([lines[0], lines[2]], ["1: Pushed", "2: Pushed"]);
  assertMatch(
    lines[1]!,
    /^h\/shop:2 pointed at sha256:[0-9a-f]{64}, another image$/,
  );
});

Deno.test("a tag with the image's configuration and no layers is pushed, and has failed while the registry says so", async () => {
  const claims = `[ -e "layers $tag" ] || : > "layers $tag"`;
  const lying = await pushed(
    registry(STORES).replace("case", `${claims}\ncase`),
    {
      there: { "1": IMAGE },
    },
  );
  assertEquals([lying.results[0]?.code, lying.pushes.length], [1, 1]);
  const mended = await pushed(
    registry(`${STORES}; echo '{}' > "layers $tag"`)
      .replace("case", `${claims}\ncase`),
    { there: { "1": IMAGE } },
  );
  assertEquals([mended.results[0]?.code, mended.pushes.length], [0, 1]);
  assertEquals(mended.results[0]?.unchanged, false);
});

Deno.test("a fault of the network is tried again, and shown without the queries of URLs", async () => {
  const { results, pushes, lines } = await pushed(
    registry(`[ -e once ] || { touch once; ${EOF}; }; ${STORES}`),
  );
  assertEquals([results[0]?.code, pushes.length], [0, 2]);
  assertEquals(lines, [
    'Put "http://h/v2": EOF',
    'trying again in 1 s: Put "http://h/v2": EOF',
    "1: Pushed",
  ]);
});

Deno.test("a tag that was pushed although the connection was cut is found there, and reported as new", async () => {
  const { results, pushes } = await pushed(registry(`${STORES}; ${EOF}`));
  assertEquals(pushes.length, 1);
  assertEquals([results[0]?.code, results[0]?.unchanged], [0, false]);
});

Deno.test("a network that does not come back is given up after 30 s of pauses", async () => {
  const { results, pushes, lines, paused } = await pushed(registry(EOF));
  assertEquals([results[0]?.code, pushes.length], [1, 6]);
  assertEquals(paused, [1_000, 2_000, 4_000, 8_000, 15_000]);
  const told = lines.flatMap((line) =>
    /^trying again in (\d+) s/.exec(line)?.[1] ?? []
  );
  assertEquals(told, ["1", "2", "4", "8", "15"]);
});

Deno.test("a push that is denied is not tried again, even if its output has a passing fault, too", async () => {
  const { results, pushes } = await pushed(
    registry(`echo "denied: EOF" >&2; exit 3`),
  );
  assertEquals([results[0]?.code, pushes.length], [3, 1]);
});

Deno.test("a signal ends the pause before the next attempt", async () => {
  const { results, pushes } = await pushed(registry(EOF), {
    stopsAt: "trying again in 2 s",
    pauses: 2_000,
  });
  assertEquals([results[0]?.code, pushes.length], [1, 2]);
});

Deno.test("a push that says it was done and was not has failed", async () => {
  const absent = await pushed(registry("true"));
  assertEquals([absent.results[0]?.code, absent.pushes.length], [1, 1]);
  assertStringIncludes(absent.lines[0]!, "the registry has no h/shop:1");
  const other = await pushed(registry(`printf sha256:x > "at $tag"`));
  assertEquals(other.results[0]?.code, 1);
  assertStringIncludes(other.lines[0]!, "which is another image");
});

Deno.test("a tag that the registry shows late is asked for again, and pushed once", async () => {
  const late = registry(STORES).replace(
    "*inspect*)",
    `*inspect*) [ -e "at $tag" ] && [ ! -e "seen $tag" ] && { : > "seen $tag"; echo "ERROR: $*: not found" >&2; exit 1; };`,
  );
  const { results, pushes, paused } = await pushed(late);
  assertEquals([results[0]?.code, pushes.length], [0, 1]);
  assertEquals(paused, [500]);
});

const DIGEST = `sha256:${"d".repeat(64)}`;

Deno.test("a push that this user may not look up has failed, unless docker's word is enough", async () => {
  const blind = `case "$*" in
  *inspect*) echo "ERROR: failed to authorize: 403 Forbidden" >&2; exit 1 ;;
  push*) echo "1: digest: ${DIGEST} size: 1" ;;
esac`;
  const refused = await pushed(blind);
  assertEquals([refused.results[0]?.code, refused.pushes.length], [1, 1]);
  assertStringIncludes(
    refused.lines.at(-1)!,
    "h/shop:1 was pushed, not proven",
  );
  const { results } = await pushed(blind, { unproven: true });
  assertEquals(results, [{ code: 0, digest: DIGEST, unchanged: false }]);
  // Without docker's word there is nothing to believe.
  const silent = await pushed(blind.replace("digest: ", "size: "), {
    unproven: true,
  });
  assertEquals(silent.results[0]?.code, 1);
});

Deno.test("all tags get the digest of the first: a manifest that only has the same image is replaced", async () => {
  const docker = registry(STORES).replace(
    `printf '{"config"`,
    `[ -e "odd $tag" ] && echo; printf '{"config"`,
  ).replace(STORES, `rm -f "odd $tag"; ${STORES}`);
  const { results, pushes } = await pushed(docker, {
    tags: ["1", "2"],
    there: { "1": IMAGE, "2": IMAGE },
  });
  assertEquals(pushes, []);
  assertEquals(results[0]?.digest, results[1]?.digest);
  const odd = await pushed(
    `[ -e first ] || { touch first "odd 2"; }\n${docker}`,
    {
      tags: ["1", "2"],
      there: { "1": IMAGE, "2": IMAGE },
    },
  );
  assertEquals(odd.pushes, ["push h/shop:2"]);
  assertEquals(odd.results[0]?.digest, odd.results[1]?.digest);
});

const PASSING = [
  'Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
  "read tcp 10.0.0.1:4->10.0.0.2:443: read: connection reset by peer",
  "dial tcp: lookup h: Temporary failure in name resolution",
  "net/http: TLS handshake timeout",
  "dial tcp 10.0.0.1:443: i/o timeout",
  'Put "https://h/v2/": EOF',
  "unexpected EOF",
  "received unexpected HTTP status: 503 Service Unavailable",
  "unexpected status from PUT request to https://h/v2/: 500 Internal Server Error",
  "toomanyrequests: retry after 1s",
];
const LASTING = [
  "denied: requested access to the resource is denied",
  "unauthorized: authentication required",
  "no basic auth credentials",
  "An image does not exist locally with the tag: h/shop",
  "x509: certificate signed by unknown authority",
  "tag invalid: the image tag '1' already exists and cannot be overwritten",
  "500bad0bad00: Layer already exists",
];

for (const line of PASSING) {
  Deno.test(`it may pass: ${line}`, () =>
    assertEquals(isPassing([line]), true));
}
for (const line of LASTING) {
  Deno.test(`it does not pass: ${line}`, () =>
    assertEquals(isPassing([line]), false));
}

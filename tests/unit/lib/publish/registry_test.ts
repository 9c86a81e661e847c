import { assertEquals } from "@std/assert";
import {
  lookUp,
  pointsAt,
  withoutQuery,
} from "../../../../lib/publish/registry.ts";
import { withFakeDocker } from "../../fakes.ts";

const { signal } = new AbortController();

/** The result of looking up a reference with this docker. */
function seen(docker: string, { trusted = false } = {}) {
  return withFakeDocker(docker, async ({ $, calls }) => {
    const pointer = await lookUp($, "h/shop:1", { signal, trusted });
    return { pointer, calls: await calls() };
  });
}

const MANIFEST = `{"config":{"digest":"sha256:c"},"layers":[{},{}]}`;
/** Of MANIFEST, by sha256sum. */
const DIGEST =
  "sha256:8f00fdcddb2ce97a33814e5e74f91796080eea7aa8e2ec52cf16088f07caa951";

Deno.test("the target of a tag has the digest of the manifest's bytes, and the image's configuration", async () => {
  const { pointer, calls } = await seen(`printf '%s' '${MANIFEST}'`);
  assertEquals(calls, ["buildx imagetools inspect --raw h/shop:1"]);
  assertEquals(pointer, {
    kind: "image",
    digest: DIGEST,
    config: "sha256:c",
    layers: 2,
  });
});

Deno.test("a tag points at an image whose ID is its configuration's digest or, with containerd, its own", () => {
  const found = { digest: "d", config: "c", layers: 2 };
  const pointer = { kind: "image", ...found } as const;
  const at = (id: string) => pointsAt(pointer, { id, layers: 2 });
  assertEquals(["c", "d", "e"].map(at), [true, true, false]);
  const image = { id: "c", layers: 2 };
  assertEquals(pointsAt({ ...pointer, config: undefined }, image), false);
  assertEquals(pointsAt({ kind: "absent" }, image), false);
});

Deno.test("a manifest with the configuration of the image and not its layers is not the image's", () => {
  const pointer = { kind: "image", digest: "d", config: "c" } as const;
  for (const layers of [0, 1, 3, undefined]) {
    const seen = { ...pointer, layers };
    assertEquals(pointsAt(seen, { id: "c", layers: 2 }), false);
    assertEquals(pointsAt(seen, { id: "c" }), false);
    // The digest is that of the manifest with all that it names.
    assertEquals(pointsAt(seen, { id: "d" }), true);
  }
});

Deno.test("a tag that is not there is absent", async () => {
  const { pointer } = await seen(
    `echo "ERROR: h/shop:1: not found" >&2; exit 1`,
  );
  assertEquals(pointer, { kind: "absent" });
});

Deno.test("where the registry cannot be asked, docker's last line is the reason, without what may be a key", async () => {
  const { pointer } = await seen(
    `echo "WARN: x" >&2; echo 'ERROR: Get "https://h/v2?key=k": EOF' >&2; exit 1`,
  );
  const detail = 'Get "https://h/v2": EOF';
  assertEquals(pointer, { kind: "unknown", detail });
  assertEquals((await seen("echo '<html>'")).pointer.kind, "unknown");
});

/** A docker whose buildx does not know the registry. */
const unknownTo = (problem: string, verbose: string) =>
  `case "$1" in
  buildx) echo "ERROR: ${problem}" >&2; exit 1 ;;
  manifest) echo '${verbose}' ;;
esac`;
const VERBOSE = JSON.stringify({
  Descriptor: { digest: "sha256:d" },
  SchemaV2Manifest: { config: { digest: "sha256:c" }, layers: [{}] },
});
const PROBLEMS: [string, string][] = [
  ["http: server gave HTTP response to HTTPS client", "--insecure "],
  ["x509: certificate signed by unknown authority", ""],
  ["docker: 'buildx' is not a docker command.", ""],
];

for (const [problem, flag] of PROBLEMS) {
  Deno.test(`after a push, docker manifest is asked where buildx says: ${problem}`, async () => {
    const docker = unknownTo(problem, VERBOSE);
    const { pointer, calls } = await seen(docker, { trusted: true });
    assertEquals(calls[1], `manifest inspect --verbose ${flag}h/shop:1`);
    const found = { digest: "sha256:d", config: "sha256:c", layers: 1 };
    assertEquals(pointer, { kind: "image", ...found });
    // Before a push, it is unknown whether the engine trusts the registry.
    assertEquals((await seen(docker)).pointer.kind, "unknown");
  });
}

Deno.test("the target of a tag is unknown if docker manifest gives an index or no answer", async () => {
  for (const verbose of ["[]", "", "{}"]) {
    const docker = unknownTo("x509: no", verbose);
    const { pointer } = await seen(docker, { trusted: true });
    assertEquals(pointer, { kind: "unknown", detail: "x509: no" });
  }
});

Deno.test("the queries of URLs are not shown", () => {
  assertEquals(
    withoutQuery(`Put "https://s3/x?Signature=k&a=b": EOF, http://h/?q 1?`),
    `Put "https://s3/x": EOF, http://h/ 1?`,
  );
});

/**
 * `publish --attest` and `verify` with a real cosign and a registry that has no referrers.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Ajv2020 } from "ajv/2020";
import { RECEIPT_SCHEMA } from "../../tools/receipt_schema.ts";
import { exec, type Outcome, output, TODOFLOW } from "./harness.ts";
import { FILES, type Release, withRelease } from "./pushed.ts";
import { type Fate, PASSWORD, USER, withRegistry } from "./registry.ts";
import { TEST_RESULT } from "../../lib/plan/attestation.ts";

/** The password of the keys; its key is never written into a command line. */
const KEY_PASSWORD = "pass-of-the-key-8215";

/** A value that no statement may contain. */
const SECRET = "hunter2-very-secret-3391";

/** A release, two pairs of keys, and a machine without its checkout. */
interface Signed extends Release {
  /** Name without a tag. */
  name: string;
  /** Signs with the private key of this pair. */
  keys: string;
  /** Publishes with the first key. */
  attest(...flags: string[]): Promise<Outcome>;
  /** Verifies with the first key, from an empty folder. */
  verify(reference: string, ...flags: string[]): Promise<Outcome>;
  /** Runs cosign with the password of the keys. */
  cosign(...args: string[]): Promise<string>;
}

function withKeys(
  test: (signed: Signed) => Promise<void>,
  files: Readonly<Record<string, string>> = FILES,
  { authenticates = false, ...more }: {
    authenticates?: boolean;
    DOCKER_CONFIG?: string;
  } = {},
): Promise<void> {
  const env = { COSIGN_PASSWORD: KEY_PASSWORD, APP_SECRET: SECRET, ...more };
  return withRelease(async (release) => {
    const keys = `${release.directory}/../keys`;
    const elsewhere = `${release.directory}/../elsewhere`;
    await Deno.mkdir(keys);
    await Deno.mkdir(elsewhere);
    const cosign = (...args: string[]) =>
      output(["cosign", ...args], { cwd: keys, env });
    for (const pair of ["own", "other"]) {
      await cosign("generate-key-pair", `--output-key-prefix=${pair}`);
    }
    await test({
      ...release,
      name: `${release.registry.host}/team/shop`,
      ...{ keys, cosign },
      attest: (...flags) =>
        release.todoflow("publish", `--key=${keys}/own.key`, ...flags),
      verify: (reference, ...flags) =>
        exec([...TODOFLOW, "verify", reference, ...flags], {
          cwd: elsewhere,
          env: release.env,
        }),
    });
  }, { env, files, authenticates });
}

/** The statements about an image, as anyone can read them. */
async function statementsOf(
  { cosign, name }: Signed,
  digest: string,
): Promise<Record<string, unknown>[]> {
  const text = await cosign("download", "attestation", `${name}@${digest}`);
  return text.split("\n").filter(Boolean).map((line) =>
    JSON.parse(atob(JSON.parse(line).payload))
  );
}

Deno.test("publish --attest says once what was accepted, and verify says it on a machine without the checkout", () =>
  withKeys(async (signed) => {
    const { attest, verify, keys, name, version, registry, directory } = signed;
    const first = await attest("--tag", "beta");
    assertEquals(first.code, 0, first.stderr);
    assertStringIncludes(first.stderr, "without an entry in a transparency");
    const { digest } = (await registry.pointer(version))!;
    const key = `--key=${keys}/own.pub`;
    const commit = await output(["git", "rev-parse", "HEAD"], {
      cwd: directory,
    });
    for (
      const reference of [
        `${name}:${version}`,
        `${name}:beta`,
        `${name}@${digest}`,
        `${name}:beta@${digest}`,
      ]
    ) {
      const { code, stdout, stderr } = await verify(reference, key);
      assertEquals(code, 0, stderr);
      assertStringIncludes(stdout, `Verified ${name}@${digest}\n`);
      assertMatch(stdout, /accepted +\d{4}-\S+ by "acceptance"/);
      assertStringIncludes(stdout, commit);
    }
    const json = await verify(`${name}:beta`, key, "--json");
    const answer = JSON.parse(json.stdout);
    assertEquals([answer.verified, answer.result], [true, "PASSED"]);
    assertEquals(answer.receipt.commit, commit);
    assertMatch(answer.receipt.model, /^sha256:[0-9a-f]{64}$/);

    const again = await attest("--tag", "beta");
    assertEquals(again.code, 0, again.stderr);
    const statements = await statementsOf(signed, digest);
    assertEquals(statements.length, 1);
    assertEquals(statements[0]!.predicateType, TEST_RESULT);

    const isReceipt = new Ajv2020().compile(RECEIPT_SCHEMA);
    const { todoflowReceipt } = Object(statements[0]!.predicate);
    assertEquals(isReceipt(todoflowReceipt), true, isReceipt.errors?.join());

    const text = JSON.stringify(statements);
    const parent = await Deno.realPath(`${directory}/..`);
    for (const hidden of [SECRET, KEY_PASSWORD, parent, directory]) {
      assertEquals(text.includes(hidden), false, `${hidden} in ${text}`);
    }
  }, {
    ...FILES,
    "docker-compose.yml": FILES["docker-compose.yml"].replace(
      "    stop_signal",
      "    environment: {APP_SECRET: $APP_SECRET, URL: 'http://u:$APP_SECRET@h/'}\n    stop_signal",
    ),
  }));

/** Asserts a refusal by `verify`. */
function assertRefused(
  { code, stdout, stderr }: Outcome,
  [expected, text]: readonly [number, string],
) {
  assertEquals([code, stdout], [expected, ""], stderr);
  assertStringIncludes(stderr, text);
}

/** Pushes another image, which no test has accepted, under a tag; resolves to its digest. */
async function pushOther(
  { registry, name }: Signed,
  tag: string,
): Promise<string> {
  const id = await output(["docker", "image", "ls", "-q", "debian"]);
  const other = `${name}:${tag}`;
  await output(["docker", "tag", id.split("\n")[0]!, other]);
  try {
    await output(["docker", "push", "--quiet", other]);
  } finally {
    await output(["docker", "rmi", "--no-prune", other]);
  }
  return (await registry.pointer(tag))!.digest;
}

Deno.test("verify refuses another key, a forged receipt, a swapped image and a moved tag, and cannot tell without a statement", () =>
  withKeys(async (signed) => {
    const { attest, verify, keys, name, version, registry, cosign } = signed;
    const key = `--key=${keys}/own.pub`;
    const done = await attest("--tag", "beta");
    assertEquals(done.code, 0, done.stderr);
    const { digest } = (await registry.pointer(version))!;
    const pinned = `${name}@${digest}`;
    assertRefused(await verify(pinned, `--key=${keys}/other.pub`), [
      1,
      "no statement about it has this signature",
    ]);
    const envelope = await cosign("download", "attestation", pinned);

    // The statement of the accepted image beside another one, which has its tag.
    const swapped = await pushOther(signed, "beta");
    assertRefused(await verify(`${name}:beta@${digest}`, key), [
      1,
      `the tag points at ${swapped}, not at ${digest}`,
    ]);
    assertRefused(await verify(`${name}:beta`, key), [
      4,
      `the registry has no statement about ${name}@${swapped}`,
    ]);
    const file = `${keys}/envelope.json`;
    await Deno.writeTextFile(file, envelope);
    await cosign(
      ...["attach", "attestation", `--attestation=${file}`],
      `${name}@${swapped}`,
    );
    assertEquals((await verify(`${name}:beta`, key)).code, 1);

    // The signature of the receipt under another payload.
    const forged = await pushOther(signed, "forged");
    const parsed = JSON.parse(envelope);
    parsed.payload = btoa(
      atob(parsed.payload).replaceAll(digest.slice(7), forged.slice(7)),
    );
    await Deno.writeTextFile(file, JSON.stringify(parsed));
    await cosign("clean", "--force", "--type=attestation", `${name}:forged`);
    await cosign(
      ...["attach", "attestation", `--attestation=${file}`],
      `${name}@${forged}`,
    );
    assertEquals((await verify(`${name}:forged`, key)).code, 1);

    // A statement of the same kind by another program is none of ours.
    await Deno.writeTextFile(file, '{"result":"PASSED"}');
    const bare = await pushOther(signed, "bare");
    await cosign("clean", "--force", "--type=attestation", `${name}:bare`);
    await cosign(
      ...["attest", "--yes", "--tlog-upload=false", `--key=${keys}/own.key`],
      ...[`--type=${TEST_RESULT}`, `--predicate=${file}`, `${name}@${bare}`],
    );
    assertRefused(await verify(`${name}:bare`, key), [
      1,
      "no signed statement of todoflow is about this image",
    ]);
    assertRefused(await verify(`${name}:none`, key), [
      4,
      "the registry has no ",
    ]);
    assertRefused(await verify("127.0.0.1:1/team/shop:1", key), [
      4,
      "connection refused",
    ]);
    assertRefused(await verify(`127.0.0.1:1/team/shop@${digest}`, key), [
      4,
      "connection refused",
    ]);
    assertRefused(await verify(pinned, "--key=missing.pub"), [
      4,
      "missing.pub",
    ]);
    assertRefused(await verify(pinned), [2, "give the public key"]);
    assertRefused(await verify(pinned, key, "--policy=cleen"), [2, "cleen"]);
    assertRefused(await verify(pinned, key, "--policy=younger=0m"), [
      1,
      "it was accepted",
    ]);
    const fine = await verify(pinned, key, "--policy=clean,younger=1d");
    assertEquals(fine.code, 0, fine.stderr);
  }));

Deno.test("what no test has accepted says so in its statement, and verify refuses it", () =>
  withKeys(async (signed) => {
    const { attest, verify, keys, name, registry, version } = signed;
    const refused = await attest();
    assertEquals(refused.code, 4, refused.stderr);
    assertEquals(registry.puts, []);
    const { code, stderr } = await attest("--unaccepted");
    assertEquals(code, 0, stderr);
    const { digest } = (await registry.pointer(version))!;
    const [statement] = await statementsOf(signed, digest);
    assertEquals(Object(statement!.predicate).result, "FAILED");
    assertRefused(await verify(`${name}:${version}`, `--key=${keys}/own.pub`), [
      1,
      "no test has accepted it",
    ]);
  }, {
    ...FILES,
    "docker-compose.yml": FILES["docker-compose.yml"].replace(
      "  acceptance:",
      "  other:",
    ).replace('    command: [/sleep, "0"]\n', ""),
  }));

Deno.test("publish --attest pushes nothing without a cosign that it knows, and verify cannot tell", () =>
  withKeys(async (signed) => {
    const { attest, verify, keys, name, registry, env, directory } = signed;
    const bin = `${directory}/../bin`;
    await Deno.mkdir(bin);
    for (const program of ["docker", "git", "ps", "kill"]) {
      const path = await output(["which", program]);
      await Deno.symlink(path, `${bin}/${program}`);
    }
    env.PATH = bin;
    const key = `--key=${keys}/own.pub`;
    const told = [4, "there is no cosign in PATH"] as const;
    assertRefused(await attest(), told);
    assertRefused(await verify(`${name}:1`, key), told);
    await Deno.writeTextFile(
      `${bin}/cosign`,
      "#!/bin/sh\necho 'GitVersion:    v3.0.1'\n",
      { mode: 0o755 },
    );
    const other = [4, "this is cosign v3.0.1, and only cosign 2"] as const;
    assertRefused(await attest(), other);
    assertRefused(await verify(`${name}:1`, key), other);
    assertEquals(registry.puts, []);
  }));

Deno.test("a registry that refuses the statement fails the run before other tags move; the next run puts it there", () =>
  withKeys(async (signed) => {
    const { attest, verify, keys, name, version, registry } = signed;
    registry.onPut = (tag) => tag.startsWith("sha256-") ? "deny" : "pass";
    const failed = await attest("--tag", "production");
    assertEquals([failed.code, failed.stdout], [1, ""], failed.stderr);
    assertStringIncludes(failed.stderr, `${name}:production is not in the`);
    assertEquals(await registry.pointer("production"), undefined);
    const key = `--key=${keys}/own.pub`;
    assertEquals((await verify(`${name}:${version}`, key)).code, 4);
    registry.onPut = () => "pass";
    const whole = await attest("--tag", "production");
    assertEquals(whole.code, 0, whole.stderr);
    assertEquals((await verify(`${name}:production`, key)).code, 0);
  }));

Deno.test("publish --from promotes what verifies to tags of its own and other registries, and moves no foreign tag", () =>
  withRegistry((production) =>
    withKeys(async (signed) => {
      const { attest, keys, name, version, registry, todoflow } = signed;
      const { directory, env } = signed;
      const done = await attest();
      assertEquals(done.code, 0, done.stderr);
      const { digest } = (await registry.pointer(version))!;
      const pinned = `${name}@${digest}`;
      const key = `--key=${keys}/own.pub`;
      const promote = (...flags: string[]) =>
        exec([...TODOFLOW, "publish", "--from", ...flags], {
          cwd: `${directory}/../elsewhere`,
          env,
        });
      for (const _ of [1, 2]) {
        const own = await promote(pinned, key, "--tag", "production");
        assertEquals(own.code, 0, own.stderr);
        assertEquals(own.stdout, `Published ${pinned} as production\n`);
        assertEquals((await registry.pointer("production"))?.digest, digest);
      }
      const to = `${production.host}/team/shop`;
      const far = await promote(pinned, key, "--tag=live", `--to=${to}`);
      assertEquals(far.code, 0, far.stderr);
      assertEquals((await production.pointer("live"))?.digest, digest);
      assertEquals((await signed.verify(`${to}:live`, key)).code, 0);

      const foreign = await pushOther(signed, "foreign");
      assertRefused(await promote(pinned, key, "--tag=foreign"), [
        4,
        `no statement about ${name}@${foreign} has this signature`,
      ]);
      assertEquals((await registry.pointer("foreign"))?.digest, foreign);
      const other = `--key=${keys}/other.pub`;
      assertRefused(await promote(pinned, other, "--tag=more"), [
        1,
        "signature",
      ]);
      assertRefused(await promote(`${name}@${foreign}`, key, "--tag=more"), [
        4,
        "the registry has no statement",
      ]);
      assertRefused(await promote(`${name}:production`, key, "--tag=more"), [
        2,
        "with its digest",
      ]);
      assertRefused(await promote(pinned, key), [2, "give the tag"]);
      assertEquals(await registry.pointer("more"), undefined);
      const dry = await promote(pinned, key, "--tag=more", "--dry-run");
      assertEquals(
        dry.stdout,
        `cosign copy --force ${pinned} ${name}:more\n`,
        dry.stderr,
      );
      assertEquals(await registry.pointer("more"), undefined);
      assertRefused(await promote(pinned, key, "--tag=more", "--unaccepted"), [
        2,
        "it means nothing with --from",
      ]);
      assertEquals((await todoflow("publish", "--to=x")).code, 2);
    })
  ));

Deno.test("cosign takes docker's own credentials, no password is in a process list, and without them verify cannot tell", async () => {
  const config = await Deno.makeTempDir({ prefix: "todoflow-docker-" });
  const home = Deno.env.get("DOCKER_CONFIG") ??
    `${Deno.env.get("HOME")}/.docker`;
  const write = (auths: Record<string, unknown>) =>
    Deno.writeTextFile(
      `${config}/config.json`,
      JSON.stringify({ cliPluginsExtraDirs: [`${home}/cli-plugins`], auths }),
    );
  const secret = btoa(`${USER}:${PASSWORD}`);
  await write({});
  await withKeys(
    async (signed) => {
      const { attest, verify, keys, name, version, registry } = signed;
      await write({ [registry.host]: { auth: secret } });
      let processes = "";
      registry.onPut = async (tag): Promise<Fate> => {
        if (tag.startsWith("sha256-")) {
          // Without the environments, which only this user can read.
          processes = await output(["ps", "axww", "-o", "args="]);
        }
        return "pass";
      };
      const { code, stdout, stderr } = await attest("--verbose");
      assertEquals(code, 0, stderr);
      assertStringIncludes(processes, "cosign attest");
      const key = `--key=${keys}/own.pub`;
      const good = await verify(`${name}:${version}`, key, "--json");
      assertEquals(good.code, 0, good.stderr);
      for (const text of [processes, stdout, stderr, good.stdout]) {
        for (const hidden of [PASSWORD, secret, KEY_PASSWORD, SECRET]) {
          assertEquals(text.includes(hidden), false, hidden);
        }
      }
      await write({});
      assertEquals((await verify(`${name}:${version}`, key)).code, 4);
      const { digest } = (await registry.pointer(version))!;
      assertEquals((await verify(`${name}@${digest}`, key)).code, 4);
    },
    FILES,
    { authenticates: true, DOCKER_CONFIG: config },
  ).finally(() => Deno.remove(config, { recursive: true }));
});

Deno.test("a newer statement that takes an acceptance back counts, also one that cannot be read, and at the place that --from copies to", () =>
  withRegistry((production) =>
    withKeys(async (signed) => {
      const { attest, cosign, verify, keys, name, version } = signed;
      const done = await attest();
      assertEquals(done.code, 0, done.stderr);
      const { digest } = (await signed.registry.pointer(version))!;
      const [statement] = await statementsOf(signed, digest);
      const accepted = Object(statement!.predicate);
      const key = `--key=${keys}/own.pub`;
      const promote = (...flags: string[]) =>
        exec(
          [...TODOFLOW, "publish", "--from", `${name}@${digest}`, ...flags],
          {
            cwd: `${signed.directory}/../elsewhere`,
            env: signed.env,
          },
        );
      /** Signs that nothing has accepted the image, a minute later. */
      const takeBack = async (image: string, more = {}) => {
        const { todoflowReceipt: { acceptance: _, ...receipt } } = accepted;
        const at = new Date(Date.parse(receipt.at) + 60_000).toISOString();
        const predicate = {
          ...accepted,
          result: "FAILED",
          todoflowReceipt: { ...receipt, at, ...more },
        };
        const file = `${keys}/back.json`;
        await Deno.writeTextFile(file, JSON.stringify(predicate));
        await cosign(
          ...["attest", "--yes", `--key=${keys}/own.key`],
          ...["--tlog-upload=false", `--type=${TEST_RESULT}`],
          ...[`--predicate=${file}`, image],
        );
      };
      const to = `${production.host}/team/shop`;
      assertEquals((await promote(key, "--tag=live", `--to=${to}`)).code, 0);
      await takeBack(`${to}@${digest}`);
      assertRefused(await promote(key, "--tag=next", `--to=${to}`), [
        1,
        "no test has accepted it",
      ]);
      assertEquals(await production.pointer("next"), undefined);

      await takeBack(`${name}@${digest}`, { format: 2 });
      assertRefused(await verify(`${name}:${version}`, key), [
        4,
        "its newest statement cannot be read by this version of todoflow",
      ]);
      assertRefused(await verify(`${name}@${digest}@${digest}`, key), [
        2,
        "it is no name of an image",
      ]);
      assertRefused(
        await verify(`${name}:${version}`, `--key=${keys}/certificate.pub`),
        [4, "certificate.pub"],
      );
    })
  ));

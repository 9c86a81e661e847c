/**
 * `publish --attest` and `verify` with a real cosign and a registry that has no referrers.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { commitAll, exec, type Outcome, output, TODOFLOW } from "./harness.ts";
import { FILES, type Release, withRelease } from "./pushed.ts";
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
): Promise<void> {
  const env = { COSIGN_PASSWORD: KEY_PASSWORD, APP_SECRET: SECRET };
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
  }, { env, files });
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

/**
 * An accepted release, and a registry to publish it to.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type Checkout, output, withCheckout } from "./harness.ts";
import type { Receipt } from "../../lib/publish/receipt.ts";
import { type Registry, withRegistry } from "./registry.ts";

/** Small, so that it is pushed in no time: one program and what it needs. */
const DOCKERFILE = `FROM debian:bookworm-slim AS base
RUN mkdir /out && cp --parents $(ldd /bin/sleep | grep -o '/[^ ]*') /out \\
 && cp /bin/sleep /out/sleep
FROM scratch
COPY --from=base /out /
COPY text /
CMD ["/sleep", "infinity"]
`;

export const FILES = {
  Dockerfile: DOCKERFILE,
  ".dockerignore": "reports\n",
  ".gitignore": "reports\n",
  text: "first\n",
  "docker-compose.yml": `services:
  app:
    build: .
    image: \${REGISTRY}/team/shop
    stop_signal: SIGKILL
  acceptance:
    build: .
    command: [/sleep, "0"]
    depends_on: [app]
`,
};

/** Gives the test an accepted release, and a registry that the Compose file names. */
export function withRelease(
  test: (context: Release) => Promise<void>,
  { env = {}, files = FILES, ...options }: {
    files?: Readonly<Record<string, string>>;
    authenticates?: boolean;
    env?: Record<string, string>;
  } = {},
): Promise<void> {
  return withRegistry((registry) =>
    withCheckout(async (checkout) => {
      const { code, stderr } = await checkout.todoflow("release");
      assertEquals(code, 0, stderr);
      const receipt = await receiptOf(checkout);
      const [image, version] = [imageIn(receipt), receipt.version];
      await test({ ...checkout, registry, image, version });
      assertEquals(await namesOf(registry), [], "left on the engine");
    }, { files, env: { REGISTRY: registry.host, ...env } }), options);
}

export interface Release extends Checkout {
  registry: Registry;
  /** ID of the image that was accepted. */
  image: string;
  version: string;
}

export async function receiptOf(
  { directory }: Pick<Checkout, "directory">,
): Promise<Receipt> {
  return JSON.parse(
    await Deno.readTextFile(`${directory}/reports/release/receipt.json`),
  );
}

/** The ID of the app's image. */
export function imageIn({ images }: Receipt): string {
  return images.find(({ service }) => service === "app")!.id;
}

/** The names that the engine has of the registry's images, but for the one that the Compose file gives. */
export async function namesOf({ host }: Registry): Promise<string[]> {
  const names = await output(
    ["docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}"],
  );
  return names.split("\n").filter((name) =>
    name.startsWith(`${host}/`) && name !== `${host}/team/shop:latest` &&
    // An image that has only its digest left is the project's, and goes with it.
    !name.endsWith(":<none>")
  );
}

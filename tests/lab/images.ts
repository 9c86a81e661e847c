/**
 * The base images of the mirror: a table, and how each is built and pushed.
 *
 * @module
 */
import $ from "dax";
import { buildDebian, debianRecipe } from "./images/debian/build.ts";
import { addPrograms, DENO_VERSION } from "./images/deno/programs.ts";
import { addNode, NODE_VERSION } from "./images/node/programs.ts";
import { copy, remove } from "./files.ts";
import type { Machine } from "./machine.ts";
import { mirrorHolds, repositoryOf } from "./mirror.ts";
import { run } from "./shell.ts";
import { HOME, type LabState, writeState } from "./state.ts";

/** One image: a folder below `images/`, built by its Dockerfile unless it has a way of its own. */
export interface LabImage {
  /** The official name with its tag. */
  name: string;
  /** The folder of its files. */
  folder: string;
  /** Makes the image without a Dockerfile, under the tag that it is given. */
  build?: (context: string, tag: string, machine: Machine) => Promise<void>;
  /** Adds to the build context what is not in the folder. */
  prepare?: (context: string) => Promise<void>;
  /** The things that the image depends on besides the files of its folder. */
  recipe?: (machine: Machine) => string;
  /** Arguments of its Dockerfile. */
  args?: string[];
}

/** The images, in the order in which they are built: the first is the base of the others. */
export const IMAGES: readonly LabImage[] = [
  {
    name: "debian:bookworm-slim",
    folder: "debian",
    build: buildDebian,
    recipe: debianRecipe,
  },
  {
    name: `denoland/deno:debian-${DENO_VERSION}`,
    folder: "deno",
    prepare: addPrograms,
    args: [`DENO_VERSION=${DENO_VERSION}`],
  },
  { name: "mariadb:10.11", folder: "mariadb" },
  { name: "postgres:15", folder: "postgres" },
  { name: "redis:7", folder: "redis" },
  // The bases of the Dockerfiles that init writes: tests/e2e/init_test.ts.
  {
    name: "node:24-bookworm-slim",
    folder: "node",
    prepare: addNode,
    args: [`NODE_VERSION=${NODE_VERSION}`],
  },
  { name: "python:3.11-slim-bookworm", folder: "python" },
];

/** Images that are to be built, each with the digest of its recipe. */
export type DueImages = Map<LabImage, string>;

/** The images that the mirror lacks, or holds as an older recipe or an earlier machine made them. */
export async function dueImages(
  state: LabState,
  machine: Machine,
): Promise<DueImages> {
  const due: DueImages = new Map();
  let base = "";
  for (const image of IMAGES) {
    const parts = [
      base,
      image.recipe?.(machine) ?? "",
      image.args ?? [],
      ...filesOf(image),
    ];
    const digest = await sha256(JSON.stringify(parts));
    if (!mirrorHolds(image.name) || state.images[image.name] !== digest) {
      due.set(image, digest);
    }
    base ||= digest;
  }
  return due;
}

/** Builds an image, pushes it, and pulls it by its official name, as everybody will. */
export async function provide(
  image: LabImage,
  digest: string,
  { state, machine }: { state: LabState; machine: Machine },
): Promise<void> {
  const tag = `127.0.0.1:${state.mirror}/${repositoryOf(image.name)}`;
  const context = `${HOME}/context`;
  remove(context);
  copy(folderOf(image), context);
  await image.prepare?.(context);
  if (image.build) await image.build(context, tag, machine);
  else await buildByDockerfile(image, context, tag);
  await run($`docker push ${tag}`);
  await run($`docker image rm ${tag}`);
  await run($`docker pull ${image.name}`);
  remove(context);
  state.images[image.name] = digest;
  writeState(state);
}

async function buildByDockerfile(
  image: LabImage,
  context: string,
  tag: string,
): Promise<void> {
  const args = (image.args ?? []).flatMap((arg) => ["--build-arg", arg]);
  await run(
    $`docker build --pull --progress plain ${args} --tag ${tag} ${context}`,
  );
}

function folderOf(image: LabImage): string {
  return new URL(`./images/${image.folder}`, import.meta.url).pathname;
}

function filesOf(image: LabImage): string[] {
  const read = (folder: string): string[] =>
    [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1)
      .flatMap((entry) => {
        const path = `${folder}/${entry.name}`;
        return entry.isDirectory
          ? read(path)
          : [entry.name, Deno.readTextFileSync(path)];
      });
  return read(folderOf(image));
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(text),
  );
  return new Uint8Array(digest).toHex();
}

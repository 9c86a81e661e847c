/**
 * The data of the search for the project of a target: what is known before Compose has read its files, and after.
 *
 * @module
 */

import type { Output, Surroundings } from "../child.ts";
import type { Identity } from "../compose/project.ts";
import type { TestFiles } from "../compose/test_files.ts";
import type { EngineApi } from "../engine/api.ts";
import type { Docker } from "../engine/docker.ts";
import type { Source } from "../git/source.ts";
import type { WorkflowOptions } from "./isolate.ts";
import type { Prepared, PrepareOptions } from "./prepared.ts";

/** A project whose workflow is known, but neither its secrets nor its folder of reports. */
export type Found = Omit<
  Prepared,
  "$" | "redactor" | "marks" | "buildEnv" | "reports"
>;

/** The questions that do not depend on the project: they are asked while Compose reads its files. */
export interface Asked {
  api: Promise<EngineApi>;
  source: Promise<Source | undefined>;
}

/** All that is known before Compose has read its files. */
export interface Search {
  options: PrepareOptions & { onAsked: () => void };
  version: string | undefined;
  identity: Identity;
  /** The file of tests that Compose reads, if there is one. */
  tests: TestFiles | undefined;
  /** Variables that children get in addition to the caller's environment. */
  exported: Readonly<Record<string, string>>;
  /** Sees the exported variables. */
  docker: Docker;
  /** Options for reading the Compose files. */
  how: WorkflowOptions;
  /** Asks Compose for its version, once. */
  compose: () => Promise<Output>;
  /** The answer to `compose`, if it was asked. */
  composeAsked: () => Promise<Output> | undefined;
  /** Asks the other questions, once. */
  besides: () => Asked;
}

/** The file by which Compose puts the run's name into the labels of its containers. */
export interface Mark {
  /** Absolute path; Compose merges it last. */
  file: string;
  /** Of children that see it. */
  surroundings: Surroundings;
}

/**
 * todoflow: one portable workflow (`version`, `test`, `release`, `clean`) for any repository with a Dockerfile and a
 * Compose file. Run as a program, this module is the CLI. Another program imports it to call the targets, or to offer
 * targets of its own:
 *
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * let stdout = "";
 * const code = await main(["version"], {
 *   ...processWorld(),
 *   env: { APP_VERSION: "1.0" },
 *   stdout: { write: (text) => void (stdout += text), isTerminal: false },
 * });
 * assertEquals([code, stdout], [0, '{"Version": "1.0"}\n']);
 * ```
 *
 * A target is a {@linkcode Target}. One whose `plan` makes steps has the flags, the help, the dry run, the reporters and
 * the clean-up of all others:
 *
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const pull: Target = {
 *   kind: "plan",
 *   name: "pull",
 *   summary: "Fetch the images that are not built",
 *   details: "Fetches them, whatever is there already.",
 *   flags: [],
 *   plan: ({ workflow, $ }) => ({
 *     steps: [step(workflow.deadlines.build, {
 *       name: "pull",
 *       why: "newer images may be there",
 *       command: $`docker compose pull --ignore-buildable`,
 *     })],
 *   }),
 * };
 * const code = await main(["pull", "--help"], processWorld(), [...TARGETS, pull]);
 * assertEquals(code, 0);
 * ```
 *
 * @module
 */

import { main as run } from "./lib/main.ts";
import type { Target } from "./lib/target.ts";
import { processWorld, type World } from "./lib/world.ts";
import { TARGETS } from "./tasks/mod.ts";

export { processWorld, TARGETS };
export { newInProject, removeStep } from "./tasks/remove.ts";
export type { RemoveInit } from "./tasks/remove.ts";
export { step } from "./lib/plan/plan.ts";
export type {
  Command,
  Guess,
  Made,
  Needs,
  Owns,
  Plan,
  Shell,
  Step,
  StepInit,
  StepKind,
  Tag,
  UrlProof,
  Value,
} from "./lib/plan/plan.ts";
export type { AttestStep } from "./lib/plan/attestation.ts";
export type {
  Facts,
  Flag,
  Given,
  InProject,
  Need,
  PlaceFlag,
  PlanInput,
  PlanTarget,
  RunContext,
  RunTarget,
  Target,
  TargetBase,
} from "./lib/target.ts";
export type { TwinTarget } from "./lib/plan/twin.ts";
export type { Subnet, Volume, Workflow } from "./lib/compose/workflow.ts";
export type { App, Release, Setup } from "./lib/compose/release.ts";
export type { LeftOut } from "./lib/compose/whole.ts";
export type { Unconfirmed } from "./lib/publish/guesses.ts";
export type { Unsupported } from "./lib/compose/unsupported.ts";
export type { Ports } from "./lib/compose/ports.ts";
export type { Condition } from "./lib/compose/raw_service.ts";
export type { Build, Injected, Mount, Service } from "./lib/compose/service.ts";
export type {
  Collected,
  ProjectRecord,
  RunRecord,
} from "./lib/state/record.ts";
export type { Listed, Unreadable } from "./lib/state/list.ts";
export type {
  BuildSource,
  SecretSources,
} from "./lib/compose/secret_sources.ts";
export type { Acceptance, Totals } from "./lib/publish/acceptance.ts";
export type { HiddenBy, Uncommitted } from "./lib/publish/contents.ts";
export type { Base, ReceiptImage } from "./lib/publish/images.ts";
export type { Publication, PushedImage } from "./lib/publish/publication.ts";
export type { Published, Receipt } from "./lib/publish/receipt.ts";
export type { Released } from "./lib/publish/released.ts";
export type { Sink, World } from "./lib/world.ts";
export type { Surroundings } from "./lib/child.ts";
export type {
  Commit,
  Event,
  PlannedStep,
  TimedEvent,
} from "./lib/plan/events.ts";
export type { Evidence, FailedTest } from "./lib/errors/evidence.ts";
export type { Elsewhere, Typing } from "./lib/errors/typing.ts";
export type { Explanation } from "./lib/errors/explanation.ts";
export type { Location } from "./lib/errors/location.ts";
export type { TestCase, TestResults } from "./lib/test_results/cases.ts";

/**
 * Runs todoflow with these arguments in this world; resolves to the exit code. It never rejects: it reports failures,
 * exceptions too, on stderr.
 *
 * @param targets the targets that the arguments can name; the first one is the default
 */
export async function main(
  argv: readonly string[],
  world: World,
  targets: readonly Target[] = TARGETS,
): Promise<number> {
  return await run(argv, world, targets);
}

if (import.meta.main) Deno.exit(await main(Deno.args, processWorld()));

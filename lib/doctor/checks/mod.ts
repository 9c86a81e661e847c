/**
 * The checks of a project: a table of small functions, each of which returns its findings.
 *
 * @module
 */

import { argumentChecks } from "./arguments.ts";
import { buildChecks } from "./builds.ts";
import type { Check } from "../project/check.ts";
import { gateChecks } from "./gates.ts";
import { mountChecks } from "./mounts.ts";
import { oneShotChecks } from "./one_shots.ts";
import { portChecks } from "./ports.ts";
import { releaseChecks } from "./release.ts";
import { secretChecks } from "./secrets.ts";
import { serviceChecks } from "./services.ts";
import { storeChecks } from "./stores.ts";
import { twiceChecks } from "./twice.ts";

/** All checks, in the order in which a reader would fix what they find. */
export const CHECKS: readonly Check[] = [
  ...serviceChecks,
  ...gateChecks,
  ...storeChecks,
  ...mountChecks,
  ...oneShotChecks,
  ...twiceChecks,
  ...portChecks,
  ...buildChecks,
  ...argumentChecks,
  ...secretChecks,
  ...releaseChecks,
];

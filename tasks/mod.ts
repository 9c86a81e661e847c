/**
 * The table of targets, in the order of help. The first is the default.
 *
 * @module
 */

import type { Target } from "../lib/target.ts";
import { clean } from "./clean.ts";
import { completions } from "./completions.ts";
import { doctor } from "./doctor.ts";
import { init } from "./init.ts";
import { ls } from "./ls.ts";
import { publish } from "./publish.ts";
import { release } from "./release.ts";
import { show } from "./show.ts";
import { test } from "./test.ts";
import { verify } from "./verify.ts";
import { version } from "./version.ts";

/** All targets. */
export const TARGETS: readonly Target[] = [
  version,
  test,
  release,
  publish,
  verify,
  clean,
  ls,
  show,
  init,
  doctor,
  completions,
];

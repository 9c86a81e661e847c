/**
 * The runners whose output is read.
 *
 * @module
 */

import { BATS } from "./bats.ts";
import { CARGO } from "./cargo.ts";
import { DENO } from "./deno.ts";
import { DOTNET } from "./dotnet.ts";
import { EXUNIT } from "./exunit.ts";
import { GO, GOTESTSUM } from "./go.ts";
import { GRADLE } from "./gradle.ts";
import { JEST } from "./jest.ts";
import { JUNIT_CONSOLE } from "./junit_console.ts";
import { MINITEST } from "./minitest.ts";
import { MOCHA } from "./mocha.ts";
import { NODE } from "./node.ts";
import { PHPUNIT } from "./phpunit.ts";
import { PLAYWRIGHT } from "./playwright.ts";
import { PYTEST } from "./pytest.ts";
import { RSPEC } from "./rspec.ts";
import type { Runner } from "./runner.ts";
import { SUREFIRE } from "./surefire.ts";
import { UNITTEST } from "./unittest.ts";
import { VITEST } from "./vitest.ts";

/** The runners; each reads only lines that it is known to write, so that their order is of no importance. */
export const RUNNERS: readonly Runner[] = [
  PYTEST,
  UNITTEST,
  JEST,
  VITEST,
  MOCHA,
  NODE,
  DENO,
  PLAYWRIGHT,
  GO,
  GOTESTSUM,
  CARGO,
  RSPEC,
  MINITEST,
  PHPUNIT,
  JUNIT_CONSOLE,
  SUREFIRE,
  GRADLE,
  DOTNET,
  EXUNIT,
  BATS,
];

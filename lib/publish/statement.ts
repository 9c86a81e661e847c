/**
 * The statement about an image that acceptance has accepted: an in-toto statement with the predicate of test results,
 * https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md, and the receipt in it.
 *
 * @module
 */

import { TEST_RESULT } from "../plan/attestation.ts";
import { areAll, isText } from "../text/shape.ts";
import { type Acceptance, notAccepted, type Totals } from "./acceptance.ts";
import type { HiddenBy } from "./contents.ts";
import type { ReceiptImage } from "./images.ts";
import type { Receipt } from "./receipt.ts";

/** The format of the receipt in a statement. */
export const STATED_FORMAT = 1;

/** The receipt as a statement has it: nothing of the machine, and no value of a variable. */
export interface Stated {
  /** The format. */
  format: number;
  /** The image that the statement is about. */
  image: { service: string; repository: string; id: string };
  /** The whole hash of the commit. */
  commit: string;
  /** Whether an image may contain uncommitted changes. */
  dirty: boolean;
  /** Of the application. */
  version: string;
  /** The Compose files, relative to their folder. */
  files: readonly string[];
  /** Of the resolved Compose model, such as "sha256:…"; absent in receipts of older versions. */
  model?: string;
  /** The acceptance tests; absent if the release has none. */
  acceptance?: Acceptance;
  /** Of all services together. */
  tests: Totals;
  /** The images of all services and one-shots. */
  images: readonly ReceiptImage[];
  /** Folders that were mounted over files of the images. */
  hidden: readonly HiddenBy[];
  /** How many files the builds may have taken that are in no commit. */
  uncommitted: number;
  /** Version of todoflow. */
  tool: string;
  /** The time at which the release ended, in ISO 8601. */
  at: string;
}

/** The predicate of a statement. */
export interface Predicate {
  /** FAILED means: no test has accepted the image. */
  result: "PASSED" | "FAILED";
  /** The commit and the Compose model. */
  configuration: readonly {
    name: string;
    digest: Readonly<Record<string, string>>;
  }[];
  passedTests: readonly string[];
  warnedTests: readonly string[];
  failedTests: readonly string[];
  /** Our own field. */
  todoflowReceipt: Stated;
}

/** Why the receipt accepts no image; undefined if it does. */
export function unacceptedBy(
  { acceptance, hidden }: Pick<Stated, "acceptance" | "hidden">,
): string | undefined {
  if (!acceptance) return "no test has accepted it";
  if (!acceptance.passed) return `not accepted: ${notAccepted(acceptance)}`;
  return hidden.length === 0
    ? undefined
    : "the accepted release ran other files than those of the image";
}

/**
 * The predicate of the statement about one image.
 *
 * @param hide hides secrets in a text
 */
export function predicateOf(
  receipt: Receipt,
  image: Stated["image"],
  hide: (text: string) => string,
): Predicate {
  const { commit, model, acceptance } = receipt;
  const isAccepted = unacceptedBy(receipt) === undefined;
  const tests = acceptance ? [acceptance.service] : [];
  const predicate: Predicate = {
    result: isAccepted ? "PASSED" : "FAILED",
    configuration: [
      { name: "commit", digest: { gitCommit: commit } },
      ...(model === undefined ? [] : [{
        name: "Compose model",
        digest: { sha256: model.replace(/^sha256:/, "") },
      }]),
    ],
    passedTests: isAccepted ? tests : [],
    warnedTests: [],
    failedTests: isAccepted ? [] : tests,
    todoflowReceipt: statedOf(receipt, image),
  };
  return hiddenIn(predicate, hide) as Predicate;
}

function statedOf(receipt: Receipt, image: Stated["image"]): Stated {
  const { commit, dirty, version, files, model, acceptance, tests } = receipt;
  const { images, hidden, uncommitted, tool, at } = receipt;
  return {
    format: STATED_FORMAT,
    ...{ image, commit, dirty, version, files },
    ...(model !== undefined && { model }),
    ...(acceptance && { acceptance }),
    ...{ tests, images, hidden, uncommitted: uncommitted.count, tool, at },
  };
}

/** A copy whose texts contain neither a secret nor the credentials of a URL. */
function hiddenIn(value: unknown, hide: (text: string) => string): unknown {
  if (typeof value === "string") {
    return hide(value).replace(/:\/\/[^\s/@]*@/g, "://");
  }
  if (Array.isArray(value)) return value.map((one) => hiddenIn(one, hide));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, hiddenIn(one, hide)]),
  );
}

/** A statement of todoflow that this version cannot read, such as one of a newer format. */
export interface Unreadable {
  subjects: readonly string[];
  /** The time (ms) of its acceptance; undefined where that cannot be read either. */
  at: number | undefined;
}

/** A statement whose signature was checked. */
export interface Statement {
  /** Digests of the images that it is about, such as "sha256:…". */
  subjects: readonly string[];
  predicate: Predicate;
}

/**
 * Reads the output of cosign, an envelope (https://github.com/secure-systems-lab/dsse) a line. Leaves out statements of
 * other programs, but not those of todoflow that cannot be read: they may take an acceptance back.
 */
export function statementsIn(text: string): (Statement | Unreadable)[] {
  return text.split("\n").flatMap((line) => {
    try {
      const { payload } = JSON.parse(line);
      const bytes = Uint8Array.fromBase64(payload);
      return statementOf(JSON.parse(new TextDecoder().decode(bytes))) ?? [];
    } catch {
      return [];
    }
  });
}

function statementOf(value: unknown): Statement | Unreadable | undefined {
  const { predicateType, subject, predicate } = Object(value);
  if (predicateType !== TEST_RESULT || !Array.isArray(subject)) return;
  const subjects = subject.map((one) => Object(Object(one).digest).sha256)
    .filter(isText).map((hash) => `sha256:${hash}`);
  const { result, todoflowReceipt } = Object(predicate);
  if (todoflowReceipt === undefined) return;
  if (isText(result) && isStated(todoflowReceipt)) {
    return { subjects, predicate };
  }
  const at = Date.parse(String(Object(todoflowReceipt).at));
  return { subjects, at: Number.isNaN(at) ? undefined : at };
}

function isStated(value: unknown): value is Stated {
  const one = Object(value) as Partial<Stated>;
  const { service, passed } = Object(one.acceptance);
  return one.format === STATED_FORMAT &&
    [one.commit, one.version, one.at, one.tool].every(isText) &&
    !Number.isNaN(Date.parse(one.at ?? "")) &&
    typeof one.dirty === "boolean" && typeof one.uncommitted === "number" &&
    Array.isArray(one.hidden) && areAll(one.files, isText) &&
    (one.acceptance === undefined ||
      isText(service) && typeof passed === "boolean");
}

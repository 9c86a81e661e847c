/**
 * Recognizes reports of tests and coverage: first by their paths, then by their first bytes.
 *
 * @module
 */

/** How many of the first bytes of a file decide whether it is a report. */
export const FIRST_BYTES = 4_096;

/** Folders of packages, caches and version control: a report in them is another project's. */
const FOREIGN = new Set([
  ...["node_modules", "bower_components", "site-packages", "dist-packages"],
  ...["vendor", "venv", ".venv", ".tox", ".nox", "__pycache__"],
  ...[".git", ".hg", ".svn", ".cache", ".npm", ".yarn", ".pnpm-store"],
  ...[".cargo", ".rustup", ".m2", ".gradle", ".nuget", ".bundle"],
]);

/** Folders of the system. `/usr/src` is missing, because images such as Node's have their WORKDIR in it. */
const SYSTEM = [
  ...["/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc"],
  ...["/run", "/sbin", "/sys", "/usr/bin", "/usr/include", "/usr/lib"],
  ...["/usr/lib64", "/usr/libexec", "/usr/local/bin", "/usr/local/lib"],
  ...["/usr/local/share", "/usr/sbin", "/usr/share", "/var/backups"],
  ...["/var/cache", "/var/lib", "/var/log", "/var/run", "/var/spool"],
];

/** The name of an XML file that test programs give to reports; the content decides among them. */
const XML = /junit|unit|test|spec|report|result|coverage|cobertura/i;

/** The name of a folder that holds reports, such as "test-results", "surefire-reports" or "TestResults". */
const FOLDER =
  /(?:^|[-_.])(?:junit|reports?|results?|coverage|cobertura|lcov)(?:$|[-_.])|^testresults$/i;

/** Whether a path is in a folder whose files are never reports of this run. */
export function isForeign(path: string): boolean {
  return SYSTEM.some((folder) => `${path}/`.startsWith(`${folder}/`)) ||
    path.split("/").some((part) => FOREIGN.has(part));
}

/** Whether a folder, or one above it, has a name as folders of reports have it. */
export function isReportFolder(path: string): boolean {
  return path.split("/").some((part) => FOLDER.test(part));
}

/** Whether the absolute path of a file in a container may be that of a report. */
export function mayBeReport(path: string): boolean {
  if (isForeign(path)) return false;
  const at = path.lastIndexOf("/");
  const name = path.slice(at + 1);
  if (name.endsWith(".tap") || name.endsWith(".lcov")) return true;
  if (name.endsWith(".info")) return /lcov|coverage/i.test(name);
  return name.endsWith(".xml") &&
    (XML.test(name) || isReportFolder(path.slice(0, at)));
}

/**
 * Whether the first bytes of a file are those of a report that todoflow can read: JUnit, TAP, lcov or Cobertura.
 *
 * @param name of the file: its extension decides which of them it must be
 */
export function isReport(name: string, first: Uint8Array): boolean {
  // A character may be cut in two at the end.
  const text = new TextDecoder().decode(first).trimStart();
  if (name.endsWith(".tap")) {
    return /^(?:TAP version \d|1\.\.\d|(?:not )?ok\b)/m.test(text);
  }
  return name.endsWith(".xml") ? isXmlReport(text) : /^(?:TN:|SF:)/.test(text);
}

/** Whether a text begins as JUnit or Cobertura does. Clover has the root of Cobertura, but no `line-rate`. */
function isXmlReport(text: string): boolean {
  const [, root, attributes = ""] = /^<([\w:.-]+)([^>]*)/.exec(
    afterProlog(text),
  ) ?? [];
  return root === "testsuites" || root === "testsuite" ||
    (root === "coverage" && /\sline-rate=/.test(attributes));
}

/** A text from its first element on; "" if there is none. */
function afterProlog(text: string): string {
  let rest = text;
  for (let before = ""; rest !== before;) {
    before = rest;
    for (const [open, close] of [["<?", "?>"], ["<!--", "-->"], ["<!", ">"]]) {
      if (!rest.startsWith(open!)) continue;
      const end = rest.indexOf(close!);
      rest = end < 0 ? "" : rest.slice(end + close!.length).trimStart();
      break;
    }
  }
  return rest;
}

/** The usual names of reports, relative to the folder in which a test program runs. */
export const USUAL_FILES: readonly string[] = [
  ...["junit.xml", "test-results.xml", "test_results.xml", "testresults.xml"],
  ...["test-report.xml", "test-reports.xml", "tests.xml", "unittests.xml"],
  ...["unit.xml", "report.xml", "results.xml", "pytest.xml", "rspec.xml"],
  ...["nosetests.xml", "coverage.xml", "cobertura.xml"],
  ...["cobertura-coverage.xml", "coverage.cobertura.xml", "lcov.info"],
  ...["coverage.lcov", "results.tap", "test.tap", "tests.tap"],
];

/** The usual folders of reports, relative to the same folder. */
export const USUAL_FOLDERS: readonly string[] = [
  ...["reports", "report", "test-results", "test_results", "test-reports"],
  ...["test_reports", "TestResults", "results", "junit", "coverage"],
  ...["build/test-results", "build/reports", "build/logs"],
  ...["target/surefire-reports", "target/failsafe-reports"],
  ...["target/site/cobertura", "spec/reports", "test/reports"],
  ...["tests/reports", "tests/_output"],
];

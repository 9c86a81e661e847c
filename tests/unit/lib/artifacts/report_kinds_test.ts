import { assertEquals } from "@std/assert";
import {
  FIRST_BYTES,
  isReport,
  isReportFolder,
  mayBeReport,
  USUAL_FILES,
  USUAL_FOLDERS,
} from "../../../../lib/artifacts/report_kinds.ts";
import {
  BATS,
  BATS_TAP13,
  CLOVER,
  COBERTURA,
  DENO,
  LCOV,
  NODE,
  NODE_TAP,
  PYTEST,
} from "./test_reports.ts";

const LIKELY = [
  "/app/junit.xml",
  "/app/TEST-com.shop.CartTest.xml",
  "/app/unittests.xml",
  "/usr/src/app/test-results/e2e.xml",
  "/app/target/surefire-reports/x.xml",
  "/src/build/test-results/test/A.xml",
  "/app/TestResults/4f6c/coverage.cobertura.xml",
  "/app/coverage/cobertura-coverage.xml",
  "/app/coverage/lcov.info",
  "/lcov.info",
  "/app/cov.lcov",
  "/tmp/all.tap",
];

const UNLIKELY = [
  "/app/pom.xml",
  "/app/junit.json",
  "/app/reports/index.html",
  "/app/junit.xml.gz",
  "/app/package.info",
  "/app/node_modules/x/test/junit.xml",
  "/usr/lib/python3/dist-packages/x/tests/junit.xml",
  "/app/venv/lib/python3.12/site-packages/junit.xml",
  "/app/vendor/x/build/logs/junit.xml",
  "/app/.git/junit.xml",
  "/root/.m2/repository/test.xml",
  "/usr/share/x/coverage.xml",
  "/var/lib/mysql/results.xml",
  "/proc/1/junit.xml",
  "/etc/reports/a.xml",
];

Deno.test("a path is that of a report by its name or its folder, and never in folders of packages or the system", () => {
  assertEquals(LIKELY.filter((path) => !mayBeReport(path)), []);
  assertEquals(UNLIKELY.filter(mayBeReport), []);
});

Deno.test("usual names of reports are names of reports", () => {
  assertEquals(USUAL_FILES.filter((name) => !mayBeReport(`/a/${name}`)), []);
  const odd = USUAL_FOLDERS.filter((name) => !isReportFolder(name));
  assertEquals(odd, ["build/logs", "tests/_output"]);
});

const encode = (text: string) =>
  new TextEncoder().encode(text).subarray(0, FIRST_BYTES);

const REPORTS: [string, string][] = [
  ["deno.xml", DENO],
  ["pytest.xml", PYTEST],
  ["node.xml", NODE],
  ["bom.xml", "\uFEFF<testsuite/>"],
  ["comment.xml", "<?xml version='1.0'?>\n<!-- <report> -->\n<testsuites>"],
  ["cobertura.xml", COBERTURA],
  ["bats.tap", BATS],
  ["bats13.tap", BATS_TAP13],
  ["node.tap", NODE_TAP],
  ["ok.tap", "ok 1 - it works\n"],
  ["lcov.info", LCOV],
  ["named.lcov", "TN:unit\nSF:/a.ts\n"],
];

const OTHERS: [string, string][] = [
  ["empty.xml", ""],
  ["clover.xml", CLOVER],
  ["jacoco.xml", '<?xml version="1.0"?><report name="x"/>'],
  ["config.xml", "<phpunit><testsuites><testsuite/></testsuites></phpunit>"],
  ["comment.xml", "<!-- <testsuite> --><project/>"],
  ["unclosed.xml", "<!-- <testsuite>"],
  ["doctype.xml", "<!DOCTYPE html><html><testsuite/></html>"],
  ["secret.xml", "-----BEGIN PRIVATE KEY-----\n<testsuite/>"],
  ["tap.xml", BATS],
  ["x.tap", "tapping\n"],
  ["keyboard.info", "Name: x\n"],
  ["binary.lcov", "\0\0SF:"],
];

Deno.test("a report begins as reports do; any other file is left alone", () => {
  const isOne = ([name, text]: [string, string]) =>
    isReport(name, encode(text));
  assertEquals(REPORTS.filter((one) => !isOne(one)), []);
  assertEquals(OTHERS.filter(isOne), []);
});

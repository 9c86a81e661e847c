import { assertEquals } from "@std/assert";
import { failureText, plainReporter, seconds } from "../../../lib/reporter.ts";
import type { Event } from "../../../lib/runner.ts";

function report(events: Event[]) {
  const written = { stdout: "", stderr: "" };
  const sink = (name: keyof typeof written) => ({
    write: (text: string) => void (written[name] += text),
    isTerminal: false,
  });
  const emit = plainReporter({
    stdout: sink("stdout"),
    stderr: sink("stderr"),
  });
  events.forEach(emit);
  return written;
}

Deno.test("the URL is the answer, everything else is the story", () => {
  const { stdout, stderr } = report([
    { kind: "step-start", step: "build", why: "of the sources" },
    { kind: "output", step: "build", line: "#1 DONE" },
    {
      kind: "image",
      step: "images",
      services: ["app", "migrate"],
      id: "sha256:1",
      unchanged: true,
    },
    { kind: "step-end", step: "build", result: "ok", ms: 1234 },
    { kind: "url", url: "http://localhost:4711" },
  ]);
  assertEquals(stdout, "App running at http://localhost:4711\n");
  assertEquals(
    stderr,
    `build: of the sources
build | #1 DONE
images | app, migrate: sha256:1 (unchanged)
build: ok (1.2 s)
`,
  );
});

Deno.test("a warning that Compose repeats is shown once", () => {
  const warning = (time: string, msg: string): Event => ({
    kind: "output",
    step: "build",
    line: `time="${time}" level=warning msg="${msg}"`,
  });
  const { stderr } = report([
    warning("1", "version is obsolete"),
    warning("2", "version is obsolete"),
    warning("3", "something else"),
  ]);
  assertEquals(stderr.trim().split("\n").length, 2);
});

Deno.test("a failure is told with its reason and the next command, over several lines", () => {
  assertEquals(
    failureText({ headline: "H", why: "a\nb", next: "docker x" }),
    "todoflow: H\nWhy:  a\n      b\nNext: docker x\n",
  );
  assertEquals(failureText({ headline: "H" }), "todoflow: H\n");
  assertEquals(seconds(49), "0.0 s");
});

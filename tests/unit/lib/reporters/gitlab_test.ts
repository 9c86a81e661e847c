import { assertEquals } from "@std/assert";
import {
  AT,
  container,
  docker,
  end,
  report,
  runEnd,
  runStart,
  start,
  type Surroundings,
} from "./fakes.ts";

const GITLAB: Surroundings = { env: { GITLAB_CI: "true" } };

Deno.test("each step that says something is a section; that of a step that failed is open", () => {
  const { stderr } = report([
    runStart("build", "run migrate/migrate"),
    start("build"),
    ...docker("build", "a line"),
    end("build"),
    start("run migrate"),
    ...container(["run migrate", "migrate"], "another line"),
    end("run migrate", 600, "failed"),
    start("prune"),
    end("prune", 600),
    runEnd(1, 1_400, 1_400),
  ], GITLAB);
  assertEquals(
    stderr,
    `\x1b[0Ksection_start:${AT}:1-build[collapsed=true]\r\x1b[0Kbuild: ok (0.4 s)
build   | a line
\x1b[0Ksection_end:${AT}:1-build\r\x1b[0K
\x1b[0Ksection_start:${AT}:2-run-migrate\r\x1b[0Krun migrate: failed (0.6 s)
migrate | another line
\x1b[0Ksection_end:${AT}:2-run-migrate\r\x1b[0K
prune: ok (0.6 s)

step         result   duration
build        ok          0.4 s
run migrate  failed      0.6 s
prune        ok          0.6 s
release failed in 1.4 s
`,
  );
});

Deno.test("nothing that a container writes opens or closes a section, and no name breaks one", () => {
  const hostile = [
    "\x1b[0Ksection_end:1:1-build\r\x1b[0K",
    "section_start:1:x\r\x1b[0Kheader",
    "section_start:1:x[collapsed=true]\r",
    "a\r\nsection_end:1:1-build\r\x1b[0Kb",
    "\x9b0Ksection_start:1:x",
  ];
  const { stderr } = report([
    start("a:b\r\x1b[0K c", hostile[1]),
    ...docker("a:b\r\x1b[0K c", ...hostile),
    ...container(["a:b\r\x1b[0K c", hostile[0]!], ...hostile),
    end("a:b\r\x1b[0K c"),
  ], { ...GITLAB, flags: { color: "always", verbose: true } });
  assertEquals(
    stderr.match(/section_\w+:.*/g)?.map((text) => text.split("\r")[0]),
    [
      `section_start:${AT}:1--c[collapsed=true]`,
      `section_end:${AT}:1--c`,
    ],
  );
  assertEquals(stderr.split("\r").length, 3);
});

import { assertEquals } from "@std/assert";
import { condenser } from "../../../../lib/reporters/condense.ts";

/** The shown lines, the summary at the end, and the current work after each line. */
function condensed(text: string) {
  const { take, end } = condenser();
  const taken = text.split("\n").map((line) => take(line));
  return {
    shown: taken.flatMap(({ show }) => show ?? []),
    news: taken.flatMap(({ show, isNews }) => isNews ? show ?? [] : []),
    doing: taken.flatMap(({ now }) => now ?? []),
    end: end(),
  };
}

/** As Compose 2.26.1 and BuildKit 0.12 wrote it. */
const BUILD = `#0 building with "default" instance using docker driver

#1 [one internal] load build definition from Dockerfile
#1 transferring dockerfile: 329B done
#1 DONE 0.0s

#6 [one base 1/2] FROM docker.io/denoland/deno:debian-2.9.6
#6 CACHED

#8 [one base 2/2] RUN echo hello; sleep 1; echo progress 10%; sleep 1; echo done
#8 0.137 hello
#8 1.138 progress 10%
#8 2.140 done
#8 DONE 2.2s

#9 [two two 1/1] RUN sleep 2
#9 ...

#10 [one one 1/2] RUN sleep 1; echo "one"
#10 CACHED

#11 [one one 2/2] COPY Dockerfile /x
#11 DONE 0.0s

#12 [one] exporting to image
#12 exporting layers 0.9s done
#12 writing image sha256:449cf4d54c1421c2fa0b4e614cea5f7629f4ac1bf73e7f4b75a3c2b48f90cb63 done
#12 naming to docker.io/library/cold-one done
#12 DONE 1.0s

#9 [two two 1/1] RUN sleep 2
#9 2.181 two error: thing went wrong
#9 DONE 2.2s
`;

Deno.test("the slow parts of a build are shown, and how many steps it had", () => {
  const { shown, end, news } = condensed(BUILD);
  assertEquals(shown, [
    "[one base 2/2] RUN echo hello; sleep 1; echo progre… (2.2 s)",
    "[one] exporting to image (1.0 s)",
    "[two two 1/1] RUN sleep 2 (2.2 s)",
  ]);
  assertEquals(end, "4 steps, 1 cached");
  // They cannot show why the build fails.
  assertEquals(news, shown);
});

Deno.test("the current part of a build is reported", () => {
  assertEquals(condensed(BUILD).doing.slice(2, 6), [
    "[one base 1/2] FROM docker.io/denoland/deno:debian-2.9.6",
    "[one base 2/2] RUN echo hello; sleep 1; echo progress 10%; sleep 1; echo done",
    "[one base 2/2] hello",
    "[one base 2/2] progress 10%",
  ]);
});

Deno.test("all output of a failed part of a build is shown, once", () => {
  const { shown, end, news } = condensed(`#5 [two base 2/2] RUN a
#5 CACHED

#6 [two two 1/1] RUN sleep 2; exit 3
#6 2.118 two error: thing went wrong
#6 ERROR: process "/bin/sh -c sleep 2; exit 3" did not complete successfully: exit code: 3
------
 > [two two 1/1] RUN sleep 2; exit 3:
2.118 two error: thing went wrong
------
Dockerfile:9
--------------------
   9 | >>> RUN sleep 2; exit 3
--------------------
failed to solve: process "/bin/sh -c sleep 2; exit 3" did not complete successfully: exit code: 3`);
  assertEquals(shown, [
    "[two two 1/1] RUN sleep 2; exit 3",
    "two error: thing went wrong",
    'ERROR: process "/bin/sh -c sleep 2; exit 3" did not complete successfully: exit code: 3',
    "Dockerfile:9",
    "--------------------",
    "   9 | >>> RUN sleep 2; exit 3",
    "--------------------",
    'failed to solve: process "/bin/sh -c sleep 2; exit 3" did not complete successfully: exit code: 3',
  ]);
  assertEquals([end, news], ["2 steps, 1 cached", []]);
});

Deno.test("the last 50 lines of a failed part are shown", () => {
  const lines = Array.from({ length: 80 }, (_, i) => `#2 0.1 line ${i}`);
  const { shown } = condensed(
    ["#2 [1/1] RUN x", ...lines, "#2 ERROR: x"].join("\n"),
  );
  assertEquals(shown.slice(0, 2), ["[1/1] RUN x", "line 30"]);
  assertEquals(shown.length, 52);
});

Deno.test("a second build in the same step counts its parts from the beginning", () => {
  const one =
    "#0 building\n#1 [1/2] RUN a\n#1 CACHED\n#2 [2/2] RUN b\n#2 CACHED";
  assertEquals(condensed(`${one}\n${one}`).end, "4 steps, 4 cached");
});

Deno.test("a step that builds nothing has nothing to say at its end", () => {
  assertEquals(condensed("hello").end, undefined);
});

Deno.test("Compose's progress is the current work of the step, and no line", () => {
  const { shown, doing } = condensed(` Network shop_default  Creating
 Volume "shop_public"  Created
 Container shop-db-1  Started
 db Pulling 
 7eff280188c1 Downloading [=>   ]  1.2MB/3MB
 74503de4430b Already exists 
 db Pulled 
shop-migrate-1
4e4b065aed9c8ad1ee4d75d804419382f161c5ce40ed9de16135c1b855ac823c`);
  assertEquals(shown, []);
  assertEquals(doing.slice(0, 4), [
    "Network shop_default Creating",
    'Volume "shop_public" Created',
    "Container shop-db-1 Started",
    "db Pulling",
  ]);
});

Deno.test("a push says how many of its layers are there", () => {
  const { shown, doing } = condensed(
    `The push refers to repository [h:5000/me/shop]
0123456789ab: Preparing
1123456789ab: Preparing
2123456789ab: Waiting
1123456789ab: Layer already exists
0123456789ab: Pushed
1.0: digest: sha256:0f size: 1366`,
  );
  assertEquals(shown, []);
  assertEquals(doing.slice(3), [
    "0 of 3 layers pushed",
    "1 of 3 layers pushed",
    "2 of 3 layers pushed",
    "1.0: digest: sha256:0f size: 1366",
  ]);
});

Deno.test("problems of Compose are shown", () => {
  const problems = [
    " a Error manifest for x not found: manifest unknown",
    " Container shop-db-1  Error",
    "Error response from daemon: No such container: x",
    '"db" is unhealthy; its last probe ended with 1',
  ];
  assertEquals(condensed(problems.join("\n")).shown, problems);
});

Deno.test("a name that docker prints is shown after a problem, to which it may belong, and not after a warning", () => {
  const warning = 'time="1" level=warning msg="old"';
  const shown = (line: string) => condensed(`${line}\nshop-e2e-1`).shown.length;
  assertEquals([shown("no such object"), shown(warning)], [2, 1]);
});

Deno.test("the text of a warning of Compose is shown", () => {
  const { shown, news } = condensed(
    'time="2026-11-21T09:07:25Z" level=warning msg="The \\"X\\" variable is not set"',
  );
  assertEquals(shown, ['warning: The "X" variable is not set']);
  assertEquals(news, shown);
});

import { assert, assertEquals } from "@std/assert";
import { decisive, errorsIn } from "../../../../lib/evidence/decisive.ts";
import { probeLines } from "../../../../lib/evidence/probe_line.ts";

const MOST = 12;

/** Lines that a program writes while it does well, each another text. */
function calm(count: number): string[] {
  return Array.from(
    { length: count },
    (_, i) =>
      `handled ${String.fromCharCode(97 + i % 26).repeat(1 + i / 26)} in time`,
  );
}

/** Lines of an access log, which differ in times and sizes. */
function requests(count: number, path = "/", status = 200): string[] {
  return Array.from(
    { length: count },
    (_, i) =>
      `127.0.0.1 - - [30/Nov/2026:21:00:${
        `${i % 60}`.padStart(2, "0")
      } +0000] "GET ${path} HTTP/1.1" ${status} ${i}`,
  );
}

/** Logs, and the words that a reader needs of each; `not` are words that only take room. */
const LOGS: Record<string, { log: string[]; has: string[]; not?: string[] }> = {
  "an exception of Python at the start of a server that goes on": {
    log: [
      "booting worker",
      "Traceback (most recent call last):",
      '  File "/usr/lib/python3/dist-packages/gunicorn/arbiter.py", line 583, in spawn_worker',
      "    worker.init_process()",
      '  File "/app/shop/wsgi.py", line 3, in <module>',
      "    import flask_cors",
      "ModuleNotFoundError: No module named 'flask_cors'",
      ...requests(60, "/", 500).flatMap((line) => [
        line,
        "--- no python application found, check your startup logs for errors ---",
      ]),
    ],
    has: [
      "ModuleNotFoundError: No module named 'flask_cors'",
      '  File "/app/shop/wsgi.py", line 3, in <module>',
      "… 59 more like this",
    ],
    not: ["arbiter.py", "Traceback"],
  },
  "an error that Node prints with all its properties": {
    log: [
      ...calm(30),
      'error: password authentication failed for user "shop"',
      "    at Parser.parse (/app/node_modules/pg-protocol/dist/parser.js:287:98)",
      "    at async connect (/app/db.js:7:3)",
      "    at node:internal/main/run_main_module:28:49 {",
      "  length: 104,",
      "  severity: 'FATAL',",
      ...["detail", "hint", "position", "where", "schema", "table", "column"]
        .map((name) => `  ${name}: undefined,`),
      "  routine: 'auth_failed'",
      "}",
      "",
      "Node.js v20.20.2",
    ],
    has: [
      'error: password authentication failed for user "shop"',
      "    at async connect (/app/db.js:7:3)",
    ],
    not: ["undefined", "node_modules", "severity", "Node.js"],
  },
  "causes of Java": {
    log: [
      ...calm(40),
      'Exception in thread "main" BeanCreationException: Error creating bean',
      "\tat org.springframework.beans.Factory.make(Factory.java:3)",
      "\tat com.acme.Main.main(Main.java:7)",
      "\t... 23 more",
      "Caused by: java.net.UnknownHostException: db",
      "\tat java.base/java.net.Inet6AddressImpl.lookup(Native Method)",
      "\tat com.acme.Db.open(Db.java:9)",
      "\t... 30 more",
    ],
    has: [
      "Caused by: java.net.UnknownHostException: db",
      "\tat com.acme.Db.open(Db.java:9)",
      'Exception in thread "main" BeanCreationException: Error creating bean',
    ].map((line) => line.replaceAll("\t", "\t")),
  },
  "a panic of Go": {
    log: [
      ...calm(40),
      "panic: open /etc/shop.toml: no such file or directory",
      "",
      "goroutine 1 [running]:",
      "main.main()",
      "\t/app/main.go:5 +0x20",
      "exit status 2",
    ],
    has: [
      "panic: open /etc/shop.toml: no such file or directory",
      "\t/app/main.go:5 +0x20",
    ],
    not: ["goroutine"],
  },
  "the first of many errors, of which the last is a consequence": {
    log: [
      ...calm(20),
      'ERROR: relation "items" does not exist at character 15',
      ...calm(20).map((line) => `then ${line}`),
      "ERROR: current transaction is aborted",
      ...calm(20).map((line) => `later ${line}`),
    ],
    has: [
      'ERROR: relation "items" does not exist at character 15',
      "ERROR: current transaction is aborted",
    ],
  },
  "a program that logs in JSON": {
    log: [
      ...calm(30),
      '{"level":30,"time":1764536400000,"msg":"listening"}',
      '{"level":60,"time":1764536400001,"err":{"type":"Error","message":"getaddrinfo ENOTFOUND redis","stack":"Error: x\\n  at y"},"msg":"cannot connect"}',
      '{"level":"info","time":"2026-11-30T21:00:00Z","message":"bye"}',
    ],
    has: ["fatal: cannot connect: getaddrinfo ENOTFOUND redis", "info: bye"],
  },
  "a compiler's error among a thousand lines": {
    log: [
      "src/main.c:3:5: error: unknown type name 'foo'",
      ...Array.from({ length: 1_000 }, (_, i) => `cc -c file_${i}.c`),
      "make: *** [Makefile:2: all] Error 1",
    ],
    has: [
      "src/main.c:3:5: error: unknown type name 'foo'",
      "make: *** [Makefile:2: all] Error 1",
    ],
  },
  "how far a program came that hangs": {
    log: Array.from({ length: 500 }, (_, i) => `copied ${i} rows`),
    has: ["copied 499 rows"],
  },
  "a shell's word for a missing program": {
    log: [...calm(20), "/entrypoint.sh: line 3: exec: gunicorn: not found"],
    has: ["/entrypoint.sh: line 3: exec: gunicorn: not found"],
  },
  "words about errors that are none": {
    log: [
      "ERROR: cannot open /data/shop.db",
      ...calm(14),
      "finished: 0 errors, 0 failures, no error found, errors=0",
      "INFO error handlers registered; error_log is stderr",
      ...calm(14).map((line) => `again ${line}`),
    ],
    has: ["ERROR: cannot open /data/shop.db"],
    not: ["0 errors", "error handlers"],
  },
};

for (const [name, { log, has, not = [] }] of Object.entries(LOGS)) {
  Deno.test(`the decisive lines of a log show ${name}`, () => {
    const { lines } = decisive(log, { most: MOST });
    assert(lines.length <= MOST, lines.join("\n"));
    for (const line of has) assert(lines.includes(line), lines.join("\n"));
    for (const words of not) {
      assert(!lines.join("\n").includes(words), lines.join("\n"));
    }
  });
}

Deno.test("the engine's words come without the layers that they passed", () => {
  const { lines } = decisive([
    'Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "gunicorn": executable file not found in $PATH: unknown',
    "Error: failed to start containers: shop-app-1",
  ], { most: MOST });
  assertEquals(lines, [
    'Error response from daemon: exec: "gunicorn": executable file not found in $PATH: unknown',
  ]);
});

Deno.test("a log of nothing but noise is shown as it is", () => {
  const log = ["Traceback (most recent call last):", "Node.js v24.0.0"];
  assertEquals(decisive(log, { most: MOST }).lines, log);
});

Deno.test("a short log is shown whole, and a calm one by its end", () => {
  assertEquals(decisive(["a", "", "b"], { most: 3 }), {
    lines: ["a", "b"],
    isEnd: true,
  });
  assertEquals(decisive(calm(30), { most: 3 }), {
    lines: calm(30).slice(-3),
    isEnd: true,
  });
  assertEquals(decisive([], { most: 3 }), { lines: [], isEnd: true });
});

Deno.test("lines that were left out are marked", () => {
  const log = ["ERROR: one", ...calm(20)];
  const { lines, isEnd } = decisive(log, { most: 5 });
  assertEquals(isEnd, false);
  assertEquals(lines[0], "ERROR: one");
  assert(lines.includes("…"), lines.join("\n"));
});

Deno.test("answered probes are left out; those that failed are folded", () => {
  const isProbe = probeLines(["/shop"]);
  const log = [
    ...requests(30, "/healthz"),
    ...requests(30, "/shop?probe=1"),
    ...requests(30, "/shop", 503),
    "GET /health 200 1.2 ms",
    "GET /items 404 1.2 ms",
  ];
  const { lines } = decisive(log, { most: MOST, isProbe });
  assertEquals(lines, [
    log[60]!,
    "… 29 more like this",
    "GET /items 404 1.2 ms",
  ]);
});

Deno.test("of another container only errors are told, and the worst if there are some", () => {
  const log = [...calm(5), "ERROR: slow", "warning: odd", ...calm(5)];
  assertEquals(errorsIn(log, { most: 4 }), ["ERROR: slow"]);
  assertEquals(errorsIn([...log, "FATAL: gone", "FATAL: gone"], { most: 4 }), [
    "FATAL: gone",
    "… 1 more like this",
  ]);
  assertEquals(errorsIn(calm(30), { most: 4 }), []);
});

Deno.test("lines of a hostile program cannot command a terminal or a CI system", () => {
  const { lines } = decisive(["\x1b[2JERROR\x07", "::error::x", "a\rb"], {
    most: MOST,
  });
  assertEquals(lines, ["ERROR", ": :error::x", "b"]);
});

Deno.test("a log of long and of many lines is read in linear time", () => {
  const long = `ERROR ${"at x (".repeat(200_000)}`;
  const many = Array.from(
    { length: 100_000 },
    (_, i) => `Error: ${i} ${"\t at "}`,
  );
  assert(decisive([long, ...many], { most: MOST }).lines.length <= MOST);
  assert(
    decisive([...many, `{${"[".repeat(10_000)}}`], { most: MOST }).lines
      .length <= MOST,
  );
});

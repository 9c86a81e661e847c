import { assertEquals } from "@std/assert";
import { messageIn } from "../../../../lib/test_results/failure_text.ts";
import { placeIn } from "../../../../lib/test_results/places.ts";

/** What a program writes of a failure, and the place in it. */
const PLACES: readonly [by: string, text: string, place: string | undefined][] =
  [
    [
      "vitest",
      "AssertionError: expected 1 to be 2\n\n ❯ a.test.js:3:13\n",
      "a.test.js:3",
    ],
    [
      "vitest, in a function, below a library",
      " ❯ node_modules/chai/index.js:1:1\n ❯ add src/a.js:7:2\n ❯ a.test.js:3:13",
      "src/a.js:7",
    ],
    ["Java without a package", "at Foo.bar(Foo.java:12)", "Foo.java:12"],
    [
      "Java, below JUnit",
      "org.opentest4j.AssertionFailedError: x\n" +
      "\tat org.junit.jupiter.api@5.9.2/org.junit.jupiter.api.Assertions.fail(Assertions.java:134)\n" +
      "\tat app//com.acme.FooTest$Inner.lambda$bar$0(FooTest.java:12)\n" +
      "\tat java.base/java.lang.reflect.Method.invoke(Method.java:569)",
      "com/acme/FooTest.java:12",
    ],
    [
      "Kotlin, with a name in words",
      "java.lang.AssertionError\n\tat kotlin.test.AssertionsKt.assertEquals(Assertions.kt:9)\n" +
      "\tat com.acme.FooTest.adds two numbers(FooTest.kt:14)",
      "com/acme/FooTest.kt:14",
    ],
    [
      "Scala",
      "\tat acme.FooSpec.<init>(FooSpec.scala:8)",
      "acme/FooSpec.scala:8",
    ],
    [
      ".NET, below its own sources",
      "   at Xunit.Assert.Equal[T](T a, T b) in /_/src/xunit.assert/Asserts/EqualityAsserts.cs:line 99\n" +
      "   at Acme.F.Bar() in /src/my tests/F.cs:line 14\n   at System.RuntimeMethodHandle.Invoke()",
      "/src/my tests/F.cs:14",
    ],
    [
      "Rust",
      "thread 'bad' panicked at tests/it.rs:12:5:\nassertion failed",
      "tests/it.rs:12",
    ],
    [
      "Rust with the number of the thread, below its own sources",
      "thread 'a' (9) panicked at /rustc/5980/library/core/src/a.rs:1:2:\n" +
      "thread 'bad' (19) panicked at tests/it.rs:12:5:\nassertion failed",
      "tests/it.rs:12",
    ],
    [
      "Rust before 1.73",
      "thread 'bad' panicked at 'assertion failed: `a`', src/lib.rs:3:9",
      "src/lib.rs:3",
    ],
    [
      "a test in Rust that should have panicked",
      "note: test did not panic as expected at src/lib.rs:23:8",
      "src/lib.rs:23",
    ],
    [
      "ExUnit, below a library",
      "  stacktrace:\n    (elixir 1.14.0) lib/enum.ex:3: Enum.at/2\n" +
      "    deps/plug/lib/plug.ex:5: Plug.a/1\n    test/a_test.exs:10: (test)",
      "test/a_test.exs:10",
    ],
    [
      "RSpec",
      "Failure/Error: x\n/usr/lib/ruby/3.1/a.rb:1:in `b'\n" +
      "/app/vendor/bundle/a.rb:2:in `b'\n./spec/foo_spec.rb:9:in `block (2 levels)'",
      "./spec/foo_spec.rb:9",
    ],
    [
      "RSpec, below a gem",
      "# /var/lib/gems/3.1.0/gems/rack-2.2.4/lib/a.rb:4:in `c'\n# ./spec/foo_spec.rb:9",
      "./spec/foo_spec.rb:9",
    ],
    ["minitest", "Failure:\nT#t [test/a_test.rb:5]:\nx", "test/a_test.rb:5"],
    ["minitest's stack", "    test/a_test.rb:5:in `t'", "test/a_test.rb:5"],
    [
      "PHPUnit",
      "FooTest::testBad\nFailed asserting.\n\n/app/vendor/a/b.php:3\n/app/tests/FooTest.php:16",
      "/app/tests/FooTest.php:16",
    ],
    ["googletest", "a_test.cc:10\nExpected equality", "a_test.cc:10"],
    ["googletest's log", "src/a.cpp:10: Failure\nExpected", "src/a.cpp:10"],
    ["Catch2", "FAILED:\n  REQUIRE( a )\nat /app/t.cpp:12", "/app/t.cpp:12"],
    [
      "Test::More",
      "  Failed test 'bad'\n  at t/my a.t line 6.\n",
      "t/my a.t:6",
    ],
    [
      "a stack in Node's TAP",
      "location: '/app/a.test.js:6:3'\nstack: |-\n  Test.run (node:internal/a:7:2)\n" +
      "  TestContext.<anonymous> (/app/a.test.js:7:12)",
      "/app/a.test.js:7",
    ],
    [
      "a quoted place in YAML",
      'at: "/app/vitest/a.test.js:6:15"',
      "/app/vitest/a.test.js:6",
    ],
    ["a time", "done at 12:30:15", undefined],
    ["an address", "dial tcp 127.0.0.1:80:12", undefined],
    ["a native method", "at java.lang.Foo.bar(Native Method)", undefined],
    ["a line 0", "a.cc:0", undefined],
  ];

for (const [by, text, place] of PLACES) {
  Deno.test(`placeIn finds the place of ${by}`, () => {
    const found = placeIn(text);
    assertEquals(found && `${found.file}:${found.line}`, place);
  });
}

Deno.test("placeIn finds a place in a file of which the text has the end, or the report has", () => {
  const stack = "at Context.<anonymous> (test/a.js:5:9)\n at b (other.js:7:1)";
  assertEquals(placeIn(stack, "/app/test/a.js")?.line, 5);
  assertEquals(placeIn(stack, "./a.js")?.line, 5);
  assertEquals(placeIn(stack, "est/a.js"), undefined);
  assertEquals(placeIn(stack, "/app/b.js"), undefined);
});

/** A message and a text of a failure, and the message that is shown. */
const MESSAGES: readonly [by: string, options: {
  text: string;
  message?: string;
  name?: string;
}, shown: string | undefined][] = [
  ["PHPUnit", {
    text: "FooTest::testBad\none is not two\nFailed asserting that…",
    name: "testBad",
  }, "one is not two"],
  ["PHPUnit with a data set", {
    text: "Tests\\FooTest::testEach with data set #1 (2)\nFailed asserting",
    name: "testEach with data set #1",
  }, "Failed asserting"],
  ["a name that is all there is", {
    text: "FooTest::testBad\n",
    name: "testBad",
  }, undefined],
  ["C++, whose type is no name of the test", {
    text: "std::out_of_range\nx",
    name: "Bad",
  }, "std::out_of_range"],
  ["googletest", {
    text: "",
    message: "/app/a.cc:10\nExpected equality:\n  1\n  2",
  }, "Expected equality:\n  1\n  2"],
  [
    "googletest without a file",
    { text: "", message: "unknown file\nC++ exception" },
    "C++ exception",
  ],
  ["Rust", {
    text: "thread 'bad' (19) panicked at tests/it.rs:8:5:\nleft != right",
    message: "thread 'bad' (19) panicked at tests/it.rs:8:5:",
  }, "left != right"],
  ["RSpec", { text: "", message: "\nexpected: 2\n" }, "expected: 2"],
  ["Test::More", {
    text: "  Failed test 'bad'\n  at t/a.t line 6.\n  got: '1'",
  }, "got: '1'"],
  ["a place that is all there is", { text: "", message: "a.cc:10" }, "a.cc:10"],
];

for (const [by, { text, ...options }, shown] of MESSAGES) {
  Deno.test(`messageIn finds the reason of ${by}`, () => {
    assertEquals(messageIn(text, options), shown);
  });
}

Deno.test("placeIn and messageIn need little time for hostile text", () => {
  const pieces = [
    "at a.",
    "a.a/",
    " in a:line ",
    "❯ a ",
    "at (",
    "panicked at '', ",
    "a.rb:1",
    "a (b:1:",
    "[a.cc",
    "::a",
    "thread '' panicked at ",
    "at a line 1",
  ];
  for (const piece of pieces) {
    for (const end of ["", ":1", "\n"]) {
      const line = piece.repeat(Math.floor(990 / piece.length)) + end;
      const text = `${line}\n`.repeat(20);
      const begun = performance.now();
      placeIn(text);
      messageIn(text, { message: text, name: "a" });
      const ms = performance.now() - begun;
      assertEquals(ms < 200, true, `${ms} ms for ${piece}`);
    }
  }
});

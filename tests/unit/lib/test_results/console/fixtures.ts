/**
 * The console output of real programs, in `fixtures/`, and the failed tests in it.
 *
 * @module
 */

import { JAVASCRIPT, type Row } from "./fixtures_javascript.ts";

const PYTHON = /(?:\(failures|errors)=(\d+)/g;
const RUBY = /(\d+) failures, (\d+) errors/g;
const MAVEN =
  /^(?:\[ERROR\] )?Tests run: \d+, Failures: (\d+), Errors: (\d+), Skipped: \d+$/gm;

/** The fixtures, and the failed tests in them. */
export const ROWS: readonly Row[] = [
  ...JAVASCRIPT,
  {
    tool: "bats",
    files: ["pretty.txt", "timing.txt"],
    counted: /(\d+) failures/g,
    failed: [
      "a.bats: bad # hash a.bats:8 | `[ 1 = 2 ]' failed",
      "a.bats: missing a.bats:14 | `nosuchcommand --x' failed with status 127",
      "a.bats: in a function a.bats:18 | `check 1 2' failed",
    ],
  },
  {
    tool: "by_hand",
    files: ["dotnet.txt"],
    counted: /Failed: +(\d+)/g,
    failed: [
      ": Acme.Tests.FTests.Bad /src/Acme.Tests/FTests.cs:14 | Assert.Equal() Failure: Values differ (Expected: 2, Actual: 1)",
      ": Acme.Tests.FTests.Each(n: 2) /src/Acme/Shop.cs:7 | System.InvalidOperationException : broken",
    ],
  },
  {
    tool: "by_hand",
    files: ["rails.txt"],
    counted: RUBY,
    failed: [
      "UserTest: test_name_is_required test/models/user_test.rb:7 | Expected: 2, Actual: 1",
      "UserTest: test_is_saved app/models/user.rb:3 | ActiveRecord::ConnectionNotEstablished: connection refused",
    ],
  },
  {
    tool: "by_hand",
    files: ["surefire3.txt"],
    counted: MAVEN,
    failed: [
      "com.example.a.CTest: bad com/example/a/CTest.java:19 | AssertionFailedError: one is not two ==> expected: <2> but was: <1>",
      "com.example.a.CTest: each(int)[2] com/example/a/CTest.java:29 | AssertionFailedError: expected: <1> but was: <2>",
      ": com.example.a.DTest com/example/a/DTest.java:9 | IllegalStateException: no database",
    ],
  },
  {
    tool: "cargo",
    files: ["color.txt", "plain.txt"],
    counted: /(\d+) failed;/g,
    failed: [
      "src/lib.rs: tests::bad src/lib.rs:18 | assertion `left == right` failed: one is not two (left: 1, right: 2)",
      "src/lib.rs: tests::calm src/lib.rs:23 | note: test did not panic as expected at src/lib.rs:23:8",
      'src/lib.rs: tests::result | Error: "broken\\nin two lines"',
      "tests/it.rs: holds tests/it.rs:14 | assertion failed: a::add(1, 1) == 3",
      "tests/it.rs: unwraps tests/it.rs:9 | no value",
      "Doc-tests a: src/lib.rs - add (line 3) src/lib.rs:5 | assertion `left == right` failed (left: 2, right: 3)",
    ],
  },
  {
    tool: "django",
    files: ["plain.txt"],
    counted: PYTHON,
    failed: [
      "shop.tests.PriceTests: test_error /app/shop/tests.py:18 | ValueError: no price",
      "shop.tests.ShopTests: test_contains /app/shop/tests.py:13 | AssertionError: 404 != 200 : Couldn't retrieve content: Response code was 404 (expected 200)",
      "shop.tests.ShopTests: test_status /app/shop/tests.py:10 | AssertionError: 404 != 200",
    ],
  },
  {
    tool: "exunit",
    files: ["color.txt", "plain.txt"],
    counted: /(\d+) failures/g,
    failed: [
      "BTest: one test/a_test.exs:32 | RuntimeError: no database",
      "ATest: bad test/a_test.exs:10 | Assertion with == failed (left: 1, right: 2)",
      "ATest: matches test/a_test.exs:20 | match (=) failed (left: {:ok, _}, right: :error)",
      "ATest: B raises (here) test/a_test.exs:15 | ArgumentError: broken",
    ],
  },
  {
    tool: "go",
    files: ["plain.txt", "verbose.txt"],
    counted: /--- FAIL: |\[build failed\]/g,
    parents: 1,
    failed: [
      "example.com/a/a: TestBad example.com/a/a/a_test.go:9 | got 1, want 2",
      "example.com/a/a: TestParent/bad_one example.com/a/a/a_test.go:19 | broken",
      "example.com/a/b: TestPanics /app/b/b_test.go:7 | panic: assignment to entry in nil map [recovered]",
      "example.com/a/c: [build failed] c/c_test.go:6 | cannot use 1 (untyped int constant) as string value in variable declaration",
    ],
  },
  {
    tool: "gotestsum",
    files: ["plain.txt", "testname.txt", "verbose.txt"],
    counted: /(\d+) failures/g,
    parents: 1,
    failed: [
      "a: TestBad a/a_test.go:9 | got 1, want 2",
      "a: TestParent/bad_one a/a_test.go:19 | broken",
      "b: TestPanics /app/b/b_test.go:7 | panic: assignment to entry in nil map [recovered]",
    ],
  },
  {
    tool: "gradle",
    files: ["plain.txt"],
    counted: /(\d+) failed/g,
    failed: [
      "com.example.a.ATest: bad com/example/a/ATest.java:14 | AssertionError",
      "com.example.a.ATest: error com/example/a/ATest.java:19 | IllegalStateException",
    ],
  },
  {
    tool: "junit5",
    files: ["color.txt", "plain.txt"],
    counted: /(\d+) (?:tests|containers) failed/g,
    failed: [
      "com.example.a.CTest: bad() com/example/a/CTest.java:19 | AssertionFailedError: one is not two ==> expected: <2> but was: <1>",
      "com.example.a.CTest: each(int):[2] 2 com/example/a/CTest.java:29 | AssertionFailedError: expected: <1> but was: <2>",
      "com.example.a.CTest$Inner: says [X] what it does com/example/a/CTest.java:37 | IllegalStateException: broken",
      "com.example.a.DTest: DTest com/example/a/DTest.java:9 | IllegalStateException: no database",
      "com.example.a.ATest: bad com/example/a/ATest.java:14 | AssertionError: one is not two expected:<2> but was:<1>",
      "com.example.a.ATest: error com/example/a/ATest.java:19 | IllegalStateException: broken",
    ],
  },
  {
    tool: "minitest",
    files: ["plain.txt", "verbose.txt"],
    counted: RUBY,
    failed: [
      "B: test_0001_is bad a_test.rb:28 | Expected: 2, Actual: 1",
      "ATest: test_error a_test.rb:18 | ArgumentError: broken",
      "ATest: test_equal a_test.rb:14 | Expected: 2, Actual: 1",
      "ATest: test_bad a_test.rb:10 | one is not two (Expected: 2, Actual: 1)",
    ],
  },
  {
    tool: "phpunit",
    files: ["color.txt", "plain.txt"],
    counted: /(?:Errors|Failures): (\d+)/g,
    failed: [
      "ATest: testError /app/tests/ATest.php:25 | RuntimeException: broken",
      "ATest: testBad /app/tests/ATest.php:15 | one is not two: Failed asserting that 1 is identical to 2.",
      "ATest: testArray /app/tests/ATest.php:20 | Failed asserting that two arrays are equal (expected: 'a' => 2, actual: 'a' => 1)",
      'ATest: testEach with data set "two" (2) /app/tests/ATest.php:45 | Failed asserting that 2 is identical to 1.',
    ],
  },
  {
    tool: "phpunit",
    files: ["testdox.txt"],
    counted: /(?:Errors|Failures): (\d+)/g,
    failed: [
      "A: Bad /app/tests/ATest.php:15 | one is not two: Failed asserting that 1 is identical to 2.",
      "A: Array /app/tests/ATest.php:20 | Failed asserting that two arrays are equal.",
      "A: Error /app/tests/ATest.php:25 | RuntimeException: broken",
      "A: Each with two /app/tests/ATest.php:45 | Failed asserting that 2 is identical to 1.",
    ],
  },
  {
    tool: "pytest",
    files: ["color.txt", "plain.txt", "pytest7.txt", "short.txt"],
    counted: /(\d+) (?:failed|errors?)(?=,| in )/g,
    failed: [
      ": test_load.py test_load.py:1 | ModuleNotFoundError: No module named 'nosuchmodule'",
      ": test_a.py::test_setup test_a.py:30 | RuntimeError: no database",
      ": test_a.py::test_bad test_a.py:12 | AssertionError: one is not two",
      ": test_a.py::TestB::test_throws test_a.py:17 | TypeError: broken",
      ": test_a.py::TestB::test_each[2] test_a.py:21 | assert 2 == 1",
      ": test_a.py::TestB::test_each[3] test_a.py:21 | assert 3 == 1",
      ': test_a.py::test_helper test_a.py:25 | AssertionError: assert value == {"a": 2}',
    ],
  },
  {
    tool: "pytest",
    files: ["line.txt"],
    counted: /(\d+) (?:failed|errors?)(?=,| in )/g,
    failed: [
      ": test_load.py test_load.py:1 | ModuleNotFoundError: No module named 'nosuchmodule'",
      ": test_a.py::test_setup test_a.py:- | RuntimeError: no database",
      ": test_a.py::test_bad test_a.py:- | AssertionError: one is not two",
      ": test_a.py::TestB::test_throws test_a.py:- | TypeError: broken",
      ": test_a.py::TestB::test_each[2] test_a.py:- | assert 2 == 1",
      ": test_a.py::TestB::test_each[3] test_a.py:- | assert 3 == 1",
      ": test_a.py::test_helper test_a.py:- | AssertionError",
    ],
  },
  {
    tool: "pytest",
    files: ["subtests.txt"],
    counted: /(\d+) (?:failed|errors?)(?=,| in )/g,
    failed: [
      ": test_s.py::test_teardown test_s.py:21 | RuntimeError: fin",
      ": test_s.py::S::test_each (n=2) test_s.py:8 | AssertionError: 2 != 1",
      ": test_s.py::test_sub [a name] (i=1) test_s.py:13 | assert 1 == 0",
      ": test_s.py::test_sub test_s.py:- | contains 1 failed subtest",
      ": test_s.py::test_p[a - b] test_s.py:17 | AssertionError: assert 'a - b' == ''",
      ": test_s.py::test_p[x y] test_s.py:17 | AssertionError: assert 'x y' == ''",
    ],
  },
  {
    tool: "rspec",
    files: ["color.txt", "plain.txt"],
    counted: /, (\d+) failures|(\d+) error occurred/g,
    failed: [
      ": A is bad ./spec/a_spec.rb:8 | expected: 2, got: 1",
      ": A B raises ./spec/a_spec.rb:21 | ArgumentError: broken",
      ": A B has two failures ./spec/a_spec.rb:25 | Got 2 failures from failure aggregation block (expected: 2, got: 1)",
      ": A hooks is not run ./spec/a_spec.rb:33 | RuntimeError: no database",
    ],
  },
  {
    tool: "rspec",
    files: ["load.txt"],
    counted: /, (\d+) failures|(\d+) error occurred/g,
    failed: [
      ": error while loading ./spec/load_spec.rb ./spec/load_spec.rb:1 | LoadError: cannot load such file -- nosuchlibrary",
    ],
  },
  {
    tool: "surefire",
    files: ["color.txt", "plain.txt"],
    counted: MAVEN,
    failed: [
      "com.example.a.ATest: bad com/example/a/ATest.java:14 | AssertionError: one is not two expected:<2> but was:<1>",
      "com.example.a.ATest: error com/example/a/ATest.java:19 | IllegalStateException: broken",
    ],
  },
  {
    tool: "unittest",
    files: ["plain.txt", "python38.txt", "verbose.txt"],
    counted: PYTHON,
    failed: [
      "test_a.A: test_caused /app/test_a.py:19 | ValueError: no key",
      "test_a.A: test_error /app/test_a.py:13 | RuntimeError: broken",
      "test_a.B: setUpClass /app/test_a.py:38 | RuntimeError: no database",
      ": test_load /app/test_load.py:1 | ModuleNotFoundError: No module named 'nosuchmodule'",
      "test_a.A: test_bad /app/test_a.py:10 | AssertionError: 1 != 2 : one is not two",
      "test_a.A: test_each (n=2) /app/test_a.py:24 | AssertionError: 2 != 1",
      "test_a.A: test_each (n=3) /app/test_a.py:24 | AssertionError: 3 != 1",
    ],
  },
];

/**
 * Reports of test programs: output of the version that is named, shortened and moved to /app; here and there with
 * another place or one more frame in a stack, so that the innermost one is not the only one.
 *
 * @module
 */

import type { TestCase } from "../../../../lib/test_results/cases.ts";

/** A case as one line; of the message only its first line. */
export function line({ suite, name, result, ...rest }: TestCase): string {
  const why = rest.message?.split("\n")[0];
  return `${result} ${suite}: ${name}` +
    (rest.ms === undefined ? "" : ` [${rest.ms} ms]`) +
    (rest.file === undefined ? "" : ` ${rest.file}:${rest.line ?? "-"}`) +
    (why === undefined ? "" : ` | ${why}`);
}

/** The first lines of a text. */
export function cut(text: string, lines: number): string {
  return text.split("\n").slice(0, lines).join("\n");
}

/** Deno 2.9.6, `deno test --junit-path`. */
export const DENO = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="11" failures="5" errors="0" time="0.215">
    <testsuite name="./a_test.ts" tests="10" disabled="2" errors="0" failures="5">
        <testcase name="passes" classname="./a_test.ts" time="0.000" line="3" col="6">
        </testcase>
        <testcase name="fails with &quot;quotes&quot; &amp; &lt;tags&gt;" classname="./a_test.ts" time="0.017" line="4" col="6">
            <failure message="Uncaught AssertionError: Values are not equal.


    [Diff] Actual / Expected


-   1
+   2
">AssertionError: Values are not equal.


    [Diff] Actual / Expected


-   1
+   2

  throw new AssertionError(message);
        ^
    at assertEquals (file:///deno-dir/npm/npm.example.com/deno-std/1.4.0/assert/equals.js:60:9)
    at file:///app/a_test.ts:14:53</failure>
        </testcase>
        <testcase name="ignored one" classname="./a_test.ts" time="0.000" line="6" col="6">
            <skipped/>
        </testcase>
        <testcase name="steps" classname="./a_test.ts" time="0.001" line="7" col="6">
            <failure message="1 test step failed">1 test step failed.</failure>
        </testcase>
        <testcase name="steps &gt; inner bad" classname="./a_test.ts" time="0.000" line="9" col="11">
            <failure message="Uncaught Error: inner
second line">Error: inner
second line
    at file:///app/my%20tests/a_test.ts:9:43
    at innerWrapped (ext:cli/40_test.js:300:11)
    at file:///app/a_test.ts:9:11</failure>
        </testcase>
    </testsuite>
    <testsuite name="./sub/b_test.ts" tests="1" disabled="0" errors="0" failures="0">
        <testcase name="b ok" classname="./sub/b_test.ts" time="0.025" line="1" col="6">
        </testcase>
    </testsuite>
</testsuites>
`;

/** pytest 7.2.1, `--junitxml`. */
export const PYTEST =
  `<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" errors="1" failures="6" skipped="3" tests="12" time="0.028" timestamp="2026-11-21T08:05:30.615508" hostname="vm"><testcase classname="test_a" name="test_ok" time="0.000" /><testcase classname="test_a" name="test_fail" time="0.000"><failure message="AssertionError: one is not two&#10;assert 1 == 2">def test_fail():
&gt;       assert 1 == 2, "one is not two"
E       AssertionError: one is not two
E       assert 1 == 2

test_a.py:6: AssertionError</failure></testcase><testcase classname="test_a" name="test_helper" time="0.000"><failure message="ValueError: bad &lt;x&gt; &amp; é">def test_helper():
&gt;       helper(1)

test_a.py:8: 
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ 

x = 1

    def helper(x):
&gt;       raise ValueError("bad &lt;x&gt; &amp; é")
E       ValueError: bad &lt;x&gt; &amp; é

lib/helper.py:3: ValueError</failure></testcase><testcase classname="test_a" name="test_skip" time="0.000"><skipped type="pytest.skip" message="later">/app/test_a.py:9: later</skipped></testcase><testcase classname="test_a" name="test_xf" time="0.000"><skipped type="pytest.xfail" message="" /></testcase><testcase classname="test_a" name="test_err" time="0.000"><error message="failed on setup with &quot;RuntimeError: fixture boom&quot;">@pytest.fixture
&gt;   def boom(): raise RuntimeError("fixture boom")
E   RuntimeError: fixture boom

test_a.py:14: RuntimeError</error></testcase><testcase classname="" name="test_broken" time="0.000"><error message="collection failure">ImportError while importing test module '/app/test_broken.py'.
Traceback:
/usr/lib/python3.11/importlib/__init__.py:126: in import_module
    return _bootstrap._gcd_import(name[level:], package, level)
test_broken.py:1: in &lt;module&gt;
    import nosuchmodule
E   ModuleNotFoundError: No module named 'nosuchmodule'</error></testcase></testsuite></testsuites>`;

/** pytest 7.2.1, `-o junit_family=xunit1`: only there are file and line. */
export const PYTEST_XUNIT1 =
  `<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" errors="0" failures="1" skipped="0" tests="1" time="0.028"><testcase classname="test_a" name="test_fail" file="tests/test_a.py" line="4" time="0.000"><failure message="AssertionError: one is not two&#10;assert 1 == 2">tests/test_a.py:6: AssertionError</failure></testcase></testsuite></testsuites>`;

/** unittest-xml-reporting 3.2.0, one of the files it writes. */
export const XMLRUNNER = `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="t_u.Deep-20261121080308" tests="7" file="t_u.py" time="0.003" timestamp="2026-11-21T08:03:08" failures="3" errors="1" skipped="2">
	<testcase classname="t_u.Deep" name="test_ok" time="0.000" timestamp="2026-11-21T08:03:08" file="t_u.py" line="4"/>
	<testcase classname="t_u.Deep" name="test_m" time="0.000" timestamp="2026-11-21T08:03:08" file="t_u.py" line="5">
		<!--Docstring here-->
		<failure type="AssertionError" message="'a' != 'b'
- a
+ b
"><![CDATA[Traceback (most recent call last):
  File "/app/t_u.py", line 7, in test_m
    self.assertEqual("a", "b")
AssertionError: 'a' != 'b'
- a
+ b

]]></failure>
	</testcase>
	<testcase classname="t_u.Deep" name="test_e" time="0.002" timestamp="2026-11-21T08:03:08">
		<error type="FileNotFoundError" message="[Errno 2] No such file or directory: '/nonexist'"><![CDATA[Traceback (most recent call last):
  File "/app/t_u.py", line 13, in test_e
    def test_e(self): helper()
                      ^^^^^^^^
  File "/app/helper.py", line 2, in helper
    open("/nonexist")
  File "/usr/local/lib/python3.12/site-packages/x.py", line 99, in open
FileNotFoundError: [Errno 2] No such file or directory: '/nonexist'
]]></error>
	</testcase>
	<testcase classname="t_u.Deep" name="test_sk" time="0.000" timestamp="2026-11-21T08:03:08" file="t_u.py" line="11">
		<skipped type="skip" message="not now"/>
	</testcase>
</testsuite>
`;

/** unittest-xml-reporting 3.2.0 of a module that cannot be imported: the file is that of unittest's loader. */
export const XMLRUNNER_IMPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
	<testsuite name="unittest.loader._FailedTest-20261121152703" tests="1" file="unittest/loader.py" time="0.003" timestamp="2026-11-21T15:27:03" failures="0" errors="1" skipped="0">
		<testcase classname="unittest.loader._FailedTest.jobs" name="tests" time="0.003" timestamp="2026-11-21T15:27:03" file="/usr/lib/python3.11/unittest/loader.py" line="33">
			<error type="ImportError" message="Failed to import test module: jobs.tests
Traceback (most recent call last):
"><![CDATA[ImportError: Failed to import test module: jobs.tests
Traceback (most recent call last):
  File "/usr/lib/python3.11/unittest/loader.py", line 407, in _find_test_path
    module = self._get_module_from_name(name)
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/home/web/code/jobs/tests.py", line 6, in <module>
    from .tasks import count_wrds
ImportError: cannot import name 'count_wrds' from 'jobs.tasks' (/home/web/code/jobs/tasks.py)
]]></error>
		</testcase>
	</testsuite>
</testsuites>
`;

/** tap.py 3.1: the traceback as comments. */
export const PYTHON_TAP = `# TAP results for AcceptanceTest
ok 1 The root answers
not ok 2 A job is done
# Traceback (most recent call last):
#   File "/usr/lib/python3.11/socket.py", line 962, in getaddrinfo
#     for res in _socket.getaddrinfo(host, port, family, type, proto, flags):
#                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
# socket.gaierror: [Errno -2] Name or service not known
#
# During handling of the above exception, another exception occurred:
#
# Traceback (most recent call last):
#   File "/usr/lib/python3.11/unittest/case.py", line 57, in testPartExecutor
#     yield
#   File "/home/web/acceptance/acceptance.py", line 39, in test_the_worker
#     self.assertLess(time.monotonic(), deadline, f"not done after {PATIENCE:g} s")
# AssertionError: 2.1 not less than 2 : not done after 2 s
# another line of it
1..2
`;

/** jest-junit 16 of Jest 29, with addFileAttribute. */
export const JEST = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="jest tests" tests="4" failures="2" errors="0" time="0.312">
  <testsuite name="todos" errors="0" failures="2" skipped="1" timestamp="2026-11-21T08:03:19" time="0.241" tests="4">
    <testcase classname="todos adds" name="todos adds" time="0.001" file="src/a.test.js">
    </testcase>
    <testcase classname="todos removes" name="todos removes" time="0.002" file="src/a.test.js">
      <failure>Error: expect(received).toBe(expected) // Object.is equality

Expected: 2
Received: 1
    at compare (/app/src/b.js:1:7)
    at Object.toBe (/app/src/a.test.js:4:37)
    at Promise.then.completed (/app/node_modules/jest-circus/build/utils.js:298:28)
    at new Promise (&lt;anonymous&gt;)</failure>
    </testcase>
    <testcase classname="todos throws" name="todos throws" time="0">
      <failure>TypeError: bad &lt;x&gt;
    at new Promise (&lt;anonymous&gt;)
    at callAsyncCircusFn (/app/node_modules/jest-circus/build/utils.js:231:10)
    at async helper (/app/src/a.test.js:1:30)
    at Object.helper (/app/src/a.test.js:5:24)</failure>
    </testcase>
    <testcase classname="todos skipped" name="todos skipped" time="0" file="src/a.test.js">
      <skipped/>
    </testcase>
  </testsuite>
</testsuites>`;

/** gotestsum 1.8.2 of Go 1.19; what testify prints is written by hand. */
export const GO = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="7" failures="4" errors="1" time="1.115163">
	<testsuite tests="7" failures="4" time="0.005000" name="example.com/todo/store" timestamp="2026-11-21T08:05:29Z">
		<properties>
			<property name="go.version" value="go1.19.8 linux/amd64"></property>
		</properties>
		<testcase classname="example.com/todo/store" name="TestFail" time="0.000000">
			<failure message="Failed" type="">=== RUN   TestFail&#xA;    store_test.go:5: a log line&#xA;    store_test.go:7: Add(1, 1) = 2, want 3&#xA;        more &lt;lines&gt;&#xA;--- FAIL: TestFail (0.00s)&#xA;</failure>
		</testcase>
		<testcase classname="example.com/todo/store" name="TestSub" time="0.000000">
			<failure message="Failed" type="">=== RUN   TestSub&#xA;--- FAIL: TestSub (0.00s)&#xA;</failure>
		</testcase>
		<testcase classname="example.com/todo/store" name="TestPanic" time="0.000000">
			<failure message="Failed" type="">=== RUN   TestPanic&#xA;--- FAIL: TestPanic (0.00s)&#xA;panic: assignment to entry in nil map [recovered]&#xA;&#x9;panic: assignment to entry in nil map&#xA;&#xA;goroutine 12 [running]:&#xA;testing.tRunner.func1()&#xA;&#x9;/usr/lib/go-1.19/src/testing/testing.go:1399 +0x39f&#xA;example.com/todo/store.Boom(...)&#xA;&#x9;/app/store/store.go:3&#xA;example.com/todo/store.TestPanic(0xc0000a21a0?)&#xA;&#x9;/app/store/store_test.go:16 +0x38&#xA;</failure>
		</testcase>
		<testcase classname="example.com/todo/store" name="TestTestify" time="0.000000">
			<failure message="Failed" type=""><![CDATA[=== RUN   TestTestify
    store_test.go:21: 
        	Error Trace:	/app/store/store_test.go:21
        	Error:      	Not equal: 
        	            	expected: 3
        	Test:       	TestTestify
--- FAIL: TestTestify (0.00s)
]]></failure>
		</testcase>
		<testcase classname="example.com/todo/store" name="TestSkip" time="0.000000">
			<skipped message="=== RUN   TestSkip&#xA;    store_test.go:11: needs a database&#xA;--- SKIP: TestSkip (0.00s)&#xA;"></skipped>
		</testcase>
		<testcase classname="example.com/todo/store" name="TestOK" time="0.000000"></testcase>
	</testsuite>
</testsuites>`;

/** Node 20, `--test-reporter=junit`. */
export const NODE = `<?xml version="1.0" encoding="utf-8"?>
<testsuites>
	<testcase name="ok" time="0.000911" classname="test"/>
	<testsuite name="parent" time="0.001448" disabled="0" errors="0" tests="2" failures="1" skipped="0" hostname="vm">
		<testcase name="inner bad" time="0.000818" classname="test" failure="1 == 2">
			<failure type="testCodeFailure" message="1 == 2">
Error [ERR_TEST_FAILURE]: 1 == 2
    at TestContext.&lt;anonymous> (file:///app/node_t.test.mjs:4:39)
    at Test.runInAsyncScope (node:async_hooks:206:9) {
			</failure>
		</testcase>
	</testsuite>
	<testcase name="todo" time="0.000094" classname="test" failure="x">
		<skipped type="todo" message="later"/>
		<failure type="testCodeFailure" message="x">x</failure>
	</testcase>
</testsuites>`;

/** bats 1.8.2, `--formatter junit`. */
export const BATS_JUNIT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites time="0.018">
<testsuite name="a.bats" tests="6" failures="3" errors="0" skipped="2" time="0.018" timestamp="2026-11-21T08:03:07" hostname="vm">
    <testcase classname="a.bats" name="skipped" time="0">
        <skipped>no reason here</skipped>
    </testcase>
    <testcase classname="a.bats" name="in helper" time="0.004">
        <failure type="failure">(from function \`helper&#39; in file a.bats, line 10,
 in test file a.bats, line 12)
  \`helper&#39; failed</failure>
    </testcase>

</testsuite>
</testsuites>`;

/** bats 1.8.2, as it writes to what is no terminal. */
export const BATS = `1..6
ok 1 ok one
not ok 2 fails # with hash
# (in test file a.bats, line 6)
#   \`[ "$output" = "nope" ]' failed
# some output
ok 3 skipped # skip no reason here
ok 4 skipped bare # skip
not ok 5 in helper
# (from function \`helper' in file a.bats, line 10,
#  in test file a.bats, line 12)
#   \`helper' failed
not ok 6 error line
# (in test file a.bats, line 15)
#   \`nosuchcommand --x' failed with status 127
# /app/a.bats: line 15: nosuchcommand: command not found
`;

/** bats 1.8.2, with a setup_file that fails. */
export const BATS_SETUP = `1..2
not ok 1 setup_file failed
# (from function \`setup_file' in test file b.bats, line 1)
#   \`setup_file() { false; }' failed
# bats warning: Executed 1 instead of expected 2 tests
`;

/** bats 1.8.2, `--timing`. */
export const BATS_TIMING = `1..3
ok 1 ok one in 5ms
not ok 2 fails in 5ms in 16ms
# (in test file a.bats, line 6)
ok 3 skipped in 5ms # skip no reason here
`;

/** bats 1.8.2, `--formatter tap13`. */
export const BATS_TAP13 = `TAP version 13
1..3
ok 1 ok one
not ok 2 fails # with hash
  ---
  message: |
    (in test file a.bats, line 6)
      \`[ "$output" = "nope" ]' failed
    some output
  ...
not ok 3 skipped # SKIP no reason here
`;

/** Node 20, `--test-reporter=tap`. */
export const NODE_TAP = `TAP version 13
# Subtest: ok
ok 1 - ok
  ---
  duration_ms: 12.912323
  ...
# Subtest: parent
    # Subtest: inner bad
    not ok 1 - inner bad
      ---
      duration_ms: 0.819276
      location: '/app/inner.test.mjs:4:39'
      error: '1 == 2'
      ...
    1..1
not ok 2 - parent
  ---
  duration_ms: 1.439035
  location: '/app/node_t.test.mjs:4:1'
  failureType: 'subtestsFailed'
  error: '1 subtest failed'
  code: 'ERR_TEST_FAILURE'
  ...
# Subtest: todo
not ok 3 - todo # TODO later
  ---
  duration_ms: 0.095412
  ...
# Subtest: skip \\# hash
ok 4 - skip \\# hash # SKIP why
  ---
  duration_ms: 0.082012
  ...
1..4
# tests 6
# pass 2
`;

/** Jest 29, `--coverageReporters cobertura`. */
export const COBERTURA = `<?xml version="1.0" ?>
<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
<coverage lines-valid="3" lines-covered="2" line-rate="0.6666" branches-valid="0" branches-covered="0" branch-rate="1" timestamp="1795248421838" complexity="0" version="0.1">
  <sources>
    <source>/app</source>
  </sources>
  <packages>
    <package name="main" line-rate="0.6666" branch-rate="1">
      <classes>
        <class name="calc.js" filename="calc.js" line-rate="0.6666" branch-rate="1">
          <methods>
            <method name="(anonymous_0)" hits="1" signature="()V">
              <lines>
                <line number="1" hits="1"/>
              </lines>
            </method>
            <method name="(anonymous_1)" hits="0" signature="()V">
              <lines>
                <line number="2" hits="0"/>
              </lines>
            </method>
          </methods>
          <lines>
            <line number="1" hits="1" branch="false"/>
            <line number="2" hits="1" branch="false"/>
            <line number="3" hits="0" branch="false"/>
          </lines>
        </class>
      </classes>
    </package>
  </packages>
</coverage>
`;

/** Jest 29, `--coverageReporters clover`: another format with the same root. */
export const CLOVER = `<?xml version="1.0" encoding="UTF-8"?>
<coverage generated="1795248421840" clover="3.2.0">
  <project timestamp="1795248421840" name="All files">
    <metrics statements="3" coveredstatements="2"/>
    <file name="calc.js" path="/app/calc.js">
      <line num="1" count="1" type="stmt"/>
    </file>
  </project>
</coverage>
`;

/** Deno 2.9.6, `deno coverage --lcov`. */
export const LCOV = `SF:/app/calc.ts
FN:1,add
FN:4,sub
FNDA:1,add
FNDA:0,sub
FNF:2
FNH:1
BRF:0
BRH:0
DA:1,1
DA:2,1
DA:3,1
DA:4,0
DA:5,0
DA:6,0
LH:3
LF:6
end_of_record
`;

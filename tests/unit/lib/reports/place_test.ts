import { assertEquals, assertRejects } from "@std/assert";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";
import { reportsPlace, targetFolder } from "../../../../lib/reports/place.ts";
import { withFolder, writeFiles } from "../../fakes.ts";

/** The folder of reports in a checkout with a Compose file in `deploy`, where a target runs in `src`. */
function placed(names: { flag?: string; key?: string }) {
  return withFolder(async (outer) => {
    await writeFiles(outer, { "repo/.git/HEAD": "", "repo/src/x": "" });
    const { folder, shown, checkout } = await reportsPlace({
      directory: `${outer}/repo/src`,
      composeDirectory: `${outer}/repo/deploy`,
      ...names,
    });
    const short = (path = "") => path.replace(outer, "");
    return [short(folder), shown, short(checkout)];
  });
}

const PLACES: [string, { flag?: string; key?: string }, string[]][] = [
  ["reports, where the target runs", {}, [
    ...["/repo/src/reports", "reports", "/repo"],
  ]],
  ["what the Compose file names, beside it", { key: "out" }, [
    ...["/repo/deploy/out", "../deploy/out", "/repo"],
  ]],
  ["what the file names elsewhere in the checkout", { key: "../out" }, [
    ...["/repo/out", "../out", "/repo"],
  ]],
  [
    "what the flag names, whatever the file does",
    { flag: "a/b", key: "/etc" },
    ["/repo/src/a/b", "a/b", "/repo"],
  ],
  ["what the flag names elsewhere", { flag: "../../x" }, [
    ...["/x", "../../x", ""],
  ]],
  ["where the target runs itself", { flag: "." }, ["/repo/src", ".", "/repo"]],
];

for (const [what, names, expected] of PLACES) {
  Deno.test(`reports go to ${what}`, async () => {
    assertEquals(await placed(names), expected);
  });
}

Deno.test("a Compose file leads no report out of the checkout", async () => {
  for (const key of ["/tmp", "../../x", "../../repo2"]) {
    const { failure } = await assertRejects(
      () => placed({ key }),
      TodoflowError,
    );
    assertEquals(failure.kind === "invalid-config" && failure.path, [
      ...["x-todoflow", "reports"],
    ]);
  }
});

Deno.test("each target has a folder of its own", () => {
  const place = { folder: "/a/reports", shown: "reports" };
  assertEquals(targetFolder(place, "test"), { folder: "/a/reports/test" });
  assertEquals(targetFolder({ ...place, checkout: "/a" }, "test"), {
    ...{ folder: "/a/reports/test", checkout: "/a" },
  });
});

import { assert, assertEquals } from "@std/assert";
import {
  isProjectName,
  legalName,
  withoutSuffix,
} from "../../../../lib/text/project_name.ts";

Deno.test("a legal name is as like as possible to the given one, and legal", () => {
  for (
    const [name, legal] of [
      ["shop", "shop"],
      ["My Shop", "myshop"],
      ["Ünïcode", "unicode"],
      ["--x_1-", "x_1-"],
      ["商店", "app"],
      ["", "app"],
    ] as const
  ) {
    assertEquals(legalName(name), legal);
    assert(isProjectName(legalName(name)));
  }
  assert(!isProjectName("Shop") && !isProjectName("_x") && !isProjectName(""));
});

Deno.test("reserved suffixes are taken away", () => {
  assertEquals(
    ["shop--test", "shop--release--test", "shop", "--test"].map(withoutSuffix),
    ["shop", "shop", "shop", "app"],
  );
});

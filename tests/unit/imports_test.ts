/**
 * Some modules of the npm package of @std cannot be loaded, which neither check nor lint notices.
 *
 * @module
 */

import { assert } from "@std/assert";
import config from "../../deno.json" with { type: "json" };

for (const name of Object.keys(config.imports)) {
  Deno.test(`the import map's "${name}" can be loaded`, async () => {
    const module = await import(name);
    assert(Object.keys(module).length > 0);
  });
}

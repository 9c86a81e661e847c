import { faults, inflict, titleOf } from "./faults.ts";
import { type Neighbors, neighbors } from "./neighbors.ts";

let beside: Neighbors;
Deno.test.beforeAll(async () => void (beside = await neighbors()));
Deno.test.afterAll(() => beside.remove());

// Always the same ones; `deno task soak` takes others each time.
for (const fault of faults(4, 4)) {
  Deno.test(titleOf(fault), async () => void await inflict(fault, beside));
}

import { faults, inflict, titleOf } from "./faults.ts";

// Always the same ones; `deno task soak` takes others each time.
for (const fault of faults(12, 4)) {
  Deno.test(titleOf(fault), async () => void await inflict(fault));
}

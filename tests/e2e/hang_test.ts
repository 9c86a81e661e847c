import {
  DANGEROUS,
  everyWay,
  inflictHang,
  REST,
  titleOf,
  type Variant,
  VARIANTS,
} from "./hang.ts";

const [FIRST] = Object.keys(VARIANTS) as [Variant];

/** Whether all cases run, as `deno task verify --all` asks: every command, and every way to hang. */
const isAll = Deno.env.get("TODOFLOW_ALL") === "1";

const HANGS = isAll
  ? everyWay([...DANGEROUS, ...REST])
  : everyWay(DANGEROUS, [FIRST]);

for (const [hang, variant] of HANGS) {
  Deno.test(
    titleOf(hang, variant),
    async () => void await inflictHang(hang, variant),
  );
}

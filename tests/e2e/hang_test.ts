import {
  DANGEROUS,
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
  ? Object.keys(VARIANTS).flatMap((variant) =>
    [...DANGEROUS, ...REST].map((hang) => [hang, variant as Variant] as const)
  )
  : DANGEROUS.map((hang) => [hang, FIRST] as const);

for (const [hang, variant] of HANGS) {
  Deno.test(
    titleOf(hang, variant),
    async () => void await inflictHang(hang, variant),
  );
}

import {
  DANGEROUS,
  type Hang,
  inflictHang,
  REST,
  titleOf,
  type Variant,
  VARIANTS,
} from "./hang.ts";

const [first, ...others] = Object.keys(VARIANTS) as [Variant, ...Variant[]];

/** What `deno task verify --all` adds: every command, and every way to hang. */
const isAll = Deno.env.get("TODOFLOW_ALL") === "1";

const HANGS: readonly [Hang, Variant][] = [
  ...DANGEROUS.map((hang) => [hang, first] as const),
  ...isAll ? REST.map((hang) => [hang, first] as const) : [],
  ...isAll
    ? others.flatMap((variant) =>
      [...DANGEROUS, ...REST].map((hang) => [hang, variant] as const)
    )
    : [],
].map(([hang, variant]) => [hang, variant]);

for (const [hang, variant] of HANGS) {
  Deno.test(
    titleOf(hang, variant),
    async () => void await inflictHang(hang, variant),
  );
}

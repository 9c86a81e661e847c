/**
 * The rules of this repository that `deno lint` enforces: a rule that nothing enforces erodes.
 *
 * @module
 */

const ROOT = new URL("..", import.meta.url).pathname;

/** The modules that may touch the process and the file system. */
const EFFECTS = [
  "mod.ts",
  "lib/world.ts",
  "lib/run/run_plan.ts",
  "lib/main.ts",
  "lib/child.ts",
  "lib/engine/connection.ts",
  "lib/artifacts/collect.ts",
  "lib/secrets/secret_file.ts",
  "lib/state/list.ts",
  "lib/git/dirty.ts",
  "lib/git/git.ts",
  "lib/reports/checks.ts",
  "lib/reports/copy.ts",
  "lib/reports/folder.ts",
  "lib/artifacts/reports.ts",
  "lib/artifacts/log_file.ts",
  "lib/reports/plain_file.ts",
  "lib/state/lock.ts",
  "lib/state/file.ts",
  "lib/state/folder.ts",
  "lib/state/folder_lock.ts",
  "lib/cli/tool_version.ts",
];

/** What a module of the tool may import from the repository; `types` may be imported in addition, as types only. */
interface Direction {
  from: RegExp;
  values: RegExp;
  types?: RegExp;
  why: string;
}

const DIRECTIONS: readonly Direction[] = [
  {
    from: /^lib\/(errors|plan)\.ts$/,
    values: /^$/,
    why: "errors and plan are what everything else stands on",
  },
  {
    from: /^lib\/runner\.ts$/,
    values: /^lib\/(plan|errors|faults|own_fault|diagnosis|pause)\.ts$/,
    types: /^lib\/(readiness|events)\.ts$/,
    why: "the runner knows the plan and an interface",
  },
  {
    from: /^tasks\//,
    values:
      /^(lib\/(plan|errors|image_name|cli\/flags|reporters\/(plain_line|width))\.ts|tasks\/)/,
    types: /^lib\//,
    why: "tasks make plans and have no effects",
  },
  {
    from: /^lib\//,
    values: /^(lib\/|deno\.json$)/,
    why: "only mod.ts knows the targets",
  },
  {
    from: /^(lib|tasks|mod\.ts)/,
    values: /^(lib|tasks|deno\.json)/,
    why: "the tool knows nothing of the application, its tests or its tools",
  },
];

/** Where a file is in the repository, such as "lib/plan/plan.ts". */
function placeOf(filename: string): string {
  return filename.startsWith(ROOT) ? filename.slice(ROOT.length) : filename;
}

/** The reason why `place` must not import `specifier`, or undefined when it may. */
export function forbidden(
  place: string,
  specifier: string,
  typeOnly: boolean,
): string | undefined {
  if (specifier === "dax") {
    return /^(lib|tasks|mod\.ts)/.test(place) &&
        place !== "lib/engine/docker.ts" &&
        !typeOnly
      ? "only lib/engine/docker.ts loads dax"
      : undefined;
  }
  if (!specifier.startsWith(".")) return undefined;
  const base = new URL(place, "file:///");
  const imported = new URL(specifier, base).pathname.slice(1);
  const broken = DIRECTIONS.find(({ from, values, types }) =>
    from.test(place) && !values.test(imported) &&
    !(typeOnly && types?.test(imported))
  );
  return broken?.why;
}

/** Whether one of the template's values stands inside quotes, where dax does not escape it. */
export function quotesValue(quasis: readonly string[]): boolean {
  const text = quasis.join("\0");
  let open = "";
  for (const char of text) {
    if (char === "\0" && open) return true;
    if (char === open) open = "";
    else if (!open && (char === '"' || char === "'")) open = char;
  }
  return false;
}

const plugin: Deno.lint.Plugin = {
  name: "todoflow",
  rules: {
    "import-direction": {
      create: (context) => ({
        ImportDeclaration(node) {
          const typeOnly = node.importKind === "type" ||
            node.specifiers.every((specifier) =>
              specifier.type === "ImportSpecifier" &&
              specifier.importKind === "type"
            );
          const place = placeOf(context.filename);
          const why = forbidden(place, String(node.source.value), typeOnly);
          if (why) {
            context.report({
              node,
              message: `Import against the direction: ${why}`,
            });
          }
        },
      }),
    },
    "effects": {
      create: (context) => ({
        MemberExpression(node) {
          const place = placeOf(context.filename);
          if (!/^(lib|tasks)\/|^mod\.ts$/.test(place)) return;
          if (
            node.object.type !== "Identifier" || node.object.name !== "Deno"
          ) return;
          const isExit = node.property.type === "Identifier" &&
            ["exit", "exitCode"].includes(node.property.name);
          if (isExit && place !== "mod.ts") {
            context.report({ node, message: "Only mod.ts sets the exit code" });
          } else if (!EFFECTS.includes(place)) {
            context.report({
              node,
              message: `Effects live in ${EFFECTS.join(", ")}`,
            });
          }
        },
      }),
    },
    "shell-quoting": {
      create: (context) => ({
        TaggedTemplateExpression(node) {
          if (node.tag.type === "MemberExpression") {
            const { object, property } = node.tag;
            if (
              object.type === "Identifier" && object.name === "$" &&
              property.type === "Identifier" && property.name === "raw"
            ) {
              context.report({ node, message: "$.raw does not escape values" });
            }
            return;
          }
          if (node.tag.type !== "Identifier" || node.tag.name !== "$") return;
          if (quotesValue(node.quasi.quasis.map(({ raw }) => raw))) {
            context.report({
              node,
              message:
                "A value inside quotes is not escaped: make it a word of its own",
            });
          }
        },
      }),
    },
  },
};

export default plugin;

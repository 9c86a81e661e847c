/**
 * The rules of this repository that `deno lint` enforces: a rule that nothing enforces erodes.
 *
 * @module
 */

import { roomOf } from "./rooms.ts";

const ROOT = new URL("..", import.meta.url).pathname;

/** The modules that may touch the process, the network and the file system, and the rooms that are about nothing else. */
const EFFECTS = [
  "mod.ts",
  "lib/artifacts/",
  "lib/child.ts",
  "lib/cli/tool_version.ts",
  "lib/doctor/files.ts",
  "lib/engine/connection.ts",
  "lib/engine/reach.ts",
  "lib/git/",
  "lib/init/files.ts",
  "lib/main.ts",
  "lib/publish/scratch.ts",
  "lib/reports/",
  "lib/run/run_plan.ts",
  "lib/secrets/secret_file.ts",
  "lib/state/",
  "lib/world.ts",
];

/** Whether a module may have effects. */
function mayAct(place: string): boolean {
  return EFFECTS.some((one) =>
    one.endsWith("/") ? place.startsWith(one) : place === one
  );
}

/** The parts of Node that compute only: all others reach the process, the network or the file system. */
const PURE = ["node:crypto", "node:path", "node:util"];

/** Where a file is in the repository, such as "lib/plan/plan.ts". */
function placeOf(filename: string): string {
  return filename.startsWith(ROOT) ? filename.slice(ROOT.length) : filename;
}

/** How a module is imported: `lazy` is `import()`, where it is needed. */
export type Manner = "value" | "type" | "lazy";

/** The reason why `place` must not import `specifier`, or undefined when it may. */
export function forbidden(
  place: string,
  specifier: string,
  manner: Manner,
): string | undefined {
  if (!/^(lib|tasks)\/|^mod\.ts$/.test(place)) return undefined;
  if (specifier === "dax") {
    return place === "lib/engine/shell.ts" || manner === "type"
      ? undefined
      : "only lib/engine/shell.ts loads dax";
  }
  if (specifier.startsWith("node:") && !PURE.includes(specifier)) {
    return mayAct(place) || manner === "type"
      ? undefined
      : `effects live in ${EFFECTS.join(", ")}`;
  }
  if (!specifier.startsWith(".")) return undefined;
  const imported = new URL(specifier, new URL(place, "file:///")).pathname
    .slice(1);
  const from = roomOf(place);
  if (!from) return `no room of tools/rooms.ts has ${place}`;
  const to = roomOf(imported)?.room ?? imported;
  const { room, may, lazily = [] } = from;
  if (to === room || may.includes(to)) return undefined;
  if (!lazily.includes(to)) return `${room} must not know ${to}`;
  return manner === "value"
    ? `${room} must load ${to} only where it needs it`
    : undefined;
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

/** The most lines of a file and of a function of the tool: longer ones hide another one. */
const MOST_LINES = 300;
const MOST_FUNCTION_LINES = 60;

/** The number of lines in a part of a text. */
export function lineCount(
  text: string,
  [start, end]: [number, number],
): number {
  return text.slice(start, end).split("\n").length;
}

const plugin: Deno.lint.Plugin = {
  name: "todoflow",
  rules: {
    "import-direction": {
      create: (context) => {
        const check = (
          node: Deno.lint.Node,
          source: Deno.lint.Expression | null | undefined,
          manner: Manner,
        ) => {
          if (source?.type !== "Literal") return;
          const place = placeOf(context.filename);
          const why = forbidden(place, String(source.value), manner);
          if (why === undefined) return;
          const message = `Import against the direction: ${why}`;
          context.report({ node, message });
        };
        return {
          ImportDeclaration(node) {
            const isType = node.importKind === "type" ||
              (node.specifiers.length > 0 &&
                node.specifiers.every((specifier) =>
                  specifier.type === "ImportSpecifier" &&
                  specifier.importKind === "type"
                ));
            check(node, node.source, isType ? "type" : "value");
          },
          ExportNamedDeclaration(node) {
            const isType = node.exportKind === "type";
            check(node, node.source, isType ? "type" : "value");
          },
          ExportAllDeclaration(node) {
            const isType = node.exportKind === "type";
            check(node, node.source, isType ? "type" : "value");
          },
          ImportExpression(node) {
            check(node, node.source, "lazy");
          },
          TSImportType(node) {
            const { argument } = node;
            check(
              node,
              argument.type === "TSLiteralType"
                ? argument.literal as Deno.lint.Expression
                : undefined,
              "type",
            );
          },
        };
      },
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
          } else if (!mayAct(place)) {
            context.report({
              node,
              message: `Effects live in ${EFFECTS.join(", ")}`,
            });
          }
        },
      }),
    },
    "length": {
      create: (context) => {
        const { text } = context.sourceCode;
        const isOurs = /^(lib|tasks)\//.test(placeOf(context.filename));
        const check = (node: Deno.lint.Node, most: number, what: string) => {
          const lines = lineCount(text, node.range);
          if (!isOurs || lines <= most) return;
          const message = `${what} of ${lines} lines: at most ${most}`;
          context.report({ node, message });
        };
        const ofFunction = (node: Deno.lint.Node) =>
          check(node, MOST_FUNCTION_LINES, "A function");
        return {
          Program: (node) => {
            const whole = { ...node, range: [0, text.trimEnd().length] };
            check(whole as Deno.lint.Node, MOST_LINES, "A file");
          },
          FunctionDeclaration: ofFunction,
          FunctionExpression: ofFunction,
          ArrowFunctionExpression: ofFunction,
        };
      },
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

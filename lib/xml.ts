/**
 * Reads XML that somebody else's program wrote: broken or hostile text is an error, never a hang, a file or a request.
 *
 * fast-xml-parser makes the tree, with its entities off: what a DOCTYPE defines is never expanded.
 *
 * @module
 */

/** An element of a document, as the parser gives it: its name with its content, and ":@" with its attributes. */
export type XmlElement = Readonly<Record<string, unknown>>;

/**
 * The longest text that is read, in UTF-16 units. At worst (text that is all one piece, or all small elements) the
 * parser holds 70 bytes for each of them, and needs a second for four million.
 */
export const MAX_XML = 10_000_000;

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
};

// deno-lint-ignore no-control-regex -- this is what it is for
const COLOURS = /\u001b\[[\d;?]*[@-~]/g;
/** What XML forbids or discourages, of what well-formed UTF-16 has. */
const ILLEGAL = /[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]/gu;

/**
 * The text without terminal colours, and with U+FFFD for each character that XML forbids or discourages
 * (https://www.w3.org/TR/xml/#charsets): it can be written to XML, and does nothing to a terminal.
 */
export function plainText(text: string): string {
  return text.toWellFormed().replace(COLOURS, "").replace(ILLEGAL, "\uFFFD");
}

/** What a text or an attribute's value stands for; a reference to what is not predefined is left as it is. */
function decode(text: string): string {
  const decoded = text.replace(
    /&(?:#x([\da-fA-F]{1,6})|#(\d{1,7})|amp|lt|gt|quot|apos);/g,
    (whole, hex?: string, decimal?: string) => {
      const named = ENTITIES[whole];
      if (named !== undefined) return named;
      const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
      return code <= 0x10FFFF ? String.fromCodePoint(code) : whole;
    },
  );
  return plainText(decoded);
}

/** The element's name, with its prefix. */
export function nameOf(element: XmlElement): string {
  return Object.keys(element)[0] ?? "";
}

/** The value of an attribute; undefined when the element has none of that name. */
export function attributeOf(
  element: XmlElement,
  name: string,
): string | undefined {
  const attributes = element[":@"] as XmlElement | undefined;
  const value = attributes?.[`@${name}`];
  return value === undefined ? undefined : decode(String(value));
}

/** The elements in the element, in order. */
export function childrenOf(element: XmlElement): XmlElement[] {
  return elementsIn(element[nameOf(element)]);
}

function elementsIn(nodes: unknown): XmlElement[] {
  return (nodes as XmlElement[])
    .filter((node) => !("#text" in node || "#cdata" in node));
}

/** The element's own text and CDATA, in order. */
export function textOf(element: XmlElement): string {
  const nodes = element[nameOf(element)] as XmlElement[];
  return nodes.map((node) => {
    if ("#text" in node) return decode(String(node["#text"]));
    const cdata = node["#cdata"] as XmlElement[] | undefined;
    return plainText(String(cdata?.[0]?.["#text"] ?? ""));
  }).join("");
}

/** An error's text as one short line that is safe to print. */
function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return plainText(text).replace(/\s+/g, " ").slice(0, 200);
}

/**
 * The root elements of the text; several, where a program has put documents one after the other.
 *
 * Throws an `Error` with a reason in one line when the text is not well-formed, is longer than {@linkcode MAX_XML}, has
 * more than 100 levels of elements, or an external entity.
 */
export async function readXml(text: string): Promise<XmlElement[]> {
  if (text.length > MAX_XML) {
    throw new Error(`larger than ${MAX_XML / 1_000_000} MB`);
  }
  const { XMLParser, XMLValidator } = await import("fast-xml-parser");
  let checked = XMLValidator.validate(text);
  if (checked !== true && /root nodes|at the start/.test(checked.err.msg)) {
    const body = text.replace(/^\uFEFF|<\?xml\s[^>]*\?>/g, "");
    checked = XMLValidator.validate(`<roots>${body}</roots>`);
  }
  if (checked !== true) {
    const { msg, line } = checked.err;
    throw new Error(
      // The parser's own words are the names of all open tags.
      msg.startsWith("Invalid '[")
        ? "broken XML: it ends before its tags are closed"
        : `broken XML in line ${line}: ${oneLine(msg)}`,
    );
  }
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    // With a prefix no attribute is called "__proto__".
    attributeNamePrefix: "@",
    cdataPropName: "#cdata",
    trimValues: false,
    parseTagValue: false,
    processEntities: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    jPath: false,
    // Not read here, and often long.
    stopNodes: ["..system-out", "..system-err"],
    maxNestedTags: 100,
  });
  try {
    return elementsIn(parser.parse(text));
  } catch (error) {
    throw new Error(`XML that is not read: ${oneLine(error)}`);
  }
}

/**
 * Reads `.env` as Compose does: https://github.com/compose-spec/compose-go/tree/main/dotenv
 *
 * No library from npm: those of Node, dotenv and dotenv-expand differ in comments, escapes, defaults and errors.
 *
 * @module
 */

type Variables = Readonly<Record<string, string>>;

/** Compose refuses the file. */
class Refused extends Error {}

/**
 * The variables that a file sets. Compose refuses a file with a syntax error; the variables in front of the error count
 * here, because the message about the error may show their values.
 *
 * @param known the environment and the earlier files: they take precedence where a value names a variable
 */
export function readEnvFile(text: string, known: Variables = {}): Variables {
  const found = new Map<string, string>();
  const lookup = (name: string) =>
    Object.hasOwn(known, name) ? known[name] : found.get(name);
  try {
    let rest = text.replace(/^\uFEFF/, "");
    while ((rest = behindComments(rest)) !== "") {
      const { name, separator, behind } = nameIn(rest);
      const { value, end } = separator === "\n"
        // A name by itself passes the variable on.
        ? { value: lookup(name), end: behind }
        : valueIn(behind, lookup);
      if (value !== undefined) found.set(name, value);
      rest = end;
    }
  } catch (error) {
    // Nested too deeply counts as refused.
    if (!(error instanceof Refused || error instanceof RangeError)) throw error;
  }
  return Object.fromEntries(found);
}

/** A text without the comments, spaces and empty lines that it starts with. */
function behindComments(text: string): string {
  return text.replace(/^(?:\s|#[^\n]*)+/, "");
}

/** A name, and `=` as in a shell, `:` as in YAML, or the end of the line. */
const NAME =
  /^(?:export(?=\s)[^\S\n]*)?([\p{L}\p{N}_.[\]-]*)[^\S\n]*([=:\n])[^\S\n]*/u;

function nameIn(text: string) {
  const [all = "", name = "", separator = ""] = NAME.exec(text) ?? [];
  if (name === "" && separator !== "\n") throw new Refused();
  return { name, separator, behind: text.slice(all.length) };
}

type Lookup = (name: string) => string | undefined;

/** A value, and the text behind it. */
interface Value {
  value: string;
  end: string;
}

/** A value goes to the end of its line, or from quote to quote, behind which the next name may follow. */
function valueIn(text: string, lookup: Lookup): Value {
  const [all, quote, quoted = ""] =
    /^(["'])((?:\\.|(?!\1)[^\\])*)\1/s.exec(text) ?? [];
  if (all === undefined) {
    if (/^["']/.test(text)) throw new Refused();
    const [line = ""] = /^[^\n]*/.exec(text) ?? [];
    const value = line.replace(/ #.*$/s, "").trimEnd();
    return { value: substitute(value, lookup), end: text.slice(line.length) };
  }
  const value = quoted.replace(
    /\\(.)/gs,
    (escape, one) => one === quote ? one : escape,
  );
  return {
    value: quote === "'" ? value : substitute(unescaped(value), lookup),
    end: text.slice(all.length),
  };
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" },
  // A doubled dollar sign starts no variable.
  ...{ '"': '"', "\\": "\\", "$": "$$" },
};

/** The escapes between double quotes; of an octal number only with three digits behind the zero. */
function unescaped(text: string): string {
  return text.replace(
    /\\(?:0(\d{0,3})|([abfnrtv$"\\]))/g,
    (_, octal: string | undefined, one: string) =>
      octal === undefined
        ? ESCAPES[one]!
        : /^[0-3][0-7]{2}$/.test(octal)
        ? String.fromCharCode(parseInt(octal, 8))
        : `\\${octal}`,
  );
}

/** https://github.com/compose-spec/compose-go/blob/main/template/template.go */
const VARIABLE =
  /\$(?:(\$)|([a-z_]\w*)|\{([a-z_]\w*)(?:(:?[-+?])([^\n]*))?\}|(\{))/gi;

/** Replaces variables; the word behind an operator may have variables in it, too. */
function substitute(text: string, lookup: Lookup): string {
  return text.replace(
    VARIABLE,
    (all, dollar, plain, braced, operator, _word, invalid) => {
      if (dollar) return "$";
      if (invalid) throw new Refused();
      if (operator === undefined) return lookup(plain ?? braced) ?? "";
      // The pattern takes all up to the last brace of the line.
      const end = closingBrace(all);
      const [, , , name, , word = ""] = [
        ...all.slice(0, end + 1).matchAll(VARIABLE),
      ][0] ?? [];
      if (name === undefined) throw new Refused();
      return applied({ name, operator, word }, lookup) +
        substitute(all.slice(end + 1), lookup);
    },
  );
}

/** With a colon, an empty value counts as none. */
function applied(
  { name, operator, word }: { name: string; operator: string; word: string },
  lookup: Lookup,
): string {
  const value = lookup(name);
  const isSet = operator.startsWith(":") ? !!value : value !== undefined;
  if (operator.endsWith("?") && !isSet) throw new Refused();
  const isWord = operator.endsWith("+")
    ? isSet
    : operator.endsWith("-") && !isSet;
  return isWord ? substitute(word, lookup) : value ?? "";
}

/** The index of the brace that closes the first one; the last character where none does. */
function closingBrace(text: string): number {
  let open = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "}" && --open === 0) return i;
    // As in Compose, the character behind a brace is none.
    if (text[i] === "{") [open, i] = [open + 1, i + 1];
  }
  return text.length - 1;
}

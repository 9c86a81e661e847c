/**
 * Reads, out of a module's source, the members of a union of object types with their documentation.
 *
 * @module
 */

/** A field of an object type. */
export interface Field {
  name: string;
  optional: boolean;
  /** As it is written. */
  type: string;
  /** Its documentation on one line, or "". */
  doc: string;
}

/** A member of a union. */
export interface Member {
  /** The documentation of its first field, which distinguishes it from the others. */
  doc: string;
  fields: readonly Field[];
}

/** A field, which `deno fmt` writes on one line, below its documentation. */
const FIELD =
  /^ {4}(?:\/\*\* (?<doc>.*) \*\/\n {4})?(?<name>\w+)(?<optional>\?)?: (?<type>.*);$/gm;

/** The members of the exported type `name`, whose source is formatted. */
export function interfacesOf(source: string, name: string): Member[] {
  const [, body = ""] = source.split(`export type ${name} =\n`);
  const [union = ""] = body.split(/^ {2}\};$/m);
  return union.split(/^ {2}\| \{$/m).slice(1).map((text) => {
    const fields = [...text.matchAll(FIELD)].map(({ groups = {} }) => ({
      name: groups.name!,
      optional: groups.optional === "?",
      type: groups.type!.replace(/^readonly /, ""),
      doc: groups.doc ?? "",
    }));
    return { doc: fields[0]?.doc ?? "", fields };
  });
}

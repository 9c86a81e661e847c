/**
 * `deno task docs`: writes the parts of the documentation that are made from the source, the schema and a recorded run.
 * Between `<!-- generated: NAME -->` and `<!-- end -->` a page is generated, the rest is written by hand.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import type { PlannedStep, TimedEvent } from "../lib/plan/events.ts";
import { SCHEMA, type Schema } from "../lib/compose/schema.ts";
import { planPicture, waves } from "./plan_picture.ts";
import { interfacesOf } from "./types.ts";

const ROOT = new URL("..", import.meta.url);

/** One event of each kind, out of runs of todobackend and of a failing test. */
const EVENTS = new URL("docs_events.jsonl", import.meta.url);

/** The recorded events. */
export async function recordedEvents(): Promise<TimedEvent[]> {
  const text = await Deno.readTextFile(EVENTS);
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

/** The steps of the recorded plan: a release of todobackend. */
export async function recordedSteps(): Promise<readonly PlannedStep[]> {
  const start = (await recordedEvents())
    .find(({ kind }) => kind === "run-start");
  return start?.kind === "run-start" ? start.steps : [];
}

/** The content that the files should have, by their path in the repository. */
export async function generated(): Promise<Map<string, string>> {
  const steps = await recordedSteps();
  const parts = {
    configuration: configuration(SCHEMA, "x-todoflow").join("\n"),
    events: await events(),
    waves: waves(steps).map((names, i) => `${i + 1}. ${names.join(", ")}`)
      .join("\n"),
  };
  const picture = await formatted(planPicture(steps), "svg");
  const files = new Map([["docs/plan.svg", picture]]);
  for await (const { name } of Deno.readDir(new URL("docs", ROOT))) {
    if (!name.endsWith(".md")) continue;
    const page = await Deno.readTextFile(new URL(`docs/${name}`, ROOT));
    const text = withVersion(fill(page, parts));
    files.set(`docs/${name}`, await formatted(text, "md"));
  }
  return files;
}

function fill(page: string, parts: Readonly<Record<string, string>>): string {
  return page.replace(
    /(<!-- generated: (\w+) -->\n).*?(<!-- end -->)/gs,
    (_, start, name, end) => `${start}\n${parts[name]}\n\n${end}`,
  );
}

/** The version that agents install is this one. */
function withVersion(page: string): string {
  return page.replace(
    /(?<=releases\/download\/v|--version )\d[\w.-]*/g,
    () => config.version,
  );
}

/** The keys of an object, one a paragraph, each with the keys below it. */
function configuration(schema: Schema, path: string): string[] {
  if ("anyOf" in schema) {
    return schema.anyOf.flatMap((one) => configuration(one, ""))
      .map((line) => `  ${line}`);
  }
  const { properties = {}, required = [], items } = schema;
  return [
    ...Object.entries(properties).flatMap(([key, item]) => {
      const { description = "" } = item;
      const isSection = "type" in item && item.type === "object";
      const must = required.includes(key) ? "; required" : "";
      return [
        ...(isSection
          ? ["", `## ${path}.${key}`, "", `${description}.`, ""]
          : [`- **\`${key}\`**: ${typeOf(item)}${must}. ${description}.`]),
        ...configuration(item, `${path}.${key}`),
      ];
    }),
    ...(items ? configuration(items, "") : []),
  ];
}

function typeOf(schema: Schema): string {
  if ("anyOf" in schema) {
    return schema.anyOf.map((one) =>
      one.type === "object" ? "object with the keys below" : typeOf(one)
    ).join(", or ");
  }
  const { type, format, items, minimum, maximum, pattern, minItems } = schema;
  if (schema.enum) return schema.enum.map((word) => `\`${word}\``).join(", ");
  if (format) return "name of a service";
  if (type === "integer") return `integer from ${minimum} to ${maximum}`;
  if (pattern?.includes("ms|s|m|h")) return "duration";
  const least = minItems ? `, at least ${minItems}` : "";
  if (items && "anyOf" in items) {
    return "list of services, or of objects with the keys below";
  }
  if (items?.format) return `list of names of services${least}`;
  if (items) return `list of ${typeOf(items)}s${least}`;
  return pattern ? `${type} like \`${pattern}\`` : type;
}

/** Each kind of event with its fields and an example. */
async function events(): Promise<string> {
  const source = await Deno.readTextFile(new URL("lib/plan/events.ts", ROOT));
  const examples = await recordedEvents();
  return interfacesOf(source, "Event").map(({ doc, fields }) => {
    const [kind, ...rest] = fields;
    const name = JSON.parse(kind!.type);
    const example = examples.find((event) => event.kind === name);
    const list = rest.map(({ name, optional, type, doc }) =>
      `- \`${name}\`${optional ? " (optional)" : ""}: \`${type}\`` +
      (doc && `. ${doc}`)
    );
    const json = JSON.stringify(example && shortened(example), null, 2);
    return [
      `## ${name}`,
      doc,
      list.join("\n"),
      `\`\`\`json\n${json}\n\`\`\``,
    ].join("\n\n");
  }).join("\n\n");
}

/** Of many steps the first. */
function shortened(event: TimedEvent): TimedEvent {
  return event.kind === "run-start"
    ? { ...event, steps: event.steps.slice(0, 1) }
    : event;
}

async function formatted(text: string, ext: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--ext", ext, "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error("deno fmt has failed");
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) {
  for (const [path, text] of await generated()) {
    await Deno.writeTextFile(new URL(path, ROOT), text);
  }
}

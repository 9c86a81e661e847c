/**
 * The definition of the `x-todoflow` block: its check and its JSON Schema are made from it.
 *
 * @module
 */

/** The keywords of JSON Schema (draft 2020-12) that the definition uses; `format: service` is a name of a service. */
export type Schema = Plain | { anyOf: readonly Plain[]; description?: string };

/** A schema of one type. */
export interface Plain {
  type: "object" | "array" | "string" | "integer";
  description?: string;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: false;
  items?: Schema;
  minItems?: number;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  enum?: readonly string[];
  format?: "service";
}

const service = (description: string): Plain => ({
  type: "string",
  format: "service",
  description,
});

const duration = (description: string): Plain => ({
  type: "string",
  pattern: "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$",
  description: `${description}, such as 90s or 1m30s`,
});

const strings = (description: string): Plain => ({
  type: "array",
  description,
  items: { type: "string" },
});

const object = (
  description: string,
  properties: Record<string, Schema>,
  required: string[] = [],
): Plain => ({
  type: "object",
  description,
  properties,
  ...(required.length > 0 && { required }),
  additionalProperties: false,
});

/** One, or a list of them. */
const oneOrMore = (
  one: Plain,
  description: string,
  items: Schema = one,
): Schema => ({
  description,
  anyOf: [one, { type: "array", description, items, minItems: 1 }],
});

const services = (description: string): Plain => ({
  type: "array",
  description,
  items: service("A service"),
});

const SETUP_ENTRY = object("A one-shot", {
  name: {
    type: "string",
    // It becomes a part of the container's name.
    pattern: "^[a-zA-Z0-9._-]+$",
    description: "Its name; default: the service's",
  },
  service: service("The service whose image and settings it has"),
  run: {
    ...strings("A command instead of the service's own"),
    minItems: 1,
  },
  after: strings(
    "Names of other one-shots that it waits for, instead of the dependencies of its service",
  ),
}, ["service"]);

const PORT: Plain = {
  type: "integer",
  minimum: 1,
  maximum: 65535,
  description: "Container port of the URL; default: the first published",
};

const PATH: Plain = {
  type: "string",
  pattern: "^/",
  description: "Path that is requested to prove the URL; default: /",
};

const PROOF: Plain = {
  type: "string",
  enum: ["http", "https", "tcp", "none"],
  description:
    "The protocol that proves the URL; default: todoflow asks the port",
};

const APP_ENTRY = object("An app, with the proof of its URL", {
  service: service("The application"),
  port: PORT,
  path: PATH,
  proof: PROOF,
}, ["service"]);

/** The definition. */
export const SCHEMA: Plain = object("Facts that todoflow cannot derive", {
  application: {
    type: "string",
    description:
      "No longer has an effect: `clean` removes what the runs of this checkout have made",
  },
  redact: strings(
    "Names of variables whose values are shown as `***` wherever todoflow writes, besides Compose secrets and build arguments named like secrets",
  ),
  reports: {
    type: "string",
    description:
      "Folder of reports and logs, relative to this file; each target has a folder of its name in it; default: reports, where todoflow is run",
  },
  test: object("The target test", {
    service: oneOrMore(
      service("A service"),
      "The test service, or a list of them that run in parallel; default: test, tests, sut, or the only service named like a test",
    ),
    run: {
      ...strings("A command instead of the service's own"),
      minItems: 1,
    },
    reports: strings(
      "Files, folders and globs copied out of the test containers; default: JUnit, TAP, lcov and Cobertura that they have written; [] copies nothing",
    ),
  }),
  release: object("The target release", {
    image: service(
      "The service whose build is the release image; default: release, else app",
    ),
    setup: {
      type: "array",
      description:
        "One-shots before the app; default: services that the app needs service_completed_successfully, and those named like migrate",
      items: { anyOf: [service("A service"), SETUP_ENTRY] },
    },
    app: oneOrMore(
      service("A service"),
      "The application, or a list of them; default: app, or the service that ports and names tell",
      { anyOf: [service("A service"), APP_ENTRY] },
    ),
    with: services(
      "Services that are left out by default, because they act on the outside, but are part of the release",
    ),
    without: services("Services that are not part of the release"),
    port: PORT,
    path: PATH,
    proof: PROOF,
    project: {
      type: "string",
      enum: ["twin", "plain"],
      description:
        "Whether the release is in a project of its own (twin, the default), or in the one that docker compose up uses (plain)",
    },
    acceptance: service(
      "The acceptance tests; default: acceptance, or e2e or smoke",
    ),
    reports: strings(
      "Files, folders and globs copied out of the acceptance container; default: JUnit, TAP, lcov and Cobertura that it has written; [] copies nothing",
    ),
  }),
  deadlines: object("How long a step may take", {
    build: duration("A build or pull (20m)"),
    ready: duration("A service until it is ready (2m)"),
    step: duration("Any other step (15m)"),
    stop: duration(
      "From a signal until everything is removed; containers get all but 3 s of it to end by themselves (5s)",
    ),
  }),
});

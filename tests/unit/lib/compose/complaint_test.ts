import { assertEquals } from "@std/assert";
import { complaintIn, withPlace } from "../../../../lib/compose/complaint.ts";
import { explain } from "../../../../lib/errors/wording.ts";

/** The explanation of what Compose says about these files, in the folder /x. */
async function told(stderr: string, files: Record<string, string>) {
  const complaint = await withPlace(complaintIn(stderr), {
    files: Object.keys(files).filter((file) => file.endsWith(".yaml"))
      .map((file) => `/x/${file}`),
    readTextFile: (path) => {
      const text = files[path.replace("/x/", "")];
      return text === undefined
        ? Promise.reject(new Error("no such file"))
        : Promise.resolve(text);
    },
    shown: (file) => file.replace("/x/", ""),
  });
  const { headline, why, next, evidence } = explain({
    kind: "invalid-compose-file",
    ...complaint,
  });
  return [
    headline,
    why,
    ...(evidence ? [evidence.title, ...evidence.lines] : []),
    next,
  ].join("\n").replaceAll("/x/", "");
}

const APP = "services:\n  app: { image: x }\n";

// The words of Compose 2.26, with the folder /x.
for (
  const [what, stderr, files, expected] of [
    [
      "a variable without an example",
      "error while interpolating services.app.image: required variable IMG is missing a value: set IMG",
      { "compose.yaml": APP },
      `Cannot use the Compose file: the variable IMG is not set
error while interpolating services.app.image: required variable IMG is missing a value: set IMG
printf '\\n%s=\\n' IMG >> .env   # then write its value`,
    ],
    [
      "a variable with an example of .env",
      "error while interpolating services.app.image: required variable IMG is missing a value",
      { "compose.yaml": APP, ".env.example": "IMG=x\n" },
      `Cannot use the Compose file: the variable IMG is not set
error while interpolating services.app.image: required variable IMG is missing a value
cp -n .env.example .env   # then check its values`,
    ],
    [
      "a variable that an existing .env lacks",
      "error while interpolating services.app.image: required variable IMG is missing a value",
      { "compose.yaml": APP, ".env.example": "IMG=x\n", ".env": "A=1\n" },
      `Cannot use the Compose file: the variable IMG is not set
error while interpolating services.app.image: required variable IMG is missing a value
printf '\\n%s=\\n' IMG >> .env   # then write its value`,
    ],
    [
      "an env file",
      "env file /x/.env.production not found: stat /x/.env.production: no such file or directory",
      { "compose.yaml": APP },
      `Cannot find the env file .env.production
env file .env.production not found: stat .env.production: no such file or directory
touch .env.production   # or: required: false`,
    ],
    [
      "an env file with an example",
      "env file /x/app.env not found: stat /x/app.env: no such file or directory",
      { "compose.yaml": APP, "app.env.dist": "" },
      `Cannot find the env file app.env
env file app.env not found: stat app.env: no such file or directory
cp -n app.env.dist app.env   # then check its values`,
    ],
    [
      "a file that is included",
      "open /x/other.yaml: no such file or directory",
      { "compose.yaml": APP },
      `Cannot find other.yaml, a Compose file or a file that it names
open other.yaml: no such file or directory
docker compose config`,
    ],
    [
      "a project's name",
      'invalid project name "My.App": must consist only of lowercase alphanumeric characters',
      { "compose.yaml": APP },
      `Cannot use the project name "My.App"
invalid project name "My.App": must consist only of lowercase alphanumeric characters
export COMPOSE_PROJECT_NAME=myapp`,
    ],
    [
      "a file of Compose v1",
      "validating /x/compose.yaml: (root) Additional property redis is not allowed",
      { "compose.yaml": "web: { image: x }\nredis: { image: redis }\n" },
      `Cannot use compose.yaml: it is a file of Compose v1
its services are at the top, and Compose v2 wants them below services:
(set -C; { echo services:; sed 's/^/  /' compose.yaml; } > compose.v2.yaml)`,
    ],
    [
      "an unknown key at the top",
      "validating /x/compose.yaml: (root) Additional property volume is not allowed",
      { "compose.yaml": `${APP}volume: {}\n` },
      `Cannot use the Compose file: it is invalid (compose.yaml:3:1)
validating compose.yaml: (root) Additional property volume is not allowed
compose.yaml:3:1
volume: {}
docker compose config`,
    ],
    [
      "an unknown key",
      "validating /x/compose.yaml: services.app Additional property imagee is not allowed",
      { "compose.yaml": "services:\n  app:\n    image: x\n    imagee: y\n" },
      `Cannot use the Compose file: it is invalid (compose.yaml:4:5)
validating compose.yaml: services.app Additional property imagee is not allowed
compose.yaml:4:5
    imagee: y
docker compose config`,
    ],
    [
      "a value of another type",
      "validating /x/compose.yaml: services.app.ports must be a list",
      { "compose.yaml": "services:\n  app:\n    image: x\n    ports: 80\n" },
      `Cannot use the Compose file: it is invalid (compose.yaml:4:5)
validating compose.yaml: services.app.ports must be a list
compose.yaml:4:5
    ports: 80
docker compose config`,
    ],
    [
      "a mistake of YAML, whose line Compose gets wrong",
      "yaml: line 1: did not find expected key",
      { "compose.yaml": "services:\n  app:\n    image: x\n   bad: y\n" },
      `Cannot use the Compose file: it is invalid (compose.yaml:4:1)
yaml: line 1: did not find expected key
compose.yaml:4:1
   bad: y
docker compose config`,
    ],
    [
      "a network that is not declared",
      'service "app" refers to undefined network back: invalid compose project',
      { "compose.yaml": APP },
      `Cannot use the Compose file: it is invalid (compose.yaml:2:3)
service "app" refers to undefined network back: invalid compose project
compose.yaml:2:3
  app: { image: x }
docker compose config`,
    ],
    [
      "an error after warnings",
      'time="2026-11-30T08:38:40Z" level=warning msg="The \\"TAG\\" variable is not set. Defaulting to a blank string."\nempty compose file',
      { "compose.yaml": "" },
      `Cannot use the Compose file: it is invalid
empty compose file
Compose's warnings
The "TAG" variable is not set. Defaulting to a blank string.
docker compose config`,
    ],
  ] as const
) {
  Deno.test(`Compose's complaint about ${what} names it, and the command that helps`, async () => {
    assertEquals(await told(stderr, files), expected);
  });
}

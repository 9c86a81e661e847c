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
    shown: (file) => file.replace("/x/", "").replace(/^\/x$/, "."),
    list: (folder) =>
      Promise.resolve(
        ["", ...Object.keys(files)].flatMap((file) => {
          const rest = `/x/${file}`.split(`${folder === "/" ? "" : folder}/`);
          return rest[0] === "" && rest[1] ? rest[1].split("/")[0]! : [];
        }),
      ),
  });
  const { headline, why, next, evidence } = explain({
    kind: "invalid-compose-file",
    ...complaint,
  });
  return [
    headline,
    why,
    ...(evidence ?? []).flatMap(({ title, lines }) => [title, ...lines]),
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
      {
        "compose.yaml": "services:\n  app: { env_file: app.env }\n",
        "app.env.dist": "",
      },
      `Cannot find the env file app.env (compose.yaml:2:10)
env file app.env not found: stat app.env: no such file or directory
compose.yaml:2:10
  app: { env_file: app.env }
cp -n app.env.dist app.env   # then check its values`,
    ],
    [
      "an env file in a list, with an example of another form",
      "env file /x/conf/.env not found: stat /x/conf/.env: no such file or directory",
      {
        "compose.yaml":
          `services:\n  app:\n    env_file:\n      - a.env\n      - conf/.env\n`,
        "conf/env.example": "",
      },
      `Cannot find the env file conf/.env (compose.yaml:5:9)
env file conf/.env not found: stat conf/.env: no such file or directory
compose.yaml:5:9
      - conf/.env
cp -n conf/env.example conf/.env   # then check its values`,
    ],
    [
      "an env file with its path, of which only that of all stages has an example",
      "env file /x/.env.dev not found: stat /x/.env.dev: no such file or directory",
      {
        "compose.yaml":
          "services:\n  app:\n    env_file: [{ path: ./.env.dev }]\n",
        ".env.sample": "",
      },
      `Cannot find the env file .env.dev (compose.yaml:3:16)
env file .env.dev not found: stat .env.dev: no such file or directory
compose.yaml:3:16
    env_file: [{ path: ./.env.dev }]
cp -n .env.sample .env.dev   # then check its values`,
    ],
    [
      "a value that is empty because a variable has none, with an example of .env",
      `time="2026-11-30T18:40:38Z" level=warning msg="The \\"PORT\\" variable is not set. Defaulting to a blank string."
No port specified: 0.0.0.0::<empty>`,
      { "compose.yaml": APP, ".env.example": "PORT=80\n" },
      `Cannot use the Compose file: the variable PORT is not set
No port specified: 0.0.0.0::<empty>
Compose's warnings
The "PORT" variable is not set. Defaulting to a blank string.
cp -n .env.example .env   # then check its values`,
    ],
    [
      "a file that is included",
      "open /x/other.yaml: no such file or directory",
      { "compose.yaml": APP },
      `Cannot find other.yaml, a Compose file or a file that it names
open other.yaml: no such file or directory
ls .`,
    ],
    [
      "a file that a line includes",
      "open /x/ci/other.yaml: no such file or directory",
      { "compose.yaml": `include: [ci/other.yaml]\n${APP}` },
      `Cannot find ci/other.yaml, a Compose file or a file that it names (compose.yaml:1:14)
open ci/other.yaml: no such file or directory
compose.yaml:1:14
include: [ci/other.yaml]
ls .`,
    ],
    [
      "a project's name",
      'invalid project name "My.App": must consist only of lowercase alphanumeric characters',
      { "compose.yaml": APP },
      `Cannot use the project name "My.App"
invalid project name "My.App": must consist only of lowercase alphanumeric characters
todoflow release -p myapp`,
    ],
    [
      "a folder whose name has no letter that Compose takes",
      "project name must not be empty",
      { "compose.yaml": APP },
      `Cannot use the project name ""
project name must not be empty
todoflow release -p app`,
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
docker compose config   # reads it again, once that is fixed`,
    ],
    [
      "an unknown key",
      "validating /x/compose.yaml: services.app Additional property imagee is not allowed",
      { "compose.yaml": "services:\n  app:\n    image: x\n    imagee: y\n" },
      `Cannot use the Compose file: it is invalid (compose.yaml:4:5)
validating compose.yaml: services.app Additional property imagee is not allowed
compose.yaml:4:5
    imagee: y
docker compose config   # reads it again, once that is fixed`,
    ],
    [
      "a value of another type",
      "validating /x/compose.yaml: services.app.ports must be a list",
      { "compose.yaml": "services:\n  app:\n    image: x\n    ports: 80\n" },
      `Cannot use the Compose file: it is invalid (compose.yaml:4:5)
validating compose.yaml: services.app.ports must be a list
compose.yaml:4:5
    ports: 80
docker compose config   # reads it again, once that is fixed`,
    ],
    [
      "a mistake of YAML, whose line Compose gets wrong",
      "yaml: line 1: did not find expected key",
      { "compose.yaml": "services:\n  app:\n    image: x\n   bad: y\n" },
      `Cannot use the Compose file: it is invalid (compose.yaml:4:1)
yaml: line 1: did not find expected key
compose.yaml:4:1
   bad: y
docker compose config   # reads it again, once that is fixed`,
    ],
    [
      "a network that is not declared",
      'service "app" refers to undefined network back: invalid compose project',
      {
        "compose.yaml":
          "services:\n  app:\n    networks:\n      - front\n      - back\n",
      },
      `Cannot use the Compose file: it defines no network "back" (compose.yaml:5:9)
service "app" refers to undefined network back: invalid compose project
compose.yaml:5:9
      - back
printf '\\nnetworks:\\n  back:\\n' >> compose.yaml`,
    ],
    [
      "a volume where others are declared",
      'service "app" refers to undefined volume data: invalid compose project',
      {
        "compose.yaml":
          "services:\n  app:\n    volumes: [data:/x]\nvolumes:\n  date:\n",
      },
      `Cannot use the Compose file: it defines no volume "data" (compose.yaml:3:15)
service "app" refers to undefined volume data: invalid compose project
compose.yaml:3:15
    volumes: [data:/x]
add it under volumes:, or name one of: date`,
    ],
    [
      "a volume of a file that a shell cannot continue",
      'service "app" refers to undefined volume data: invalid compose project',
      {
        "compose.yaml":
          "{services: {app: {volumes: [{type: volume, source: data, target: /x}]}}}",
      },
      `Cannot use the Compose file: it defines no volume "data" (compose.yaml:1:29)
service "app" refers to undefined volume data: invalid compose project
compose.yaml:1:29
{services: {app: {volumes: [{type: volume, source: data, target: /x}]}}}
add it under volumes:`,
    ],
    [
      "a secret that is not declared",
      'service "app" refers to undefined secret key: invalid compose project',
      { "compose.yaml": "services:\n  app: { secrets: [key] }\n" },
      `Cannot use the Compose file: it defines no secret "key" (compose.yaml:2:20)
service "app" refers to undefined secret key: invalid compose project
compose.yaml:2:20
  app: { secrets: [key] }
add it under secrets:`,
    ],
    [
      "a dependency that is not there",
      'service "app" depends on undefined service "db": invalid compose project',
      { "compose.yaml": "services:\n  app:\n    depends_on:\n      - db\n" },
      `Cannot use the Compose file: it defines no service "db" (compose.yaml:4:9)
service "app" depends on undefined service "db": invalid compose project
compose.yaml:4:9
      - db
add a service "db"`,
    ],
    [
      "a cycle",
      "dependency cycle detected: app -> db -> app",
      {
        "compose.yaml":
          "services:\n  db: { depends_on: [app] }\n  app: { depends_on: [db] }\n",
      },
      `Cannot use the Compose file: it is invalid (compose.yaml:3:23)
dependency cycle detected: app -> db -> app
compose.yaml:3:23
  app: { depends_on: [db] }
docker compose config   # reads it again, once that is fixed`,
    ],
    [
      "an unknown key, in the words of Compose 5",
      "validating /x/compose.yaml: services.app additional properties 'imagee' not allowed",
      { "compose.yaml": "services:\n  app:\n    imagee: y\n" },
      `Cannot use the Compose file: it is invalid (compose.yaml:3:5)
validating compose.yaml: services.app additional properties 'imagee' not allowed
compose.yaml:3:5
    imagee: y
docker compose config   # reads it again, once that is fixed`,
    ],
    [
      "a file of Compose v1, in the words of Compose 5",
      "validating /x/compose.yaml:  additional properties 'web' not allowed",
      { "compose.yaml": "web: { image: x }\n" },
      `Cannot use compose.yaml: it is a file of Compose v1
its services are at the top, and Compose v2 wants them below services:
(set -C; { echo services:; sed 's/^/  /' compose.yaml; } > compose.v2.yaml)`,
    ],
    [
      "a name of a service with a blank",
      "validating /x/compose.yaml: services Additional property a b is not allowed",
      { "compose.yaml": 'services:\n  "a b": { image: x }\n' },
      `Cannot use the Compose file: it is invalid (compose.yaml:2:3)
validating compose.yaml: services Additional property a b is not allowed
compose.yaml:2:3
  "a b": { image: x }
docker compose config   # reads it again, once that is fixed`,
    ],
    [
      "services that are a list",
      "services must be a mapping",
      { "compose.yaml": "services:\n  - app\n" },
      `Cannot use the Compose file: it is invalid (compose.yaml:1:1)
services must be a mapping
compose.yaml:1:1
services:
docker compose config   # reads it again, once that is fixed`,
    ],
    [
      "a value without a key in the message",
      "Invalid hostPort: abc",
      { "compose.yaml": "services:\n  app:\n    ports: [abc:80]\n" },
      `Cannot use the Compose file: it is invalid (compose.yaml:3:13)
Invalid hostPort: abc
compose.yaml:3:13
    ports: [abc:80]
docker compose config   # reads it again, once that is fixed`,
    ],
    [
      "a value that is in two lines",
      "Invalid hostPort: abc",
      { "compose.yaml": "services:\n  a: { ports: [abc:80] }\n  abc: {}\n" },
      `Cannot use the Compose file: it is invalid
Invalid hostPort: abc
docker compose config   # reads it again, once that is fixed`,
    ],
    [
      "the marks of a merge",
      "yaml: line 2: could not find expected ':'",
      {
        "compose.yaml":
          "services:\n<<<<<<< HEAD\n  a: {}\n=======\n  b: {}\n>>>>>>> other\n",
      },
      `Cannot use compose.yaml: it has the marks of a merge conflict (compose.yaml:2:1)
yaml: line 2: could not find expected ':'
compose.yaml:2:1
<<<<<<< HEAD
grep -nE '^(<|=|>){7}' compose.yaml`,
    ],
    [
      "a file with comments only",
      "empty compose file",
      { "compose.yaml": "# later\n" },
      `Cannot use compose.yaml: it is empty
empty compose file
write its services below the key services:`,
    ],
    [
      "a file that is a text, whose text is not shown",
      "yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str \`hunter2\` into cli.named",
      { "compose.yaml": "hunter2\n" },
      `Cannot use compose.yaml: it has no keys at its top
a Compose file begins with keys, such as services:
write its services below the key services:`,
    ],
    [
      "a folder",
      "read /x/compose.yaml: is a directory",
      {},
      `Cannot read the Compose file compose.yaml: it is a folder
compose.yaml has no Compose file
ls compose.yaml`,
    ],
    [
      "a line of .env, whose text is not shown",
      'failed to read /x/.env: line 2: unexpected character "\\n" in variable name "hunter2"',
      { "compose.yaml": APP, ".env": "A=1\nhunter2\n" },
      `Cannot read the env file .env (.env:2:1)
failed to read .env: line 2: unexpected character "\\n" in variable name
write each of its lines as a name, = and a value`,
    ],
    [
      "a line of an env file without a name",
      "line 1: unterminated quoted value 'hunter2",
      { "compose.yaml": APP },
      `Cannot read the env file of a service
line 1: unterminated quoted value
write each of its lines as a name, = and a value`,
    ],
    [
      "a variable, without the value of a password",
      "invalid interpolation format for services.app.environment.PASS.\nYou may need to escape any $ with another $.\nhunter2$%",
      {
        "compose.yaml":
          "services:\n  app:\n    environment:\n      - PASS=hunter2$%\n",
      },
      `Cannot use the Compose file: it is invalid (compose.yaml:4:9)
invalid interpolation format for services.app.environment.PASS.
You may need to escape any $ with another $.
compose.yaml:4:9
      - PASS=***
write $$ for a $ that begins no variable`,
    ],
    [
      "an error after warnings",
      'time="2026-11-30T08:38:40Z" level=warning msg="The \\"TAG\\" variable is not set. Defaulting to a blank string."\nempty compose file',
      { "compose.yaml": "" },
      `Cannot use compose.yaml: it is empty
empty compose file
Compose's warnings
The "TAG" variable is not set. Defaulting to a blank string.
write its services below the key services:`,
    ],
  ] as const
) {
  Deno.test(`Compose's complaint about ${what} names it, and the command that helps`, async () => {
    assertEquals(await told(stderr, files), expected);
  });
}

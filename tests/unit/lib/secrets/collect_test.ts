import { assertEquals } from "@std/assert";
import {
  redactorIn,
  writtenRedactor,
} from "../../../../lib/secrets/collect.ts";
import { secretSources } from "../../../../lib/compose/secret_sources.ts";
import { withFolder, writeFiles } from "../../fakes.ts";

interface Situation {
  /** As Compose resolves it. */
  model: unknown;
  files?: Readonly<Record<string, string>>;
  env?: Readonly<Record<string, string>>;
}

const readTextFile = (path: string) => Deno.readTextFile(path);

/** The text as it is shown in a project. */
function told(text: string, { model, files = {}, env = {} }: Situation) {
  return withFolder(async (directory) => {
    await writeFiles(directory, { "compose.yaml": "services: {}", ...files });
    const lookup = { directory, env, readTextFile };
    const { text: redact } = await redactorIn(lookup, [secretSources(model)]);
    return redact(text);
  });
}

const build = (args: unknown) => ({ services: { app: { build: { args } } } });
const file = { secrets: { one: { file: "one.txt" } } };
const variable = { secrets: { one: { environment: "ONE" } } };
const named = { "x-todoflow": { redact: ["ONE"] } };

/** A value that is shown as `***`, and where it comes from. */
const HIDDEN: Readonly<Record<string, [value: string, Situation]>> = {
  "of a secret that is a file": ["hunter2", {
    model: file,
    files: { "one.txt": "hunter2" },
  }],
  "of a secret that is a file with line ends and spaces around": ["hunter2", {
    model: file,
    files: { "one.txt": "\n  hunter2 \r\n\n" },
  }],
  "of a secret that is a file with a byte order mark": ["hunter2", {
    model: file,
    files: { "one.txt": "\ufeffhunter2" },
  }],
  "that is one line of a secret": ["line-two", {
    model: file,
    files: { "one.txt": "line-one\r\nline-two\r\nline-three" },
  }],
  "that is all of a secret of short lines": ["ab\ncd\nef", {
    model: file,
    files: { "one.txt": "ab\ncd\nef\n" },
  }],
  "of a secret that is a variable": ["hunter2", {
    model: variable,
    env: { ONE: "hunter2" },
  }],
  "of a secret that is a variable of .env": ["hunter2#3", {
    model: variable,
    files: { ".env": "export ONE=hunter2#3 # a comment\n" },
  }],
  "of a secret that is a variable of .env in quotes": ["hunter2 # 3", {
    model: variable,
    files: { ".env": `ONE="hunter2 # 3"\n` },
  }],
  "of a secret that is a variable of .env with another in it": ["hunter2x", {
    model: variable,
    files: { ".env": `TWO=hunter2\nONE=\${TWO}x\n` },
  }],
  "of a secret that is a variable of COMPOSE_ENV_FILES": ["hunter2", {
    model: variable,
    files: { "my.env": "ONE=hunter2\n" },
    env: { COMPOSE_ENV_FILES: "other.env,my.env" },
  }],
  "of a secret that stands in the file": ["hunter2", {
    model: { secrets: { one: { content: "hunter2\n" } } },
  }],
  "of a build argument that is named like a secret": ["hunter2", {
    model: build({ API_TOKEN: "hunter2" }),
  }],
  "of a build argument in a list": ["hunter2=", {
    model: build(["A", "API_TOKEN=hunter2="]),
  }],
  "of a build argument that has the caller's value": ["hunter2", {
    model: build({ API_TOKEN: null }),
    env: { API_TOKEN: "hunter2" },
  }],
  "of a build argument that has its value from .env": ["hunter2", {
    model: build(["API_TOKEN"]),
    files: { ".env": "API_TOKEN=hunter2" },
  }],
  "of a build argument in the Dockerfile": ["hunter2", {
    model: build({}),
    files: { Dockerfile: `FROM a\nARG A=b \\\n  API_TOKEN="hunter2"\n` },
  }],
  "of a build argument in a Dockerfile in the file": ["hunter2", {
    model: {
      services: { app: { build: { dockerfile_inline: "ARG KEY=hunter2" } } },
    },
  }],
  "of a variable that redact names": ["hunter2", {
    model: named,
    env: { ONE: "hunter2" },
  }],
  "of a variable of .env that redact names": ["hunter2", {
    model: named,
    files: { ".env": "ONE=hunter2" },
  }],
  "of a service's variable that redact names": ["hunter2", {
    model: {
      ...named,
      services: { app: { environment: { ONE: "hunter2", TWO: null } } },
    },
  }],
  "of a build argument that redact names": ["hunter2", {
    model: { ...named, ...build({ ONE: "hunter2" }) },
  }],
  "of a Dockerfile's argument that redact names": ["hunter2", {
    model: { ...named, ...build({}) },
    files: { Dockerfile: "ARG ONE=hunter2" },
  }],
  "of two characters, if redact names its variable": ["x7", {
    model: named,
    env: { ONE: "x7" },
  }],
  "that is a common word, if redact names its variable": ["postgres", {
    model: named,
    env: { ONE: "postgres" },
  }],
  "of four characters": ["x7y8", { model: build({ KEY: "x7y8" }) }],
  "in a URL": ["hunter 2", {
    model: named,
    env: { ONE: "postgres://me:hunter%202@db/shop" },
  }],
  "in Base64": ["aHVudGVyMg==", { model: build({ KEY: "hunter2" }) }],
  "in Base64 with the line end that it has": ["aHVudGVyMgo=", {
    model: file,
    files: { "one.txt": "hunter2\n" },
  }],
  "as a part of a URL": ["p%40ss%20word", {
    model: build({ KEY: "p@ss word" }),
  }],
  "as JSON": [`p\\"ss`, { model: build({ KEY: `p"ss` }) }],
};

for (const [what, [value, situation]] of Object.entries(HIDDEN)) {
  Deno.test(`a value ${what} is shown as ***`, async () => {
    assertEquals(await told(`it is ${value}, so`, situation), "it is ***, so");
  });
}

Deno.test("a secret that is too large to be hidden keeps no other one from it", async () => {
  const model = {
    secrets: {
      one: { content: "x".repeat(1_000_001) },
      two: { content: "hunter2" },
    },
  };
  assertEquals(await told("a hunter2 aHVudGVyMg==", { model }), "a *** ***");
});

Deno.test("the line end of a value stays: a line after it is a line of its own", async () => {
  const situation = { model: file, files: { "one.txt": "hunter2\n" } };
  assertEquals(await told("a hunter2\nb\n", situation), "a ***\nb\n");
});

/** Values that are shown as they are, although they stand where secrets do. */
const SHOWN: Readonly<Record<string, [text: string, Situation]>> = {
  "of three characters": ["abc", { model: build({ KEY: "abc" }) }],
  "of one character, although redact names it": ["a", {
    model: named,
    env: { ONE: "a" },
  }],
  "of a variable that is empty": ["", { model: named, env: { ONE: "" } }],
  "that is a common word": ["true test", {
    model: build({ KEY: "true", TOKEN: "Test" }),
  }],
  "that is a name of the Compose file": ["shopdb shopper", {
    model: {
      name: "shopper",
      services: {
        shopdb: { build: { args: { KEY: "shopdb", TOKEN: "shopper" } } },
      },
    },
  }],
  "of a build argument of another name": ["hunter2", {
    model: build({ VERSION: "hunter2", PUBLIC_KEY: "hunter2" }),
  }],
  "of a secret that is external, or is not there": ["gone.txt", {
    model: {
      secrets: { a: { external: true }, b: { file: "gone.txt" }, c: null },
    },
  }],
  "of a file that is a folder": [".", {
    model: { secrets: { a: { file: "." }, b: { file: "/dev/zero" } } },
  }],
};

for (const [what, [text, situation]] of Object.entries(SHOWN)) {
  Deno.test(`a value ${what} is shown as it is`, async () => {
    assertEquals(await told(text, situation), text);
  });
}

Deno.test("a Compose file of any form is no error", async () => {
  const models = [null, 1, [], "a", {
    services: [1, { build: 3 }],
    secrets: "x",
    "x-todoflow": [],
  }, { services: { a: { build: { args: 3 } }, b: null }, secrets: { a: 3 } }];
  for (const model of models) assertEquals(await told("ab", { model }), "ab");
});

Deno.test("a large secret is hidden line by line, within bounds of memory", async () => {
  const lines = Array.from(
    { length: 8000 },
    (_, i) => `secret line number ${i}`,
  );
  const situation = { model: file, files: { "one.txt": lines.join("\n") } };
  assertEquals(await told(`a ${lines[7999]} b`, situation), "a *** b");
});

/** A `.env` that Compose refuses, and what its message quotes of it. */
const REFUSED: Readonly<Record<string, [dotenv: string, quoted: string]>> = {
  "a quote that nothing closes": [
    "ONE='hunter2 #S3cr3t",
    "hunter2 #S3cr3t",
  ],
  "a variable that nothing closes": [
    'ONE="hunter2 #S3cr3t${x"',
    "hunter2 #S3cr3t${x",
  ],
  "the same in a value of several lines": [
    'ONE="-----BEGIN\nMIIEvQ${k\nkqhkiG9\n-----END"\nOTHER=plain',
    "MIIEvQ${k",
  ],
  "the next line of a value without quotes": [
    "ONE=-----BEGIN\nMIIEvQ/kqhkiG9\nOTHER=plain",
    "MIIEvQ/kqhkiG9",
  ],
  "a comment behind a value": ["ONE=hunter2 # mine", "hunter2"],
  "quotes within quotes": [`ONE="a'b #hunter2`, `a'b #hunter2`],
};

for (const [what, [dotenv, quoted]] of Object.entries(REFUSED)) {
  Deno.test(`no value of .env is shown because of ${what}`, () =>
    withFolder(async (directory) => {
      await writeFiles(directory, {
        "compose.yaml": "secrets: { one: { environment: ONE } }",
        ".env": dotenv,
      });
      const { text } = await writtenRedactor({
        ...{ directory, env: {}, readTextFile },
      });
      const told = text(`cannot read it: ${quoted}`);
      assertEquals(told, "cannot read it: ***");
      assertEquals(text("OTHER is plain"), "OTHER is plain");
    }));
}

Deno.test("values are hidden also where Compose cannot resolve its files: as they are written", async () => {
  await withFolder(async (directory) => {
    await writeFiles(directory, {
      "compose.yaml": `
services:
  app:
    build: { args: { API_TOKEN: "\${TOKEN}", KEY: "a-\${b" } }
    environment: [ONE=env-one]
secrets: { s: { file: ./s.txt } }
x-todoflow: { redact: { ONE: by-mistake } }
`,
      "compose.override.yaml":
        "services: { app: { environment: { ONE: two } } }",
      "s.txt": "file-value",
      ".env": "TOKEN=token-value",
    });
    const { text } = await writtenRedactor({
      directory,
      env: {},
      readTextFile,
    });
    assertEquals(
      text("token-value a-${b env-one file-value by-mistake"),
      "*** *** *** *** ***",
    );
  });
});

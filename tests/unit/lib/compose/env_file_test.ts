import { assertEquals } from "@std/assert";
import { readEnvFile } from "../../../../lib/compose/env_file.ts";

type Variables = Record<string, string>;

/** Each outcome is what `docker compose config` of Compose 2.26.1 made of the file, and of variables of the environment. */
const CASES: Record<string, [text: string, Variables, known?: Variables]> = {
  "lines": ["A=1\nB=2", { A: "1", B: "2" }],
  "CRLF and a byte order mark": ["\uFEFFA=1\r\nB=2\r\n", { A: "1", B: "2" }],
  "comments and empty lines": ["# A=1\n\n  # B=2\nC=3", { C: "3" }],
  "space around the sign": ["A = 1 \n B\t=\t2", { A: "1", B: "2" }],
  "export": ["export A=1\nexport\tB=2\nexportC=3", {
    ...{ A: "1", B: "2", exportC: "3" },
  }],
  "the form of YAML": ["A: 1\nB:2\nC=d:e", { A: "1", B: "2", C: "d:e" }],
  "empty values": ["A=\nB=''\nC=", { A: "", B: "", C: "" }],
  "names": ["1A=1\na.b=2\na-b=3\né=4", {
    ...{ "1A": "1", "a.b": "2", "a-b": "3", é: "4" },
  }],
  "the last of two": ["A=1\nA=$A$A", { A: "11" }],

  "comments behind values": ["A= # c\nB=#d\nC=e#f\nD=g #h\nE=i\t# j", {
    ...{ A: "# c", B: "#d", C: "e#f", D: "g", E: "i\t# j" },
  }],
  "comments behind quotes": ["A='b #' # c\nB=\"d #\"#e", {
    ...{ A: "b #", B: "d #" },
  }],

  "single quotes": ["A='$B ${C} \\n \\$'", { A: "$B ${C} \\n \\$" }],
  "double quotes": ['A="$B ${C:-c}"', { A: "b c" }, { B: "b" }],
  "escapes between double quotes": ['A="\\n\\t\\\\ \\" \\$B \\x \\0101"', {
    A: '\n\t\\ " $B \\x A',
  }],
  "escapes of quotes": ["A='it\\'s'\nB=\"\\'\"", { A: "it's", B: "\\'" }],
  "a backslash without quotes": ["A=a\\nb\nB=\\$A", {
    A: "a\\nb",
    B: "\\a\\nb",
  }],
  "lines between quotes": ["A='a\nb'\nB=\"c\nd\"", { A: "a\nb", B: "c\nd" }],
  "quotes within a value": ['A=b"c"d\nB={"a":1}', {
    ...{ A: 'b"c"d', B: '{"a":1}' },
  }],
  "names behind quotes": ["A='a' B=2\nC=3", { A: "a", B: "2", C: "3" }],

  "variables": ["A=1\nB=$A\nC=${A}2\nD=$$A\nE=$X", {
    ...{ A: "1", B: "1", C: "12", D: "$A", E: "" },
  }],
  "a variable that comes later": ["B=$A\nA=1", { A: "1", B: "" }],
  "the environment first": ["A=1\nB=$A", { A: "1", B: "env" }, { A: "env" }],
  "a value with a variable": ["A='$B'\nC=$A", { A: "$B", C: "$B" }],
  "no variables": ["A=$\nB=a$ b\nC=$1", { A: "$", B: "a$ b", C: "$1" }],
  "defaults": ["A=\nB=${A:-x}\nC=${A-y}\nD=${X:-z}\nE=${X-w}", {
    ...{ A: "", B: "x", C: "", D: "z", E: "w" },
  }],
  "replacements": ["A=1\nB=${A:+x}\nC=${A+y}\nD=${X:+z}\nE=${X+w}", {
    ...{ A: "1", B: "x", C: "y", D: "", E: "" },
  }],
  "required variables": ["A=1\nB=${A?no}\nC=${B:?no}", {
    ...{ A: "1", B: "1", C: "1" },
  }],
  "variables in defaults": ["A=${B:-${C:-d}e}f", { A: "def" }],
  "several defaults": ["A=${B:-x}-${C:-y z}", { A: "x-y z" }],
  "operators in defaults": ["A=${B-x:-y?z}\nC=${B:-{}}", {
    ...{ A: "x:-y?z", C: "{}" },
  }],

  "a name by itself": ["A\nB=2", { A: "x", B: "2" }, { A: "x" }],
  "an unknown name by itself": ["A\nB=2", { B: "2" }],
};

for (const [what, [text, expected, known]] of Object.entries(CASES)) {
  Deno.test(`${what} in .env are read as by Compose`, () => {
    assertEquals(readEnvFile(text, known), expected);
  });
}

const REFUSED = [
  ...['A="b', "A='b", "A='b\\'", "A=$B${A", "A=${}", "A=${B!x}"],
  ...["A=${B:?no}", 'A="${B:-"x"}"', "A B=1", "A+=1", "a,b=1", "=1", "A"],
];

for (const text of REFUSED) {
  Deno.test(`Compose refuses ${JSON.stringify(text)} in .env: nothing from there on counts`, () => {
    assertEquals(readEnvFile(`Z=1\n${text}`), { Z: "1" });
  });
}

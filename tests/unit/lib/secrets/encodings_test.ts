import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { base64Forms, quotedForms } from "../../../../lib/secrets/encodings.ts";

const VALUE = `p"a'$s\\w/ö<d>&\n{+}`;

/** How programs write the value; printed by bash 5, Python 3.11, Go 1.22 and Node 22. */
const WRITTEN: Readonly<Record<string, string>> = {
  "JSON of JavaScript": String.raw`p\"a'$s\\w/ö<d>&\n{+}`,
  "JSON of Go": String.raw`p\"a'$s\\w/ö\u003cd\u003e\u0026\n{+}`,
  "JSON of Python": String.raw`p\"a'$s\\w/\u00f6<d>&\n{+}`,
  "repr of Python": String.raw`p"a\'$s\\w/ö<d>&\n{+}`,
  "single quotes of a shell": `p"a'\\''$s\\w/ö<d>&\n{+}`,
  "double quotes of a shell": `p\\"a'\\$s\\\\w/ö<d>&\n{+}`,
  "a part of a URL": "p%22a'%24s%5Cw%2F%C3%B6%3Cd%3E%26%0A%7B%2B%7D",
  "a part of a URL in small letters":
    "p%22a'%24s%5cw%2f%c3%b6%3cd%3e%26%0a%7b%2b%7d",
  "a part of a URL of Python":
    "p%22a%27%24s%5Cw%2F%C3%B6%3Cd%3E%26%0A%7B%2B%7D",
  "a whole URL": "p%22a'$s%5Cw/%C3%B6%3Cd%3E&%0A%7B+%7D",
  "XML": "p&quot;a&apos;$s\\w/ö&lt;d&gt;&amp;\n{+}",
  "HTML of Python": "p&quot;a&#x27;$s\\w/ö&lt;d&gt;&amp;\n{+}",
  "HTML of Go": "p&#34;a&#39;$s\\w/ö&lt;d&gt;&amp;\n{+}",
  "Compose": `p"a'$$s\\w/ö<d>&\n{+}`,
  "single quotes of YAML": `p"a''$s\\w/ö<d>&\n{+}`,
};

for (const [notation, text] of Object.entries(WRITTEN)) {
  Deno.test(`a value is known in the notation: ${notation}`, () => {
    assert(quotedForms(VALUE).includes(text), quotedForms(VALUE).join("\n"));
  });
}

Deno.test("a value that looks the same everywhere is one form; half a surrogate pair is no error", () => {
  assertEquals(quotedForms("hunter2"), ["hunter2"]);
  assert(quotedForms("\ud800").includes("\ud800"));
});

const encode = (text: string) => new TextEncoder().encode(text);
const bytes = fc.uint8Array({ minLength: 6, maxLength: 100 });

Deno.test("a value in Base64 is known alone, with a line end, and within any other text but for its edges", () => {
  fc.assert(
    fc.property(bytes, fc.uint8Array({ maxLength: 7 }), (value, before) => {
      const forms = base64Forms(value);
      assert(forms.includes(value.toBase64()));
      assert(forms.includes(value.toBase64({ omitPadding: true })));
      assert(forms.includes(value.toBase64({ alphabet: "base64url" })));
      assert(forms.includes(Uint8Array.of(...value, 10).toBase64()));
      const within = Uint8Array.of(...before, ...value, 1, 2, 3).toBase64();
      assert(
        forms.some((form) =>
          form.length >= Math.floor(value.length * 8 / 6) - 2 &&
          within.includes(form)
        ),
      );
    }),
  );
});

Deno.test("a long value in Base64 is known line by line", () => {
  const forms = base64Forms(encode("x".repeat(100)));
  const text = encode("x".repeat(100)).toBase64();
  for (const width of [64, 76]) {
    assert(forms.includes(text.slice(0, width)));
    assert(forms.includes(text.slice(width, 2 * width)));
  }
});

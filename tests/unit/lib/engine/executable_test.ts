import { assertEquals } from "@std/assert";
import { executableOf } from "../../../../lib/engine/executable.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** The beginning of a program of 64 bits with one header, that of its loader. */
function program(machine: number, loader: string): Uint8Array {
  const bytes = new Uint8Array(256);
  const view = new DataView(bytes.buffer);
  bytes.set(bytesOf("\x7fELF\x02\x01\x01"));
  view.setUint16(18, machine, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 3, true);
  view.setBigUint64(64 + 8, 128n, true);
  view.setBigUint64(64 + 32, BigInt(loader.length + 1), true);
  bytes.set(bytesOf(loader), 128);
  return bytes;
}

Deno.test("a script is described by its first line, with the carriage return that the kernel takes for a part of it", () => {
  assertEquals(executableOf(bytesOf("#!/bin/sh\r\necho a\r\n")), {
    firstLine: "#!/bin/sh\r",
    interpreter: "/bin/sh",
  });
  assertEquals(executableOf(bytesOf("#! /usr/bin/env node\n")), {
    firstLine: "#! /usr/bin/env node",
    interpreter: "/usr/bin/env",
  });
  assertEquals(executableOf(bytesOf("echo hello")), {
    firstLine: "echo hello",
  });
  assertEquals(executableOf(new Uint8Array()), { firstLine: "" });
});

Deno.test("a program is described by its processor and its loader", () => {
  assertEquals(executableOf(program(62, "/lib64/ld-linux-x86-64.so.2")), {
    machine: "amd64",
    interpreter: "/lib64/ld-linux-x86-64.so.2",
  });
  assertEquals(executableOf(program(183, "/lib/ld-musl-aarch64.so.1")), {
    machine: "arm64",
    interpreter: "/lib/ld-musl-aarch64.so.1",
  });
});

Deno.test("a header that is cut, or lies, is no error", () => {
  const whole = program(62, "/lib64/ld-linux-x86-64.so.2");
  for (const length of [4, 20, 63, 64, 100, 130]) {
    executableOf(whole.subarray(0, length));
  }
  const lies = program(62, "/lib64/ld-linux-x86-64.so.2");
  new DataView(lies.buffer).setBigUint64(32, 2n ** 60n, true);
  assertEquals(executableOf(lies), { machine: "amd64" });
});

/**
 * Reads from the first bytes of a file what it needs to be executed.
 *
 * @module
 */

/** The parts of a file that decide about its execution. */
export interface Executable {
  /** The first line, without "\n" but with "\r"; undefined for a program. */
  firstLine?: string;
  /** The program that executes it: of a script, or the loader of a program. */
  interpreter?: string;
  /** The processor that a program is made for, as Go calls it: https://go.dev/doc/install/source#environment. */
  machine?: string;
}

/** How many bytes of the first line are shown; the kernel reads 256. */
const FIRST_LINE = 128;

/** Processors by their numbers in a header: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html. */
const MACHINES: Readonly<Record<number, string>> = {
  3: "386",
  20: "ppc",
  21: "ppc64le",
  22: "s390x",
  40: "arm",
  62: "amd64",
  183: "arm64",
  243: "riscv64",
  258: "loong64",
};

/** Describes a file by its first bytes, 4 KiB or so. */
export function executableOf(bytes: Uint8Array): Executable {
  return isElf(bytes) ? elf(bytes) : script(bytes);
}

function script(bytes: Uint8Array): Executable {
  const end = bytes.subarray(0, FIRST_LINE).indexOf(10);
  const firstLine = latin(
    bytes.subarray(0, end < 0 ? FIRST_LINE : end),
  );
  const [, interpreter] = /^#![ \t]*([^\s\0]+)/.exec(firstLine) ?? [];
  return {
    firstLine,
    ...(interpreter !== undefined && { interpreter }),
  };
}

function latin(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 20 && latin(bytes.subarray(0, 4)) === "\x7fELF";
}

/** The type of the program header that names the loader. */
const PT_INTERP = 3;

/** A header of ELF. Its fields are as wide as its class says, and in the order of bytes that it says. */
function elf(bytes: Uint8Array): Executable {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const little = bytes[5] === 1;
  const machine = MACHINES[view.getUint16(18, little)];
  const interpreter = bytes[4] === 2
    ? loaderIn(view, bytes, little)
    : undefined;
  return {
    ...(machine !== undefined && { machine }),
    ...(interpreter !== undefined && { interpreter }),
  };
}

/** The loader of a program of 64 bits, which stands near the beginning of the file. */
function loaderIn(
  view: DataView,
  bytes: Uint8Array,
  little: boolean,
): string | undefined {
  const fits = (end: number) => end <= bytes.length;
  if (!fits(64)) return undefined;
  const [table, each, count] = [
    Number(view.getBigUint64(32, little)),
    view.getUint16(54, little),
    view.getUint16(56, little),
  ];
  for (let i = 0; i < count; i++) {
    const at = table + i * each;
    if (each < 56 || !fits(at + 56)) return undefined;
    if (view.getUint32(at, little) !== PT_INTERP) continue;
    const from = Number(view.getBigUint64(at + 8, little));
    const size = Number(view.getBigUint64(at + 32, little));
    return fits(from + size)
      ? latin(bytes.subarray(from, from + size)).replace(/\0[^]*$/, "")
      : undefined;
  }
  return undefined;
}

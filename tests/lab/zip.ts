/**
 * The least of a ZIP archive: one file, not compressed.
 *
 * @module
 */

import { crc32 } from "node:zlib";

/** An archive with one file: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.7 to 4.3.16. */
export function storedZip(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const file = new TextEncoder().encode(name);
  // Version 2.0, no flags, no compression, 1980-01-01.
  const about = [
    ...[...u16(20), ...u16(0), ...u16(0), ...u16(0), ...u16(0x21)],
    ...[...u32(crc32(bytes)), ...u32(bytes.length), ...u32(bytes.length)],
    ...[...u16(file.length), ...u16(0)],
  ];
  const local = [...u32(0x04034b50), ...about, ...file];
  const central = [
    ...[...u32(0x02014b50), ...u16(20), ...about],
    ...[...u16(0), ...u16(0), ...u16(0), ...u32(0), ...u32(0), ...file],
  ];
  const end = [
    ...[...u32(0x06054b50), ...u16(0), ...u16(0), ...u16(1), ...u16(1)],
    ...[...u32(central.length), ...u32(local.length + bytes.length), ...u16(0)],
  ];
  const archive = new Uint8Array(
    local.length + bytes.length + central.length + end.length,
  );
  archive.set(local);
  archive.set(bytes, local.length);
  archive.set([...central, ...end], local.length + bytes.length);
  return archive;
}

function u16(value: number): number[] {
  return [value & 0xff, value >>> 8];
}

function u32(value: number): number[] {
  return [...u16(value & 0xffff), ...u16(value >>> 16)];
}

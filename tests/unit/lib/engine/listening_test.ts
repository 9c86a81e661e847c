import { assertEquals } from "@std/assert";
import {
  listenersOf,
  textOf,
  whyUnreachable,
} from "../../../../lib/engine/listening.ts";

const HEAD =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const REST =
  "00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0";

/** A line of the kernel's table. */
function entry(local: string, state = "0A", remote?: string) {
  const [address = ""] = local.split(":");
  const none = `${"0".repeat(address.length)}:0000`;
  return `   0: ${local} ${remote ?? none} ${state} ${REST}`;
}

const ANY = entry("00000000:0BB8");
const LOOPBACK = entry("0100007F:0BB8");
const ANY6 = entry(`${"0".repeat(32)}:0BB8`);
const LOOPBACK6 = entry("00000000000000000000000001000000:0BB8");
const MAPPED = entry("0000000000000000FFFF00000100007F:0BB8");
const DNS = entry("0B00007F:8F3D");
const CONNECTION = entry("0100007F:0BB8", "01", "0100007F:8F3D");
const OTHER = entry("00000000:1F90");

for (
  const [what, lines, addresses, why] of [
    ["every address", [ANY], ["0.0.0.0:3000"], undefined],
    ["every address of IPv6", [ANY6], ["[::]:3000"], undefined],
    [
      "the loopback",
      [LOOPBACK],
      ["127.0.0.1:3000"],
      "listens on 127.0.0.1:3000 only: bind 0.0.0.0",
    ],
    [
      "the loopback of IPv6",
      [LOOPBACK6],
      ["[::1]:3000"],
      "listens on [::1]:3000 only: bind 0.0.0.0",
    ],
    [
      "the loopback of IPv4 through a socket of IPv6",
      [MAPPED],
      ["127.0.0.1:3000"],
      "listens on 127.0.0.1:3000 only: bind 0.0.0.0",
    ],
    [
      "another port",
      [OTHER],
      ["0.0.0.0:8080"],
      "listens on port 8080, but the published port is 3000",
    ],
    [
      "another port of the loopback",
      [entry("0100007F:1F90")],
      ["127.0.0.1:8080"],
      "listens on 127.0.0.1:8080 only, but the published port is 3000",
    ],
    [
      "nothing but Docker's name server",
      [DNS, CONNECTION],
      [],
      "listens on no TCP port; the published port is 3000",
    ],
    [
      "the loopback and another port",
      [LOOPBACK, OTHER],
      ["127.0.0.1:3000", "0.0.0.0:8080"],
      "listens on 127.0.0.1:3000 only: bind 0.0.0.0",
    ],
  ] as const
) {
  Deno.test(`a container that listens on ${what} is described as such`, () => {
    const found = listenersOf([HEAD, ...lines, HEAD, DNS]);
    assertEquals(found.map(textOf), [...addresses]);
    assertEquals(whyUnreachable(found, 3000), why);
  });
}

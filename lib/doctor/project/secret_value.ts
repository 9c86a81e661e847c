/**
 * Distinguishes values that are secrets from settings, switches and examples.
 *
 * @module
 */

import { isSecretName } from "../../compose/secret_name.ts";

/** Variables that front ends build into their pages, where every visitor can read them. */
const PUBLIC =
  /^(VITE|NEXT_PUBLIC|REACT_APP|NUXT_PUBLIC|GATSBY|EXPO_PUBLIC|PUBLIC)_/;

/** Values that switch something, or name a file. */
const NO_SECRET =
  /^(true|false|yes|no|on|off|none|null|\d{1,3}|\/.*|\.\.?\/.*)?$/i;

/** Values that stand for another one, such as `<your-token>` or `changeme`. */
const EXAMPLE =
  /^(<.*>|\[.*\]|\{.*\}|x+|\*+|\.+|.*\b(your|changeme|change|replace|todo|placeholder|example|dummy|fake)\b.*|changeme.*|change_?.*)$/i;

/** Ends of names of secrets: behind them is a property of one, such as in AUTH_BACKEND. */
const END =
  /(PASS|PASSWORD|PASSWD|PASSPHRASE|PWD|SECRETS?|TOKENS?|CREDENTIALS?|(API|ACCESS|SECRET|PRIVATE|APP|MASTER|SIGNING|ENCRYPTION|JWT|AUTH|SESSION|COOKIE)_?KEY(_BASE)?)(_(ADMIN|USER|ROOT|\d+))?$/i;

/** Whether a variable is named like a secret and has a value that may be one. */
export function isSecretValue(name: string, value: string): boolean {
  return isSecretName(name) && END.test(name) && !PUBLIC.test(name) &&
    !NO_SECRET.test(value) &&
    !EXAMPLE.test(value.replaceAll(/[_-]/g, " "));
}

/** Whether a value is a URL with a password, such as "postgres://user:password@db/shop". */
export function holdsPassword(value: string): boolean {
  const [, password] = /^[a-z][\w+.-]*:\/\/[^\s:/@]*:([^\s/@]+)@/i
    .exec(value) ?? [];
  return password !== undefined && !NO_SECRET.test(password) &&
    !EXAMPLE.test(password);
}

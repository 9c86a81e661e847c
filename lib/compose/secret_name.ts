/**
 * Distinguishes names of secrets from other names.
 *
 * @module
 */

/** Words that mean a secret wherever they stand, also at the end of a longer one: PGPASSWORD. */
const SECRET =
  /(PASSWORDS?|PASSWD|PASSPHRASE|SECRETS?|TOKENS?|CREDENTIALS?|APIKEYS?|(SECRET|PRIVATE|ACCESS)KEY)$/;

/** Words that mean a secret only as a whole word. */
const WHOLE = /^(PASS|PWD|KEYS?|AUTH|CREDS?)$/;

/** Before KEY: a key that is not secret. */
const OPEN = /^(PUBLIC|PUB|CACHE|PRIMARY|FOREIGN)$/;

/** At the end: a property of a secret, not the secret itself. */
const ABOUT =
  /^(ID|NAME|FILE|PATH|DIR|URL|URI|HOST|PORT|TTL|LENGTH|LEN|SIZE|TYPE|ENABLED|DISABLED|MODE|METHOD|ALGORITHM|TIMEOUT|EXPIRY|COUNT|VERSION|PREFIX|SERVER|SERVICE|ISSUER)$/;

/** Whether a variable is named like a secret, such as API_KEY or npmToken; PUBLIC_KEY, KEYWORD and TOKEN_FILE are not. */
export function isSecretName(name: string): boolean {
  const words = name.replace(/([a-z\d])(?=[A-Z])/g, "$1_").toUpperCase()
    .split(/[^A-Z\d]+/).filter(Boolean);
  const last = words.at(-1) ?? "";
  // The shell's own variable is the folder.
  if (ABOUT.test(last) || words.join() === "PWD") return false;
  return words.some((word, i) =>
    SECRET.test(word) ||
    (WHOLE.test(word) && !(i > 0 && OPEN.test(words[i - 1]!)))
  );
}

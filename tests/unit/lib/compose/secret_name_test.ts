import { assertEquals } from "@std/assert";
import { isSecretName } from "../../../../lib/compose/secret_name.ts";

const SECRET =
  `API_KEY PRIVATE_KEY AWS_SECRET_ACCESS_KEY SSH_KEY KEY PASSWORD DB_PASSWORD PGPASSWORD MYSQL_ROOT_PASSWORD PASSWD
  DB_PASS DB_PWD SECRET SECRET_KEY_BASE APP_SECRETS TOKEN NPM_TOKEN GITHUBTOKEN TOKENS CREDENTIALS GOOGLE_CREDENTIALS AUTH
  NPM_AUTH HTTP_AUTH_HEADER PASSPHRASE apikey npmToken client-secret db.password licenseKey`
    .split(/\s+/);

const OPEN =
  `PUBLIC_KEY SSH_PUB_KEY KEYWORD KEYBOARD TOKENIZER TOKENIZERS_PARALLELISM MONKEY CACHE_KEY AUTHOR AUTHORITY PASSENGER BYPASS_CACHE
  PWD OLDPWD TOKEN_TTL SECRET_NAME PASSWORD_FILE KEY_PATH AUTH_URL PASSWORD_LENGTH AWS_ACCESS_KEY_ID COMPASS SECRETARY VERSION`
    .split(/\s+/);

for (const name of SECRET) {
  Deno.test(`${name} is the name of a secret`, () => {
    assertEquals(isSecretName(name), true);
  });
}

for (const name of OPEN) {
  Deno.test(`${name} is no name of a secret`, () => {
    assertEquals(isSecretName(name), false);
  });
}

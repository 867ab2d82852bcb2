// Which keys say that a secret stands under them (events.md, "Redaction and caps").

import { withoutDisguise } from "./undisguise.js";

/** `token`: numbers and booleans under it stay, they are counts and budgets. */
export type KeyVerdict = "secret" | "token" | "clear";

const WORDS = new Set([
  "secret",
  "password",
  "passwd",
  "passphrase",
  "credential",
  "credentials",
  "jwt",
  "bearer",
  "cookie",
  "auth",
  "authorization",
]);

/** Two words in a row, and the same run together. */
const JOINED = new Set(["apikey", "privatekey", "accesskey", "password", "passphrase"]);

/** `PGPASSWORD`, `dbpassword`: all in one case, so the split cannot see the word; nothing innocent ends like this. */
const GLUED = /(?:password|passwd|passphrase)$/;

/** Splits at case changes, digits and anything that is no letter. */
function wordsOf(key: string, acronym: boolean): string[] {
  // `APIKey` is API + Key, `PASSWORDhash` is PASSWORD + hash: no one rule splits both, so both are tried.
  const split = acronym
    ? key.replace(/([A-Z])([A-Z][a-z])/g, "$1 $2").replace(/([a-z])([A-Z])/g, "$1 $2")
    : key.replace(/([a-z])([A-Z])/g, "$1 $2").replace(/([A-Z]{2})([a-z])/g, "$1 $2");
  return split.toLowerCase().match(/[a-z]+/g) ?? [];
}

function verdictOf(words: readonly string[]): KeyVerdict {
  let verdict: KeyVerdict = "clear";
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (WORDS.has(word) || JOINED.has(word) || GLUED.test(word)) return "secret";
    if (i > 0 && JOINED.has(words[i - 1]! + word)) return "secret";
    if (word === "token") verdict = "token";
  }
  return verdict;
}

/** The verdict on a key of any shape: `apiKey`, `X-Auth-Token`, `AWS_SECRET_ACCESS_KEY`. Cost is linear in the key. */
export function keyVerdict(given: string): KeyVerdict {
  // Full-width letters, a long s and their like are the letters that they stand for.
  const key = /^[\0-\x7f]*$/.test(given) ? given : withoutDisguise(given).normalize("NFKC");
  const verdict = verdictOf(wordsOf(key, true));
  if (verdict === "secret") return verdict;
  const other = verdictOf(wordsOf(key, false));
  return other === "clear" ? verdict : other;
}

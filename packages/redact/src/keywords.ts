// Which names say that a secret stands under them.

import { withoutDisguise } from "./undisguise.js";
import { looksChosen, looksOpaque } from "./values.js";

/**
 * `secret`: what stands under the name goes. `token`: numbers and booleans stay, they are counts and budgets. `key` and `pass`: only
 * a value goes that looks like a key or a password (`STRIPE_KEY`, `pwd`), because the name is used for other things as well.
 *
 * @public
 */
export type KeyVerdict = "secret" | "token" | "key" | "pass" | "clear";

const set = (words: string): ReadonlySet<string> => new Set(words.split(" "));

const WORDS = set(
  "secret secrets password passwords passwd passwds passphrase passphrases passcode passcodes credential credentials creds " +
    "passwort psk psks jwt jwts bearer cookie cookies auth authorization mnemonic phpsessid jsessionid aspsessionid sessid cftoken authtoken",
);

/** Two words in a row, and the same run together: before `key` and `keys`. */
const SECRET_KEYS = set(
  "api private access secret encryption decryption encrypt decrypt signing sign master subscription deploy deployment license " +
    "licence application hmac aes wallet ssh gpg pgp webhook admin auth cipher crypto consumer seal unseal recovery storage account ingest ingestion " +
    "write apim functions service preshared psk wireguard publish rsa activation integration shared functions vapid org",
);
/** Before `key`, names of things that are no secrets. */
const OPEN_KEYS = set(
  "primary foreign sort partition public pub cache group object map index unique composite candidate natural surrogate row column field " +
    "dict lookup search query item react list translation message locale event hot short shortcut arrow enter escape up down left right " +
    "ctrl alt meta shift tab return answer sub parent child setting preference pref route path node tree entry metric label tag feature " +
    "flag bucket idempotency dedupe dedup trace context state store min max first last next prev previous start end old current by with on to " +
    "for no any same each other registry known host verify verifying verification trusted order range shard routing correlation " +
    "config option attribute attr property prop header env variable var param parameter param json yaml dictionary hash lock session room " +
    "user file storage s3 redis memo compound join the a this that my your its of in is as press",
);
const SECRET_TOKENS = set("api auth access refresh bot bearer secret deploy session csrf id");
/** Before `pass` and `pwd`: who has a password. */
const OPEN_PASS = set(
  "first second third fourth last high low band all by one two single multi render shader test tests num max min did should must will " +
    "not no dry compiler opt optimization lint gate boarding season bus build final next prev previous each per total to of the a this " +
    "can old print get cwd current working hall free day ski speed depth shadow light early late fast slow check checks mark",
);
/** After a name of a secret: what is told about it. Then only what looks like a secret goes. */
const ABOUT = set(
  "file files path dir directory url uri length count policy hint label placeholder field type types enabled required expiry expires expiration expired " +
    "ttl regex pattern method methods provider endpoint name names mode strategy size limit status state reset page form error errors " +
    "message scheme service class index position pos format ref reference kind usage used max min rotation age at on helper store manager cache",
);

/** `PGPASSWORD`, `dbpassword`: all in one case, so the split cannot see the word; nothing innocent ends like this. */
const GLUED =
  /(?:passwords?|passwds?|passphrases?|secrets?|(?:api|auth|access|private|secret|master|signing|encryption|encrypt|decrypt|account|subscription|license|functions|seal|unseal)keys?|(?:auth|access|api|refresh|bot|bearer|session|secret|id|csrf|xsrf|login|user|git|github|gitlab|slack|npm|discord|telegram|oauth|master|root|admin|vault|service|client|deploy|registry)tokens?|(?:php|j|asp)sess(?:ion)?id)$/;
const GLUED_PASS =
  /^(?:db|my|mysql|sql|snowsql|pg|psql|postgres|redis|mongo|smtp|mail|email|imap|pop|ftp|sftp|user|usr|admin|root|sa|ldap|ssh|ssl|key|store|keystore|truststore|ca|http|https|proxy|login|sudo|become|ansible|vnc|rdp|wifi|wpa|ora|oracle|db2|app|web|rabbit|rabbitmq|mq|net|sys|git|svn|vpn|rpc|api|basic|auth|bind|backup|zip|p12|pfx|jks|nexus|sonar|docker|es|elastic|kafka|neo4j|couch|influx|grafana|jenkins|amqp|mqtt|sip)(?:pass|pwd|pw)$/;

/** Splits at case changes, digits and anything that is no letter. */
function wordsOf(key: string, acronym: boolean): string[] {
  // `APIKey` is API + Key, `PASSWORDhash` is PASSWORD + hash: no one rule splits both, so both are tried.
  const split = acronym
    ? key.replace(/([A-Z])([A-Z][a-z])/g, "$1 $2").replace(/([a-z])([A-Z])/g, "$1 $2")
    : key.replace(/([a-z])([A-Z])/g, "$1 $2").replace(/([A-Z]{2})([a-z])/g, "$1 $2");
  return split.toLowerCase().match(/[a-z]+/g) ?? [];
}

const RANK: Readonly<Record<KeyVerdict, number>> = { clear: 0, key: 1, pass: 2, token: 3, secret: 4 };

function verdictOf(words: readonly string[]): KeyVerdict {
  let verdict: KeyVerdict = "clear";
  for (let i = 0; i < words.length; i++) {
    const found = verdictAt(words, i);
    if (RANK[found] > RANK[verdict]) verdict = found;
  }
  const last = words[words.length - 1]!;
  // The id of a secret in a store, as in `--secret-id prod/db`; Vault's own ids look as if a machine chose them.
  const isAbout =
    ABOUT.has(last) || ((last === "id" || last === "ids") && /^(?:secret|credential)s?$/.test(words.at(-2) ?? ""));
  if (verdict !== "clear" && words.length > 1 && isAbout) return "key";
  return verdict;
}

function verdictAt(words: readonly string[], i: number): KeyVerdict {
  const word = words[i]!;
  const before = words[i - 1];
  if (WORDS.has(word) || GLUED.test(word) || GLUED_PASS.test(word)) return "secret";
  switch (word) {
    case "token":
      return "token";
    case "tokens":
      return before === undefined ? "key" : SECRET_TOKENS.has(before) ? "token" : "clear";
    case "key":
    case "keys":
      if (before === undefined) return "clear";
      if (SECRET_KEYS.has(before)) return "secret";
      return OPEN_KEYS.has(before) ? "clear" : "key";
    case "word":
    case "phrase":
      if (before === "pass") return "secret";
      return word === "phrase" && (before === "seed" || before === "recovery") ? "secret" : "clear";
    case "pass":
    case "pwd":
    case "pwds":
    case "pw":
      if (before !== undefined && OPEN_PASS.has(before)) return "clear";
      if (before !== undefined && GLUED_PASS.test(`${before}pass`)) return "secret";
      // In front of another word it is a verb or part of a name: `pass_through`, `passRate`.
      return i < words.length - 1 && words[i + 1] !== "s" ? "clear" : "pass";
    case "seed":
      return before === "wallet" || before === "master" || before === "hd" || before === "account" ? "secret" : "clear";
    case "codes":
      return before === "backup" || before === "recovery" ? "secret" : "clear";
    case "session":
      // The cookies of web frameworks: `laravel_session`, `_gitlab_session`. A program's own session is no such thing.
      return before === "laravel" || before === "gitlab" || before === "rails" || before === "ci" || before === "net"
        ? "key"
        : "clear";
    case "pat":
      // Personal access tokens; the word alone is a name or an abbreviation.
      return before !== undefined && i === words.length - 1 ? "key" : "clear";
    case "sid":
      return before === "connect" ? "key" : "clear";
    case "sessionid":
      return "key";
    default:
      return "clear";
  }
}

/** In an environment also such a key may be a secret: `SESSION_KEY`, `KEY`. Elsewhere they are names of things. */
const ENVIRONMENT_KEY = /^(?:(?:[A-Z0-9]{1,40}_){0,8}(?:SESSION|HOST|USER|FILE|LOCK|CONFIG|ROOM|HASH)_KEYS?|KEY)$/;

/** What every name with a verdict holds. */
const MAY_NAME = /pass|pwd?|secret|key|token|cred|cookie|auth|jwt|bearer|mnemonic|phrase|sess|seed|codes|psk|pat|sid/i;
/** Names that the two ways to split take for different words. */
const ACRONYM = /[A-Z]{2}[a-z]/;

const known = new Map<string, KeyVerdict>();

/**
 * The verdict on a key of any shape: `apiKey`, `X-Auth-Token`, `AWS_SECRET_ACCESS_KEY`. Cost is linear in the key. `isPlain`: no
 * letters in disguise are looked for.
 *
 * @public
 */
export function keyVerdict(given: string, isPlain = false): KeyVerdict {
  const kept = known.get(given);
  if (kept !== undefined) return kept;
  const verdict = judge(given, isPlain);
  if (isPlain) return verdict;
  // A hostile text could otherwise fill the memory with names.
  if (given.length <= 48) {
    if (known.size >= 4096) known.clear();
    known.set(given, verdict);
  }
  return verdict;
}

function judge(given: string, isPlain: boolean): KeyVerdict {
  // Full-width letters, a long s and their like are the letters that they stand for.
  const key = isPlain || /^[\0-\x7f]*$/.test(given) ? given : withoutDisguise(given).normalize("NFKC");
  if (!MAY_NAME.test(key)) return "clear";
  const verdict = verdictOf(wordsOf(key, true));
  if (verdict === "secret") return verdict;
  if (!ACRONYM.test(key)) return verdict === "clear" && ENVIRONMENT_KEY.test(key) ? "key" : verdict;
  const other = verdictOf(wordsOf(key, false));
  const found = RANK[other] > RANK[verdict] ? other : verdict;
  return found === "clear" && ENVIRONMENT_KEY.test(key) ? "key" : found;
}

/** A key with a prefix that says so, shorter than those that look as if a machine chose them: `sk-or-v1-abc`. */
const PREFIXED = /^(?:sk|rk|pat|ghp|gho|glpat|xox[a-z]|api|token|secret)[-_](?=[A-Za-z_-]{0,40}\d)[\w-]{6,}/;

/** Whether a text under a name of this verdict is to be masked. */
export function isSecretUnder(verdict: KeyVerdict, value: string): boolean {
  switch (verdict) {
    case "clear":
      return false;
    case "key":
      return looksOpaque(value) || PREFIXED.test(value);
    case "pass":
      return looksChosen(value);
    default:
      return true;
  }
}

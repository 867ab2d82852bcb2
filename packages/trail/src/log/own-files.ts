// Tells which files belong to a trail: those under its own name (write-ahead log, spool, locks, copies that were set aside),
// its configuration, its keys and its ledger. No command may write its output over them.
import { realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** Beside the trail under their usual names. A file that is written has a lock or a newer version beside it. */
const USUAL = ["config.json", "signing.key", "ledger.jsonl"];
const BESIDE = /^(?:\.(?:lock|new|tmp|\d+))?$/;
/** Names such as `audit.db.json`, which users give to exports. No file of the trail itself ends like that. */
const OUTPUT = /^\.(?:json|ndjson|jsonl|csv|txt|md|html)$/;
/** Members of the configuration that name files of the trail's. */
const NAMED = ["signingKeyFile", "walletKeyFile", "apiKeyFile", "ledgerFile"];

/**
 * Whether `path` is a file of this trail's, or would become one. Links are followed, and two names of one file are known by the
 * file itself.
 *
 * @param db the trail's database file
 * @param config its configuration, as far as it can be read
 * @param more further files that belong to it, such as keys that the environment names; absolute
 */
export function isOwnFile(path: string, db: string, config: object = {}, more: readonly string[] = []): boolean {
  const trail = trueName(resolve(db));
  const target = trueName(resolve(path));
  const folder = dirname(trail);
  const rest = target.startsWith(trail) ? target.slice(trail.length) : undefined;
  if (rest !== undefined && /^(?:[-.].*)?$/s.test(rest) && !OUTPUT.test(rest)) return true;
  const members = config as Record<string, unknown>;
  const named = NAMED.map((name) => members[name]).filter((name): name is string => typeof name === "string");
  const files = [...USUAL, ...named].map((name) => resolve(folder, name));
  return [trail, ...files, ...more].some((file) => {
    const own = trueName(file);
    return (target.startsWith(own) && BESIDE.test(target.slice(own.length))) || sameFile(target, own);
  });
}

/** For a file that does not exist, its name in the resolved folder. */
function trueName(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    try {
      return join(realpathSync(dirname(path)), basename(path));
    } catch {
      return path;
    }
  }
}

function sameFile(a: string, b: string): boolean {
  try {
    const [one, other] = [statSync(a, { bigint: true }), statSync(b, { bigint: true })];
    return one.ino === other.ino && one.dev === other.dev && one.ino !== 0n;
  } catch {
    return false;
  }
}

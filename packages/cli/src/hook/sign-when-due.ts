/**
 * Where only hooks run, nobody else would sign: a hook that finds an anchor due starts a process of its own for it and
 * goes on. That process signs and stores; sending is the timer's. Cheap: two look-ups by key, and mostly nothing else.
 */
import { existsSync, lstatSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { anchorDue } from "@sealtrail/anchor/policy";
import type { Trail } from "@sealtrail/trail/record";
import { anchorPolicyOf } from "../anchor-policy.js";
import type { Config } from "../config.js";

/** A process that was started less than this ago is assumed to be still running. */
const AT_WORK_MS = 60_000;

/** There while one signs, so that a burst of hooks starts one process and not a hundred. */
export function signingMark(db: string): string {
  return `${db}.signing`;
}

interface SigningContext {
  readonly db: string;
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: number;
}

function hasKey({ db, config, env }: SigningContext): boolean {
  if (config.anchor === "off") return false;
  if (env.SEALTRAIL_SIGNING_KEY || env.SEALTRAIL_SIGNING_KEY_FILE || config.signingKeyFile) return true;
  return existsSync(join(dirname(db), "signing.key"));
}

function signedUpTo(trail: Trail): number {
  const { database } = trail;
  const table = database
    .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'anchor_statements'")
    .get();
  if (table === undefined) return 0;
  return Number(database.prepare("SELECT max(lastSequence) AS n FROM anchor_statements").get()?.n ?? 0);
}

/**
 * Due by count, or by the age of the oldest event without a statement. The trail's own events are counted too; the signer
 * decides in the end.
 */
export function isDue(trail: Trail, { config, now }: Pick<SigningContext, "config" | "now">): boolean {
  const signed = signedUpTo(trail);
  const events = trail.lastSequence - signed;
  if (events === 0) return false;
  const oldest = trail.event(signed + 1)?.createdAt;
  const oldestAt = oldest === undefined ? undefined : Date.parse(oldest);
  return anchorDue({ events, hostEvents: events, oldestAt }, now, anchorPolicyOf(config)) !== undefined;
}

/** True when it may go on: nobody else has begun in the last minute. */
function claimed(db: string, now: number): boolean {
  const mark = signingMark(db);
  const there = lstatSync(mark, { throwIfNoEntry: false });
  // A pipe would block the hook, a folder would stop signing for good, and a link leads elsewhere.
  if (there?.isFile() === false) renameSync(mark, `${mark}.foreign-${now}`);
  else if (there !== undefined && Math.abs(now - there.mtimeMs) < AT_WORK_MS) return false;
  writeFileSync(mark, "", { mode: 0o600 });
  return true;
}

/** Never throws for want of a signature: the event is on record already. */
export function signWhenDue(trail: Trail, around: SigningContext): void {
  try {
    if (!hasKey(around) || !isDue(trail, around) || !claimed(around.db, around.now)) return;
    const program = fileURLToPath(new URL("../../bin/audit.js", import.meta.url));
    const child = process
      .getBuiltinModule("node:child_process")
      .spawn(process.execPath, [program, "anchor", "sign", "--quiet", "--db", around.db], {
        detached: true,
        stdio: "ignore",
        env: around.env as NodeJS.ProcessEnv,
      });
    child.on("error", () => {});
    child.unref();
  } catch {
    // The next hook, or the timer, finds it due again.
  }
}

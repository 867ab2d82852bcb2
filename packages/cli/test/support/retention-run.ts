// A trail pruned to a tenth, erased in part, held in part: does it verify, export and prove, and do its bytes hold nothing of
// what was pruned? Each event carries a marker of its own in every text; the files are searched byte by byte for markers,
// salts, digests and packed contents, before and after. In the tests a short one, as a command the long one:
//   npm run retention -- --events 200000
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { hexToBytes, verifyMultiproof, verifyProof } from "@sealtrail/smt";
import { eachRow } from "@sealtrail/smt/sqlite";
import { prepare, redactionPolicy, Trail } from "@sealtrail/trail";
import { saltOf } from "@sealtrail/verify/event";
import { Needles } from "./needles.ts";

export interface RetentionRunResult {
  events: number;
  kept: number;
  pruned: number;
  erased: number;
  held: number;
  seconds: Record<string, number>;
  bytes: Record<string, number>;
  /** Everything that must be empty. */
  wrong: string[];
}

const dayMs = 86_400_000;
const audit = join(import.meta.dirname, "..", "..", "bin", "audit.js");
/** 16 bytes, of which the first 8 tell events apart. */
const marker = (n: number) => `${String(n).padStart(7, "0")}~event~#`;

type Fate = "kept" | "held" | "pruned" | "erased";

interface Row {
  sequence: number;
  sessionId: string;
  rawHash: Uint8Array;
  censoredHash: Uint8Array;
  contentSalt: Uint8Array;
  contentHash: Uint8Array | null;
  content: Uint8Array | null;
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as a user runs it, in a process of its own. */
async function inProcess(argv: readonly string[]): Promise<Ended> {
  return spawnSync(process.execPath, [audit, ...argv], { encoding: "utf8", maxBuffer: 1 << 28 });
}

/** `command`: runs `audit`; without it in processes. */
export async function retentionRun({
  events,
  command = inProcess,
}: {
  events: number;
  command?: (argv: readonly string[]) => Promise<Ended>;
}): Promise<RetentionRunResult> {
  const folder = mkdtempSync(join(tmpdir(), "retention-run-"));
  const file = join(folder, "trail", "audit.db");
  const result: RetentionRunResult = {
    events,
    kept: 0,
    pruned: 0,
    erased: 0,
    held: 0,
    seconds: {},
    bytes: {},
    wrong: [],
  };
  const { wrong, seconds, bytes } = result;
  const expect = (what: string, found: unknown, wanted: unknown) => {
    const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
    if (a !== b) wrong.push(`${what}: ${a}, not ${b}`);
  };
  const timed = async <T>(what: string, work: () => T | Promise<T>): Promise<T> => {
    const started = performance.now();
    const made = await work();
    seconds[what] = Math.round(performance.now() - started) / 1_000;
    return made;
  };
  const run = async (argv: string[]) => {
    const { status, stdout, stderr } = await command([...argv, "--db", file, "--json"]);
    return { status, said: (stdout === "" ? {} : JSON.parse(stdout)) as Record<string, unknown>, stderr };
  };
  const ok = async (argv: string[]) => {
    const { status, said, stderr } = await run(argv);
    if (status !== 0)
      wrong.push(`audit ${argv.join(" ")}: exit ${status}: ${JSON.stringify(said).slice(0, 500)} ${stderr}`);
    return said;
  };
  try {
    await timed("recorded", () => record(file, events));
    const tenth = Math.floor(events / 10);
    const fates: Fate[] = ["kept"]; // by sequence, from 1
    for (let n = 1; n <= events; n++) fates.push(n > events - tenth ? "kept" : "pruned");

    // --- what stands in the file, and where it stands, while all of it is there
    const needles = new Needles();
    const dedupeKeys = new Needles();
    const keys: string[] = [];
    const sessions = new Map<string, number[]>();
    const plain = Trail.open(file, { readOnly: true });
    for (const row of eachRow<Row>(plain.database.prepare("SELECT * FROM events ORDER BY sequence"))) {
      for (const bytes of secretsOf(row)) needles.add(bytes, row.sequence);
      keys.push(Buffer.from(row.rawHash).toString("hex"), Buffer.from(row.censoredHash).toString("hex"));
      sessions.set(row.sessionId, [...(sessions.get(row.sessionId) ?? []), row.sequence]);
    }
    for (const { key, sequence } of eachRow<{ key: Uint8Array; sequence: number }>(
      plain.database.prepare("SELECT key, sequence FROM dedupe"),
    )) {
      dedupeKeys.add(key, sequence);
    }
    const before = plain.checkpoint()!.checkpoint;
    plain.close();
    const own = join(folder, "trail");
    const ownFiles = () => readdirSync(own).map((name) => join(own, name));
    const search = (what: string, files: string[], wanted: (fate: Fate) => "all" | "none" | "either") => {
      const found = new Set<number>();
      for (const name of files) for (const id of needles.scan(name)) found.add(id);
      for (let n = 1; n <= events; n++) {
        const asked = wanted(fates[n]!);
        if (asked === "either" || found.has(n) === (asked === "all")) continue;
        wrong.push(`${what}: ${fates[n]} event ${n} ${found.has(n) ? "is still there" : "is not there"}`);
        if (wrong.length > 50) return;
      }
    };
    const sizeOf = (what: string) => {
      bytes[what] = ownFiles().reduce((sum, name) => sum + statSync(name).size, 0);
    };
    await timed("searched before", () => search("before anything", ownFiles(), () => "all"));
    sizeOf("trail before");

    // --- holds, erasures, pruning
    const mark = (numbers: readonly number[], fate: Fate) => {
      for (const n of numbers) if (fates[n] !== "kept" || fate === "erased") fates[n] = fate;
    };
    const held = ["session-2", "long"];
    const holds: Record<string, unknown>[] = [];
    for (const session of held)
      holds.push(await ok(["retention", "hold", "--session", session, "--reason", "case 12"]));
    for (const session of held) mark(sessions.get(session) ?? [], "held");
    const range = [Math.floor(events / 5) + 1, Math.floor(events / 5) + Math.floor(events / 200)] as const;
    await ok(["retention", "hold", "--range", range.join("-")]);
    mark(
      Array.from({ length: range[1] - range[0] + 1 }, (_, i) => range[0] + i),
      "held",
    );
    const erasing = [...sessions.keys()]
      .filter((name) => /^session-\d*[37]$/.test(name))
      .slice(0, events < 10_000 ? 3 : 8);
    erasing.push([...sessions.keys()].filter((name) => name !== "long").at(-1)!);
    let [erased, untouched] = [0, 0];
    await timed("erased", async () => {
      for (const session of erasing) {
        const numbers = sessions.get(session)!;
        if (numbers.some((n) => n >= range[0] && n <= range[1])) {
          untouched++;
          expect(
            `erasing ${session}, which a hold reaches into`,
            (await run(["erase", "--session", session])).status,
            77,
          );
          continue;
        }
        erased += Number((await ok(["erase", "--session", session, "--yes", "--reason", "asked for"])).erased);
        mark(numbers, "erased");
      }
    });
    for (const target of [["--session", "session-2"], ["--session", "long"], [String(range[0])]]) {
      expect(`erasing ${target.join(" ")} under hold`, (await run(["erase", ...target])).status, 77);
    }
    const count = (fate: Fate) => fates.filter((f, n) => n > 0 && f === fate).length;
    expect("erased", erased, count("erased"));
    const policy = ["--max-age", "183d"];
    const dry = await ok(["retention", "run", ...policy, "--dry-run"]);
    expect("would be pruned", dry.byAge, count("pruned"));
    const pruned = await timed("pruned", () => ok(["retention", "run", ...policy, "--yes"]));
    expect("pruned", [pruned.pruned, pruned.held, pruned.walEmptied], [count("pruned"), count("held"), true]);
    sizeOf("trail after");
    Object.assign(result, { kept: count("kept"), held: count("held"), pruned: count("pruned"), erased });

    // --- its bytes
    const gone = (fate: Fate) => (fate === "pruned" || fate === "erased" ? "none" : "all");
    await timed("searched after", () => search("the trail's files", ownFiles(), gone));
    const keysFound = ownFiles().flatMap((name) => [...dedupeKeys.scan(name)]);
    expect("dedupe keys left", keysFound.filter((n) => gone(fates[n]!) === "none").length, 0);
    expect("SQLite's own check", sqlCheck(file), "ok");

    // --- verify
    const known = ["--known-root", `${before.lastSequence}:${before.root}`];
    const verified = await timed("verified", () => ok(["verify", ...known]));
    const notes = (said: Record<string, unknown>) =>
      Object.fromEntries(
        ((said.notes ?? []) as { kind: string; count: number; detail: string }[]).map((n) => [n.kind, n]),
      );
    expect("verify", [verified.status, (verified.findings as unknown[])?.length], ["verified", 0]);
    expect("verify: pruned", notes(verified).pruned?.count, count("pruned"));
    expect("verify: by policy", /pruned by policy/.test(String(notes(verified).pruned?.detail)), true);
    expect("verify: erased", notes(verified).erased?.count, erased);

    // --- prove: each leaf of each event, under the root of now and under the root from before
    await timed("proved", () => proveAll(file, keys, before.version, wrong));

    // --- export
    const exported = async (name: string, argv: string[]) => {
      const out = join(folder, name);
      const { status, stderr } = await timed(`exported ${name}`, () =>
        command(["export", ...argv, "--out", out, "--db", file, "--quiet"]),
      );
      expect(`exporting ${name}: ${stderr}`, status, 0);
      bytes[name] = statSync(out).size;
      return out;
    };
    const bare = await exported("bare.ndjson", ["ndjson"]);
    const full = await exported("full.ndjson", ["ndjson", "--include-content", "--with-salts"]);
    const table = await exported("table.csv", ["csv", "--include-content"]);
    for (const name of [bare, full, table])
      await timed(`searched ${name.slice(folder.length + 1)}`, () => search(name, [name], gone));
    const recomputed = async (name: string, from: string) => {
      const said = await timed(`verified ${name}`, () => ok(["verify", "--from", from, ...known]));
      expect(`verify --from ${name}`, [said.status, said.checkpointsVerified], ["verified", said.checkpoints]);
      expect(`verify --from ${name}: destroyed`, notes(said).destroyed?.count, count("pruned") + erased);
      return notes(said);
    };
    await recomputed("bare.ndjson", bare);
    const salted = await recomputed("full.ndjson", full);
    const whole = Number(verified.events) - count("pruned") - erased;
    expect("events recomputed with their salts", salted["events-recomputed"]?.count, whole);
    const contents = fates.filter((fate, n) => n > 0 && n % 4 === 0 && gone(fate) === "all").length;
    expect("contents recomputed", salted["contents-recomputed"]?.count, contents);

    // --- and what a hold kept goes when it is released
    for (const hold of holds) await ok(["retention", "release", String(hold.id)]);
    const late = (sessions.get("session-2") ?? []).concat(sessions.get("long") ?? []);
    const freed = late.filter((n) => fates[n] === "held" && !(n >= range[0] && n <= range[1]));
    expect("pruned after the release", (await ok(["retention", "run", ...policy, "--yes"])).pruned, freed.length);
    mark(freed, "pruned");
    search("after the release", ownFiles(), gone);
    expect("verify after the release", (await ok(["verify", ...known])).status, "verified");
    if (untouched > 0 && events >= 200_000) result.bytes["sessions not erased, a hold reaching in"] = untouched;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return result;
}

/** Nine tenths between 400 and 200 days ago, the rest in the last 100; an hour's work a day. */
function record(file: string, events: number): void {
  const now = Date.now();
  let at = now - 400 * dayMs;
  const trail = Trail.create(file, { clock: () => at });
  const redaction = redactionPolicy();
  const old = events - Math.floor(events / 10);
  for (let first = 1; first <= events; ) {
    const end = Math.min(first + 500, events + 1, first <= old ? old + 1 : events + 1);
    const days = first <= old ? 200 * (first / old) : 300 + 99 * ((first - old) / (events - old));
    at = Math.floor(now - (400 - Math.floor(days)) * dayMs + (days % 1) * 3_600_000);
    const batch = [];
    for (let n = first; n < end; n++) batch.push(prepare(draft(n), { source: "ndjson", redaction }));
    trail.append(batch.map((event) => ({ ...event, dedupe: randomBytes(16) })));
    first = end;
  }
  trail.checkpoint();
  trail.close();
}

function draft(n: number) {
  const mark = marker(n);
  // Four sessions at a time, and one that goes through all of it.
  const session = n % 50 === 0 ? "long" : `session-${Math.floor(n / 400) * 4 + (n % 4)}`;
  const size = n % 100 === 4 ? 20_000 : 200;
  return {
    type: n % 3 === 0 ? "prompt.input" : "tool.invoked",
    sessionId: session,
    runId: mark,
    agentId: `agent ${mark}`,
    userId: `user ${mark}`,
    orgId: `org ${mark}`,
    occurredAt: "2025-01-01T00:00:00.000Z",
    description: `said ${mark}`,
    metadata: {
      toolName: "exec",
      args: { command: `echo ${mark}` },
      ...(n % 70 === 0 && { long: `${mark} `.repeat(200) }),
    },
    // Every fourth event; random, so that gzip keeps it as it is, and some over many pages.
    ...(n % 4 === 0 && { content: `${randomBytes(size / 2).toString("hex")} ${mark}` }),
  };
}

/** What must not be left of an event that is gone. */
function secretsOf({ sequence, contentSalt, contentHash, content }: Row): Uint8Array[] {
  const secrets = [Buffer.from(marker(sequence)), contentSalt, saltOf(contentSalt)];
  if (contentHash !== null) secrets.push(contentHash);
  // The packed content's checksum with what stands before it, and its middle a page apart.
  if (content !== null) {
    secrets.push(content.subarray(content.length - 12));
    for (let at = 100; at + 8 < content.length; at += 2_000) secrets.push(content.subarray(at, at + 8));
  }
  return secrets;
}

function sqlCheck(file: string): unknown {
  const trail = Trail.open(file, { readOnly: true });
  const row = trail.database.prepare("PRAGMA integrity_check(1)").get() as Record<string, unknown>;
  trail.close();
  return Object.values(row)[0];
}

function proveAll(file: string, keys: readonly string[], oldVersion: number, wrong: string[]): void {
  const trail = Trail.open(file);
  const now = trail.checkpoint()!.checkpoint;
  const old = trail.checkpointAt({ version: oldVersion })!.checkpoint;
  const atOnce = 20_000;
  for (const [version, root] of [
    [now.version, now.root],
    [old.version, old.root],
  ] as const) {
    for (let i = 0; i < keys.length; i += atOnce) {
      const asked = keys.slice(i, i + atOnce);
      const { multiproof } = trail.proveMany(asked.map(hexToBytes), { at: { version } })!;
      const verdict = verifyMultiproof(multiproof, { root: hexToBytes(root) });
      const present = verdict.ok ? verdict.present.length : 0;
      if (present !== asked.length) wrong.push(`proofs at version ${version}: ${present} of ${asked.length}`);
    }
  }
  // And one by one, as a bundle does it, spread over the log.
  const step = Math.max(1, Math.floor(keys.length / 500));
  for (let i = 0; i < keys.length; i += step) {
    const key = hexToBytes(keys[i]!);
    const { proof, checkpoint } = trail.prove(key, { at: { version: now.version } })!;
    const ask = { root: hexToBytes(checkpoint.root), key, value: hexToBytes(proof.value ?? "") };
    if (!verifyProof(proof, ask).ok || proof.record === undefined) wrong.push(`proof of ${keys[i]}`);
  }
  trail.close();
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { events: { type: "string", default: "200000" } } });
  const result = await retentionRun({ events: Number(values.events) });
  console.log(JSON.stringify(result, null, 1));
  process.exitCode = result.wrong.length === 0 ? 0 : 1;
}

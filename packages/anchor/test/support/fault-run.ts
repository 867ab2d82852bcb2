// The whole of anchoring under fire: a network that fails at random for the whole run, several drainers competing, every
// process killed with -9 again and again. Seeded; in the tests a short one, as a command the long one:
//   node packages/anchor/test/support/fault-run.ts --events 10000 --seed 1
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Outbox, signerIdOf, verifyAnchors } from "@sealtrail/anchor";
import { type AnchorFinding, readLedger } from "@sealtrail/anchor/audit";
import { LocalNetwork, mulberry32, SUBMIT_FAULTS, seededFaults } from "@sealtrail/devkit";
import { Trail } from "@sealtrail/trail";
import { oneFile } from "../../../trail/test/support/one-file.ts";

export interface FaultRunOptions {
  events: number;
  /** Between two anchors. */
  everyEvents: number;
  seed: number;
  /** Of every request. */
  failure: number;
  drainers: number;
  /** Between two kills, on average. */
  killEveryMs: number;
  /** How many kills at most; without it they go on to the end. */
  kills?: number;
  /** How much faster than the wall clock the processes' clocks run. */
  speed: number;
  deadlineMs: number;
}

export interface FaultRunResult {
  seed: number;
  seconds: number;
  events: number;
  checkpoints: number;
  statements: number;
  superseded: number;
  requests: number;
  kills: number;
  charges: number;
  spent: string;
  /** Everything that must be empty. */
  wrong: string[];
  findings: AnchorFinding[];
}

const KEY = "11".repeat(32);
const WALLET = "33".repeat(32);
const ACCOUNT = { orgId: "0a0a0a0a-0000-4000-8000-000000000001", tenantId: "0a0a0a0a-0000-4000-8000-000000000002" };
const asset = { network: "eip155:84532", contract: `0x${"42".repeat(20)}`, name: "Test Dollar", version: "1" };
const payTo = `0x${"77".repeat(20)}`;

export async function faultRun(options: FaultRunOptions): Promise<FaultRunResult> {
  const { seed, speed } = options;
  const started = Date.now();
  const clock = () => Math.floor(started + (Date.now() - started) * speed);
  const random = mulberry32(seed ^ 0x5eed);
  const folder = mkdtempSync(join(tmpdir(), "fault-run-"));
  const trails = (["key", "wallet", "ledger"] as const).map((way, i) => ({
    file: join(folder, `${way}.db`),
    way,
    events: Math.floor((options.events + i) / 3),
  }));
  for (const { file } of trails) Trail.create(file, { clock }).close();
  const network = await LocalNetwork.start({
    clock,
    shape: "second",
    batchMs: 5_000,
    finalityMs: 10_000,
    // Refusals a little more often: what follows them (look-up, resign) is the longest way.
    faults: seededFaults(seed, options.failure, {
      submit: [...SUBMIT_FAULTS, "partial", "partial", "partial", "unprocessable", "unprocessable"],
    }),
    till: { asset, price: "1000", payTo },
    duplicates: seed % 2 === 0 ? "accept" : "refuse",
  });
  const policy = { environment: "test", maxPerPayment: "1000", maxPerDay: "400000", payTo, asset };
  const settings = JSON.stringify({
    speed,
    origin: started,
    url: network.url,
    key: KEY,
    walletKey: WALLET,
    account: ACCOUNT,
    policy,
    trails,
    ledger: join(folder, "ledger.jsonl"),
    // On a busy machine an answer takes its time, however fast the clocks run.
    timeoutMs: Math.max(300, 15_000 / speed),
    lostAfterMs: 60_000,
    recordPauseMs: 2_000,
    everyEvents: options.everyEvents,
  });
  const program = oneFile(join(import.meta.dirname, "fault-child.mjs"));
  const children = new Map<ChildProcess, string>();
  const errors: string[] = [];
  let recorded = false;
  let stopping = false;
  const start = (role: "recorder" | "drainer") => {
    const child = spawn(process.execPath, [program.path, role, settings], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (text) => {
      said += text;
    });
    children.set(child, role);
    child.once("exit", (code) => {
      children.delete(child);
      if (code === 0) recorded = true;
      else if (code !== null) errors.push(`${role}: ${said.slice(0, 2_000)}`);
      if (!stopping && code !== 0) start(role);
    });
  };
  start("recorder");
  for (let i = 0; i < options.drainers; i++) start("drainer");

  const open = trails.map(({ file }) => Trail.open(file, { readOnly: true, clock }));
  const result: FaultRunResult = {
    seed,
    seconds: 0,
    events: 0,
    checkpoints: 0,
    statements: 0,
    superseded: 0,
    requests: 0,
    kills: 0,
    charges: 0,
    spent: "0",
    wrong: [],
    findings: [],
  };
  const settled = () =>
    open.every((trail) => {
      const counts = new Outbox(trail, { readOnly: true }).counts();
      return counts.queued + counts.sent + counts.accepted + counts.rejected === 0;
    });
  let nextKill = Date.now() + options.killEveryMs;
  while (!(recorded && settled())) {
    if (Date.now() - started > options.deadlineMs) {
      result.wrong.push("not settled in time");
      break;
    }
    if (errors.length > 5) break;
    if (Date.now() >= nextKill && children.size > 0 && result.kills < (options.kills ?? Number.POSITIVE_INFINITY)) {
      const victims = [...children.keys()];
      if (victims[Math.floor(random() * victims.length)]!.kill("SIGKILL")) result.kills++;
      nextKill = Date.now() + options.killEveryMs * (0.5 + random());
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  stopping = true;
  for (const child of children.keys()) child.kill("SIGKILL");
  await new Promise((resolve) => setTimeout(resolve, 50));

  judge(open, network, join(folder, "ledger.jsonl"), policy, result);
  result.wrong.push(...errors);
  result.requests = network.requests;
  result.seconds = Math.round((Date.now() - started) / 100) / 10;
  for (const trail of open) trail.close();
  await network.close();
  program.remove();
  rmSync(folder, { recursive: true, force: true });
  return result;
}

/** Every checkpoint that was signed is on the network exactly once; nothing else is; nothing was paid twice. */
function judge(
  trails: readonly Trail[],
  network: LocalNetwork,
  ledger: string,
  policy: { maxPerDay: string },
  result: FaultRunResult,
): void {
  const { wrong } = result;
  const known = new Set<string>();
  const lines = [...readLedger(ledger)].map((item) => ("code" in item ? item.code : item.entry.statement));
  for (const trail of trails) {
    const outbox = new Outbox(trail, { readOnly: true });
    const checkpoints = [...trail.checkpoints()];
    const rows = outbox.rows();
    result.events += trail.lastSequence;
    result.checkpoints += checkpoints.length;
    result.statements += rows.length;
    const live = rows.filter((row) => row.state !== "superseded");
    result.superseded += rows.length - live.length;
    const written = lines.flatMap((l) =>
      typeof l !== "string" && l.content.documentId.includes(trail.genesis.tree) ? [l] : [],
    );
    const stored =
      rows[0]?.target === "ledger"
        ? written
        : [...network.registry.fingerprints.values()].filter(
            (f) => f.content.documentRef && f.content.documentId.includes(trail.genesis.tree),
          );
    for (const row of live) {
      known.add(row.hash);
      if (row.state !== "finalized") wrong.push(`version ${row.version} is ${row.state}`);
      if (row.proofState !== null && row.proofState !== "verified")
        wrong.push(`version ${row.version}: proof ${row.proofState}`);
      if (!stored.some((f) => f.hash === row.hash)) wrong.push(`version ${row.version} is missing outside`);
    }
    for (const fingerprint of stored) {
      if (!known.has(fingerprint.hash))
        wrong.push(`a superseded statement is outside: ${fingerprint.content.documentId}`);
    }
    if (stored.length !== live.length) wrong.push(`${live.length} statements, ${stored.length} fingerprints`);
    if (new Set(stored.map((f) => f.content.documentId)).size !== stored.length)
      wrong.push("one checkpoint has two fingerprints");
    if (outbox.signedUpTo() !== trail.lastSequence) wrong.push("events without a signed checkpoint");
    const verdict = verifyAnchors({
      tree: trail.genesis.tree,
      checkpoints,
      statements: rows,
      ledger: readLedger(ledger),
      signers: [{ publicKey: signerIdOf(KEY), fromVersion: 1 }],
    });
    // The trails share a key and a ledger: each is told that there is another.
    result.findings.push(...verdict.findings.filter(({ code }) => code !== "tree-id-mismatch"));
    const days = trail.database.prepare("SELECT day, sum(amount) AS spent FROM anchor_payments GROUP BY day").all() as {
      day: string;
      spent: number;
    }[];
    for (const { day, spent } of days) {
      result.spent = String(Number(result.spent) + spent);
      if (spent > Number(policy.maxPerDay)) wrong.push(`${spent} spent on ${day}`);
    }
  }
  for (const line of lines) if (typeof line === "string") wrong.push(`ledger file: ${line}`);
  result.charges = network.till!.charges.size;
  for (const hash of network.paidAgain) wrong.push(`paid again for ${hash}`);
  for (const finding of result.findings) wrong.push(finding.message);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      events: { type: "string", default: "10000" },
      every: { type: "string", default: "100" },
      seed: { type: "string", default: "1" },
      failure: { type: "string", default: "0.35" },
      drainers: { type: "string", default: "3" },
      "kill-every-ms": { type: "string", default: "2500" },
      speed: { type: "string", default: "30" },
      "deadline-s": { type: "string", default: "900" },
    },
  });
  const result = await faultRun({
    events: Number(values.events),
    everyEvents: Number(values.every),
    seed: Number(values.seed),
    failure: Number(values.failure),
    drainers: Number(values.drainers),
    killEveryMs: Number(values["kill-every-ms"]),
    speed: Number(values.speed),
    deadlineMs: 1000 * Number(values["deadline-s"]),
  });
  console.log(JSON.stringify(result, null, 1));
  process.exitCode = result.wrong.length === 0 ? 0 : 1;
}

// Two ledgers of the same calls: what one lacks is named, what the host leaves out by design is not held against it.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { reconcileOpenclaw } from "../src/reconcile/openclaw.js";
import { folder, newTrail, prepared } from "./support/trails.js";

const T0 = Date.UTC(2026, 0, 15, 12);
const hashed = (id: string) => `sha256:${createHash("sha256").update(id).digest("hex")}`;

function ledger(rows: [id: string, status: string, at?: number][]): string {
  const path = join(folder(), "openclaw.sqlite");
  const db = new DatabaseSync(path);
  db.exec(`CREATE TABLE audit_events (sequence INTEGER PRIMARY KEY AUTOINCREMENT, occurred_at INTEGER NOT NULL,
    status TEXT NOT NULL, tool_call_id TEXT, tool_name TEXT, session_key TEXT) STRICT`);
  const insert = db.prepare(
    "INSERT INTO audit_events (occurred_at, status, tool_call_id, tool_name) VALUES (?, ?, ?, 'exec')",
  );
  for (const [id, status, at = T0] of rows) insert.run(at, status, id);
  db.close();
  return path;
}

const call = (type: string, toolCallId: string) =>
  prepared({ type, source: "openclaw", metadata: `{"toolCallId":${JSON.stringify(toolCallId)},"toolName":"exec"}` });

const ids = (calls: { id: string }[]) => calls.map(({ id }) => id);

test("each side's own calls are named", () => {
  const { trail } = newTrail();
  trail.append([
    call("tool.invoked", "both"),
    call("tool.result", "both"),
    call("tool.invoked", "ours"),
    call("tool.result", "ours"),
    call("tool.result", "unknown-tool"),
    call("tool.invoked", "http-direct-operator-1"),
    call("tool.invoked", "blocked"),
    call("tool.denied", "blocked"),
    call("tool.invoked", "quarrel"),
    call("tool.denied", "quarrel"),
    prepared({ source: "claude-code", metadata: '{"toolCallId":"another-host"}' }),
  ]);
  const path = ledger([
    [hashed("both"), "started"],
    [hashed("both"), "succeeded"],
    [hashed("theirs"), "started", T0 + 5],
    [hashed("blocked"), "blocked"],
    [hashed("quarrel"), "succeeded"],
  ]);
  const found = reconcileOpenclaw(trail, path, { now: T0 + 1000 });
  expect(found.both).toBe(3);
  expect(ids(found.onlyTrail)).toEqual([hashed("ours")]);
  expect(found.onlyLedger).toMatchObject([{ id: hashed("theirs"), outcome: "running" }]);
  expect(ids(found.expected).sort()).toEqual([hashed("unknown-tool"), hashed("http-direct-operator-1")].sort());
  expect(found.disagree).toMatchObject([{ trail: { outcome: "denied" }, ledger: { outcome: "ended" } }]);
  trail.close();
});

test("a call without an end is unknown after ten minutes, and no damage", () => {
  const { trail } = newTrail();
  trail.append([call("tool.invoked", "a")]);
  const path = ledger([[hashed("b"), "started"]]);
  const at = (now: number) => reconcileOpenclaw(trail, path, { now }).onlyTrail[0]?.outcome;
  expect(at(T0 + 9 * 60_000)).toBe("running");
  expect(at(T0 + 11 * 60_000)).toBe("unknown");
  trail.close();
});

test("only the time that both reach back to is compared, and what was asked for", () => {
  const { trail, clock } = newTrail();
  trail.append([call("tool.invoked", "before-the-ledger")]);
  clock.now += 60_000;
  trail.append([call("tool.invoked", "x")]);
  const path = ledger([[hashed("y"), "succeeded", T0 + 30_000]]);
  expect(ids(reconcileOpenclaw(trail, path, { now: T0 }).onlyTrail)).toEqual([hashed("x")]);
  const late = new Date(T0 + 120_000).toISOString();
  expect(reconcileOpenclaw(trail, path, { now: T0, since: late })).toMatchObject({ onlyTrail: [], onlyLedger: [] });
  trail.close();
});

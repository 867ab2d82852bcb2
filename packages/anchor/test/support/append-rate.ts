// How fast a trail takes events while another process drains its outbox: with the network up, refusing connections, and
// taking them without ever answering. One event a transaction, a checkpoint signed every 100 events.
//   node packages/anchor/test/support/append-rate.ts [events]
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Outbox, signCheckpoint } from "@sealtrail/anchor";
import { LocalNetwork } from "@sealtrail/devkit";
import { Trail } from "@sealtrail/trail";

const KEY = "11".repeat(32);
const ACCOUNT = { orgId: "0a0a0a0a-0000-4000-8000-000000000001", tenantId: "0a0a0a0a-0000-4000-8000-000000000002" };
const events = Number(process.argv[2] ?? 5_000);

async function rate(url: string): Promise<{ perSecond: number; slowestMs: number; anchored: number; waiting: number }> {
  const folder = mkdtempSync(join(tmpdir(), "append-rate-"));
  const file = join(folder, "audit.db");
  const trail = Trail.create(file);
  const outbox = new Outbox(trail);
  const settings = {
    speed: 20,
    origin: Date.now(),
    url,
    key: KEY,
    walletKey: "33".repeat(32),
    account: ACCOUNT,
    policy: {},
    ledger: join(folder, "l"),
    timeoutMs: 750,
    lostAfterMs: 3_600_000,
    trails: [{ file, way: "key", events }],
  };
  const drainer = spawn(
    process.execPath,
    [join(import.meta.dirname, "fault-child.mjs"), "drainer", JSON.stringify(settings)],
    { stdio: "inherit" },
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  let slowestMs = 0;
  let appending = 0;
  for (let n = 1; n <= events; n++) {
    const event = {
      type: "tool.invoked",
      category: "tool",
      source: "ndjson" as const,
      sessionId: "s",
      description: `call ${n}`,
      metadata: `{"n":${n}}`,
      contentSalt: crypto.getRandomValues(new Uint8Array(32)),
    };
    const start = performance.now();
    trail.append([event]);
    const took = performance.now() - start;
    appending += took;
    slowestMs = Math.max(slowestMs, took);
    if (n % 100 === 0) signCheckpoint(trail, outbox, { privateKey: KEY, target: "test", ...ACCOUNT }, { asked: true });
    if (n % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  drainer.kill("SIGKILL");
  const { accepted, finalized, queued, sent } = outbox.counts();
  trail.close();
  rmSync(folder, { recursive: true });
  return {
    perSecond: Math.round((events * 1000) / appending),
    slowestMs: Math.round(slowestMs * 10) / 10,
    anchored: accepted + finalized,
    waiting: queued + sent,
  };
}

const network = await LocalNetwork.start();
const hole = createServer(() => {});
await new Promise<void>((resolve) => hole.listen(0, "127.0.0.1", resolve));
const urls = {
  up: network.url,
  refusing: "http://127.0.0.1:9",
  silent: `http://127.0.0.1:${(hole.address() as AddressInfo).port}`,
};
for (const round of [1, 2]) {
  for (const [name, url] of Object.entries(urls)) console.log(round, name.padEnd(8), JSON.stringify(await rate(url)));
}
await network.close();
process.exit(0);

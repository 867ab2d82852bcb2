// A process of the fault run: a recorder that appends events and signs checkpoints, or a drainer. Killed at any moment.
//   node fault-child.mjs recorder|drainer '<JSON of FaultSettings>'
// Runs on the built packages, as an installed program does. Its clock runs `speed` times as fast as the wall's.
import { randomBytes } from "node:crypto";
import { check, DigitalEvidenceClient, drain, Ledger, Outbox, signCheckpoint } from "@sealtrail/anchor";
import { resign } from "@sealtrail/anchor/outbox";
import { WalletPayment, walletAddress, walletIdentity } from "@sealtrail/anchor/x402";
import { Trail } from "@sealtrail/trail";

const [, , role, json] = process.argv;
const settings = JSON.parse(json);
const { speed, origin, url, key, walletKey, account, policy } = settings;
const clock = () => Math.floor(origin + (Date.now() - origin) * speed);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms / speed));

const ways = {
  key: {
    signer: { privateKey: key, target: "test", ...account },
    target: {
      network: "test",
      client: new DigitalEvidenceClient({ baseUrl: url, apiKey: "local-key", timeoutMs: settings.timeoutMs, clock }),
    },
  },
  wallet: {
    signer: { privateKey: key, target: "test", ...walletIdentity(walletAddress(walletKey)) },
    target: {
      network: "test",
      client: new DigitalEvidenceClient({ baseUrl: url, timeoutMs: settings.timeoutMs, clock }),
      payment: new WalletPayment(policy, walletKey),
    },
  },
  ledger: {
    signer: { privateKey: key, target: "ledger" },
    target: { network: "ledger", ledger: new Ledger(settings.ledger, { clock }) },
  },
};
const trails = settings.trails.map(({ file, way, events }) => {
  const trail = Trail.open(file, { clock });
  return { trail, outbox: new Outbox(trail, { clock }), ...ways[way], events };
});

function draft(n) {
  return {
    type: "tool.invoked",
    category: "tool",
    source: "ndjson",
    sessionId: `s${n % 7}`,
    description: `call ${n}`,
    metadata: `{"n":${n}}`,
    contentSalt: new Uint8Array(randomBytes(32)),
  };
}

async function record() {
  for (;;) {
    let open = false;
    for (const { trail, outbox, signer, events } of trails) {
      const have = trail.lastSequence;
      if (have < events) {
        open = true;
        const batch = Math.min(1 + Math.floor(Math.random() * 40), events - have);
        trail.append(Array.from({ length: batch }, (_, i) => draft(have + i + 1)));
      }
      signCheckpoint(trail, outbox, signer, {
        asked: have >= events,
        policy: { everyEvents: settings.everyEvents, everyMs: 300_000, maxAnchorDelayMs: 3_600_000 },
      });
    }
    if (!open) break;
    await sleep(settings.recordPauseMs);
  }
}

async function drainForEver() {
  const deps = { clock, sleep, pauseMs: 1_000, lostAfterMs: settings.lostAfterMs };
  for (;;) {
    for (const { trail, outbox, signer, target } of trails) {
      await drain([outbox], target, deps);
      if (target.network === "ledger") continue;
      await check([outbox], target, deps);
      for (const row of outbox.rows({ states: ["rejected"] })) {
        // What the operator would do.
        await resign(
          outbox,
          [...trail.checkpoints()].find((c) => c.version === row.version),
          signer,
          target,
          deps,
        );
      }
    }
    await sleep(5_000);
  }
}

await (role === "recorder" ? record() : drainForEver());

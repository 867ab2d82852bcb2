// `audit anchor resign <version>`: a new statement of the same checkpoint, only once the network has said that it does
// not know the old one. Else one checkpoint could have two fingerprints there.
import type { Checkpoint } from "@sealtrail/smt/checkpoint";
import type { AnchorSigner, Outbox } from "../outbox/outbox.js";
import { anchorPartOf, type StatementRow } from "../outbox/statement-row.js";
import { join, lookUp } from "./drained-outbox.js";
import { accepted } from "./outcome.js";
import { type DrainOptions, drainDeps, type NetworkTarget } from "./target.js";

export type ResignResult =
  | { ok: true; row: StatementRow; replaced: string }
  /** `accepted-after-all`: the network knows the old statement; it counts again. */
  | {
      ok: false;
      code:
        | "no-such-statement"
        | "not-rejected"
        | "busy"
        | "accepted-after-all"
        | "errored"
        | "network-down"
        | "waiting";
      message: string;
    };

export async function resign(
  outbox: Outbox,
  checkpoint: Checkpoint,
  signer: AnchorSigner,
  target: NetworkTarget,
  options: DrainOptions = {},
): Promise<ResignResult> {
  const deps = drainDeps(options);
  const old = outbox.current(checkpoint.version, target.network);
  if (old === undefined)
    return { ok: false, code: "no-such-statement", message: `checkpoint ${checkpoint.version} has no statement` };
  if (old.state !== "rejected") {
    const where = anchorPartOf(old) ? "it is anchored" : "it is still on its way";
    return {
      ok: false,
      code: "not-rejected",
      message: `checkpoint ${checkpoint.version} needs no new statement: ${where}`,
    };
  }
  const part = join(outbox, crypto.randomUUID(), deps);
  if (part === undefined) return { ok: false, code: "busy", message: "another process drains the outbox: try again" };
  try {
    if (part.breaker.blockedUntil() !== undefined) {
      return { ok: false, code: "waiting", message: "the network was down: try again later" };
    }
    const found = await lookUp(part, target.client, old);
    if (found.is === "trouble") return { ok: false, code: "network-down", message: found.failure.message };
    if (found.is === "ours") {
      if (old.reason === "ERRORED_COMMITMENT") {
        return {
          ok: false,
          code: "errored",
          message: "the network knows it and could not commit it: the next checkpoint covers its events",
        };
      }
      accepted(part, old, deps.clock());
      return { ok: false, code: "accepted-after-all", message: "the network knows the old statement: it counts again" };
    }
    const row = part.lease.write(() => outbox.replace(old, checkpoint, signer), { durable: true });
    return { ok: true, row, replaced: old.hash };
  } finally {
    part.lease.release();
  }
}

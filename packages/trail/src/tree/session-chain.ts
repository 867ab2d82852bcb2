// A session's leaves in order: walked back from its newest event along `chainPrev`, each link looked up in the tree, so
// that an event which was cut out of the log leaves a gap here, not silence.
import type { DatabaseSync } from "node:sqlite";
import { hexToBytes, type Sha256 } from "@sealtrail/smt";
import type { Checkpoint } from "@sealtrail/smt/checkpoint";
import type { TreeStore } from "@sealtrail/smt/sqlite";
import { TrailError } from "../log/errors.js";
import { listEvents } from "../log/query.js";
import type { StoredEvent } from "../log/stored-event.js";
import type { ChainCode, ChainLink, SessionChain } from "./answers.js";
import { ownerOf, type ProvableTree } from "./prove.js";

export interface ChainContext {
  db: DatabaseSync;
  store: TreeStore;
  tree: ProvableTree;
  checkpoint: Checkpoint;
  current: boolean;
  hash: Sha256;
}

/** One chain for each source that used the session id; empty where none did. */
export function sessionChains(context: ChainContext, sessionId: string): SessionChain[] {
  const bySource = new Map<string, StoredEvent[]>();
  for (const event of listEvents(context.db, { session: sessionId })) {
    const source = event.source ?? "";
    const events = bySource.get(source);
    if (events === undefined) bySource.set(source, [event]);
    else events.push(event);
  }
  return [...bySource].map(([source, events]) => chainOf(context, sessionId, source, events));
}

function chainOf(context: ChainContext, sessionId: string, source: string, events: StoredEvent[]): SessionChain {
  const { checkpoint, current } = context;
  const links: ChainLink[] = [];
  const answer = (verdict: SessionChain["verdict"]): SessionChain => ({
    sessionId,
    source,
    links: links.reverse(),
    verdict,
    checkpoint,
    current,
  });
  const broken = (code: ChainCode, sequence: number) => answer({ ok: false, code, sequence });
  // Beyond the checkpoint there are no leaves yet.
  const covered = events.filter((event) => event.sequence <= checkpoint.lastSequence);
  const newest = covered.at(-1);
  if (newest === undefined) return answer({ ok: false, code: "not-checkpointed" });
  const unmet = new Set(covered.map((event) => event.sequence));
  let key: string | null = newest.rawHash;
  let below = newest.sequence + 1;
  while (key !== null) {
    const link = linkAt(context, key);
    if (link === undefined) return broken("chain-gap", below);
    if (link === "mismatch") return broken("leaf-mismatch", below);
    const { event } = link;
    // Only an erased or pruned event may stand in the chain without its session; a step must lead back.
    const foreign = event.destroyed !== true && (event.sessionId !== sessionId || (event.source ?? "") !== source);
    if (foreign || event.sequence >= below) return broken("leaf-mismatch", event.sequence);
    unmet.delete(event.sequence);
    links.push(link);
    below = event.sequence;
    key = event.chainPrev;
  }
  const [fork] = unmet;
  if (fork !== undefined) return broken("chain-fork", fork);
  return answer({ ok: true, completeTo: newest.rawHash });
}

function linkAt(context: ChainContext, key: string): ChainLink | "mismatch" | undefined {
  const leaf = context.tree.find(hexToBytes(key));
  if (leaf === undefined) return undefined;
  try {
    const { event, record } = ownerOf(context.db, context.store, leaf, context.hash);
    return record.hashType === "raw" && event.rawHash === key ? { event, key, record } : "mismatch";
  } catch (error) {
    if (error instanceof TrailError) return "mismatch";
    throw error;
  }
}

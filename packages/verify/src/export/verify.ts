// Checks a whole export with nothing else at hand: chain, places, every checkpoint's root from the leaves, that each event is
// what its key commits to and, with the contents' salts, that each content is what its event says. A stranger's file: every line is attacker-controlled.
import { bytesToHex, hexToBytes, type Leaf, type Sha256, SparseMerkleTree } from "@sealtrail/smt";
import { type Checkpoint, compareCheckpoints, parseCheckpoint } from "@sealtrail/smt/checkpoint";
import { isTimestamp, type JsonObject, type JsonValue, jcs, parseStrict, sha256 } from "@sealtrail/smt/formats";
import { isLeafRecord, recordOf, recordValue } from "@sealtrail/smt/record";
import { fromBase64 } from "../bundle/base64.js";
import type { ExportCode } from "../codes.js";
import { isEventBody, MAX_VALUES } from "../event/body.js";
import { epochAfter } from "../event/epoch.js";
import { censoredKey, contentHash, type Genesis, genesisHash, rawKey, saltOf } from "../event/keys.js";
import { type ErasureFault, ErasureTracker } from "../log/erasures.js";
import { SessionChains, sessionName } from "../log/session-chains.js";
import { EXPORT_FORMAT, type ExportHeader } from "./format.js";

/** One problem in an export, with where it is. @public */
export interface ExportFinding {
  code: ExportCode;
  /** From 1; the header is line 1. */
  line: number;
  sequence?: number;
}

/** What `verifyExport` found. @public */
export interface ExportReport {
  ok: boolean;
  findings: ExportFinding[];
  events: number;
  checkpoints: number;
  /** Checkpoints whose root came out of the leaves again. */
  checkpointsVerified: number;
  /** Events, and contents, that were recomputed with their salts. */
  eventsRecomputed: number;
  contentsRecomputed: number;
  /** Contents without the salt that they would be checked with: nothing vouches for them. */
  contentsUnchecked: number;
  destroyed: number;
  /** Whether the trail was begun anew in the place of another, and whether somebody took it into service since. */
  restarted?: { accepted: boolean };
  root: string | undefined;
}

/** What the caller knows from elsewhere than the export. @public */
export interface ExportAsk {
  hash?: Sha256;
  /** Roots that the caller holds: after event `sequence`. */
  knownRoots?: readonly { sequence: number; root: string }[];
}

/** Findings beyond this many are not listed. */
const mostFindings = 100;
const mostHeaderBytes = 65_536;
const encoder = new TextEncoder();
const header = ["format", "exportedAt", "genesis", "machineId", "filter", "recomputable", "content", "salts"];
/** What is left of a destroyed event. */
const left = ["category", "createdAt", "id", "previousHash", "sequence", "type"];

/**
 * Checks an export. Never throws on its content.
 *
 * @param lines - without their line feeds, as bytes or as text; read once, in order
 * @public
 */
export async function verifyExport(
  lines: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  ask: ExportAsk = {},
): Promise<ExportReport> {
  const check = new ExportCheck(ask);
  for await (const line of lines) if (!check.line(line)) break;
  return check.end();
}

type Members = Record<string, unknown>;

/** An answer that counts for nothing is not reported: the events that it names stay unanswered. */
const ERASURE_CODES: { readonly [fault in ErasureFault]?: ExportCode } = {
  unanswered: "missing",
  "destroyed-under-hold": "destroyed-under-hold",
  "pruned-too-early": "pruned-too-early",
  "pruned-by-clock-ahead": "pruned-too-early",
};

class ExportCheck {
  readonly #hash: Sha256;
  readonly #known: Map<number, string>;
  readonly #tree: SparseMerkleTree;
  readonly #findings: ExportFinding[] = [];
  readonly #sessions = new SessionChains();
  readonly #erasures: ErasureTracker;
  #restarted: { accepted: boolean } | undefined;
  #header: ExportHeader | undefined;
  #line = 0;
  #previous = "";
  /** Of the event before: what the next one's epoch is counted from. */
  #last: { epoch: number; timestamp: number } | undefined;
  #checkpoint: Checkpoint | undefined;
  #ended = false;
  #sequence = 0;
  #report = {
    events: 0,
    checkpoints: 0,
    checkpointsVerified: 0,
    eventsRecomputed: 0,
    contentsRecomputed: 0,
    contentsUnchecked: 0,
    destroyed: 0,
  };

  constructor(ask: ExportAsk) {
    this.#hash = ask.hash ?? sha256;
    this.#known = new Map((ask.knownRoots ?? []).map(({ sequence, root }) => [sequence, root]));
    this.#tree = new SparseMerkleTree({ hash: this.#hash });
    this.#erasures = new ErasureTracker({
      hash: this.#hash,
      find: (fault, sequence) => {
        const code = ERASURE_CODES[fault];
        if (code !== undefined) this.#find(code, sequence);
      },
    });
  }

  /** False when nothing after it can mean anything. */
  line(text: string | Uint8Array): boolean {
    this.#line++;
    // What is longer is no header. It is refused before it is parsed, because its values could fill the memory.
    if (this.#header === undefined && sizeOf(text) > mostHeaderBytes) return this.#stop("not-an-export");
    const value = parsed(text);
    if (this.#header === undefined) return this.#begin(value);
    if (value === undefined || this.#ended) return this.#stop("bad-line");
    if (isRecord(value.event)) return this.#event(value, value.event);
    if (value.checkpoint !== undefined && hasOnly(value, ["checkpoint"])) return this.#checkpointLine(value.checkpoint);
    if (isRecord(value.end) && hasOnly(value, ["end"]) && hasOnly(value.end, ["events", "lastSequence"])) {
      const { events, lastSequence } = value.end;
      if (events !== this.#report.events || lastSequence !== this.#sequence) return this.#stop("truncated");
      this.#ended = true;
      return true;
    }
    return this.#stop("bad-line");
  }

  end(): ExportReport {
    if (this.#findings.length === 0 && !this.#ended) this.#find("truncated");
    if (this.#ended) {
      this.#erasures.end();
      if (this.#restarted?.accepted === false) this.#find("trail-restarted", 1);
      for (const sequence of this.#known.keys()) this.#find("known-root-differs", sequence);
    }
    const root = this.#checkpoint?.root;
    const restarted = this.#restarted;
    const ok = this.#findings.length === 0;
    return { ok, findings: this.#findings, ...this.#report, ...(restarted && { restarted }), root };
  }

  #find(code: ExportCode, sequence?: number): void {
    if (this.#findings.length >= mostFindings) return;
    this.#findings.push({ code, line: this.#line, ...(sequence !== undefined && { sequence }) });
  }

  #stop(code: ExportCode): false {
    this.#find(code);
    return false;
  }

  #begin(value: Members | undefined): boolean {
    if (value?.format !== EXPORT_FORMAT || !hasOnly(value, header) || !isRecord(value.genesis)) {
      return this.#stop("not-an-export");
    }
    if (value.recomputable !== true || value.filter !== null) return this.#stop("not-recomputable");
    const { exportedAt, machineId, content, salts } = value;
    const isTyped = typeof machineId === "string" && typeof content === "boolean" && typeof salts === "boolean";
    if (!isTyped || !isTimestamp(exportedAt) || !isGenesis(value.genesis)) return this.#stop("not-an-export");
    this.#header = value as unknown as ExportHeader;
    this.#previous = bytesToHex(genesisHash(this.#header.genesis, this.#hash));
    return true;
  }

  #event(line: Members, event: Members): boolean {
    const { rawHash, censoredHash, record } = line;
    const destroyed = line.destroyed === true;
    const { sequence, id, createdAt, previousHash, type, category } = event;
    if (!isHash(rawHash) || !isHash(censoredHash) || !isLeafRecord(record)) return this.#stop("bad-line");
    if (!Number.isSafeInteger(sequence) || (sequence as number) < 1) return this.#stop("bad-line");
    if (typeof sequence !== "number" || typeof id !== "string" || typeof createdAt !== "string") {
      return this.#stop("bad-line");
    }
    if (typeof previousHash !== "string" || typeof type !== "string" || typeof category !== "string") {
      return this.#stop("bad-line");
    }
    if (
      !hasOnly(
        line,
        ["event", "rawHash", "censoredHash", "record", "anchor"],
        ["destroyed", "content", "contentSalt", "salt"],
      )
    ) {
      return this.#stop("bad-line");
    }
    // A destroyed event that still says something was tampered with.
    const whole = destroyed
      ? isRemainder(event) && ["contentSalt", "salt", "content"].every((name) => line[name] === undefined)
      : isEventBody(event) && event.machineId === this.#header!.machineId && line.destroyed === undefined;
    if (!whole || !isAnchor(line.anchor)) return this.#stop("bad-line");
    // Members that the header does not announce are refused, because no reader would look for them.
    const { salts, content: contents } = this.#header!;
    if (line[salts ? "salt" : "contentSalt"] !== undefined) return this.#stop("bad-line");
    if (line.content !== undefined && !(contents && typeof line.content === "string")) return this.#stop("bad-line");
    if (sequence !== this.#sequence + 1) return this.#stop("sequence-gap");
    this.#sequence = sequence;
    this.#report.events++;

    if (previousHash !== this.#previous) this.#find("chain-broken", sequence);
    this.#previous = rawHash;
    const censored = bytesToHex(censoredKey({ category, createdAt, id, type }, this.#hash));
    if (censored !== censoredHash) this.#find("censored-key-differs", sequence);
    const { chainPrev } = record;
    const timestamp = Date.parse(createdAt);
    const epoch = epochAfter(this.#last, timestamp, this.#header!.genesis.epochDurationMs);
    this.#last = { epoch, timestamp };
    const place = { sequence, id, timestamp, epoch, chainPrev, rawHash, censoredHash };
    const raw = recordOf(place, "raw");
    if (textOf(raw) !== textOf(record)) this.#find("record-differs", sequence);
    this.#session(event, chainPrev, rawHash, destroyed);
    this.#erasures.passed(timestamp);
    const chained = destroyed || typeof event.sessionId === "string";
    const firstEvent = chained ? this.#sessions.firstOf(chainPrev, rawHash) : rawHash;
    if (destroyed) {
      this.#report.destroyed++;
      // No release destroys the trail's own events, because they document what happened to the others.
      if (category === "system") this.#find("system-destroyed", sequence);
      this.#erasures.destroyed(sequence, { rawHash, firstEvent, timestamp });
    } else {
      this.#claims(event, timestamp);
      this.#secrets(line, event, rawHash);
    }
    return this.#plant([
      { key: hexToBytes(rawHash), value: recordValue(raw, this.#hash), tag: 2 * sequence - 1 },
      { key: hexToBytes(censoredHash), value: recordValue(recordOf(place, "censored"), this.#hash), tag: 2 * sequence },
    ]);
  }

  #plant(leaves: Leaf[]): boolean {
    try {
      this.#tree.insertLeaves(leaves);
    } catch {
      return this.#stop("duplicate-leaf");
    }
    const known = this.#known.get(this.#sequence);
    if (known !== undefined) {
      this.#known.delete(this.#sequence);
      if (bytesToHex(this.#tree.root) !== known) this.#find("known-root-differs", this.#sequence);
    }
    return true;
  }

  /** The events of a session hang together; of a destroyed one only what it hangs on is known. */
  #session(event: Members, chainPrev: string | null, rawHash: string, destroyed: boolean): void {
    if (destroyed) {
      const session = chainPrev === null ? undefined : this.#sessions.sessionOf(chainPrev);
      if (session !== undefined) this.#sessions.extend(session, rawHash);
      return;
    }
    if (typeof event.sessionId !== "string") {
      if (chainPrev !== null) this.#find("session-chain-broken", this.#sequence);
      return;
    }
    const session = sessionName(event.source as string, event.sessionId);
    const expected = this.#sessions.newest(session) ?? null;
    // Of a session whose first events were destroyed, nothing here says which those were.
    const mayHang = expected === null && this.#report.destroyed > 0;
    if (chainPrev !== expected && !mayHang) this.#find("session-chain-broken", this.#sequence);
    this.#sessions.extend(session, rawHash);
  }

  /** What an event of the trail's own says of destroyed ones, and of those that are not to be. */
  #claims(event: Members, timestamp: number): void {
    if (event.source !== "sealtrail" || !isRecord(event.metadata)) return;
    if (event.type === "system.restarted") {
      if (this.#sequence === 1) this.#restarted = { accepted: false };
      else if (event.metadata.accepted === true && this.#restarted) this.#restarted.accepted = true;
      return;
    }
    this.#erasures.said(event.type as string, this.#sequence, timestamp, event.metadata as JsonObject);
  }

  #secrets(line: Members, event: Members, rawHash: string): void {
    const given = line.contentSalt ?? line.salt;
    if (given === undefined) {
      this.#find("salt-missing", this.#sequence);
      this.#contentMissing(line, event);
      return;
    }
    if (!isHash(given)) {
      this.#find("raw-key-differs", this.#sequence);
      return;
    }
    const contentSalt = this.#header!.salts ? hexToBytes(given) : undefined;
    const salt = contentSalt === undefined ? hexToBytes(given) : saltOf(contentSalt, this.#hash);
    const key = rawKey(salt, jcs(event as JsonValue), this.#hash);
    if (bytesToHex(key) === rawHash) this.#report.eventsRecomputed++;
    else this.#find("raw-key-differs", this.#sequence);
    this.#contentMissing(line, event);
    if (typeof line.content !== "string") return;
    if (contentSalt === undefined && event.contentHash !== undefined) {
      this.#report.contentsUnchecked++;
      return;
    }
    const content = fromBase64(line.content);
    const found = contentSalt && content && bytesToHex(contentHash(contentSalt, content, this.#hash));
    if (found !== undefined && found === event.contentHash) {
      this.#report.contentsRecomputed++;
    } else {
      this.#find("content-differs", this.#sequence);
    }
  }

  #contentMissing(line: Members, event: Members): void {
    const isWanted = this.#header!.content && event.contentHash !== undefined;
    if (isWanted && line.content === undefined) this.#find("content-missing", this.#sequence);
  }

  #checkpointLine(value: unknown): boolean {
    this.#report.checkpoints++;
    const found = parseCheckpoint(value);
    if (!found.ok) return this.#stop("checkpoint-broken");
    const { checkpoint } = found;
    const before = this.#checkpoint;
    const fits =
      checkpoint.tree === this.#header?.genesis.tree &&
      checkpoint.lastSequence === this.#sequence &&
      checkpoint.epoch === this.#last?.epoch &&
      (before === undefined
        ? checkpoint.version === 1
        : compareCheckpoints(before, checkpoint, this.#hash) === "adjacent");
    this.#checkpoint = checkpoint;
    if (!fits) this.#find("checkpoint-broken", this.#sequence);
    else if (bytesToHex(this.#tree.root) !== checkpoint.root) this.#find("root-differs", this.#sequence);
    else this.#report.checkpointsVerified++;
    return true;
  }
}

function sizeOf(line: string | Uint8Array): number {
  return typeof line === "string" ? encoder.encode(line).length : line.length;
}

function textOf(record: object): string {
  return jcs(record as JsonValue);
}

/** Strictly: a file that two readers can read in two ways proves nothing. */
function parsed(text: string | Uint8Array): Members | undefined {
  const found = parseStrict(typeof text === "string" ? encoder.encode(text) : text, {
    limits: { values: MAX_VALUES },
  });
  return found.ok && isRecord(found.value) ? found.value : undefined;
}

/** What is left of a destroyed event; its members are known to be of the right types. */
function isRemainder(event: Members): boolean {
  return (
    isTimestamp(event.createdAt) &&
    hasOnly(event, left) &&
    isHash(event.previousHash) &&
    (event.type as string).startsWith(`${event.category as string}.`)
  );
}

const anchorTexts = ["network", "hash", "state"];

function isAnchor(anchor: unknown): boolean {
  if (anchor === null) return true;
  if (!isRecord(anchor)) return false;
  if (!hasOnly(anchor, ["version", ...anchorTexts], ["firstSequence", "lastSequence", "root", "createdAt"]))
    return false;
  const { version, firstSequence = 0, lastSequence = 0, root = "", createdAt = "" } = anchor;
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  const texts = [...anchorTexts.map((name) => anchor[name]), root, createdAt];
  return [version, firstSequence, lastSequence].every(isCount) && texts.every((text) => typeof text === "string");
}

function isGenesis(genesis: Members | Genesis): genesis is Genesis {
  const { createdAt, epochDurationMs, formats, tree } = genesis;
  return (
    Object.keys(genesis).length === 4 &&
    isTimestamp(createdAt) &&
    Number.isSafeInteger(epochDurationMs) &&
    (epochDurationMs as number) >= 1 &&
    Array.isArray(formats) &&
    formats.every((name) => typeof name === "string") &&
    typeof tree === "string" &&
    /^[0-9a-f]{32}$/.test(tree)
  );
}

/** Whether an object has all of `must`, and nothing but these and `may`. */
function hasOnly(value: Members, must: readonly string[], may: readonly string[] = []): boolean {
  const all = must.every((name) => Object.hasOwn(value, name));
  return all && Object.keys(value).every((name) => must.includes(name) || may.includes(name));
}

function isRecord(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isHash(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

// A whole trail under a random life: appends by a clock that jumps, checkpoints, proofs at old versions, freezes, rebuilds,
// crashes. The model knows the rules of formats.md, section 2, and makes every leaf on its own.
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepare, redactionPolicy, Trail } from "@sealtrail/trail";
import fc from "fast-check";
import { type Entry, naiveProof, naiveRoot, sha } from "./naive.ts";
import { same, type Tally } from "./same.ts";

const pick = fc.nat(1_000_000);
const hour = 3_600_000;

export const trailStep = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("append" as const),
      count: fc.integer({ min: 1, max: 12 }),
      session: fc.nat(3),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("clock" as const),
      // Some minutes, some epochs, to the year 2099, and back.
      by: fc.oneof(
        fc.integer({ min: 0, max: hour }),
        fc.integer({ min: -3 * hour, max: 5 * hour }),
        fc.constantFrom(2e12, -2e12),
      ),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("checkpoint" as const) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("prove" as const), leaf: pick, version: pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("freeze" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rebuild" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("verify" as const) }) },
);
type Step = typeof trailStep extends fc.Arbitrary<infer T> ? T : never;

const redaction = redactionPolicy();

class Life {
  readonly #folder = mkdtempSync(join(tmpdir(), "sealtrail-fuzz-"));
  readonly #tally: Tally;
  #file = join(this.#folder, "0.db");
  #files = 0;
  #now = Date.parse("2026-01-01T00:00:00Z");
  #trail: Trail;
  /** The model: two leaves an event. */
  #leaves: Entry[] = [];
  #events = 0;
  #last: { epoch: number; time: number } | undefined;
  readonly #chains = new Map<string, string>();

  constructor(tally: Tally) {
    this.#tally = tally;
    this.#trail = Trail.create(this.#file, { clock: () => this.#now });
  }

  end(): void {
    this.#trail.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async take(step: Step): Promise<void> {
    const t = this.#tally;
    switch (step.do) {
      case "append": {
        const drafts = Array.from({ length: step.count }, (_, i) => ({
          type: "tool.invoked",
          sessionId: `s${step.session}`,
          description: `call ${this.#events + i}`,
          metadata: { n: i },
        }));
        const prepared = drafts.map((draft) => prepare(draft, { source: "ndjson", redaction }));
        t.time("append", () => this.#trail.append(prepared));
        this.#learn();
        return;
      }
      case "clock":
        this.#now = Math.min(Math.max(this.#now + step.by, 1e12), 4.1e12);
        return;
      case "checkpoint":
        t.time("checkpoint", () => this.#trail.checkpoint());
        this.#learn();
        return;
      case "prove":
        this.#prove(step.leaf, step.version);
        return;
      case "freeze":
        t.time("checkpoint", () => this.#trail.checkpoint());
        for (const epoch of this.#trail.freezableEpochs()) t.time("freeze", () => this.#trail.freeze(epoch));
        this.#learn();
        return;
      case "rebuild":
        if (this.#trail.checkpoint() !== undefined) t.time("rebuild of a trail", () => this.#trail.rebuild());
        this.#learn();
        return;
      case "crash": {
        const next = join(this.#folder, `${++this.#files}.db`);
        for (const end of ["", "-wal"]) if (existsSync(this.#file + end)) copyFileSync(this.#file + end, next + end);
        this.#trail.close();
        this.#file = next;
        this.#trail = t.time("open a trail", () => Trail.open(this.#file, { clock: () => this.#now }));
        return;
      }
      case "verify": {
        const report = await t.time("verify a trail", () => this.#trail.verify());
        same("verify", [report.status, report.findings], [this.#events === 0 ? "empty" : "verified", []]);
        return;
      }
    }
  }

  /** Takes new rows into the model, by the rules: epochs that follow the clock, chains of a source and session, values. */
  #learn(): void {
    for (const event of this.#trail.events({ after: this.#events })) {
      same("sequence", event.sequence, ++this.#events);
      const time = Date.parse(event.createdAt);
      const moved = this.#last !== undefined && Math.floor(time / hour) !== Math.floor(this.#last.time / hour);
      const epoch = (this.#last?.epoch ?? 0) + (moved ? 1 : 0);
      this.#last = { epoch, time };
      const session = event.sessionId === undefined ? undefined : `${event.source}\n${event.sessionId}`;
      const chainPrev = (session !== undefined && this.#chains.get(session)) || null;
      if (session !== undefined) this.#chains.set(session, event.rawHash);
      for (const [hashType, key, pair, seqNo] of [
        ["raw", event.rawHash, event.censoredHash, 2 * event.sequence - 1],
        ["censored", event.censoredHash, event.rawHash, 2 * event.sequence],
      ] as const) {
        // Already in the order of RFC 8785.
        const record = { chainPrev, epoch, eventId: event.id, hashType, pair, seqNo, timestamp: time };
        this.#leaves.push({ key: Buffer.from(key, "hex"), value: sha(JSON.stringify(record)) });
      }
    }
  }

  #prove(leaf: number, version: number): void {
    const all = [...this.#trail.checkpoints()];
    const at = all[version % (all.length + 1)];
    const key =
      leaf % 4 === 0 ? sha(`absent ${leaf}`) : (this.#leaves[leaf % Math.max(this.#leaves.length, 1)]?.key ?? sha("x"));
    const answer = this.#tally.time("prove from a trail", () =>
      this.#trail.prove(key, at === undefined ? {} : { at: { version: at.version } }),
    );
    this.#learn();
    if (answer === undefined) {
      same("leaves", this.#leaves.length, 0);
      return;
    }
    const { record: _record, context: _context, ...proof } = answer.proof;
    const entries = this.#leaves.slice(0, answer.checkpoint.leafCount);
    same("root", answer.checkpoint.root, naiveRoot(entries));
    same("proof", proof, naiveProof(entries, key));
  }
}

export async function liveTrail(steps: readonly Step[], tally: Tally): Promise<void> {
  const life = new Life(tally);
  try {
    for (const step of steps) await life.take(step);
    await life.take({ do: "verify" });
  } finally {
    life.end();
  }
}

// One random life of a trail: events by hooks, files and other writers, erasures, prunes, holds, freezes, rebuilds, anchors, changes
// of keys, exports, recoveries, damage, steps of the clock; some commands die in the middle, some are met by another process in the
// middle. A model says what must be there. After each step the database must verify, with its anchors; at the end its exports must.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Outbox, readKeyFile, verifyAnchors } from "@sealtrail/anchor";
import { readLedger } from "@sealtrail/anchor/audit";
import { type Io, run } from "@sealtrail/cli";
import { exportNdjson, type PreparedEvent, redactionPolicy, Trail } from "@sealtrail/trail";
import { Ingest, knownFile } from "@sealtrail/trail/ingest";
import { spooled, spoolFolders, takeInSpool } from "@sealtrail/trail/record";
import { type Signer, verifyExport } from "@sealtrail/verify";
import { recordPayload } from "../../../dist/hook/record.js";
import { retiredKeys, signersOf } from "../../../dist/signers.js";
import { dice } from "./dice.ts";
import { Model, type Told } from "./model.ts";
import { alive, aside, dyingAt, metAt } from "./moments.ts";
import type { PythonVerifier } from "./python.ts";
import { toldBy } from "./told.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const sources = ["ndjson", "claude-code"] as const;
const mostSteps = 22;

export interface Lived {
  /** The steps, in order. */
  readonly steps: readonly string[];
  readonly events: number;
}

/** What went wrong, with what the life did until then. */
export class LifeError extends Error {
  override name = "LifeError";
}

/** Lives in `folder`, which it makes and removes. Throws LifeError. `python`: judges the export too. */
export async function live(seed: number, folder: string, python?: PythonVerifier): Promise<Lived> {
  mkdirSync(folder, { recursive: true });
  const life = new Life(seed, folder);
  try {
    await life.run(python);
    return { steps: life.done, events: life.events };
  } catch (error) {
    throw new LifeError(`life ${seed}: ${life.done.join(", ")}: ${(error as Error).message}`, { cause: error });
  } finally {
    life.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

class Life {
  readonly done: string[] = [];
  readonly #seed: number;
  readonly #folder: string;
  readonly #file: string;
  readonly #ledger: string;
  readonly #throw: (below: number) => number;
  readonly #model = new Model();
  /** Words by file that `ingest` reads. */
  readonly #files = new Map<string, string[]>();
  /** The clock that everything is told. */
  #now = Date.UTC(2026, 0, 15, 12);
  /** How wrong it is at the moment. */
  #wrong = 0;
  #trail: Trail;
  /** A second process at the same file: what one remembers, the other may have changed. */
  #other: Trail;
  #words = 0;
  #calls = 0;
  #keys = 0;
  #signers: readonly Signer[] | undefined;
  #keyChanges = 0;
  #anchored = 0;
  #known: { sequence: number; root: string } | undefined;
  /** Verdicts that were asked for in the middle of something. */
  #meanwhile: Promise<void>[] = [];

  constructor(seed: number, folder: string) {
    this.#seed = seed;
    this.#folder = folder;
    this.#file = join(folder, "audit.db");
    this.#ledger = join(folder, "ledger.jsonl");
    this.#throw = dice(seed);
    const epochDurationMs = [minute, hour, day][this.#throw(3)]!;
    // As `audit init` leaves it: it shows later that a file which was written over was a trail.
    writeFileSync(join(folder, "config.json"), '{"format":"sealtrail-config/1"}\n', { mode: 0o600 });
    Trail.create(this.#file, { clock: this.#clock, epochDurationMs }).close();
    this.#trail = this.#open();
    this.#other = this.#open();
  }

  get events(): number {
    return this.#words;
  }

  readonly #clock = (): number => this.#now + this.#wrong;

  async run(python: PythonVerifier | undefined): Promise<void> {
    if (this.#throw(3) > 0) await this.#audit(["keygen"]);
    const steps = 4 + this.#throw(mostSteps - 3);
    for (let i = 0; i < steps; i++) {
      const [name, step] = this.#steps[this.#throw(this.#steps.length)]!;
      const how = this.#throw(8);
      if (how === 0) await this.#dying(name, step);
      else if (how === 1) await this.#met(name, step);
      else {
        this.done.push(name);
        await step();
      }
      await this.#check();
    }
    await this.#end(python);
  }

  close(): void {
    for (const trail of [this.#trail, this.#other]) if (trail.database.isOpen) trail.close();
  }

  readonly #steps: readonly (readonly [name: string, step: () => unknown])[] = [
    ["append", () => this.#append(this.#trail)],
    ["append", () => this.#append(this.#trail)],
    ["hook", () => this.#hook()],
    ["hook", () => this.#hook()],
    ["hook", () => this.#hook()],
    ["ingest", () => this.#ingest(true)],
    ["ingest", () => this.#ingest(true)],
    ["ingest what was ingested", () => this.#ingest(false)],
    ["a little later", () => this.#later(this.#throw(90) * minute)],
    ["much later", () => this.#later(this.#throw(300) * day)],
    ["the clock is put", () => this.#putClock()],
    ["erase the newest", () => this.#erase(this.#model.told.slice(-1))],
    ["erase one", () => this.#erase(this.#one())],
    ["erase a session", () => this.#eraseSession()],
    ["prune", () => this.#prune()],
    ["hold", () => this.#hold()],
    ["release", () => this.#release()],
    ["checkpoint", () => this.#checkpoint(this.#trail)],
    ["freeze", () => this.#freeze()],
    ["rebuild", () => assert.equal(this.#trail.rebuild().ok, true)],
    ["anchor", () => this.#anchor("now")],
    ["anchor", () => this.#anchor("now")],
    ["sign", () => this.#anchor("sign", "--all")],
    ["rotate", () => this.#changeKey("rotate")],
    ["revoke", () => this.#changeKey("revoke")],
    ["export", () => this.#export()],
    ["recover", () => this.#recoverSound()],
    ["take in the spool", () => this.#takeIn()],
    ["change sides", () => this.#changeSides()],
    ["damage", () => this.#damage()],
  ];

  // --- steps

  #word(): string {
    const word = `said-${this.#seed}-${this.#words++}-`;
    this.#model.sent([word]);
    return word;
  }

  #session(): string | undefined {
    return this.#throw(5) === 0 ? undefined : `s${this.#throw(4)}`;
  }

  #later(ms: number): void {
    this.#now += ms;
  }

  #putClock(): void {
    const minutes = this.#throw(40) * minute - 20 * minute;
    const hours = this.#throw(49) * hour - day;
    this.#wrong = [0, minutes, hours][this.#throw(3)]!;
  }

  #changeSides(): void {
    [this.#trail, this.#other] = [this.#other, this.#trail];
  }

  #append(trail: Trail): void {
    const words: string[] = [];
    const events = Array.from({ length: 1 + this.#throw(4) }, (): PreparedEvent => {
      const sessionId = this.#session();
      const word = this.#word();
      words.push(word);
      return {
        type: "tool.invoked",
        category: "tool",
        source: sources[this.#throw(2)]!,
        description: word,
        metadata: '{"toolName":"exec"}',
        contentSalt: randomBytes(32),
        ...(sessionId !== undefined && { sessionId }),
      };
    });
    trail.append(events);
    alive();
    this.#model.acknowledged(words);
  }

  #hook(): void {
    // A hook that finds an anchor due starts a process for it, unless one was started a moment ago.
    const mark = `${this.#file}.signing`;
    aside(() => {
      writeFileSync(mark, "");
      utimesSync(mark, this.#clock() / 1000, this.#clock() / 1000);
    });
    const word = this.#word();
    const payload = {
      session_id: `s${this.#throw(4)}`,
      hook_event_name: "PreToolUse",
      tool_name: "Bash",
      tool_use_id: `call-${this.#calls++}`,
      tool_input: { command: `echo ${word}` },
    };
    const settings = { db: this.#file, env: { HOME: this.#folder }, now: this.#clock };
    const asked = Buffer.from(JSON.stringify(payload));
    recordPayload("claude-code", asked, settings);
    alive();
    this.#model.acknowledged([word], true);
    if (this.#throw(3) > 0) return;
    const ended = { ...payload, hook_event_name: "PostToolUse", tool_input: {}, tool_response: { stdout: "fine" } };
    recordPayload("claude-code", Buffer.from(JSON.stringify(ended)), settings);
  }

  #ingest(more: boolean): void {
    const name = `events-${this.#throw(2)}.ndjson`;
    const path = join(this.#folder, name);
    const words = this.#files.get(name) ?? [];
    this.#files.set(name, words);
    if (more || words.length === 0) {
      let lines = "";
      for (let n = 1 + this.#throw(3); n > 0; n--) {
        const word = this.#word();
        words.push(word);
        lines += `${JSON.stringify({ type: "tool.invoked", description: word, sessionId: this.#session() })}\n`;
      }
      aside(() => appendFileSync(path, lines));
    }
    const trail = this.#trail;
    const handle = openSync(path, "r");
    try {
      const sink = trail.sink();
      const where = { path, source: "ndjson" } as const;
      const known = knownFile(handle, where, { records: sink.files, secret: trail.dedupeSecret, random: randomBytes })!;
      const ingest = new Ingest({
        sink,
        source: "ndjson",
        redaction: redactionPolicy(),
        dedupeSecret: trail.dedupeSecret,
        rejects: join(this.#folder, "rejects.jsonl"),
        input: path,
        file: known,
      });
      ingest.takeFile(handle, known.start, () => {});
      assert.equal(ingest.finish().refused, 0);
      ingest.close();
    } finally {
      closeSync(handle);
    }
    alive();
    this.#model.acknowledged(words);
  }

  #one(): Told[] {
    const { told } = this.#model;
    return told.length === 0 ? [] : [told[this.#throw(told.length)]!];
  }

  #erase(targets: readonly Told[]): void {
    const sequences = targets.map(({ sequence }) => sequence);
    this.#destroying(targets, () => this.#trail.erase({ sequences }));
  }

  #eraseSession(): void {
    const session = `s${this.#throw(4)}`;
    this.#destroying(
      this.#model.told.filter((told) => told.session === session),
      () => this.#trail.erase({ session }),
    );
  }

  /** Far enough above the floor of 183 days that no clock of this life, a day or two wrong, gets below it. */
  #prune(): void {
    const maxAgeMs = (190 + this.#throw(100)) * day;
    const until = this.#clock() - maxAgeMs;
    this.#destroying(
      this.#model.told.filter(({ createdAt }) => createdAt <= until),
      () => this.#trail.prune({ maxAgeMs }),
    );
  }

  #destroying(targets: readonly Told[], destroy: () => unknown): void {
    const free = targets.filter((told) => !this.#model.isHeld(told));
    this.#model.erasing(free);
    destroy();
    alive();
    this.#model.erased(free);
  }

  #hold(): void {
    const session = `s${this.#throw(4)}`;
    if (!this.#model.told.some((told) => told.session === session)) return;
    this.#model.holds.set(this.#trail.hold({ session }).id, session);
  }

  #release(): void {
    const [id] = this.#model.holds.keys();
    if (id === undefined) return;
    assert.ok(this.#trail.release(id)! > 0);
    this.#model.holds.delete(id);
  }

  #checkpoint(trail: Trail): void {
    const made = trail.checkpoint();
    if (made !== undefined) this.#known = { sequence: made.checkpoint.lastSequence, root: made.checkpoint.root };
  }

  #freeze(): void {
    for (const epoch of this.#trail.freezableEpochs().slice(0, 2)) this.#trail.freeze(epoch);
  }

  async #anchor(...words: string[]): Promise<void> {
    const { code, err } = await this.#audit(["anchor", ...words]);
    if (code === 75 && /the signing key was replaced/.test(err)) {
      // A change of keys died between the record and the configuration: it is made once more.
      await this.#changeKey("rotate");
      return;
    }
    // 77: there is no signing key.
    assert.ok(code === 0 || code === 77, `audit anchor ${words.join(" ")}: exit ${code}`);
    if (code === 0 && words[0] === "now") this.#anchored = this.#other.status().tree.checkpoint?.lastSequence ?? 0;
  }

  async #changeKey(kind: "rotate" | "revoke"): Promise<void> {
    const name = `key-${this.#keys++}.key`;
    await this.#audit(["keygen", name]);
    const version = this.#other.status().tree.checkpoint?.version ?? 0;
    const from =
      kind === "revoke" && this.#throw(2) === 0
        ? ["--from-version", String(version + 1 - this.#throw(Math.min(2, version + 1)))]
        : [];
    const { code, err } = await this.#audit(["key", kind, name, ...from]);
    this.#forgetSigners();
    assert.ok(code === 0 || code === 66, `audit key ${kind}: exit ${code} ${err}`);
  }

  async #export(): Promise<void> {
    const lines = [
      ...exportNdjson(this.#trail, { exportedAt: "2026-11-22T00:00:00.000Z", withSalts: this.#throw(2) === 0 }),
    ];
    const report = await verifyExport(lines.map((line) => line.replace(/\n$/, "")));
    assert.deepEqual(report.findings, []);
  }

  async #recoverSound(): Promise<void> {
    const { ino } = statSync(this.#file);
    const { code, out } = await this.#audit(["recover", "--json", ...(this.#throw(2) === 0 ? ["--accept"] : [])]);
    assert.equal(code, 0, out);
    assert.match(out, /"in service"/);
    assert.equal(statSync(this.#file).ino, ino, "a sound trail was set aside");
  }

  #takeIn(): void {
    takeInSpool(this.#trail);
    const left = spoolFolders(this.#file).flatMap((folder) => spooled(folder).files);
    assert.deepEqual(left, [], "the spool was not taken in");
    alive();
    this.#model.takenIn();
  }

  /** The file is written over. The next hook begins a new trail, which is not verified until somebody accepts it. */
  async #damage(): Promise<void> {
    // Seldom: several looks at a damaged file are 50 ms apart.
    if (this.#throw(6) > 0) return;
    this.close();
    for (const part of ["-wal", "-shm"]) rmSync(this.#file + part, { force: true });
    const bytes = readFileSync(this.#file);
    bytes.fill(0xee, 0, this.#throw(2) === 0 ? 100 : bytes.length);
    writeFileSync(this.#file, bytes);
    this.#begunAnew();
    this.#hook();
    this.#trail = this.#open();
    this.#other = this.#open();
    assert.equal((await this.#other.verify()).status, "restarted");
    const { code, out } = await this.#audit(["recover", "--accept", "--json"]);
    assert.equal(code, 0, out);
  }

  #begunAnew(): void {
    this.#model.begunAnew();
    this.#known = undefined;
    this.#forgetSigners();
    this.#anchored = 0;
  }

  #forgetSigners(): void {
    this.#signers = undefined;
    this.#keyChanges++;
  }

  /** It does not wait for locks: in one process that would be for ever. */
  #open(): Trail {
    return Trail.open(this.#file, { clock: this.#clock, patienceMs: 1 });
  }

  // --- in the middle

  /** The step's process dies at one of its writes. */
  async #dying(name: string, step: () => unknown): Promise<void> {
    if (name === "damage" || name === "change sides" || name === "recover") return;
    const nth = 1 + this.#throw(this.#throw(2) === 0 ? 8 : 60);
    const holds = new Map(this.#model.holds);
    // What it had open is closed by the system, not by it. The other process goes on.
    const other = this.#other;
    this.done.push(`${name}, dying at ${nth}`);
    if (!(await dyingAt(nth, step))) return;
    if (this.#trail !== other) this.#trail.close();
    this.#trail = this.#open();
    if (this.#other !== other) this.#other = other;
    // A minute goes by: what the dead left in the way is old.
    for (const left of [`${this.#file}.restart`, `${this.#ledger}.lock`]) {
      if (statSync(left, { throwIfNoEntry: false })) utimesSync(left, new Date(0), new Date(0));
    }
    this.#now += 20 * minute;
    this.#forgetSigners();
    const inForce = new Map(this.#trail.holds().map(({ id, firstEvents }) => [id, firstEvents[0]!]));
    for (const [id, session] of holds)
      if (!inForce.has(id) && name !== "release") assert.fail(`the hold on ${session} is gone`);
    this.#model.holds.clear();
    for (const [id, firstEvent] of inForce) this.#model.holds.set(id, this.#trail.event(firstEvent)!.sessionId!);
  }

  /** Another process does something in the middle of the step: it verifies, appends, or checkpoints. */
  async #met(name: string, step: () => unknown): Promise<void> {
    if (name === "damage" || name === "change sides" || name === "checkpoint") return;
    const nth = 1 + this.#throw(this.#throw(2) === 0 ? 8 : 60);
    const what = this.#throw(3);
    this.done.push(`${name}, met at ${nth} by ${["verify", "append", "checkpoint"][what]}`);
    await metAt(nth, step, () => {
      if (what === 0) {
        const verdict = this.#verdict();
        this.#meanwhile.push(verdict);
        // Looked at after the step; until then a rejection is nobody's.
        verdict.catch(() => {});
        return;
      }
      try {
        if (what === 1) this.#append(this.#other);
        else this.#checkpoint(this.#other);
      } catch (error) {
        // It does not wait: the step holds the lock.
        const { code, errcode } = error as { code?: string; errcode?: number };
        if (code !== "trail-busy" && errcode !== 5) throw error;
      }
    });
    await Promise.all(this.#meanwhile.splice(0));
  }

  // --- verdicts

  async #check(): Promise<void> {
    await this.#verdict();
    this.#model.look(toldBy(this.#other));
    if (this.#model.waitingBeside > 0) {
      const waiting = spoolFolders(this.#file).flatMap((folder) => spooled(folder).files);
      assert.ok(waiting.length > 0, "a hook's event is neither in the trail nor in the spool");
    }
    assert.deepEqual(
      this.#other
        .holds()
        .map(({ id }) => id)
        .sort(),
      [...this.#model.holds.keys()].sort(),
    );
  }

  async #verdict(): Promise<void> {
    const report = await this.#other.verify(this.#known === undefined ? {} : { knownRoots: [this.#known] });
    assert.deepEqual(report.findings, []);
    // Signatures take their time: with the step after one that signs or changes keys, and now and then.
    const signing = /anchor|sign|rotate|revoke|rebuild|end/.test(this.done.slice(-2).join());
    if (!signing && this.#throw(4) > 0) return;
    if (statSync(this.#ledger, { throwIfNoEntry: false }) === undefined) return;
    const outbox = new Outbox(this.#other, { clock: this.#clock });
    const ledgerSize = statSync(this.#ledger).size;
    const changes = this.#keyChanges;
    const signers = this.#signers ?? (await signersOf(this.#other, readKeyFile(this.#keyFile()).signerId));
    const retired = await retiredKeys(this.#other, signers);
    if (changes === this.#keyChanges) this.#signers = signers;
    const { findings, shownVersion } = verifyAnchors({
      tree: this.#other.genesis.tree,
      checkpoints: this.#other.checkpoints(),
      statements: outbox.rows(),
      ledger: readLedger(this.#ledger),
      ledgerSize,
      signers,
      retired,
      stopped: outbox.off(),
    });
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== "note"),
      [],
    );
    if (this.#anchored > 0 && retired.length === 0)
      assert.ok(shownVersion > 0, "an anchor was acknowledged, and none is shown");
  }

  #keyFile(): string {
    try {
      const { signingKeyFile } = JSON.parse(readFileSync(join(this.#folder, "config.json"), "utf8"));
      if (signingKeyFile !== undefined) return join(this.#folder, signingKeyFile);
    } catch {
      // There is no configuration: the usual one.
    }
    return join(this.#folder, "signing.key");
  }

  /** Every statement stands in the ledger once, the command says "verified", and so do both verifiers of the export. */
  async #end(python: PythonVerifier | undefined): Promise<void> {
    this.done.push("end");
    this.#takeIn();
    await this.#check();
    if (this.#throw(4) === 0) {
      const { code, out } = await this.#audit(["verify", "--json"]);
      assert.ok(code === 0 || (code === 2 && /"empty"/.test(out)), out);
    }
    const hashes: string[] = [];
    for (const line of readLedger(this.#ledger)) if (line.entry !== undefined) hashes.push(line.entry.statement.hash);
    assert.equal(new Set(hashes).size, hashes.length, "a statement stands in the ledger twice");
    this.#checkpoint(this.#trail);
    if (this.#trail.lastSequence === 0) return;
    const path = join(this.#folder, "life.ndjson");
    const lines = [...exportNdjson(this.#trail, { exportedAt: "2026-11-22T00:00:00.000Z", withSalts: true })];
    assert.deepEqual((await verifyExport(lines.map((line) => line.replace(/\n$/, "")))).findings, []);
    writeFileSync(path, lines.join(""));
    const found = await python?.verify(path);
    assert.ok(found?.ok !== false, `Python: ${JSON.stringify(found)}`);
  }

  async #audit(argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
    const said = { out: "", err: "" };
    const into = (name: "out" | "err") => ({
      write: (text: string | Uint8Array) => {
        said[name] += Buffer.from(text as string).toString();
      },
      isTerminal: false,
      columns: 100,
    });
    const io: Io = {
      stdin: (async function* () {})(),
      stdinIsTerminal: false,
      stdout: into("out"),
      stderr: into("err"),
      env: { HOME: this.#folder, CI: "1" },
      home: this.#folder,
      cwd: this.#folder,
      now: this.#clock,
      random: (n) => new Uint8Array(randomBytes(n)),
      interrupt: () => new AbortController().signal,
    };
    const code = await run([...argv, "--db", this.#file], io);
    return { code, ...said };
  }
}

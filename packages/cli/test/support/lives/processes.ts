// A life with real processes: two at a time run random commands on one trail, and some are ended by kill -9 in the middle. In the end
// everything that was acknowledged is there, once, every verdict on the way was right, and the ledger has each statement once.
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { readLedger } from "@sealtrail/anchor/audit";
import { Trail } from "@sealtrail/trail";
import { OtherProcess, type Ran } from "../other-process.ts";
import { dice } from "./dice.ts";
import { LifeError } from "./life.ts";
import { Model, type Told } from "./model.ts";
import type { PythonVerifier } from "./python.ts";
import { toldBy } from "./told.ts";

const rounds = 2;
const commandsEach = 5;

export interface LivedInProcesses {
  readonly commands: number;
  readonly kills: number;
  readonly events: number;
}

/** Processes that go on from life to life, until they are killed: to start one takes longer than all that it does. */
export class Pool {
  readonly #running = new Map<string, OtherProcess>();

  /** The process that works under this name. */
  get(name: string): OtherProcess {
    const there = this.#running.get(name) ?? new OtherProcess();
    this.#running.set(name, there);
    return there;
  }

  kill(name: string): void {
    this.#running.get(name)?.kill();
    this.#running.delete(name);
  }

  end(): void {
    for (const process of this.#running.values()) process.end();
  }
}

/** Lives in `folder`, which it makes and removes. Throws LifeError. */
export async function liveInProcesses(
  seed: number,
  folder: string,
  pool: Pool,
  python?: PythonVerifier,
): Promise<LivedInProcesses> {
  mkdirSync(folder, { recursive: true });
  const life = new Life(seed, folder, pool);
  try {
    return await life.run(python);
  } catch (error) {
    throw new LifeError(`life ${seed}: ${life.done.join(", ")}: ${(error as Error).message}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

class Life {
  readonly done: string[] = [];
  readonly #seed: number;
  readonly #folder: string;
  readonly #file: string;
  readonly #env: Record<string, string>;
  readonly #throw: (below: number) => number;
  readonly #pool: Pool;
  readonly #model = new Model();
  readonly #files = new Map<string, string[]>();
  #words = 0;
  #kills = 0;
  #keys = 0;

  constructor(seed: number, folder: string, pool: Pool) {
    this.#pool = pool;
    this.#seed = seed;
    this.#folder = folder;
    this.#file = join(folder, "audit.db");
    this.#env = { HOME: folder, CI: "1", SEALTRAIL_DB: this.#file };
    this.#throw = dice(seed);
  }

  async run(python: PythonVerifier | undefined): Promise<LivedInProcesses> {
    const first = this.#pool.get("first");
    for (const argv of [["init", "--epoch", "1s"], ["keygen"]]) await this.#well(first, argv);
    for (let round = 0; round < rounds; round++) {
      const targets = round === 0 ? [] : this.#look();
      await Promise.all([this.#worker("a", targets), this.#worker("b", targets)]);
    }
    // What waits beside the trail is taken in by whoever comes next.
    const words = this.#fileOf("last", 1);
    await this.#well(first, ["ingest", "ndjson", this.#path("last")]);
    this.#model.acknowledged(words);
    this.#model.takenIn();
    this.#look();
    const { out } = await this.#well(first, ["verify", "--json"]);
    assert.equal(JSON.parse(out).status, "verified");
    const hashes: string[] = [];
    for (const line of readLedger(join(this.#folder, "ledger.jsonl"))) {
      if (line.entry !== undefined) hashes.push(line.entry.statement.hash);
    }
    assert.equal(new Set(hashes).size, hashes.length, "a statement stands in the ledger twice");
    const exported = join(this.#folder, "life.ndjson");
    await this.#well(first, ["export", "ndjson", "--with-salts", "--out", exported]);
    await this.#well(first, ["verify", "--from", exported]);
    const found = await python?.verify(exported);
    assert.ok(found?.ok !== false, `Python: ${JSON.stringify(found)}`);
    return { commands: this.done.length, kills: this.#kills, events: this.#words };
  }

  /** Runs commands, and now and then is killed in the middle of the last one. */
  async #worker(name: string, targets: readonly Told[]): Promise<void> {
    const commands = 1 + this.#throw(commandsEach);
    for (let i = 1; i <= commands; i++) {
      const running = this.#command(this.#pool.get(name), name, targets);
      if (i === commands && this.#throw(3) === 0) {
        this.#kills++;
        await pause(this.#throw(this.#throw(2) === 0 ? 20 : 200));
        this.#pool.kill(name);
      }
      await running;
    }
  }

  async #command(process: OtherProcess, worker: string, targets: readonly Told[]): Promise<void> {
    const audit = async (argv: readonly string[], stdin?: string): Promise<Ran | undefined> => {
      this.done.push(`${worker}: ${argv.slice(0, 2).join(" ")}`);
      const ran = await process.audit(argv, this.#env, stdin);
      this.done.push(`${worker}: ${ran === undefined ? "killed" : ran.code}`);
      return ran;
    };
    /** What a command may end with beside 0: 75 says that something else is at the trail. */
    const allowed = (ran: Ran | undefined, ...codes: number[]): boolean => {
      if (ran !== undefined && ![0, 75, ...codes].includes(ran.code))
        assert.fail(`exit ${ran.code}: ${ran.out}${ran.err}`);
      return ran?.code === 0;
    };
    switch (this.#throw(13)) {
      case 0:
      case 1:
      case 2: {
        const [word] = this.#sent(1);
        const payload = {
          session_id: `s${this.#throw(3)}`,
          hook_event_name: "PreToolUse",
          tool_name: "Bash",
          tool_use_id: word,
          tool_input: { command: `echo ${word}` },
        };
        if (allowed(await audit(["hook", "claude-code"], JSON.stringify(payload))))
          this.#model.acknowledged([word!], true);
        return;
      }
      case 3:
      case 4: {
        const words = this.#fileOf(worker, 1 + this.#throw(60));
        if (allowed(await audit(["ingest", "ndjson", this.#path(worker)]))) this.#model.acknowledged(words);
        return;
      }
      case 5: {
        const target = targets[this.#throw(Math.max(1, targets.length))];
        if (target === undefined) return;
        this.#model.erasing([target]);
        // 77: it is under a hold.
        if (allowed(await audit(["erase", String(target.sequence), "--yes"]), 77)) this.#model.erased([target]);
        return;
      }
      case 6: {
        const session = targets.find((told) => told.session !== undefined)?.session;
        // 66: the other worker has erased all of its events meanwhile.
        if (session !== undefined) allowed(await audit(["retention", "hold", "--session", session]), 66);
        return;
      }
      case 7:
        allowed(await audit(["smt", "freeze"]));
        return;
      case 8:
        allowed(await audit(["smt", "rebuild"]));
        return;
      case 9:
        allowed(await audit(["anchor", "now"]));
        return;
      case 10: {
        const key = `${worker}-${this.#keys++}.key`;
        if (worker === "a" && allowed(await audit(["keygen", key]))) allowed(await audit(["key", "rotate", key]));
        else allowed(await audit(["anchor", "now"]));
        return;
      }
      case 11: {
        const ran = await audit(["recover", "--accept", "--json"]);
        if (allowed(ran)) assert.match(ran!.out, /"in service"/);
        return;
      }
      default:
        // 2: there is nothing to verify yet.
        allowed(await audit(["verify", "--json"]), 2);
    }
  }

  #sent(count: number): string[] {
    const words = Array.from({ length: count }, () => `said-${this.#seed}-${this.#words++}-`);
    this.#model.sent(words);
    return words;
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.ndjson`);
  }

  /** All words of the file, after so many more were written into it. */
  #fileOf(name: string, more: number): string[] {
    const words = [...(this.#files.get(name) ?? []), ...this.#sent(more)];
    this.#files.set(name, words);
    const line = (word: string) =>
      `${JSON.stringify({ type: "tool.invoked", description: word, sessionId: `s${this.#throw(3)}` })}\n`;
    appendFileSync(this.#path(name), words.slice(-more).map(line).join(""));
    return words;
  }

  #look(): Told[] {
    const trail = Trail.open(this.#file, { readOnly: true });
    try {
      const told = toldBy(trail);
      this.#model.look(told);
      return told;
    } finally {
      trail.close();
    }
  }

  async #well(process: OtherProcess, argv: readonly string[]): Promise<Ran> {
    const ran = await process.audit(argv, this.#env);
    assert.equal(ran?.code, 0, `audit ${argv.join(" ")}: ${ran?.out}${ran?.err}`);
    return ran!;
  }
}

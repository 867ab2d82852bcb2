// What must be in the trail. Every event says a word of its own; the model knows of each word what was acknowledged of it.
import assert from "node:assert/strict";

/**
 * sure: acknowledged, so it must be readable. maybe: sent, not acknowledged. going: its erasure was begun and not acknowledged.
 * gone: its erasure was acknowledged, or seen, so it must not be readable again.
 */
type State = "sure" | "maybe" | "going" | "gone";

export interface Told {
  readonly word: string;
  readonly sequence: number;
  readonly session: string | undefined;
  /** Milliseconds since 1970, by the trail. */
  readonly createdAt: number;
}

export class Model {
  readonly #states = new Map<string, State>();
  /** Acknowledged, and perhaps still beside the trail: a later command takes it in. */
  readonly #beside = new Set<string>();
  /** What was readable at the last look. */
  #told = new Map<string, Told>();
  /** Session by hold. */
  readonly holds = new Map<string, string>();

  get told(): Told[] {
    return [...this.#told.values()].sort((a, b) => a.sequence - b.sequence);
  }

  sent(words: readonly string[]): void {
    for (const word of words) if (!this.#states.has(word)) this.#states.set(word, "maybe");
  }

  acknowledged(words: readonly string[], beside = false): void {
    for (const word of words) {
      if (this.#states.get(word) === "maybe") this.#states.set(word, "sure");
      if (beside) this.#beside.add(word);
    }
  }

  /** Everything beside the trail was taken in. */
  takenIn(): void {
    this.#beside.clear();
  }

  isHeld({ session }: Told): boolean {
    return session !== undefined && [...this.holds.values()].includes(session);
  }

  erasing(targets: readonly Told[]): void {
    for (const { word } of targets) this.#states.set(word, "going");
  }

  erased(targets: readonly Told[]): void {
    for (const { word } of targets) this.#states.set(word, "gone");
  }

  /** Another trail stands there now: nothing is known of it but what it says at the next look. */
  begunAnew(): void {
    for (const word of this.#states.keys()) this.#states.set(word, "maybe");
    this.#beside.clear();
    this.holds.clear();
  }

  /** Holds what the trail says against what it must say. */
  look(readable: readonly Told[]): void {
    this.#told = new Map();
    for (const told of readable) {
      const state = this.#states.get(told.word);
      assert.ok(state !== undefined, `${told.word}: nobody sent it`);
      assert.notEqual(state, "gone", `${told.word} was erased, and is there`);
      assert.ok(!this.#told.has(told.word), `${told.word} is there twice`);
      this.#told.set(told.word, told);
      this.#states.set(told.word, "sure");
      this.#beside.delete(told.word);
    }
    for (const [word, state] of this.#states) {
      if (this.#told.has(word)) continue;
      if (state === "going") this.#states.set(word, "gone");
      assert.ok(state !== "sure" || this.#beside.has(word), `${word} was acknowledged, and is not there`);
    }
  }

  get waitingBeside(): number {
    return this.#beside.size;
  }
}

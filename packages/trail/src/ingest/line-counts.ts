// Counts lines by their keys.

/**
 * Counts how often each line of one input was seen. A million lines take 32 MB: a 64-bit fingerprint of the keyed hash and a
 * count in typed arrays, where a Map of strings would take 150. The fingerprints are keyed, so nobody can craft a clash.
 */
export class LineCounts {
  #size = 0;
  #slots: Uint32Array;

  constructor() {
    this.#slots = new Uint32Array(1024 * 3);
  }

  /** The ordinal of this line among its equals, from 0; counts it. */
  next(lineMac: Uint8Array): number {
    if (this.#size * 3 > (this.#slots.length / 3) * 2) this.#grow();
    const high = word(lineMac, 0);
    const low = word(lineMac, 4);
    const slot = this.#find(this.#slots, high, low);
    const seen = this.#slots[slot + 2]!;
    if (seen === 0) {
      this.#slots[slot] = high;
      this.#slots[slot + 1] = low;
      this.#size++;
    }
    this.#slots[slot + 2] = seen + 1;
    return seen;
  }

  /** How often this line was counted. */
  seen(lineMac: Uint8Array): number {
    return this.#slots[this.#find(this.#slots, word(lineMac, 0), word(lineMac, 4)) + 2]!;
  }

  #find(slots: Uint32Array, high: number, low: number): number {
    const capacity = slots.length / 3;
    let i = low % capacity;
    for (;;) {
      const at = i * 3;
      if (slots[at + 2] === 0 || (slots[at] === high && slots[at + 1] === low)) return at;
      i = i + 1 === capacity ? 0 : i + 1;
    }
  }

  #grow(): void {
    const larger = new Uint32Array(this.#slots.length * 2);
    for (let at = 0; at < this.#slots.length; at += 3) {
      if (this.#slots[at + 2] === 0) continue;
      larger.set(this.#slots.subarray(at, at + 3), this.#find(larger, this.#slots[at]!, this.#slots[at + 1]!));
    }
    this.#slots = larger;
  }
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

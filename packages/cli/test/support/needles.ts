// Many byte strings looked for in whole files in one pass: a table of each needle's first 8 bytes, and two windows of 8 bytes
// that walk over the file, one over the bytes as they are, one over what 16 hex digits in a row spell. Whether something is gone is asked of the bytes and not of SQLite.
import { closeSync, openSync, readSync } from "node:fs";

const NEEDLE = 8;
/** What a byte is as a hex digit; 16 for none. */
const HEX = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = "0123456789abcdef".indexOf(String.fromCharCode(byte).toLowerCase());
  return digit < 0 ? 16 : digit;
});

export class Needles {
  #slots = new Uint32Array(3 * 1024);
  #size = 0;
  /** A bit for each needle, in 1 MB that stays in the processor's cache: says no to nine of ten bytes. */
  readonly #filter = new Uint32Array(1 << 18);

  /** @param id from 0; what `scan` gives back. At least 8 bytes, of which the first 8 must be as good as random. */
  add(bytes: Uint8Array, id: number): void {
    if (bytes.length < NEEDLE) throw new RangeError("bytes: at least 8 expected");
    if (this.#size * 2 > this.#slots.length / 3) this.#grow();
    const [high, low] = [word(bytes, 0), word(bytes, 4)];
    this.#put(this.#slots, high, low, id + 1);
    const mixed = mix(high, low);
    this.#filter[mixed >>> 14]! |= 1 << (mixed >>> 9);
    this.#size++;
  }

  /** The ids of what stands anywhere in the file. */
  scan(file: string): Set<number> {
    const found = new Set<number>();
    const handle = openSync(file, "r");
    const chunk = new Uint8Array(1 << 20);
    const slots = this.#slots;
    const filter = this.#filter;
    const capacity = slots.length / 3;
    const look = (high: number, low: number) => {
      const mixed = mix(high, low);
      if ((filter[mixed >>> 14]! & (1 << (mixed >>> 9))) === 0) return;
      for (let slot = slotOf(mixed, capacity); slots[slot + 2] !== 0; slot = next(slot, slots.length)) {
        if (slots[slot] === high && slots[slot + 1] === low) found.add(slots[slot + 2]! - 1);
      }
    };
    let [high, low] = [0, 0];
    let [digits, hexHigh, hexLow] = [0, 0, 0];
    for (let n = readSync(handle, chunk); n > 0; n = readSync(handle, chunk)) {
      for (let i = 0; i < n; i++) {
        high = ((high << 8) | (low >>> 24)) >>> 0;
        low = ((low << 8) | chunk[i]!) >>> 0;
        look(high, low);
        const digit = HEX[chunk[i]!]!;
        digits = digit === 16 ? 0 : digits + 1;
        hexHigh = ((hexHigh << 4) | (hexLow >>> 28)) >>> 0;
        hexLow = ((hexLow << 4) | (digit & 15)) >>> 0;
        if (digits >= 16) look(hexHigh, hexLow);
      }
    }
    closeSync(handle);
    return found;
  }

  #put(slots: Uint32Array, high: number, low: number, mark: number): void {
    let slot = slotOf(mix(high, low), slots.length / 3);
    while (slots[slot + 2] !== 0) slot = next(slot, slots.length);
    slots[slot] = high;
    slots[slot + 1] = low;
    slots[slot + 2] = mark;
  }

  #grow(): void {
    const larger = new Uint32Array(this.#slots.length * 2);
    for (let slot = 0; slot < this.#slots.length; slot += 3) {
      const [high, low, mark] = this.#slots.subarray(slot, slot + 3);
      if (mark !== 0) this.#put(larger, high!, low!, mark!);
    }
    this.#slots = larger;
  }
}

function mix(high: number, low: number): number {
  const mixed = Math.imul(high, 0x9e3779b1) ^ Math.imul(low, 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) >>> 0;
}

const slotOf = (mixed: number, capacity: number): number => ((mixed >>> 4) % capacity) * 3;

const next = (slot: number, length: number): number => (slot + 3 === length ? 0 : slot + 3);

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

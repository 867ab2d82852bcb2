// Leaves on their way to another thread: what an event's records are made of, a fixed number of bytes each, so that a batch
// moves as one block of memory and nothing is copied field by field.
import type { EventPlace } from "@sealtrail/smt/record";
import { hexOf } from "../log/native.js";

/** Sequence, time, epoch as numbers; raw key, censored key, chainPrev and whether there is one, id. */
const numbers = 0;
const rawAt = 24;
const censoredAt = 56;
const chainAt = 88;
const hasChainAt = 120;
const idAt = 121;
const idLength = 36;
const stride = 160;
export const eventsABatch = 2_048;

export interface FedEvent {
  place: EventPlace;
  raw: Uint8Array;
  censored: Uint8Array;
}

export class Batch {
  readonly bytes = new ArrayBuffer(eventsABatch * stride);
  readonly #view = Buffer.from(this.bytes);
  readonly #numbers = new Float64Array(this.bytes);
  count = 0;

  /** `place` with an id of 36 characters of ASCII, as every UUID has. */
  add(place: EventPlace, raw: Uint8Array, censored: Uint8Array): void {
    const at = this.count * stride;
    const n = (at + numbers) / 8;
    this.#numbers[n] = place.sequence;
    this.#numbers[n + 1] = place.timestamp;
    this.#numbers[n + 2] = place.epoch;
    this.#view.set(raw, at + rawAt);
    this.#view.set(censored, at + censoredAt);
    if (place.chainPrev !== null) {
      this.#view.write(place.chainPrev, at + chainAt, 32, "hex");
      this.#view[at + hasChainAt] = 1;
    }
    this.#view.write(place.id, at + idAt, idLength, "latin1");
    this.count++;
  }
}

/** The events of a batch. Their keys are views of it. */
export function* eventsOf(bytes: ArrayBuffer, count: number): Generator<FedEvent, void, undefined> {
  const view = Buffer.from(bytes);
  const values = new Float64Array(bytes);
  for (let at = 0; at < count * stride; at += stride) {
    const n = (at + numbers) / 8;
    const raw = new Uint8Array(bytes, at + rawAt, 32);
    const censored = new Uint8Array(bytes, at + censoredAt, 32);
    const place: EventPlace = {
      sequence: values[n]!,
      id: view.toString("latin1", at + idAt, at + idAt + idLength),
      timestamp: values[n + 1]!,
      epoch: values[n + 2]!,
      chainPrev: view[at + hasChainAt] === 1 ? view.toString("hex", at + chainAt, at + chainAt + 32) : null,
      rawHash: hexOf(raw),
      censoredHash: hexOf(censored),
    };
    yield { place, raw, censored };
  }
}

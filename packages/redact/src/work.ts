// How much of an event is looked at closely. Names, commands and disguises cost more at each place than a character does, and a
// hostile text is full of them. Their work is counted in steps, the same on every machine. Where the steps are used up, the rest is
// read in one plain pass (coarse.ts). An event of a megabyte as hosts write them uses a tenth of its steps.

/** A step takes 0.2 to 0.4 us where this was measured, and about twice that in a process whose code is not yet compiled. */
const STEPS = 150_000;
/** What one detector may use up of what is left, so that none leaves the others without. */
const SHARE = 2;

/** The steps of an event, or of a text that is redacted alone. @internal */
export class Work {
  left: number;

  constructor(steps = STEPS) {
    this.left = steps;
  }

  /** For work that is done whole or not at all. False, and nothing is taken, where the steps do not suffice. */
  take(steps: number): boolean {
    if (steps > this.left) return false;
    this.left -= steps;
    return true;
  }
}

/** The reading of one text within the steps of its event. */
export class Reach {
  /** The place up to which all detectors have read. */
  end = Number.POSITIVE_INFINITY;
  readonly work: Work;

  constructor(work: Work) {
    this.work = work;
  }

  /** Runs one detector with a share of the steps. */
  share<T>(detector: (share: Share) => T): T {
    const share = new Share(Math.ceil(this.work.left / SHARE));
    const found = detector(share);
    this.work.left -= share.used;
    if (share.end < this.end) this.end = share.end;
    return found;
  }
}

/** The steps of one detector for one text. */
export class Share {
  /** Where it stopped. */
  end = Number.POSITIVE_INFINITY;
  used = 0;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** Takes steps for what stands at a place. False where none are left: the detector stops there. */
  take(steps: number, at: number): boolean {
    this.used += steps;
    if (this.used <= this.#most) return true;
    this.used = this.#most;
    if (at < this.end) this.end = at;
    return false;
  }
}

/** Without an end, for texts that are bounded already. */
export const UNBOUNDED = new Share(Number.POSITIVE_INFINITY);

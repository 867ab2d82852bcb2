// A difference from the model ends the run, and says which answer differed.
import { isDeepStrictEqual } from "node:util";

export class Difference extends Error {
  constructor(what: string, got: unknown, expected: unknown) {
    super(`${what}: got ${JSON.stringify(got)}, the model says ${JSON.stringify(expected)}`);
  }
}

export function same(what: string, got: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(got, expected)) throw new Difference(what, got, expected);
}

/** How often each kind of step ran, and how long the tree took for it. */
export class Tally {
  readonly #steps = new Map<string, { count: number; ms: number }>();

  time<T>(what: string, body: () => T): T {
    const start = performance.now();
    const result = body();
    const note = () => {
      const step = this.#steps.get(what) ?? { count: 0, ms: 0 };
      step.count++;
      step.ms += performance.now() - start;
      this.#steps.set(what, step);
    };
    if (result instanceof Promise) result.then(note, note);
    else note();
    return result;
  }

  lines(): string[] {
    return [...this.#steps]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(
        ([what, { count, ms }]) =>
          `  ${what.padEnd(28)} ${String(count).padStart(9)} times, ${((ms * 1000) / count).toFixed(1).padStart(9)} us each`,
      );
  }
}

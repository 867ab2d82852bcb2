// Two kinds of line tell the same thing: the model's item and the host's event. The first of the two counts. A second line of
// the same kind stands for another, equal thing.
import { RecentMap } from "../shared/recent-map.js";

export class Tellings {
  readonly #told = new RecentMap<string, { item: number; event: number }>(20_000);

  /** Whether this line is the first to tell it. */
  isFirst(by: "item" | "event", what: string): boolean {
    const told = this.#told.get(what) ?? { item: 0, event: 0 };
    const before = Math.max(told.item, told.event);
    told[by]++;
    this.#told.set(what, told);
    return Math.max(told.item, told.event) > before;
  }

  forget(): void {
    this.#told.clear();
  }
}

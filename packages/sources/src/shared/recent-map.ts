/** A map that forgets its oldest entries: a hostile input could else fill the memory. Setting an entry makes it the newest. */
export class RecentMap<K, V> extends Map<K, V> {
  readonly #most: number;

  /** @param most entries that are kept */
  constructor(most: number) {
    super();
    this.#most = most;
  }

  override set(key: K, value: V): this {
    this.delete(key);
    super.set(key, value);
    if (this.size > this.#most) this.delete(this.keys().next().value!);
    return this;
  }
}

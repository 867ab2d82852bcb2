// Which node ids a walk has met, a bit each. Ids are dense in a tree of ours; of a hostile one, a page of bits costs no more
// than the row that the id must stand in.

const idsAPage = 32_768;

export class VisitedIds {
  readonly #pages = new Map<number, Uint32Array>();

  has(id: number): boolean {
    const page = this.#pages.get(Math.floor(id / idsAPage));
    const place = id % idsAPage;
    return page !== undefined && (page[place >>> 5]! & (1 << (place & 31))) !== 0;
  }

  /** False where it was there already. */
  add(id: number): boolean {
    const number = Math.floor(id / idsAPage);
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = new Uint32Array(idsAPage / 32);
      this.#pages.set(number, page);
    }
    const place = id % idsAPage;
    const bit = 1 << (place & 31);
    if ((page[place >>> 5]! & bit) !== 0) return false;
    page[place >>> 5]! |= bit;
    return true;
  }
}

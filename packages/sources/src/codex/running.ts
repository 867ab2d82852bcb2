// Commands and scripts that go on after their answer, by the number that a later call uses for them.
import { RecentMap } from "../shared/recent-map.js";

export class Running {
  readonly #calls = new RecentMap<string, string>(20_000);

  /** @param name of a process, or of a script's cell */
  add(name: string, callId: string): void {
    this.#calls.set(name, callId);
  }

  callOf(name: string): string | undefined {
    return this.#calls.get(name);
  }

  forget(callId: string): void {
    for (const [name, id] of this.#calls) if (id === callId) this.#calls.delete(name);
  }

  clear(): void {
    this.#calls.clear();
  }
}

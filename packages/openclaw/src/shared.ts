// What all copies of the plugin in one process share: the host evaluates the module several times and splits the hooks
// among the copies.
import { randomFillSync } from "node:crypto";
import { type Source, sourceOf } from "@sealtrail/trail";
import { Diagnostics } from "./diagnostics.js";

export interface Shared {
  /** Captures of one process are told apart by it, and by `n`. */
  readonly inst: string;
  n: number;
  readonly source: Source;
  readonly diagnostics: Diagnostics;
  /** Registrations that were put on record as refused. */
  readonly refused: Set<string>;
  /** The host is going down, and takes the plugin down with it. */
  stopping: boolean;
}

/** Version of what is shared: another release in the same process (a plugin reload) gets its own. */
const KEY = Symbol.for("@sealtrail/openclaw shared 2");

export function sharedOf(): Shared {
  const holder = globalThis as { [KEY]?: Shared };
  holder[KEY] ??= {
    inst: Buffer.from(randomFillSync(new Uint8Array(6))).toString("hex"),
    n: 0,
    source: sourceOf("openclaw"),
    diagnostics: new Diagnostics(),
    refused: new Set(),
    stopping: false,
  };
  return holder[KEY];
}

// State that all copies of the plugin in one process share: the host evaluates the module several times and divides the hooks
// among the copies.
import { randomFillSync } from "node:crypto";
import { type Source, sourceOf } from "@sealtrail/trail/ingest";
import { Diagnostics } from "./diagnostics.js";

export interface Shared {
  /** Identifies this process in captures; `n` numbers them. */
  readonly inst: string;
  n: number;
  readonly source: Source;
  readonly diagnostics: Diagnostics;
  /** Registrations that were put on record as refused. */
  readonly refused: Set<string>;
  /** The host is shutting down. */
  stopping: boolean;
}

/** Holds the version of the shared state, so that another release in the same process (a plugin reload) gets its own. */
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

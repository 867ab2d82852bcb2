// The engine of the operator's own patterns. It is large, and most trails have no such patterns: it is loaded with the first one,
// so that a hook, for which an agent waits, does not pay for it. The hook's bundle has it in a file of its own.
import { createRequire } from "node:module";

type Engine = typeof import("re2js").RE2JS;

let engine: Engine | undefined;

export function re2(): Engine {
  engine ??= (createRequire(import.meta.url)("re2js") as typeof import("re2js")).RE2JS;
  return engine;
}

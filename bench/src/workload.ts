// A made-up trail: tool calls of a size as agents make them, in sessions, out of a seeded generator.
import { closeSync, openSync, writeSync } from "node:fs";

/** xorshift32: the same lines for the same seed, in every run. */
export function randomOf(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const letters = "abcdef0123456789 ";

/** One event as a line of the `ndjson` source. */
export function lineOf(n: number, random: () => number): string {
  let command = "echo ";
  for (let i = 0; i < 220; i++) command += letters[Math.floor(random() * letters.length)]!;
  const toolName = ["exec", "read", "write"][Math.floor(random() * 3)]!;
  return JSON.stringify({
    type: "tool.invoked",
    category: "tool",
    occurredAt: "2026-01-01T00:00:00.000Z",
    sessionId: `s${n % 50}`,
    description: `tool call ${n}`,
    metadata: { toolName, toolCallId: `c${n}`, args: { command, i: n } },
  });
}

/** Writes `count` events, one a line. */
export function writeLines(file: string, count: number, seed = 7): void {
  const random = randomOf(seed);
  const out = openSync(file, "w");
  let text = "";
  for (let n = 0; n < count; n++) {
    text += `${lineOf(n, random)}\n`;
    if (text.length > 1 << 20 || n === count - 1) {
      writeSync(out, text);
      text = "";
    }
  }
  closeSync(out);
}

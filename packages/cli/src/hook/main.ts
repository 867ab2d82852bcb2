/**
 * The process `audit hook claude-code|codex`: one payload on stdin, one append. The agent waits for it, so nothing is
 * loaded that is not needed (no argument parser, no schema library), nothing is printed, and it exits 0 on every path:
 * failing to record must not stop the agent. What the trail does not take now goes to the spool. With `--late` it takes in what
 * earlier runs left encrypted, and nobody waits for it.
 */
import { readSync } from "node:fs";
import { recordIn, takeInSpool } from "@sealtrail/trail/record";
import { redactSealed } from "./late.js";
import { recordPayload, trailPath } from "./record.js";

/** More than any payload; a host that sends this much sends no hook payload. */
const mostBytes = 64 * 1024 * 1024;

/** All of stdin. Read with plain calls where the pipe blocks, as a host's does: Node's streams need not be loaded then. */
async function readStdin(): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  // Read to its end even when it is too much: a host whose pipe breaks may complain to the agent.
  const add = (part: Buffer) => {
    size += part.length;
    if (size <= mostBytes) parts.push(part);
  };
  const room = Buffer.allocUnsafeSlow(64 * 1024);
  try {
    for (let length = readSync(0, room); length > 0; length = readSync(0, room))
      add(Buffer.from(room.subarray(0, length)));
  } catch {
    // A pipe that does not block, or the end of a pipe on Windows: the rest comes from the stream.
    for await (const part of process.stdin as AsyncIterable<Buffer>) add(part);
  }
  return size <= mostBytes ? Buffer.concat(parts) : Buffer.alloc(0);
}

/** `--db file` or `--db=file`; anything else is ignored, since a usage error could not be told to anybody. */
function dbOption(argv: readonly string[]): string | undefined {
  for (const [i, word] of argv.entries()) {
    if (word === "--db") return argv[i + 1];
    if (word.startsWith("--db=")) return word.slice("--db=".length);
  }
  return undefined;
}

async function main(): Promise<void> {
  try {
    const [node, program, , host, ...rest] = process.argv;
    const settings = { db: dbOption(rest), env: process.env, now: Date.now };
    if (rest.includes("--late")) {
      redactSealed(settings);
      recordIn(trailPath(settings), {}, (trail) => takeInSpool(trail));
    } else {
      // Loaded by the few hooks that need it.
      const later = (db: string) =>
        process
          .getBuiltinModule("node:child_process")
          .spawn(node!, [program!, "hook", host!, "--late", "--db", db], { detached: true, stdio: "ignore" })
          .unref();
      recordPayload(host === "codex" ? "codex" : "claude-code", await readStdin(), { ...settings, later });
    }
  } catch {
    // There is nobody to tell: stdout and stderr belong to the agent.
  }
}

main().finally(() => process.exit(0));

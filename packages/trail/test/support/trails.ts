// Trails for tests: a folder of their own, a clock that moves when told, events of every shape.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll } from "vitest";
import type { PreparedEvent } from "../../src/event/prepared.js";
import { boundSalt, pack } from "../../src/event/stored-content.js";
import { type CreateOptions, Trail } from "../../src/trail.js";

const folders: string[] = [];

export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "trail-"));
  folders.push(made);
  return made;
}

afterAll(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

export class Clock {
  now: number;
  constructor(now = Date.UTC(2026, 0, 15, 12)) {
    this.now = now;
  }
  readonly read = (): number => this.now;
}

export function newTrail(options: CreateOptions = {}): { trail: Trail; clock: Clock; file: string } {
  const clock = new Clock();
  const file = join(folder(), "deep", "audit.db");
  return { trail: Trail.create(file, { clock: clock.read, ...options }), clock, file };
}

export function prepared(change: Partial<PreparedEvent> = {}): PreparedEvent {
  return {
    type: "tool.invoked",
    category: "tool",
    source: "ndjson",
    description: "a tool call",
    metadata: '{"toolName":"exec"}',
    contentSalt: randomBytes(32),
    ...change,
  };
}

/** Events in which every column is used somewhere and left out somewhere. */
export function variedEvents(count: number, sessions = 3): PreparedEvent[] {
  return Array.from({ length: count }, (_, i) => {
    const event = prepared({
      description: `call ${i} – naïve "quoted" 😀`,
      metadata: `{"args":{"command":"echo ${i}"},"n":${i}}`,
    });
    if (i % 4 !== 3) event.sessionId = `session-${i % sessions}`;
    if (i % 2 === 0) event.agentId = "main";
    if (i % 3 === 0) event.runId = `run-${i}`;
    if (i % 5 === 0) event.userId = "dev";
    if (i % 7 === 0) event.orgId = "org";
    if (i % 3 === 1) event.occurredAt = "2025-12-31T23:59:59.000Z";
    if (i % 2 === 1) {
      event.content = Buffer.from(`output ${i} `.repeat(20));
      event.contentLength = event.content.length;
      if (i % 4 === 1) {
        event.packed = pack(event.content)!;
        event.contentSalt = boundSalt(event.contentSalt, event.packed);
      }
    }
    if (i % 6 === 0) event.dedupe = randomBytes(16);
    return event;
  });
}

/** Changes a trail's file behind the program's back. */
export function forge(file: string, ...statements: (string | ((db: DatabaseSync) => void))[]): void {
  const db = new DatabaseSync(file);
  try {
    db.exec(
      "PRAGMA busy_timeout = 5000; PRAGMA synchronous = OFF; PRAGMA ignore_check_constraints = 1; PRAGMA foreign_keys = 0",
    );
    for (const statement of statements) {
      if (typeof statement === "string") db.exec(statement);
      else statement(db);
    }
  } finally {
    db.close();
  }
}

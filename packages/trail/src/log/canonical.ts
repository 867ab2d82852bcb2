// JCS(event) (formats.md, section 2) by joining columns, without building an object or sorting: keys stand in JCS order
// here, metadata is stored as its JCS, and JSON.stringify escapes strings as RFC 8785 does. Tested against the JCS library.

/** What is known of an event before the log's lock is taken. */
export interface EventColumns {
  agentId: string | null;
  category: string;
  contentHash: string | null;
  contentLength: number | null;
  description: string;
  metadata: string;
  occurredAt: string | null;
  orgId: string | null;
  runId: string | null;
  sessionId: string | null;
  source: string;
  type: string;
  userId: string | null;
}

/** What its place in the log adds. */
export interface EventPlacement {
  createdAt: string;
  id: string;
  previousHash: string;
  sequence: number;
}

const quote = JSON.stringify;

/** The stretches of the text between the members that the placement fills in. */
export interface CanonicalParts {
  beforeCreatedAt: string;
  beforeId: string;
  beforePreviousHash: string;
  beforeSequence: string;
  end: string;
}

export function canonicalParts(e: EventColumns, machineId: string): CanonicalParts {
  return {
    beforeCreatedAt: `{${e.agentId === null ? "" : `"agentId":${quote(e.agentId)},`}"category":${quote(e.category)},${
      e.contentHash === null ? "" : `"contentHash":"${e.contentHash}",`
    }${e.contentLength === null ? "" : `"contentLength":${e.contentLength},`}"createdAt":`,
    beforeId: `,"description":${quote(e.description)},"format":"sealtrail-event/1","id":`,
    beforePreviousHash: `,"machineId":${quote(machineId)},"metadata":${e.metadata},${
      e.occurredAt === null ? "" : `"occurredAt":${quote(e.occurredAt)},`
    }${e.orgId === null ? "" : `"orgId":${quote(e.orgId)},`}"previousHash":`,
    beforeSequence: `,${e.runId === null ? "" : `"runId":${quote(e.runId)},`}"sequence":`,
    end: `,${e.sessionId === null ? "" : `"sessionId":${quote(e.sessionId)},`}"source":${quote(e.source)},"type":${quote(e.type)}${
      e.userId === null ? "" : `,"userId":${quote(e.userId)}`
    }}`,
  };
}

export function canonicalText(parts: CanonicalParts, at: EventPlacement): string {
  return `${parts.beforeCreatedAt}${quote(at.createdAt)}${parts.beforeId}${quote(at.id)}${parts.beforePreviousHash}${quote(
    at.previousHash,
  )}${parts.beforeSequence}${at.sequence}${parts.end}`;
}

// Identifiers of hosts: sessions, runs, agents, users. They are shown as they are, on one line. One that holds a secret, or is
// too long, becomes a digest of the whole: different ones stay different, and the same one stays the same.
import { cleanLine, type Pattern, redactId } from "@sealtrail/redact";
import { digestOf } from "./id-forms.js";

export interface IdOptions {
  readonly patterns: readonly Pattern[];
  /** Characters that an id may have. */
  readonly most: number;
  /** The trail's secret. Without it the digest is a plain hash: it still tells ids apart. */
  readonly secret?: (() => Uint8Array | undefined) | undefined;
}

const DIGEST = /^id:[0-9a-f]{32}$/;

/** The id as it is recorded, or "" for one that holds no character that can be shown. Idempotent. */
export function storedId(id: string, { patterns, most, secret }: IdOptions): string {
  if (DIGEST.test(id)) return id;
  const clean = id.length <= most * 2 ? cleanLine(id) : "";
  if (id.length <= most * 2 && clean.length <= most && (clean === "" || !redactId(clean, patterns))) return clean;
  return digestOf(id, secret?.());
}

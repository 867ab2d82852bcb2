// `sealtrail-export/1`, a JSON object a line: a header, then each event with its place, each checkpoint after the last
// event that it covers, and an end without which the export is cut short.
import type { Genesis } from "@sealtrail/verify/event";
import type { ExportFilter } from "./rows.js";

export const EXPORT_FORMAT = "sealtrail-export/1";

export interface ExportHeader {
  format: typeof EXPORT_FORMAT;
  exportedAt: string;
  genesis: Genesis;
  machineId: string;
  /** Null for a whole export. A filtered one lacks leaves, so no root can be recomputed from it. */
  filter: ExportFilter | null;
  recomputable: boolean;
  content: boolean;
  /** Whether each event has its `contentSalt`; without it each has the `salt` that is made of it. */
  salts: boolean;
}

/** The anchored statement that covers an event, as far as the exporting trail knows it. */
export interface AnchorReference {
  version: number;
  network: string;
  hash: string;
  state: string;
  /**
   * The signed members, where the statement can be read: the tree's root, the range of events of the checkpoint, its time (ISO
   * 8601).
   */
  root?: string;
  firstSequence?: number;
  lastSequence?: number;
  createdAt?: string;
}

export interface ExportOptions {
  filter?: ExportFilter;
  includeContent?: boolean;
  /** The contents' salts let whoever has the export check contents, and guess at redacted or erased ones. */
  withSalts?: boolean;
  exportedAt: string;
  anchorOf?: (sequence: number) => AnchorReference | undefined;
}

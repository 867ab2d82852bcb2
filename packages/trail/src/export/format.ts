// What an export is asked for.
import type { ExportFilter } from "./rows.js";

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

/** What an export contains. @public */
export interface ExportOptions {
  filter?: ExportFilter;
  includeContent?: boolean;
  /** The contents' salts let whoever has the export check contents, and guess at redacted or erased ones. */
  withSalts?: boolean;
  exportedAt: string;
  anchorOf?: (sequence: number) => AnchorReference | undefined;
}

// `sealtrail-export/1`, a JSON object a line: a header, then each event with its place, each checkpoint after the last
// event that it covers, and an end without which the export is cut short.
import type { Genesis } from "../event/keys.js";

/** The format's name and version, as the header gives it. @public */
export const EXPORT_FORMAT = "sealtrail-export/1";

/** The first line of an export. @public */
export interface ExportHeader {
  format: typeof EXPORT_FORMAT;
  exportedAt: string;
  genesis: Genesis;
  machineId: string;
  /** Null for a whole export. A filtered one lacks leaves, so no root can be recomputed from it. */
  filter: object | null;
  recomputable: boolean;
  content: boolean;
  /** Whether each event has its `contentSalt`; without it each has the `salt` that is made of it. */
  salts: boolean;
}

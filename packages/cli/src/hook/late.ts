/** Redacts the payloads that hooks left encrypted, since redacting them would have kept the agent waiting. */
import { openSealed, putAsideSpoolFile, recordIn, replaceSealed, spooled, spoolFolders } from "@sealtrail/trail/record";
import { eventsOf, type HookSettings, trailPath } from "./record.js";

/**
 * Their events then stand in the spool. Takes up to half a second a megabyte, so it is for a process that nobody waits for. Throws
 * only where the trail cannot be written now.
 */
export function redactSealed(settings: HookSettings): void {
  const db = trailPath(settings);
  for (const folder of spoolFolders(db)) {
    for (const file of spooled(folder).sealed) {
      const sealed = openSealed(db, file);
      if (sealed === "later") continue;
      if (sealed === undefined) {
        recordIn(db, {}, (trail) => putAsideSpoolFile(trail, file));
        continue;
      }
      const { at, payload } = sealed;
      const host = sealed.host === "codex" ? "codex" : "claude-code";
      replaceSealed(db, file, eventsOf(host, payload, { ...settings, now: () => at }));
    }
  }
}

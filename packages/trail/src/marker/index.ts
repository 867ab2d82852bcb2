/**
 * Heartbeats of recording processes, and what was seen of the trail's state. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export { heartbeatMs, reapHeartbeats, runMarkers, startHeartbeat } from "./heartbeat.js";
export { noteSeen, type Seen, seenOf } from "./seen.js";

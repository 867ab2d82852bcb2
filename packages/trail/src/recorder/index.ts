/**
 * Recording: from a source's draft to the trail, the spool and the sink. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export { type EventOptions, eventOf } from "./event.js";
export { type PolicyOptions, type RecordingPolicy, recordingPolicy } from "./policy.js";
export { type Recorded, Recorder, type RecorderOptions } from "./recorder.js";

// Recording: from what a source tells to the trail, the spool and the sink.
export { type EventOptions, eventOf } from "./event.js";
export { type PolicyOptions, type RecordingPolicy, recordingPolicy } from "./policy.js";
export { type Recorded, Recorder, type RecorderOptions } from "./recorder.js";

/**
 * What a long-lived recorder needs: the recorder, the sink, back-pressure and keys. For the other packages of Sealtrail.
 *
 * @internal
 * @packageDocumentation
 */
export { redactText } from "@sealtrail/redact";
export { type PressureLimits, writtenAtOnce } from "./ingest/pressure.js";
export { trailSecret } from "./log/key-file.js";
export { systemRandom } from "./log/random.js";
export { systemEvent } from "./log/system-event.js";
export * from "./recorder/index.js";
export { feedSink, type SinkOptions } from "./sinks/index.js";

// Live sinks: the events once more, for a SIEM to tail.
export { feedSink, type SinkOptions } from "./file.js";
export type { SinkFormat } from "./shapes.js";

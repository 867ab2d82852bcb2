// Live sinks: the events once more, for a SIEM to tail.
export { feedSink, type SinkOptions } from "./file.js";
export { type SinkSettings, sinkOf } from "./settings.js";
export { SINK_FORMATS, type SinkFormat, sinkLine } from "./shapes.js";

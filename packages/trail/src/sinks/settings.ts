// A sink as the configuration names it: `sink`, a path beside the trail, and `sinkFormat`.
import { dirname, resolve } from "node:path";
import { isOwnFile } from "../log/own-files.js";
import type { SinkOptions } from "./file.js";
import { SINK_FORMATS } from "./shapes.js";

export interface SinkSettings {
  sink?: unknown;
  sinkFormat?: unknown;
}

/** Undefined where there is none. Throws a TypeError that names the setting: a misspelt format must not go unseen. */
export function sinkOf(settings: SinkSettings, db: string): SinkOptions | undefined {
  const { sink, sinkFormat = "ndjson" } = settings;
  if (sink === undefined || sink === "") return undefined;
  if (typeof sink !== "string") throw new TypeError("sink: a file name expected");
  const format = SINK_FORMATS.find((name) => name === sinkFormat);
  if (format === undefined) throw new TypeError(`sinkFormat: one of ${SINK_FORMATS.join(", ")} expected`);
  const trail = resolve(db);
  const path = resolve(dirname(trail), sink);
  if (isOwnFile(path, trail, settings)) {
    throw new TypeError("sink: that is a file of the trail's own");
  }
  return { path, format };
}

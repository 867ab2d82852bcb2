/**
 * Progress on stderr for what takes over a second. Only on a terminal, never with --quiet, --json or CI: there the
 * returned object does nothing and the bar's library is not even loaded.
 */
import type { Io } from "./io.js";

export interface Progress {
  /** Cheap: may be called for every event. */
  update(done: number, total?: number): void;
  stop(): void;
}

export const NO_PROGRESS: Progress = { update() {}, stop() {} };

const SHOW_AFTER_MS = 1000;
const REDRAW_MS = 100;

export async function startProgress(io: Io, title: string): Promise<Progress> {
  const { SingleBar } = (await import("cli-progress")).default;
  const bar = new SingleBar({
    format: `${title} {bar} {percentage}%  {value}/{total}`,
    barCompleteChar: "#",
    barIncompleteChar: ".",
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false,
    stream: process.stderr,
  });
  const began = io.now();
  let shown = 0;
  return {
    update(done, total = 0) {
      const now = io.now();
      if (now - began < SHOW_AFTER_MS || now - shown < REDRAW_MS) return;
      if (shown === 0) bar.start(Math.max(total, done), done);
      else {
        bar.setTotal(Math.max(total, done));
        bar.update(done);
      }
      shown = now;
    },
    stop() {
      if (shown > 0) bar.stop();
    },
  };
}

/**
 * The process `audit`. Loads next to nothing before it knows the command (bin/audit.js has silenced Node's own warnings), and ends
 * quietly when its reader goes away. Runs on any Node far enough to say that it is too old.
 */
import { EXIT } from "./exit.js";

function tooOld(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major < 22 || (major === 22 && minor < 13);
}

async function main(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // Who read our output closed it (`audit list | head`): nobody is left to tell.
      if (error.code === "EPIPE") process.exit(EXIT.interrupted);
      if (stream === process.stdout) process.stderr.write(`error: the output cannot be written: ${error.code}\n`);
      process.exit(EXIT.io);
    });
  }
  if (tooOld()) {
    process.stderr.write(`error: this is Node ${process.versions.node}\nhint: install Node 22.13 or newer\n`);
    process.exitCode = EXIT.unavailable;
    return;
  }
  const [{ run }, { processIo }] = await Promise.all([import("./run.js"), import("./io.js")]);
  process.exitCode = await run(process.argv.slice(2), processIo());
}

await main();

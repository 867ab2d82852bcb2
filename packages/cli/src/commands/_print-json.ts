/** What a command hands out: JSON or bytes, to stdout or to a file that appears whole. */
import type { Context } from "../context.js";
import { usage } from "../errors.js";
import { refuseOwnFile, writeOutFile } from "../outfile.js";
import { toJson } from "../text.js";

/** True when it went to a file; then nothing was written to stdout. `mode`: of a new file, narrower where it shows what events said. */
export async function emitResult(
  context: Context,
  out: string | undefined,
  content: unknown,
  mode = 0o644,
): Promise<boolean> {
  const bytes = content instanceof Uint8Array ? content : `${toJson(content)}\n`;
  if (out !== undefined && out !== "-") {
    await refuseOwnFile(context.io, out, context.db);
    writeOutFile(context.io, out, bytes, { mode });
    await context.note(`wrote ${out}`);
    return true;
  }
  if (content instanceof Uint8Array && context.io.stdout.isTerminal) {
    throw usage("a binary proof is nothing for a terminal", "give --out FILE");
  }
  await context.io.stdout.write(bytes);
  return false;
}

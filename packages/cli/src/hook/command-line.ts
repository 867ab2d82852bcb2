/** The command that a host is given to run: this Node, this program, this trail, each by its whole path and quoted. */
import { fileURLToPath } from "node:url";

/** Hosts hand the line to a POSIX shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function hookCommandLine(host: string, db: string): string {
  const program = fileURLToPath(new URL("../../bin/audit.js", import.meta.url));
  return `${quoted(process.execPath)} ${quoted(program)} hook ${host} --db ${quoted(db)}`;
}

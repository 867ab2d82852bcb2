/** The command that a host is given to run: the launcher and the trail, each by its whole path and quoted. */

/** Hosts hand the line to a POSIX shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** @param db the trail; undefined leaves it to the environment of whoever runs the host */
export function hookCommandLine(launcher: string, host: string, db: string | undefined): string {
  return `${quoted(launcher)} hook ${host}${db === undefined ? "" : ` --db ${quoted(db)}`}`;
}

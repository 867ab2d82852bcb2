// What a hook does where its program cannot run: on a Node that is too old it hands over to a newer one on this
// machine; where there is none, or the program is damaged, it counts the event as lost beside the trail, where
// `audit status` and the next writer find it. Prints nothing, ends with 0. Old syntax, as it runs on old Nodes.
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const home = process.env.HOME || homedir();

function trailFile() {
  const words = process.argv.slice(4);
  const at = words.indexOf("--db");
  const joined = words.find((word) => word.startsWith("--db="));
  const named = at >= 0 ? words[at + 1] : joined === undefined ? undefined : joined.slice("--db=".length);
  const db = named || process.env.SEALTRAIL_DB;
  return db ? resolve(db) : resolve(home, ".sealtrail", "audit.db");
}

function inEach(folder, rest) {
  try {
    return readdirSync(folder)
      .sort()
      .reverse()
      .map((name) => join(folder, name, rest));
  } catch (_) {
    return [];
  }
}

function candidates() {
  const name = process.platform === "win32" ? "node.exe" : "node";
  const onPath = (process.env.PATH || "").split(delimiter).map((folder) => join(folder || ".", name));
  const usual = ["/usr/local/bin/node", "/opt/homebrew/bin/node", "/usr/bin/node", join(home, ".volta/bin/node")];
  const managed = [
    [".nvm/versions/node", "bin/node"],
    [".asdf/installs/nodejs", "bin/node"],
    [".local/share/mise/installs/node", "bin/node"],
    [".local/share/fnm/node-versions", "installation/bin/node"],
  ];
  const all = onPath.concat(usual, ...managed.map(([folder, rest]) => inEach(join(home, folder), rest)));
  return all.filter((path, i) => all.indexOf(path) === i && existsSync(path)).slice(0, 40);
}

function newEnough(path) {
  const ran = spawnSync(path, ["-p", "process.versions.node"], { timeout: 3000, stdio: ["ignore", "pipe", "ignore"] });
  const [major, minor] = String(ran.stdout || "")
    .trim()
    .split(".")
    .map(Number);
  return major > 22 || (major === 22 && minor >= 13);
}

/** A host whose pipe breaks may complain to the agent. */
function drain() {
  const part = Buffer.alloc(65536);
  try {
    while (readSync(0, part, 0, part.length, null) > 0);
  } catch (_) {
    // At its end, or not to be read.
  }
}

/** One byte for each event, as the spool counts what it could not keep. */
export function count() {
  const db = trailFile();
  try {
    drain();
    mkdirSync(`${db}.spool`, { mode: 0o700, recursive: true });
    const usual = join(`${db}.spool`, "lost");
    const there = existsSync(usual) ? statSync(usual) : undefined;
    // Writing into a pipe that nobody reads would not end.
    const path = there === undefined || there.isFile() ? usual : `${usual}-${process.pid}`;
    appendFileSync(path, "x", { mode: 0o600 });
    const note = { node: process.versions.node, at: new Date().toISOString() };
    writeFileSync(`${db}.state-hook-${process.argv[3]}-unrecorded.json`, `${JSON.stringify(note)}\n`, {
      mode: 0o600,
    });
  } catch (_) {
    // There is nobody to tell: stdout and stderr belong to the agent.
  }
  process.exit(0);
}

export function onOldNode() {
  const program = fileURLToPath(new URL("audit.js", import.meta.url));
  const other = candidates().find(newEnough);
  if (other === undefined) return count();
  const ran = spawnSync(other, [program].concat(process.argv.slice(2)), { stdio: ["inherit", "ignore", "ignore"] });
  return ran.status === 0 ? process.exit(0) : count();
}

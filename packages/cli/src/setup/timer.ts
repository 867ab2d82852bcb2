/**
 * A timer of the user's own that runs `audit due --quiet`: agent hooks are short processes, and never send.
 * Texts only; who writes them and what starts them is the caller's business.
 */
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const TIMERS = ["none", "systemd", "launchd", "cron"] as const;
export type TimerKind = (typeof TIMERS)[number];

export interface Timer {
  /** Files to write, path and text. */
  readonly files: readonly (readonly [path: string, text: string])[];
  /** What the user runs to start it. */
  readonly start: string;
}

const MINUTES = 5;
const NAME = "sealtrail-due";

function words(db: string): string[] {
  const script = realpathSync(fileURLToPath(new URL("../../bin/audit.js", import.meta.url)));
  return [process.execPath, script, "due", "--quiet", "--db", db];
}

/** For a shell, and for cron, where a bare % ends the command. */
const quoted = (word: string): string => (/^[\w@+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`);
/** For systemd: $ and % are its own. */
const unit = (word: string): string =>
  `"${word.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/%/g, "%%").replace(/\$/g, "$$$$")}"`;
const xml = (word: string): string => word.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

function systemd(place: { home: string; configHome: string | undefined }, db: string): Timer {
  const folder = join(place.configHome || join(place.home, ".config"), "systemd", "user");
  const service = `[Unit]\nDescription=Sealtrail: what is due\n\n[Service]\nType=oneshot\nExecStart=${words(db).map(unit).join(" ")}\n# 75: the network is down; the next run sends what was kept.\nSuccessExitStatus=75\n`;
  const timer = `[Unit]\nDescription=Sealtrail: what is due, every ${MINUTES} minutes\n\n[Timer]\nOnBootSec=1min\nOnUnitActiveSec=${MINUTES}min\nRandomizedDelaySec=30\n\n[Install]\nWantedBy=timers.target\n`;
  return {
    files: [
      [join(folder, `${NAME}.service`), service],
      [join(folder, `${NAME}.timer`), timer],
    ],
    start: `systemctl --user daemon-reload && systemctl --user enable --now ${NAME}.timer`,
  };
}

function launchd(home: string, db: string): Timer {
  const label = `io.sealtrail.${NAME}`;
  const path = join(home, "Library", "LaunchAgents", `${label}.plist`);
  const strings = words(db).map((word) => `    <string>${xml(word)}</string>`);
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${label}</string>
  <key>ProgramArguments</key>
  <array>
${strings.join("\n")}
  </array>
  <key>StartInterval</key>
  <integer>${MINUTES * 60}</integer>
</dict>
</plist>
`;
  return { files: [[path, text]], start: `launchctl load -w ${quoted(path)}` };
}

function cron(db: string): Timer {
  const line = `*/${MINUTES} * * * * ${words(db).map(quoted).join(" ").replace(/%/g, "\\%")}`;
  return { files: [], start: `(crontab -l 2>/dev/null; echo ${quoted(line)}) | crontab -` };
}

export function timerOf(
  kind: TimerKind,
  place: { home: string; configHome: string | undefined },
  db: string,
): Timer | undefined {
  if (kind === "none") return undefined;
  if (kind === "systemd") return systemd(place, db);
  return kind === "launchd" ? launchd(place.home, db) : cron(db);
}

/** What the system most likely has. */
export function usualTimer(platform: NodeJS.Platform): TimerKind {
  if (platform === "linux") return "systemd";
  return platform === "darwin" ? "launchd" : "cron";
}

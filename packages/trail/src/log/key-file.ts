// A copy of the trail's secret in a file beside the trail, readable by its owner only. A process that cannot open the trail now
// (it is locked, the disk is full) can still give an event the keys that the trail would give it. The trail's file holds the
// same secret, so this file reveals no more. It is made anew where it is missing.
import { renameSync, unlinkSync, writeFileSync } from "node:fs";
import { readRegular } from "../regular-file.js";
import type { Random } from "./random.js";

const TEXT = /^[0-9a-f]{64}\n$/;

function keyFileOf(db: string): string {
  return `${db}.key`;
}

/** The secret; undefined where there is no such file, or one that we did not write. */
export function trailSecret(db: string): Uint8Array | undefined {
  const read = readRegular(keyFileOf(db), 65);
  const text = "bytes" in read ? read.bytes.toString("latin1") : "";
  return TEXT.test(text) ? new Uint8Array(Buffer.from(text.trim(), "hex")) : undefined;
}

/** Writes the file where it does not hold the secret already. Errors are ignored. */
export function keepKeyFile(db: string, secret: Uint8Array, random: Random): void {
  const hex = Buffer.from(secret).toString("hex");
  const found = trailSecret(db);
  if (found !== undefined && Buffer.from(found).toString("hex") === hex) return;
  const draft = `${keyFileOf(db)}.${Buffer.from(random(9)).toString("base64url")}`;
  try {
    writeFileSync(draft, `${hex}\n`, { mode: 0o600, flag: "wx" });
    renameSync(draft, keyFileOf(db));
  } catch {
    try {
      unlinkSync(draft);
    } catch {
      // It was never there.
    }
  }
}

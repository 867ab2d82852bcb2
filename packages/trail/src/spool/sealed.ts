// Payloads that take too long to redact while an agent waits. Nothing is written before it is redacted, so they are encrypted into
// the spool (AES-256-GCM, under a key that stands beside the trail for its owner alone). Another process redacts them, puts what
// comes of it into the spool under the same name, and deletes the encrypted file.
import { createCipheriv, createDecipheriv } from "node:crypto";
import { unlinkSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { attempt } from "../attempt.js";
import { DedupeKeys } from "../ingest/dedupe.js";
import { trailSecret } from "../log/key-file.js";
import type { Random } from "../log/random.js";
import { readRegular } from "../regular-file.js";
import { encodeSpool, type SpooledEvent } from "./entry.js";
import { spoolFolders, spoolText, writeWhole } from "./folder.js";

const FORMAT = Buffer.from("sealtrail-sealed/1\n");
const ivBytes = 12;
const tagBytes = 16;
/** A hook takes no longer payload; the rest is the header. */
const mostBytes = 65 * 1024 * 1024;
const KEY = /^[0-9a-f]{64}\n$/;

export interface SealedPayload {
  /** Whose hook it was. */
  readonly host: string;
  /** When the hook ran, milliseconds since 1970. */
  readonly at: number;
  readonly payload: Uint8Array;
}

/** False where it could not be written: then the payload has to be redacted now. */
export function sealPayload(db: string, { host, at, payload }: SealedPayload, random: Random): boolean {
  const key = keyOf(db, random);
  if (key === undefined) return false;
  const iv = random(ivBytes);
  const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength: tagBytes });
  cipher.setAAD(FORMAT);
  const header = Buffer.from(`${JSON.stringify({ host, at })}\n`);
  const sealed = [cipher.update(header), cipher.update(payload), cipher.final()];
  const file = Buffer.concat([FORMAT, iv, cipher.getAuthTag(), ...sealed]);
  return spoolText(spoolFolders(db), file, { now: at, random, ending: "sealed" }) !== undefined;
}

/** Undefined where the file was not written by a hook of this trail; "later" where it is gone or cannot be read now. */
export function openSealed(db: string, file: string): SealedPayload | "later" | undefined {
  const read = readRegular(file, mostBytes);
  if ("trouble" in read) return read.trouble === "refused" ? undefined : "later";
  const key = storedKey(db);
  const { bytes } = read;
  const [ivAt, tagAt, textAt] = [FORMAT.length, FORMAT.length + ivBytes, FORMAT.length + ivBytes + tagBytes];
  if (key === undefined || bytes.length < textAt || !bytes.subarray(0, ivAt).equals(FORMAT)) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(ivAt, tagAt), { authTagLength: tagBytes });
  decipher.setAAD(FORMAT);
  decipher.setAuthTag(bytes.subarray(tagAt, textAt));
  try {
    const text = Buffer.concat([decipher.update(bytes.subarray(textAt)), decipher.final()]);
    const end = text.indexOf("\n");
    const { host, at } = JSON.parse(text.toString("utf8", 0, end)) as SealedPayload;
    return { host, at, payload: text.subarray(end + 1) };
  } catch {
    return undefined;
  }
}

/**
 * Puts the redacted events in the place of the encrypted file. Under its name, by which the trail knows them again: a process that
 * dies between the two steps records nothing twice. False where another process is at it, or there is no room.
 */
export function replaceSealed(db: string, file: string, events: readonly SpooledEvent[]): boolean {
  const secret = trailSecret(db);
  const keys = secret && new DedupeKeys(secret);
  try {
    if (events.length > 0) {
      writeWhole(
        dirname(file),
        basename(file)
          .replace(/^\.|\.sealed(?:\.new)?$/g, "")
          .concat(".json"),
        encodeSpool(events, keys),
      );
    }
    unlinkSync(file);
    return true;
  } catch {
    return false;
  }
}

function keyFileOf(db: string): string {
  return `${db}.spool-key`;
}

function storedKey(db: string): Buffer | undefined {
  const read = readRegular(keyFileOf(db), 65);
  const text = "bytes" in read ? read.bytes.toString("latin1") : "";
  return KEY.test(text) ? Buffer.from(text.trim(), "hex") : undefined;
}

/** Made at first use, and never changed: what was encrypted must still be read after the trail was begun anew. */
function keyOf(db: string, random: Random): Buffer | undefined {
  const hex = Buffer.from(random(32)).toString("hex");
  attempt(() => writeFileSync(keyFileOf(db), `${hex}\n`, { mode: 0o600, flag: "wx" }));
  return storedKey(db);
}

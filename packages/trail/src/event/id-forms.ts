// The forms in which an identifier may be on record. Apart from `ids.ts`, because looking for one loads no redaction.
import { createHash, createHmac } from "node:crypto";
import { cleanLine } from "@sealtrail/redact/text";

/** The forms under which this id may be on record, each once. */
export function storedForms(id: string, key: Uint8Array): string[] {
  return [...new Set([id, cleanLine(id), digestOf(id, key), digestOf(id, undefined)])].filter((form) => form !== "");
}

/** Stands for an id that may not be shown: the same for the same id. */
export function digestOf(id: string, key: Uint8Array | undefined): string {
  const text = `sealtrail:id:v1\n${id.toWellFormed()}`;
  const hash = key === undefined ? createHash("sha256") : createHmac("sha256", key);
  return `id:${hash.update(text).digest("hex").slice(0, 32)}`;
}

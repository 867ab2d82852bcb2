// SHA-256 as the rest of the package asks for it: noble by default, so that it runs anywhere; a host that has a
// faster one passes its own (`crypto.hash` in Node).
import { sha256 as noble } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";

/** Hashes bytes, or a string as its UTF-8, to 32 bytes. @public */
export type Sha256 = (message: Uint8Array | string) => Uint8Array;

export const sha256: Sha256 = (message) => noble(typeof message === "string" ? utf8ToBytes(message) : message);

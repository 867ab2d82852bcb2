// Signing keys in files: 64 hex digits and a newline, for the owner alone. A key is never printed, never an argument.
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { bytesToHex } from "@sealtrail/smt";
import { privateKeyBytes, signerIdOf } from "../sign/sign.js";

export type KeyCode = "key-exists" | "key-missing" | "key-too-open" | "key-malformed" | "key-twice";

export class KeyError extends Error {
  override name = "KeyError";
  readonly code: KeyCode;
  constructor(code: KeyCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** A private key, and where it was found. @public */
export interface SigningKey {
  privateKey: Uint8Array;
  /** 128 hex digits: public. */
  signerId: string;
  /** Where it came from, for messages. */
  origin: string;
}

/** Makes a new key file with mode 0600; returns only what is public. Throws KeyError `key-exists`. @public */
export function generateKeyFile(
  path: string,
  random: (size: number) => Uint8Array = systemRandom,
): { signerId: string } {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let key: Uint8Array;
  let signerId: string;
  for (;;) {
    key = random(32);
    try {
      signerId = signerIdOf(key);
      break;
    } catch {
      // Not below n: one draw in 2^128.
    }
  }
  let fd: number;
  try {
    fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new KeyError("key-exists", `${path} is there already: nothing was changed`);
  }
  try {
    writeSync(fd, `${bytesToHex(key)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return { signerId };
}

/** Throws KeyError; never with the file's content in it. @public */
export function readKeyFile(path: string): SigningKey {
  let fd: number;
  try {
    // A named pipe would wait for a writer without an end. The shell's <(command) has one.
    if (!path.startsWith("/dev/") && !statSync(path).isFile()) {
      throw new KeyError("key-malformed", `${path} holds no key: it is no regular file`);
    }
    fd = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new KeyError("key-missing", `there is no key file ${path}`);
  }
  try {
    const { mode, size } = fstatSync(fd);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new KeyError("key-too-open", `${path} can be read by others: chmod 600 it, and think of the key as known`);
    }
    if (size > 1_024) throw new KeyError("key-malformed", `${path} holds no key`);
    return keyOf(readFileSync(fd, "utf8"), path);
  } finally {
    closeSync(fd);
  }
}

/** Names of the environment for one key; the file's name may also come from the configuration. */
export interface KeySource {
  /** `SEALTRAIL_SIGNING_KEY`: 64 hex digits. */
  variable: string;
  file: string | undefined;
}

/** The key by environment, then by file; undefined where none is configured: then nothing is signed. @public */
export function loadKey(
  source: KeySource,
  env: { readonly [name: string]: string | undefined },
): SigningKey | undefined {
  const given = env[source.variable];
  const file = env[`${source.variable}_FILE`];
  if (given && file)
    throw new KeyError("key-twice", `${source.variable} and ${source.variable}_FILE are both set: unset one`);
  if (given) return keyOf(given, source.variable);
  const path = file || source.file;
  return path ? readKeyFile(path) : undefined;
}

/** The environment variable that the signing key is read from. @public */
export const SIGNING_KEY = "SEALTRAIL_SIGNING_KEY";
/** The environment variable that the wallet's key is read from. @public */
export const WALLET_KEY = "SEALTRAIL_WALLET_KEY";

function keyOf(text: string, origin: string): SigningKey {
  const hex = text.trim();
  try {
    const privateKey = privateKeyBytes(/^[0-9a-f]{64}$/i.test(hex) ? hex : "");
    return { privateKey, signerId: signerIdOf(privateKey), origin };
  } catch {
    throw new KeyError("key-malformed", `${origin} holds no key: 64 hex digits expected`);
  }
}

function systemRandom(size: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(size));
}

// The rejects file: where refused lines stand in their input and why they were refused, never what they said.
import { closeSync, constants, fchmodSync, openSync, writeSync } from "node:fs";
import { redactText } from "@sealtrail/redact";

export interface Reject {
  line: number;
  offset: number;
  length: number;
  reason: string;
}

/** Opened at the first refusal, 0600 also where it was wider; a symbolic link in its place is not followed. */
export class RejectsFile {
  readonly #path: string;
  #fd: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  add(reject: Reject, about: { source: string; input?: string }): void {
    if (this.#fd === undefined) {
      const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
      this.#fd = openSync(this.#path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
      fchmodSync(this.#fd, 0o600);
    }
    writeSync(this.#fd, `${JSON.stringify({ ...about, ...reject })}\n`);
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/** A reason may name a field of the line, and a field's name can be a secret as well. */
export function safeReason(reason: string): string {
  return redactText(reason.slice(0, 500)).text.replace(/[\r\n\t]+/g, " ");
}

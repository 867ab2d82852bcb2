// Reads a JSON object that is cut off or damaged: its members up to the damage, and the rest as text. Used for hook payloads:
// the event happened, so the part that can be read is recorded.
import type { Fields } from "@sealtrail/sources/host";

/** "bad-bytes": bytes that are no UTF-8, else whole. "cut-off": the end is missing. "not-json": damage in the middle. */
export type Damage = "bad-bytes" | "cut-off" | "not-json";

export interface Salvaged {
  value: Fields;
  damage: Damage;
  /** What stands behind the damage; of a text that ends in a member's name, that name. */
  rest?: string;
}

/** Containers in one another that are followed. */
const deepest = 64;

/** Undefined for what is no object, or has no member that can be read. Linear; never throws. */
export function salvage(payload: Uint8Array): Salvaged | undefined {
  const text = new TextDecoder("utf-8").decode(payload); // a bad byte becomes U+FFFD
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? { value, damage: "bad-bytes" } : undefined;
  } catch {
    return new Reader(text).object();
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Thrown where reading cannot go on; what was read so far stands in the containers. */
const STOP = Symbol("stop");

class Reader {
  readonly #text: string;
  #at = 0;
  #endsInName = false;

  constructor(text: string) {
    this.#text = text;
  }

  object(): Salvaged | undefined {
    const value: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    this.#space();
    if (this.#text[this.#at] !== "{") return undefined;
    try {
      this.#members(value, 1);
    } catch (stop) {
      if (stop !== STOP) throw stop;
    }
    if (Object.keys(value).length === 0) return undefined;
    const rest = this.#text.slice(this.#at).trim();
    if (rest === "") return { value, damage: "cut-off" };
    return { value, damage: this.#endsInName ? "cut-off" : "not-json", rest };
  }

  #members(into: Record<string, unknown>, depth: number): void {
    this.#at++;
    this.#space();
    if (this.#take("}")) return;
    for (;;) {
      if (this.#text[this.#at] !== '"') throw STOP;
      const from = this.#at;
      const name = this.#string();
      this.#space();
      if (!this.#take(":")) {
        // The text ends in the name, which is kept as the rest.
        this.#endsInName = this.#at >= this.#text.length;
        if (this.#endsInName) this.#at = from;
        throw STOP;
      }
      this.#space();
      this.#value(depth, (value) => {
        into[name.slice(0, 1_000)] = value;
      });
      this.#space();
      if (this.#take("}")) return;
      if (!this.#take(",")) throw STOP;
      this.#space();
    }
  }

  #items(into: unknown[], depth: number): void {
    this.#at++;
    this.#space();
    if (this.#take("]")) return;
    for (;;) {
      this.#value(depth, (value) => into.push(value));
      this.#space();
      if (this.#take("]")) return;
      if (!this.#take(",")) throw STOP;
      this.#space();
    }
  }

  /**
   * Hands a container over before its members are read, so that the members that were read are kept where reading stops inside
   * it.
   */
  #value(depth: number, put: (value: unknown) => void): void {
    const first = this.#text[this.#at];
    if (first === '"') {
      put(this.#string());
      return;
    }
    if (first === "{" || first === "[") {
      if (depth >= deepest) throw STOP;
      const container = first === "{" ? (Object.create(null) as Record<string, unknown>) : [];
      put(container);
      if (Array.isArray(container)) this.#items(container, depth + 1);
      else this.#members(container, depth + 1);
      return;
    }
    const word = /[\w+.-]{1,40}/y;
    word.lastIndex = this.#at;
    const literal = word.exec(this.#text)?.[0];
    if (literal === undefined) throw STOP;
    try {
      put(JSON.parse(literal));
    } catch {
      throw STOP;
    }
    this.#at += literal.length;
  }

  /** A string up to its quote, or to the end of the text; a wrong escape stays as it is written. */
  #string(): string {
    const from = this.#at + 1;
    let end = from;
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === "\\" ? 2 : 1;
    end = Math.min(end, this.#text.length);
    const raw = this.#text.slice(from, end);
    this.#at = end + 1;
    try {
      return JSON.parse(`"${raw}"`) as string;
    } catch {
      return raw.replace(/\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g, unescaped);
    }
  }

  #space(): void {
    while (this.#at < this.#text.length && " \t\r\n".includes(this.#text[this.#at]!)) this.#at++;
  }

  #take(sign: string): boolean {
    if (this.#text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

function unescaped(_: string, code: string | undefined, sign: string | undefined): string {
  return code === undefined ? (ESCAPES[sign!] ?? sign!) : String.fromCharCode(Number.parseInt(code, 16));
}

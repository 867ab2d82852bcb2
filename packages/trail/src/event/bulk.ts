// Pictures, sound and files that stand as base64 in an argument, a result or a prompt are stored as their kind, their length and
// a sealed hash of the data. The data itself is left out because redaction cannot look into a picture, and because each would
// put up to a megabyte into the trail. Whoever has the picture can compute the hash and so show that it was this one.

/** Members that hold such data. */
const DATA = new Set(["data", "blob", "base64", "bytes"]);
/** Members that say that the data beside them is a picture, a sound or a file. */
const KIND = ["mimeType", "media_type", "mediaType", "mime_type", "contentType", "content_type"];
/** Values of `type` that say the same. */
const KINDS = new Set([
  "image",
  "audio",
  "video",
  "file",
  "document",
  "pdf",
  "base64",
  "blob",
  "resource",
  "redacted_thinking",
]);

/** Characters: shorter text is kept. */
const SHORTEST = 64;
/** Characters: base64 of this length is taken for data also where nothing beside it says so. */
const SURELY_DATA = 16_384;
const DEEPEST = 48;
/** Values looked at; objects that hold one another several times would else never end. */
const MOST_VALUES = 200_000;

const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
const DATA_URI = /(data:[\w.+-]{1,60}\/[\w.+-]{1,100}(?:;[\w.=-]{1,60}){0,4};base64,)([A-Za-z0-9+/_-]{64,}={0,2})/g;

/** Signs that a text may be JSON with such data in it. */
const IN_JSON = /"(?:data|blob|base64|bytes)"\s{0,4}:\s{0,4}"[A-Za-z0-9+/_-]{64}/;
const QUOTED = /"([A-Za-z0-9+/_-]{64,}={0,2})"/g;

type Seal = (text: string) => string;

/** A result or a prompt without such data; the value itself where it holds none, or cannot be read. Never throws. */
export function withoutBulk(value: unknown, seal: Seal): unknown {
  return shortened(value, seal, false);
}

/**
 * The same of metadata, arguments of calls above all. A data address is shortened only where it is the whole text: a longer
 * text may be a command or code, and what runs must stay readable.
 */
export function metadataWithoutBulk(metadata: Record<string, unknown>, seal: Seal): Record<string, unknown> {
  return shortened(metadata, seal, true) as Record<string, unknown>;
}

function shortened(value: unknown, seal: Seal, mayRun: boolean): unknown {
  try {
    return new Shortening(seal, mayRun).of(value, false, 0);
  } catch {
    return value;
  }
}

class Shortening {
  #left = MOST_VALUES;
  readonly #seal: Seal;
  readonly #mayRun: boolean;

  constructor(seal: Seal, mayRun: boolean) {
    this.#seal = seal;
    this.#mayRun = mayRun;
  }

  /** `typed`: the object around the value says that it is a picture, a sound or a file. */
  of(value: unknown, typed: boolean, depth: number): unknown {
    if (typeof value === "string") return this.#text(value);
    if (typeof value !== "object" || value === null || depth > DEEPEST || this.#left <= 0) return value;
    return Array.isArray(value) ? this.#list(value, depth) : this.#object(value as Members, typed, depth);
  }

  #list(value: readonly unknown[], depth: number): unknown {
    this.#left -= value.length + 1;
    let kept: unknown[] | undefined;
    for (let i = 0; i < value.length; i++) {
      const next = this.of(value[i], false, depth + 1);
      if (next === value[i]) continue;
      kept ??= [...value];
      kept[i] = next;
    }
    return kept ?? value;
  }

  #object(members: Members, typed: boolean, depth: number): unknown {
    const names = Object.keys(members);
    this.#left -= names.length + 1;
    const isTyped = typed || saysKind(members);
    let kept: Members | undefined;
    for (const name of names) {
      const member = members[name];
      if (typeof member === "string" && isData(name, member, isTyped)) {
        kept ??= { ...members };
        delete kept[name];
        kept[`${name}Length`] = member.length;
        kept[`${name}Sealed`] = this.#seal(member);
        continue;
      }
      // The kind of a picture may stand one level above its data.
      const next = this.of(member, isTyped && !Array.isArray(member), depth + 1);
      if (next === member) continue;
      kept ??= { ...members };
      Object.defineProperty(kept, name, { value: next, enumerable: true, writable: true, configurable: true });
    }
    return kept ?? members;
  }

  /** A result that is JSON in a text, as some hosts hand it over. All but the data stays as it is written. */
  #json(text: string): string {
    try {
      const found = dataIn(JSON.parse(text));
      return text.replace(QUOTED, (quoted, data: string) =>
        found.has(data) ? `"[${data.length} characters, ${this.#seal(data)}]"` : quoted,
      );
    } catch {
      return text;
    }
  }

  #text(whole: string): string {
    const text = this.#mayRun || !/^\s{0,9}[[{]/.test(whole) || !IN_JSON.test(whole) ? whole : this.#json(whole);
    if (text.length < SHORTEST || !text.includes(";base64,")) return text;
    if (this.#mayRun && !isDataUri(text)) return text;
    return text.replace(
      DATA_URI,
      (_, head: string, data: string) => `${head}[${data.length} characters, ${this.#seal(data)}]`,
    );
  }
}

/** The data in a value, other than data addresses. */
function dataIn(value: unknown): Set<string> {
  const found = new Set<string>();
  const note = (data: string) => {
    found.add(data);
    return "";
  };
  new Shortening(note, true).of(value, false, 0);
  return found;
}

type Members = Record<string, unknown>;

function saysKind(members: Record<string, unknown>): boolean {
  if (KIND.some((name) => typeof members[name] === "string")) return true;
  return typeof members.type === "string" && KINDS.has(members.type);
}

function isData(name: string, text: string, typed: boolean): boolean {
  if (text.length < SHORTEST || text.startsWith("data:")) return false;
  if (!(typed && DATA.has(name)) && text.length < SURELY_DATA) return false;
  return BASE64.test(text);
}

/** Whether the text is one data address and nothing else. */
function isDataUri(text: string): boolean {
  if (!text.startsWith("data:")) return false;
  const comma = text.indexOf(",");
  return comma > 0 && comma < 512 && BASE64.test(text.slice(comma + 1));
}

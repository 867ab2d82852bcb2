// Pictures, sound and files that stand in a result or prompt as base64: kept as their kind and length, with a sealed hash of
// the data. What they show was never redacted, and each would put up to a megabyte into the trail. Whoever has the picture
// can show that it was this one; nobody else can tell which it was.

/** The members under which hosts and servers put such data. */
const DATA = new Set(["data", "blob", "base64", "bytes"]);
/** The members that say what it is. */
const KIND = ["mimeType", "media_type", "mediaType", "mime_type", "contentType", "content_type"];
const KINDS = new Set(["image", "audio", "video", "file", "document", "pdf", "base64", "blob", "resource"]);

/** Shorter data is no picture; longer text of these signs alone is data whatever stands beside it. */
const shortest = 64;
const surely = 16_384;
const deepest = 48;

const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
const DATA_URI = /(data:[\w.+-]{1,60}\/[\w.+-]{1,100}(?:;[\w.=-]{1,60}){0,4};base64,)([A-Za-z0-9+/_-]{64,}={0,2})/g;

type Seal = (text: string) => string;

/** The value itself where it holds no such data. Never throws; what can't be looked into stays as it is. */
export function withoutBulk(value: unknown, seal: Seal): unknown {
  try {
    return without(value, seal, false, 0);
  } catch {
    return value;
  }
}

function without(value: unknown, seal: Seal, typed: boolean, depth: number): unknown {
  if (typeof value === "string") return inText(value, seal);
  if (typeof value !== "object" || value === null || depth > deepest) return value;
  if (Array.isArray(value)) {
    let items: unknown[] | undefined;
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      const next = without(item, seal, false, depth + 1);
      if (next === item) continue;
      items ??= [...(value as unknown[])];
      items[i] = next;
    }
    return items ?? value;
  }
  const members = value as Record<string, unknown>;
  const isTyped = typed || saysKind(members);
  const names = Object.keys(members);
  // Most values hold no data: a copy is made with the first that does.
  let kept: Record<string, unknown> | undefined;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const member = members[name];
    const isBulk = typeof member === "string" && isData(name, member, isTyped);
    // A picture's type may stand one level above its data.
    const next = isBulk ? member : without(member, seal, isTyped && !Array.isArray(member), depth + 1);
    if (kept === undefined && (isBulk || next !== member)) {
      kept = Object.create(null) as Record<string, unknown>;
      for (const before of names.slice(0, i)) kept[before] = members[before];
    }
    if (kept === undefined) continue;
    if (isBulk) {
      kept[`${name}Length`] = member.length;
      kept[`${name}Sealed`] = seal(member);
    } else kept[name] = next;
  }
  return kept ?? value;
}

function saysKind(members: Record<string, unknown>): boolean {
  if (KIND.some((name) => typeof members[name] === "string")) return true;
  return typeof members.type === "string" && KINDS.has(members.type);
}

function isData(name: string, text: string, typed: boolean): boolean {
  if (text.length < shortest || text.startsWith("data:")) return false;
  if (!(typed && DATA.has(name)) && text.length < surely) return false;
  return BASE64.test(text);
}

function inText(text: string, seal: Seal): string {
  if (text.length < shortest || !text.includes(";base64,")) return text;
  return text.replace(DATA_URI, (_, head: string, data: string) => `${head}[${data.length} characters, ${seal(data)}]`);
}

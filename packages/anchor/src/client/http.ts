// One HTTP call with everything bounded: time, bytes, redirects (none), nesting. The answer is a stranger's: strict JSON
// or nothing. Relies on the host's fetch; never throws on what the other side does.
import { type JsonValue, parseStrict } from "@sealtrail/smt/formats";

export interface HttpOptions {
  fetch?: typeof fetch;
  /** For the whole call, the body included. */
  timeoutMs?: number;
  maxBytes?: number;
  /** Texts of the request that no message may repeat: keys, payments. A server may send them back. */
  secrets?: readonly string[];
}

export type FailureKind =
  | "timeout"
  | "unreachable"
  | "redirect"
  | "too-large"
  /** A status that is not 2xx. */
  | "status"
  | "not-json"
  /** JSON, but neither of the two published shapes. */
  | "bad-shape"
  /** About something else than what was asked. */
  | "foreign";

export interface CallFailure {
  ok: false;
  kind: FailureKind;
  /** One line for a person, cleaned of what a terminal would obey. */
  message: string;
  status?: number;
  retryAfterMs?: number;
  /** What came with a status that is not 2xx, where it was JSON. */
  body?: JsonValue;
  headers?: Headers;
}

/** `text`: the answer as it came, but for `secrets`. */
export type HttpAnswer = { ok: true; status: number; json: JsonValue; text: string } | CallFailure;

export const TIMEOUT_MS = 15_000;
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_RETRY_AFTER_MS = 3_600_000;

export async function httpCall(url: string, init: RequestInit, now: number, options: HttpOptions): Promise<HttpAnswer> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), options.timeoutMs ?? TIMEOUT_MS);
  try {
    const response = await (options.fetch ?? fetch)(url, { ...init, redirect: "manual", signal: abort.signal });
    if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)) {
      response.body?.cancel().catch(() => {});
      return { ok: false, kind: "redirect", status: response.status, message: "the server redirects: not followed" };
    }
    const bytes = await readBounded(response, options.maxBytes ?? MAX_BYTES);
    if (bytes === undefined) {
      abort.abort();
      return { ok: false, kind: "too-large", status: response.status, message: "the answer is too large" };
    }
    const parsed = parseStrict(bytes);
    const secrets = options.secrets ?? [];
    const json = parsed.ok ? withoutSecrets(parsed.value, secrets) : null;
    if (!response.ok) {
      const failure: CallFailure = {
        ok: false,
        kind: "status",
        status: response.status,
        message: `${response.status} ${messageIn(json)}`.trim(),
        headers: response.headers,
      };
      const wait = retryAfter(response.headers.get("retry-after"), now);
      if (wait !== undefined) failure.retryAfterMs = wait;
      if (parsed.ok) failure.body = json;
      return failure;
    }
    if (!parsed.ok) {
      return { ok: false, kind: "not-json", status: response.status, message: `the answer is no JSON: ${parsed.code}` };
    }
    const text = json === parsed.value ? new TextDecoder().decode(bytes) : JSON.stringify(json);
    return { ok: true, status: response.status, json, text };
  } catch (error) {
    if (abort.signal.aborted) return { ok: false, kind: "timeout", message: "no answer in time" };
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const what = cause instanceof Error ? ((cause as { code?: string }).code ?? cause.message) : String(cause);
    return { ok: false, kind: "unreachable", message: `the network cannot be reached: ${clean(what)}` };
  } finally {
    clearTimeout(timer);
  }
}

/** The same value where none of the secrets is in it, however it was spelt. */
function withoutSecrets(value: JsonValue, secrets: readonly string[]): JsonValue {
  if (typeof value === "string") {
    return secrets.reduce((text, secret) => (secret === "" ? text : text.replaceAll(secret, "[REDACTED]")), value);
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const list = value.map((entry) => withoutSecrets(entry, secrets));
    return list.some((entry, i) => entry !== value[i]) ? list : value;
  }
  let changed = false;
  const members = Object.entries(value).map(([name, member]): [string, JsonValue] => {
    const kept: [string, JsonValue] = [withoutSecrets(name, secrets) as string, withoutSecrets(member, secrets)];
    changed ||= kept[0] !== name || kept[1] !== member;
    return kept;
  });
  return changed ? Object.fromEntries(members) : value;
}

/** At most `max` bytes of the body (after decompression), or undefined when there are more. */
async function readBounded(response: Response, max: number): Promise<Uint8Array | undefined> {
  if (response.body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > max) {
      reader.cancel().catch(() => {});
      return undefined;
    }
    parts.push(value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Seconds or an HTTP date; an hour at most, so that no server can switch anchoring off for long. */
function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS) : undefined;
}

/** `{message}` or `{errors: [{message}]}`, and whatever else an error may be. */
function messageIn(json: JsonValue): string {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return "";
  if (typeof json.message === "string") return clean(json.message);
  if (!Array.isArray(json.errors)) return "";
  return clean(json.errors.slice(0, 3).map(errorText).filter(Boolean).join("; "));
}

/** One entry of an `errors` list: text, or an object with a message. */
export function errorText(error: unknown): string {
  if (typeof error === "string") return clean(error);
  if (typeof error !== "object" || error === null) return "";
  const { message } = error as { message?: unknown };
  return typeof message === "string" ? clean(message) : "";
}

/** No control characters, no bidirectional overrides, 200 characters: it will be shown on a terminal and stored. */
export function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, " ").slice(0, 200);
}

// Reads how a call ended from a gateway's line: from a status, a decision, a flag, an HTTP or JSON-RPC code. Only members for
// this purpose are read, never the tool's answer.
import { type Fields, field, fieldsOf } from "../shared/fields.js";
import type { Denial, DeniedBy, DeniedReason } from "../shared/tool-call.js";
import { asNumber, asText, type GatewayLine } from "./line.js";

export type Outcome = "denied" | "cancelled" | "failed" | "ended" | "allowed" | "pending" | "unknown";

export interface Verdict {
  outcome: Outcome;
  /** The gateway's own word for it. */
  word: string;
}

const WORDS: Readonly<Record<string, Outcome>> = {};
const say = (outcome: Outcome, words: string) => {
  for (const word of words.split(" ")) (WORDS as Record<string, Outcome>)[word] = outcome;
};
say(
  "denied",
  "denied deny denies blocked block blocks rejected reject rejects refused refuse forbidden forbid unauthorized unauthorised unauthenticated disallowed disallow prohibited vetoed declined decline ratelimited throttled quarantined",
);
say("cancelled", "cancelled canceled cancel aborted abort interrupted");
say("failed", "error errored failed failure fail timeout timedout crashed exception");
say("ended", "ok success succeeded successful completed complete done ran executed finished passed pass ended 200");
say(
  "allowed",
  "allowed allow allows permitted permit approved approve granted grant accepted accept overridden override",
);
say("pending", "pending awaiting waiting ask required requested");
say("unknown", "unknown lost");

/** Words that negate the next one. */
const NOT = new Set(["not", "never", "non", "un", "no"]);

/** `DENIED_BY_POLICY`, `policy_denied`, `accessDenied`, `not allowed` into lower-case words. */
function wordsOf(text: string): string[] {
  return text
    .slice(0, 200)
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
}

/** The last word that decides counts: `denied_then_allowed` was allowed in the end. */
export function judged(text: string): Outcome | undefined {
  const words = wordsOf(text);
  const all = words.join(" ");
  if (
    /\b(?:rate|quota|budget|spend) ?(?:limit )?(?:limited|exceeded|reached)\b|\btoo many requests\b|\blimit (?:exceeded|reached)\b/.test(
      all,
    )
  )
    return "denied";
  if (
    /\bapproval\b.*\b(?:timeout|timedout|timed out|expired)\b|\b(?:timeout|timed out|expired)\b.*\bapproval\b/.test(all)
  )
    return "denied";
  if (all === "timed out") return "failed";
  let found: Outcome | undefined;
  for (const [i, word] of words.entries()) {
    const outcome = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
    if (outcome === undefined) continue;
    const turned = i > 0 && NOT.has(words[i - 1]!);
    // A word that says that something is asked for or required is no decision, unless there is no other word.
    if (outcome === "pending" && found !== undefined) continue;
    found = turned ? (outcome === "denied" ? "allowed" : outcome === "allowed" ? "denied" : outcome) : outcome;
  }
  return found;
}

/** Members whose text is the gateway's decision. */
const DECISIONS =
  "decision,verdict,effect,disposition,policyDecision,policy_decision,policyResult,policy_result,authorization_result,authzDecision,authz_decision,authDecision,auth_decision,access,permission,permissionDecision,permission_decision".split(
    ",",
  );
const STATES =
  "status,outcome,state,toolStatus,tool_status,call_status,callStatus,disposition_status,tool.status".split(",");
/** Objects in which a gateway keeps its decision. */
const DECIDERS =
  "decision,policy,authorization,authz,auth,guardrail,guard,permission,verdict,access,approval,policyDecision".split(
    ",",
  );
const ALLOWING =
  "allowed,allow,permit,is_allowed,isAllowed,permitted,authorized,authorised,approved,granted,Allowed,Authorized".split(
    ",",
  );
const DENYING =
  "denied,deny,isDenied,is_denied,blocked,is_blocked,isBlocked,rejected,refused,forbidden,unauthorized,Denied,Blocked".split(
    ",",
  );

export function verdictOf(line: GatewayLine, event: string): Verdict | undefined {
  const stated = [...candidates(line)];
  const denial = stated.find(({ outcome }) => outcome === "denied");
  if (denial !== undefined) return denial;
  const ended = stated.find(({ outcome }) => outcome !== "allowed") ?? stated[0];
  // The name of the event goes before codes: a tool's answer has codes too.
  const named = /^(?:tools?\/call|tools?\.call)$/.test(event) ? undefined : judged(event);
  if (named === "denied" && ended === undefined) return { outcome: "denied", word: event };
  if (ended !== undefined) return ended;
  // An error of the JSON-RPC message is the protocol's or the server's, and not the tool's result.
  const onWire = field(line.top, "jsonrpc") === "2.0" && field(line.top, "error") !== undefined;
  const isResult = !onWire && /result|response|error|end|output|complete/i.test(event);
  const code = isResult ? undefined : codeOf(line);
  if (code !== undefined) return code;
  const told = isResult ? undefined : toldOf(line);
  if (told !== undefined) return told;
  return named === undefined ? undefined : { outcome: named, word: event };
}

function* candidates(line: GatewayLine): Generator<Verdict> {
  for (const scope of line.deciding) {
    for (const name of ALLOWING) yield* flag(scope, name, false);
    for (const name of DENYING) yield* flag(scope, name, true);
    for (const name of DECISIONS) yield* word(scope, name);
    for (const name of STATES) yield* word(scope, name);
    yield* action(scope);
    for (const name of DECIDERS) {
      const decider = fieldsOf(field(scope, name));
      for (const inner of ALLOWING) yield* flag(decider, inner, false);
      for (const inner of DENYING) yield* flag(decider, inner, true);
      for (const inner of [...DECISIONS, ...STATES, "action", "behavior", "result"]) yield* word(decider, inner);
    }
  }
  yield* bareResult(line);
  yield* spanStatus(field(line.top, "status"));
  const success = field(line.top, "Success");
  if (typeof success === "boolean") yield { outcome: success ? "ended" : "failed", word: `Success ${success}` };
}

function* flag(scope: Fields, name: string, denies: boolean): Generator<Verdict> {
  const value = field(scope, name);
  const is = value === true || value === "true" ? true : value === false || value === "false" ? false : undefined;
  if (is === undefined) return;
  yield { outcome: is === denies ? "denied" : "allowed", word: `${name}: ${is}` };
}

function* word(scope: Fields, name: string): Generator<Verdict> {
  const value = asText(field(scope, name));
  const outcome = value === undefined || value.length > 100 ? undefined : judged(value);
  if (outcome === undefined) return;
  yield { outcome, word: value! };
}

/** OpenTelemetry's status of a span: `{code: 2, message}`. */
function* spanStatus(status: unknown): Generator<Verdict> {
  const code = field(fieldsOf(status), "code");
  if (code === 2 || code === "ERROR" || code === "STATUS_CODE_ERROR") {
    yield { outcome: "failed", word: asText(field(fieldsOf(status), "message")) ?? "error" };
  }
}

/** `action` is often a name; it is a decision where it is one word that decides. */
function* action(scope: Fields): Generator<Verdict> {
  const value = asText(field(scope, "action"));
  if (value === undefined || !/^[A-Za-z]{2,20}$/.test(value)) return;
  const outcome = judged(value);
  if (outcome !== "denied" && outcome !== "allowed") return;
  yield { outcome, word: value };
}

/** `result: "denied"` is the gateway's word where nothing else is said and it is a single name; else it is what the tool answered. */
function* bareResult(line: GatewayLine): Generator<Verdict> {
  if (STATES.some((name) => asText(field(line.top, name)) !== undefined)) return;
  const value = asText(field(line.top, "result"));
  if (value === undefined || !/^[A-Za-z]{2,20}(?:[_-][A-Za-z]{2,20}){0,4}$/.test(value)) return;
  const outcome = judged(value);
  if (outcome === "denied") yield { outcome, word: value };
}

/** Members that only a refusal has, and the log's own sentence, where nothing else is said. */
function toldOf(line: GatewayLine): Verdict | undefined {
  for (const scope of line.deciding) {
    const why = REASONS.find((name) => asText(field(scope, name)) !== undefined);
    if (why !== undefined) return { outcome: "denied", word: why };
    const policy = asText(field(scope, "policy")) ?? "";
    if (/^(?:deny|denied|block|blocked|reject|rejected)$/i.test(policy)) return { outcome: "denied", word: policy };
  }
  const said = asText(field(line.top, "msg"));
  return said !== undefined && said.length <= 100 && judged(said) === "denied"
    ? { outcome: "denied", word: said }
    : undefined;
}

const REASONS =
  "denyReason,deny_reason,deniedReason,denied_reason,blockReason,block_reason,blockedReason,blocked_reason,denialReason,denial_reason,rejectionReason,rejection_reason".split(
    ",",
  );

/** HTTP and JSON-RPC codes, and names of errors, of a call that the gateway did not let through. */
function codeOf(line: GatewayLine): Verdict | undefined {
  const http = httpOf(line);
  if (http === 401 || http === 403 || http === 407 || http === 429 || http === 451)
    return { outcome: "denied", word: `HTTP ${http}` };
  const error = fieldsOf(line.find("error", (value) => (typeof value === "object" ? value : undefined)));
  const code = field(error, "code") ?? line.find("errorCode", (value) => value);
  const said = asText(field(error, "message")) ?? line.find("error", asText) ?? "";
  const number = asNumber(code);
  if (number !== undefined) {
    const ours = line.find("errorCode", asNumber) !== undefined;
    const words = judged(said) === "denied" || /\b(?:permission|policy|rate limit|access)\b/i.test(said.slice(0, 500));
    const missing = /not found|timed? ?out/i.test(said.slice(0, 500));
    if (number === -32002 && !missing) return { outcome: "denied", word: `JSON-RPC ${number}` };
    if ((number === -32001 || number === -32003) && !missing && (ours || words))
      return { outcome: "denied", word: `JSON-RPC ${number}` };
    if (number === 401 || number === 403 || number === 429) return { outcome: "denied", word: `code ${number}` };
    return undefined;
  }
  const name = asText(code) ?? asText(field(error, "type")) ?? line.find("errorCategory", asText);
  return name !== undefined && name.length <= 60 && judged(name) === "denied"
    ? { outcome: "denied", word: name }
    : undefined;
}

export function httpOf(line: GatewayLine): number | undefined {
  const status = asNumber(field(line.top, "status"));
  const code =
    line.find("http", asNumber) ??
    status ??
    line.find("error", (value) => asNumber(field(fieldsOf(value), "status") ?? field(fieldsOf(value), "statusCode")));
  return code !== undefined && Number.isInteger(code) && code >= 100 && code <= 599 ? code : undefined;
}

/** Who refused and why, in the terms that all sources share. */
export function denialOf(line: GatewayLine, word: string): Denial {
  const explained = line.text("reason") ?? deciderText(line, ["reason", "message", "explanation"]) ?? errorSaid(line);
  const own = line.text("hostReason");
  const by = line.peek("by") ?? deciderText(line, ["by", "decidedBy", "source"]);
  const names = `${own ?? ""} ${word} ${by ?? ""}`;
  const deniedReason = kindOf(names) ?? kindOf(explained ?? "", true) ?? "policy";
  return {
    deniedReason,
    by: deniedBy(deniedReason, names, explained ?? ""),
    reason: explained,
    hostDeniedReason: own ?? word,
  };
}

function deciderText(line: GatewayLine, names: readonly string[]): string | undefined {
  for (const scope of line.deciding) {
    for (const decider of DECIDERS) {
      for (const name of names) {
        const value = asText(field(fieldsOf(field(scope, decider)), name));
        if (value !== undefined) return value;
      }
    }
  }
  return undefined;
}

function errorSaid(line: GatewayLine): string | undefined {
  return line.find("error", asText) ?? line.find("error", (value) => asText(field(fieldsOf(value), "message")));
}

const USER = /\b(?:user|human|operator|person|approver|admin|administrator)\b/;
const BY_USER =
  /\b(?:denied|rejected|declined|refused|cancell?ed|disapproved) by (?:the |a )?(?:user|human|operator|person|approver|admin)|^(?:the )?(?:user|human|operator) (?:denied|rejected|declined|refused|said no)/;

/** `said`: a sentence, in which single words prove less. */
function kindOf(text: string, said = false): DeniedReason | undefined {
  const words = wordsOf(text).join(" ");
  if (/\bapprov/.test(words) || (said ? BY_USER.test(words) : USER.test(words))) return "approval";
  if (/\bloop/.test(words)) return "loop";
  if (/\b(?:limit|limited|ratelimited|quota|budget|throttled|exceeded|429)\b|too many/.test(words)) return "limit";
  if (/\bsandbox/.test(words)) return "sandbox";
  if (/\b(?:policy|policies|rule|rules|guard|guardrail|acl|rbac|allowlist|denylist|blocklist|403)\b/.test(words))
    return "policy";
  return !said && /\b(?:unauthorized|unauthorised|unauthenticated|401|407)\b/.test(words) ? "host" : undefined;
}

function deniedBy(kind: DeniedReason, names: string, said: string): DeniedBy {
  const words = `${wordsOf(names).join(" ")} ${wordsOf(said).join(" ")}`;
  if (/\btime ?out\b|\btimed out\b|\bexpired\b/.test(words)) return "timeout";
  if (/\bcancell?ed\b/.test(words)) return "cancelled";
  if (kind === "approval") return "user";
  return kind === "sandbox" || kind === "host" ? kind : "policy";
}

// Finds members of a gateway's line by their meaning. Products use different names, and put a call's members at the top, into a
// nested object, into MCP messages or into OpenTelemetry attributes. One lookup goes over all of these places, by lists of
// names.
import { type Fields, field, fieldsOf } from "../shared/fields.js";

/** Objects that hold members of the call, in the order in which they are asked. */
const NESTED =
  "data,payload,call,toolCall,tool_call,toolcall,attributes,attrs,details,context,properties,labels,meta,metadata,mcp".split(
    ",",
  );
/** Objects that hold what was asked for: never a decision about it. `params` only where it is no tool's arguments itself. */
const ASKING = "request,req,params,body,fields,function".split(",");

export const NAMES = {
  event: "event,eventName,event_name,event_type,eventType,mcp_method,mcp.method.name,method,Method,type,msg,name",
  tool: "tool,toolName,tool_name,gen_ai.tool.name,mcp.tool.name,mcp_tool,mcp_tool_name,ToolCallName,ToolName,tool.name,mcp_primitive_name",
  args: "args,arguments,input,tool_input,toolInput,toolArgs,tool_args,parameters,gen_ai.tool.call.arguments,tool.arguments,tool.args",
  result:
    "result,output,response,tool_response,toolResponse,tool_output,toolOutput,gen_ai.tool.call.result,tool.result",
  session:
    "session,sessionId,session_id,sessionKey,session_key,mcp_session_id,mcp.session.id,mcpSessionId,Mcp-Session-Id,SessionID,SessionId,conversationId,conversation_id",
  run: "runId,run_id,turnId,turn_id,prompt_id,promptId",
  call: "toolCallId,tool_call_id,toolcallId,callId,call_id,tool_use_id,toolUseId,gen_ai.tool.call.id,jsonrpc.request.id,mcp_request_id",
  agent: "agentId,agent_id,agent,gen_ai.agent.id",
  user: "userId,user_id,user,enduser.id,principal,actor",
  time: "ts,timestamp,time,@timestamp,datetime,Datetime,dateTime,date_time,occurredAt,occurred_at,eventTime,event_time,TimeGenerated,start_time,startTime,startTimeUnixNano,timeUnixNano,start_time_unix_nano,time_unix_nano,ts_ms,timestamp_ms,created_at,createdAt,t",
  gateway: "source,gateway,service.name,service,server,ServerName,mcp_backend",
  duration: "durationMs,duration_ms,elapsedMs,elapsed_ms,latencyMs,latency_ms,ServerResponseDurationMs,duration",
  exitCode: "exitCode,exit_code",
  error: "error,Error,err,errorMessage,error_message",
  errorCode: "errorCode,error_code,mcp_error_code,rpc.response.status_code,rpc.jsonrpc.error_code",
  errorCategory: "errorCategory,error_category,errorType,error_type,ErrorType,error.type",
  http: "httpStatus,http_status,statusCode,status_code,response_code,responseCode,http.status_code,http.response.status_code,http.status,httpStatusCode",
  trace: "traceId,trace_id,trace.id,TraceId",
  span: "spanId,span_id,span.id,SpanId",
  parentSpan: "parentSpanId,parent_span_id,parent.id,ParentSpanId,parent_id",
  traceparent: "traceparent,trace_parent",
  reason:
    "reason,denyReason,deny_reason,blockReason,block_reason,blockedReason,blocked_reason,denialReason,denial_reason,rejectionReason,rejection_reason,explanation,justification",
  hostReason: "deniedReason,denied_reason,reasonCode,reason_code,denyCode,deny_code",
  by: "deniedBy,denied_by,blockedBy,blocked_by,decidedBy,decided_by,rejectedBy,rejected_by,approvedBy,approved_by",
  prompt: "prompt,text,content,message,reply,answer,completion,input_text,output_text",
} as const satisfies Record<string, string>;

type What = keyof typeof NAMES;
const LISTS = Object.fromEntries(Object.entries(NAMES).map(([what, names]) => [what, names.split(",")])) as Record<
  What,
  string[]
>;

export class GatewayLine {
  readonly top: Fields;
  readonly #scopes: Fields[] = [];
  readonly #deciding: Fields[] = [];
  /** For each place: its members, and those of them that were found by a lookup. */
  readonly #places = new Map<unknown, Place>();

  constructor(value: unknown) {
    this.top = fieldsOf(value);
    this.#open(this.top, 0, true);
  }

  #open(value: unknown, depth: number, decides: boolean): void {
    const opened = Array.isArray(value) ? keyValues(value) : fieldsOf(value);
    if (Object.keys(opened).length === 0 || this.#scopes.length >= 40) return;
    this.#scopes.push(opened);
    this.#places.set(value, { members: opened, used: new Set() });
    if (opened !== value) this.#places.set(opened, this.#places.get(value)!);
    if (decides) this.#deciding.push(opened);
    if (depth >= 3) return;
    for (const name of NESTED) this.#open(field(opened, name), depth + 1, decides);
    for (const name of ASKING) {
      const inner = field(opened, name);
      if (name !== "params" || isWire(fieldsOf(inner))) this.#open(inner, depth + 1, false);
    }
  }

  /** The first member of that meaning which `fits`. */
  find<T>(what: What, fits: (value: unknown) => T | undefined): T | undefined {
    for (const scope of this.#scopes) {
      for (const name of LISTS[what]) {
        const value = field(scope, name);
        if (value === undefined || value === null) continue;
        const found = fits(value);
        if (found === undefined) continue;
        this.#places.get(scope)?.used.add(name);
        return found;
      }
    }
    return undefined;
  }

  /** Reads a text without taking it out of the members that are kept as they are. */
  peek(what: What): string | undefined {
    for (const scope of this.#scopes) {
      for (const name of LISTS[what]) {
        const found = asText(field(scope, name));
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  /** As `find`, in the line itself only. */
  own<T>(what: What, fits: (value: unknown) => T | undefined): T | undefined {
    for (const name of LISTS[what]) {
      const value = field(this.top, name);
      const found = value === undefined || value === null ? undefined : fits(value);
      if (found === undefined) continue;
      this.use(name);
      return found;
    }
    return undefined;
  }

  text(what: What): string | undefined {
    return this.find(what, asText);
  }

  number(what: What): number | undefined {
    return this.find(what, asNumber);
  }

  /** Ids may be numbers. */
  id(what: What): string | undefined {
    return this.find(what, asId);
  }

  /** All places, the line itself first. */
  get scopes(): readonly Fields[] {
    return this.#scopes;
  }

  /** Those in which a decision may stand. */
  get deciding(): readonly Fields[] {
    return this.#deciding;
  }

  /** Members of the line itself that a lookup has taken. */
  use(...names: string[]): void {
    this.used(this.top, ...names);
  }

  used(place: Fields, ...names: string[]): void {
    for (const name of names) this.#places.get(place)?.used.add(name);
  }

  /** The members that no lookup has taken, in their places. */
  rest(): Record<string, unknown> {
    return this.#restOf(this.top) ?? {};
  }

  #restOf(value: unknown): Record<string, unknown> | undefined {
    const place = this.#places.get(value);
    if (place === undefined) return undefined;
    const more: Record<string, unknown> = {};
    for (const name of Object.keys(place.members)) {
      if (place.used.has(name)) continue;
      const member = field(place.members, name);
      const inner = this.#places.has(member) ? this.#restOf(member) : member;
      if (inner === undefined || (inner !== member && Object.keys(fieldsOf(inner)).length === 0)) continue;
      more[name] = inner;
    }
    return more;
  }
}

interface Place {
  readonly members: Fields;
  readonly used: Set<string>;
}

/** `params` of MCP's `tools/call`, or of a gateway that keeps a call in it. */
function isWire(params: Fields): boolean {
  if (field(params, "_meta") !== undefined) return true;
  return ["arguments", "args", "tool", "toolName", "tool_name"].some((name) => field(params, name) !== undefined);
}

export function asText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function asNumber(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  return typeof value === "string" && /^-?\d{1,15}(?:\.\d{1,9})?$/.test(value) ? Number(value) : undefined;
}

export function asId(value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (typeof value === "string") return value === "" ? undefined : value;
  const inner = fieldsOf(value);
  return (
    asText(field(inner, "id")) ?? (typeof field(inner, "id") === "number" ? String(field(inner, "id")) : undefined)
  );
}

/** OTLP writes attributes as `[{key, value: {stringValue}}]`. */
function keyValues(list: readonly unknown[]): Fields {
  const out: Record<string, unknown> = {};
  for (const item of list.slice(0, 500)) {
    const pair = fieldsOf(item);
    const key = field(pair, "key");
    const value = fieldsOf(field(pair, "value"));
    if (typeof key !== "string") continue;
    out[key] =
      field(value, "stringValue") ??
      field(value, "intValue") ??
      field(value, "doubleValue") ??
      field(value, "boolValue") ??
      undefined;
  }
  return out;
}

// The three shapes of a sink's line. Each carries the sequence and the raw key, so that whoever finds a line can ask the
// trail for its proof. The choices of fields are explained in docs/sinks.md.
import type { StoredEvent } from "../log/stored-event.js";

export const SINK_FORMATS = ["ndjson", "ocsf", "otel"] as const;
export type SinkFormat = (typeof SINK_FORMATS)[number];

export interface SinkContext {
  machineId: string;
  /** The trail's tree: which trail the sequence belongs to. */
  tree: string;
}

export function sinkLine(event: StoredEvent, format: SinkFormat, context: SinkContext): string {
  const shape = format === "ocsf" ? ocsf(event, context) : format === "otel" ? otel(event, context) : plain(event);
  return `${JSON.stringify(shape)}\n`;
}

function plain(event: StoredEvent): object {
  return event;
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

const denied = (event: StoredEvent) => event.type === "tool.denied";
const failed = (event: StoredEvent) => {
  const { error, exitCode, success } = event.metadata ?? {};
  return error !== undefined || success === false || (typeof exitCode === "number" && exitCode !== 0);
};
const grave = (event: StoredEvent) => /^system\.(degraded|restarted|clock_changed)$/.test(event.type);

/** Whether it worked, where that is known. */
const hasOutcome = (event: StoredEvent) => denied(event) || /^(tool\.result|agent\.end|cron\.)/.test(event.type);

/**
 * OCSF 1.5. Classes: API Activity for tool calls, Application Lifecycle for programs that come, go, start and stop, Base
 * Event for the rest. Every attribute that a class requires is there, also where the event says nothing for it: strict
 * consumers refuse a line that lacks one.
 */
function ocsf(event: StoredEvent, { machineId, tree }: SinkContext): object {
  const [classUid, activity] = ocsfClass(event.type);
  const time = Date.parse(event.occurredAt ?? event.createdAt);
  const bad = denied(event) || failed(event);
  const { toolName, toolCallId, reason, error } = event.metadata ?? {};
  const host = event.source ?? "unknown";
  return {
    class_uid: classUid,
    category_uid: Math.floor(classUid / 1000),
    activity_id: activity,
    activity_name: event.type,
    type_uid: classUid * 100 + activity,
    time,
    // 1 informational, 2 low, 3 medium, 4 high
    severity_id: grave(event) ? 4 : denied(event) ? 3 : bad ? 2 : 1,
    ...(hasOutcome(event) && { status_id: bad ? 2 : 1, status: bad ? "Failure" : "Success" }),
    ...(denied(event) && { action_id: 2, action: "Denied", disposition_id: 2, disposition: "Blocked" }),
    ...(text(reason ?? error) !== undefined && { status_detail: text(reason ?? error) }),
    message: event.description,
    metadata: {
      version: "1.5.0",
      profiles: denied(event) ? ["host", "security_control"] : ["host"],
      product: { name: "Sealtrail", vendor_name: "Sealtrail" },
      uid: event.id,
      sequence: event.sequence,
      log_name: tree,
      correlation_uid: event.runId,
      logged_time: Date.parse(event.createdAt),
    },
    actor: {
      ...(event.userId !== undefined && {
        user: { name: event.userId, ...(event.orgId && { org: { uid: event.orgId } }) },
      }),
      ...(event.sessionId !== undefined && { session: { uid: event.sessionId } }),
      app_name: host,
      ...(event.agentId !== undefined && { app_uid: event.agentId }),
    },
    device: { uid: machineId, type_id: 0 },
    ...(classUid === API_ACTIVITY && {
      api: {
        operation: text(toolName) ?? event.type,
        service: { name: host },
        ...(text(toolCallId) !== undefined && { request: { uid: toolCallId } }),
      },
      // The agent calls from the machine that the trail is on; no address of it is known.
      src_endpoint: { uid: machineId, svc_name: host },
    }),
    ...(classUid === APPLICATION_LIFECYCLE && { app: appOf(event, host) }),
    unmapped: { rawHash: event.rawHash, censoredHash: event.censoredHash, metadata: event.metadata ?? null },
  };
}

const API_ACTIVITY = 6003;
const APPLICATION_LIFECYCLE = 6002;

/** Activities of Application Lifecycle by the type of event. */
const LIFECYCLE: Readonly<Record<string, number>> = {
  "system.install": 1,
  "system.hook_installed": 1,
  "system.hook_removed": 2,
  "gateway.start": 3,
  "gateway.stop": 4,
};

function ocsfClass(type: string): [classUid: number, activity: number] {
  if (type.startsWith("tool.")) return [API_ACTIVITY, 99];
  const activity = LIFECYCLE[type];
  return activity === undefined ? [0, 99] : [APPLICATION_LIFECYCLE, activity];
}

/** The program that an event of its lifecycle is about: what was installed, else the host itself. */
function appOf(event: StoredEvent, host: string): object {
  const { targetName, pluginId, packageName, version } = event.metadata ?? {};
  const uid = text(packageName) ?? text(pluginId);
  return {
    name: text(targetName) ?? uid ?? host,
    ...(uid !== undefined && { uid }),
    ...(text(version) !== undefined && { version }),
  };
}

/** A LogRecord of OpenTelemetry in OTLP's JSON, attribute names from the GenAI conventions where there is one. */
function otel(event: StoredEvent, { machineId, tree }: SinkContext): object {
  const bad = denied(event) || failed(event);
  // 9 INFO, 13 WARN, 17 ERROR
  const severityNumber = grave(event) ? 17 : bad ? 13 : 9;
  const { toolName, toolCallId, provider, model, traceId, spanId, reason, error, durationMs } = event.metadata ?? {};
  const { inputTokens, outputTokens } = event.metadata ?? {};
  const attributes: [string, unknown][] = [
    ["gen_ai.operation.name", event.category === "tool" ? "execute_tool" : undefined],
    ["gen_ai.tool.name", toolName],
    ["gen_ai.tool.call.id", toolCallId],
    ["gen_ai.conversation.id", event.sessionId],
    ["gen_ai.agent.id", event.agentId],
    ["gen_ai.provider.name", provider],
    ["gen_ai.request.model", model],
    ["gen_ai.usage.input_tokens", inputTokens],
    ["gen_ai.usage.output_tokens", outputTokens],
    ["error.type", denied(event) ? "denied" : bad ? "tool_error" : undefined],
    ["enduser.id", event.userId],
    ["sealtrail.sequence", event.sequence],
    ["sealtrail.raw_hash", event.rawHash],
    ["sealtrail.censored_hash", event.censoredHash],
    ["sealtrail.run.id", event.runId],
    ["sealtrail.source", event.source],
    ["sealtrail.duration_ms", durationMs],
    ["sealtrail.reason", reason ?? error],
  ];
  return {
    resource: {
      attributes: [
        { key: "service.name", value: { stringValue: "sealtrail" } },
        { key: "service.instance.id", value: { stringValue: tree } },
        { key: "host.id", value: { stringValue: machineId } },
      ],
    },
    timeUnixNano: nanos(event.occurredAt ?? event.createdAt),
    observedTimeUnixNano: nanos(event.createdAt),
    severityNumber,
    severityText: severityNumber === 17 ? "ERROR" : severityNumber === 13 ? "WARN" : "INFO",
    eventName: `sealtrail.${event.type}`,
    body: { stringValue: event.description ?? "" },
    attributes: attributes.flatMap(([key, value]) => {
      const any = anyValue(value);
      return any === undefined ? [] : [{ key, value: any }];
    }),
    ...(typeof traceId === "string" && /^[0-9a-f]{32}$/.test(traceId) && { traceId }),
    ...(typeof spanId === "string" && /^[0-9a-f]{16}$/.test(spanId) && { spanId }),
  };
}

function nanos(time: string): string {
  return `${BigInt(Date.parse(time)) * 1_000_000n}`;
}

/** OTLP's JSON spells 64-bit integers as texts. */
function anyValue(value: unknown): object | undefined {
  if (typeof value === "string") return value === "" ? undefined : { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value !== "number") return undefined;
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

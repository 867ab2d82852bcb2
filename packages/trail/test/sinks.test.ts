// Sinks: every event once and in order, whoever feeds; rotation loses nothing; a killed writer's half line is mended.
import { appendFileSync, chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { categoryOf } from "@sealtrail/sources/event";
import { expect, test } from "vitest";
import { feedSink, type SinkFormat } from "../src/sinks/index.js";
import { folder, newTrail, prepared, variedEvents } from "./support/trails.js";

const linesOf = (path: string) =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const FORMATS: SinkFormat[] = ["ndjson", "ocsf", "otel"];
const numbers = (path: string, format: SinkFormat): number[] =>
  linesOf(path).map((line) => {
    if (format === "ndjson") return line.sequence;
    if (format === "ocsf") return line.metadata.sequence;
    return Number(line.attributes.find((a: { key: string }) => a.key === "sealtrail.sequence").value.intValue);
  });
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

test.each(FORMATS)("%s: every event once, in order, 0600 whatever it was", (format) => {
  const { trail } = newTrail();
  const path = join(folder(), "events.jsonl");
  writeFileSync(path, "");
  chmodSync(path, 0o644);
  trail.append(variedEvents(5));
  expect(feedSink(trail, { path, format })).toBe(5);
  expect(feedSink(trail, { path, format })).toBe(0);
  trail.append(variedEvents(3));
  expect(feedSink(trail, { path, format, most: 2 })).toBe(2);
  expect(feedSink(trail, { path, format })).toBe(1);
  expect(numbers(path, format)).toEqual(upTo(8));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  trail.close();
});

test.each(FORMATS)("%s: rotation keeps what it was told to, and goes on where it was", (format) => {
  const { trail } = newTrail();
  const path = join(folder(), "events.jsonl");
  for (let i = 0; i < 10; i++) {
    trail.append(variedEvents(4));
    feedSink(trail, { path, format, maxBytes: 6_000, keep: 20 });
  }
  const files = [
    ...upTo(20)
      .reverse()
      .map((n) => `${path}.${n}`),
    path,
  ].filter((file) => existsSync(file));
  expect(files.length).toBeGreaterThan(2);
  expect(files.flatMap((file) => numbers(file, format))).toEqual(upTo(40));
  for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600);
  feedSink(trail, { path, format, maxBytes: 10, keep: 1 });
  trail.append(variedEvents(3));
  feedSink(trail, { path, format, maxBytes: 10, keep: 1 });
  expect(existsSync(`${path}.1`)).toBe(true);
  expect(numbers(path, format)).toEqual([43]);
  trail.close();
});

test("half a line of a killed writer is cut off, and its event comes whole", () => {
  const { trail } = newTrail();
  const path = join(folder(), "events.jsonl");
  trail.append(variedEvents(3));
  feedSink(trail, { path, format: "ndjson" });
  const whole = readFileSync(path);
  writeFileSync(path, whole.subarray(0, whole.length - 20));
  feedSink(trail, { path, format: "ndjson" });
  expect(numbers(path, "ndjson")).toEqual([1, 2, 3]);
  appendFileSync(path, '{"seq');
  trail.append(variedEvents(1));
  feedSink(trail, { path, format: "ndjson" });
  expect(numbers(path, "ndjson")).toEqual([1, 2, 3, 4]);
  trail.close();
});

test("one at a time", () => {
  const { trail } = newTrail();
  const path = join(folder(), "events.jsonl");
  trail.append(variedEvents(1));
  writeFileSync(`${path}.lock`, "");
  expect(feedSink(trail, { path, format: "ndjson" })).toBeUndefined();
  trail.close();
});

test("a denied call: OCSF says Denied and Blocked, OpenTelemetry warns", () => {
  const { trail } = newTrail();
  const base = join(folder(), "events");
  const metadata = '{"by":"policy","reason":"no","toolCallId":"c1","toolName":"exec"}';
  trail.append([prepared({ type: "tool.denied", sessionId: "s", userId: "u", metadata })]);
  feedSink(trail, { path: `${base}.ocsf`, format: "ocsf" });
  feedSink(trail, { path: `${base}.otel`, format: "otel" });
  const [line] = linesOf(`${base}.ocsf`);
  expect(line).toMatchObject({
    class_uid: 6003,
    category_uid: 6,
    activity_id: 99,
    type_uid: 600399,
    status_id: 2,
    action_id: 2,
    disposition_id: 2,
    severity_id: 3,
    status_detail: "no",
    api: { operation: "exec", request: { uid: "c1" } },
    actor: { user: { name: "u" }, session: { uid: "s" } },
    unmapped: { rawHash: trail.event(1)!.rawHash },
  });
  const [log] = linesOf(`${base}.otel`);
  expect(log).toMatchObject({ severityNumber: 13, severityText: "WARN", eventName: "sealtrail.tool.denied" });
  expect(log.attributes).toContainEqual({ key: "gen_ai.tool.name", value: { stringValue: "exec" } });
  expect(log.attributes).toContainEqual({ key: "error.type", value: { stringValue: "denied" } });
  trail.close();
});

test("OCSF: what a class requires is in every line, also where the event says nothing for it", () => {
  const { trail } = newTrail();
  const path = join(folder(), "events.ocsf");
  const bare = ["tool.invoked", "tool.denied", "system.install", "gateway.start", "gateway.stop", "prompt.input"];
  trail.append(bare.map((type) => prepared({ type, category: categoryOf(type)!, metadata: "{}" })));
  const install = '{"packageName":"@x/y","targetName":"y","version":"1.0.0"}';
  trail.append([prepared({ type: "system.install", category: "system", metadata: install })]);
  feedSink(trail, { path, format: "ocsf" });
  const lines = linesOf(path);
  expect(lines).toHaveLength(7);
  const always = ["activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid"];
  const more: Record<number, string[]> = { 0: [], 6002: ["app"], 6003: ["actor", "api", "src_endpoint"] };
  for (const line of lines) {
    for (const name of [...always, ...more[line.class_uid]!])
      expect(line[name], `${name} of ${line.class_uid}`).toBeDefined();
    expect(line.metadata).toMatchObject({ version: "1.5.0", product: { name: "Sealtrail" } });
    expect(Object.keys(line.actor).length).toBeGreaterThan(0);
    if (line.class_uid === 6003) {
      expect(line.api.operation).toBe(line.activity_name);
      expect(line.src_endpoint.uid).toBe(line.device.uid);
    }
    if (line.class_uid === 6002) expect(line.app.name).toBeTruthy();
  }
  expect(lines[6].app).toEqual({ name: "y", uid: "@x/y", version: "1.0.0" });
  expect(lines[1].metadata.profiles).toContain("security_control");
  trail.close();
});

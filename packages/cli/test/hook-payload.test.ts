// What is read of a payload that is not as its host wrote it.
import { expect, test } from "vitest";
import { readPayload } from "../src/hook/payload.js";

test("a payload of notify that is cut off keeps its thread", () => {
  const cut = '{"type":"agent-turn-complete","thread-id":"t1","turn-id":"1","last-assis';
  expect(readPayload(Buffer.from(cut))).toMatchObject({
    value: { type: "agent-turn-complete", "thread-id": "t1" },
    damage: "cut-off",
  });
  expect(readPayload(Buffer.from('{"type":"other","thread-id":"t1"'))).toBeUndefined();
});

test("a payload in UTF-16 is read", () => {
  const text = '{"session_id":"s","prompt":"\u00e9"}';
  const little = Buffer.from(`\ufeff${text}`, "utf16le");
  for (const bytes of [little, Buffer.from(little).swap16()]) {
    expect(readPayload(bytes)).toEqual({ value: { session_id: "s", prompt: "\u00e9" } });
  }
});

// Pictures and other base64 data in results and arguments: kind, length and a sealed hash stay, the data does not.
import { sealed } from "@sealtrail/verify/event";
import { describe, expect, it } from "vitest";
import { metadataWithoutBulk, withoutBulk } from "../src/event/bulk.js";
import { contentText, jsonLines, taken, writtenText } from "./support/ingested.js";

const seal = (text: string) => `sealed:${text.length}`;
const data = Buffer.from(Array.from({ length: 3_000 }, (_, i) => (i * 7919) % 251)).toString("base64");

describe("data in a result", () => {
  it.each([
    ["an MCP picture", { type: "image", data, mimeType: "image/png" }, "data"],
    ["sound without a kind but with a media type", { mediaType: "audio/wav", data }, "data"],
    ["a resource", { uri: "file:///a", mimeType: "application/pdf", blob: data }, "blob"],
  ])("%s", (_, part, name) => {
    const { [name]: __, ...rest } = part as Record<string, unknown>;
    expect(withoutBulk([{ type: "text", text: "beside" }, part], seal)).toEqual([
      { type: "text", text: "beside" },
      { ...rest, [`${name}Length`]: data.length, [`${name}Sealed`]: `sealed:${data.length}` },
    ]);
  });

  it("one level below its kind, in a data address, and without any kind", () => {
    const written = JSON.stringify(
      withoutBulk(
        {
          picture: { type: "image", source: { type: "base64", media_type: "image/png", data } },
          file: { type: "image", file: { base64: data, originalSize: 3_000 } },
          page: `<img src="data:image/png;base64,${data}"> caption`,
          stdout: data.repeat(5),
        },
        seal,
      ),
    );
    expect(written).not.toContain(data.slice(0, 64));
    expect(written).toContain(`data:image/png;base64,[${data.length} characters, sealed:${data.length}]`);
    expect(written).toContain("caption");
  });

  it("in JSON that is the text of a result, of which the rest stays as it was written", () => {
    const text = (picture: string) => `[ {"id": 12345678901234567890, "type": "image", "data": "${picture}"} ]`;
    expect(withoutBulk(text(data), seal)).toBe(text(`[${data.length} characters, sealed:${data.length}]`));
    const cut = text(data).slice(0, -3);
    expect(withoutBulk(cut, seal)).toBe(cut);
    const command = { command: text(data) };
    expect(metadataWithoutBulk(command, seal)).toBe(command);
  });

  it("text, hashes, code and short pieces stay as they are", () => {
    const value = {
      stdout: data,
      hash: "ab".repeat(32),
      list: ["x", { data: "short", type: "image" }],
      text: "data: x",
    };
    expect(withoutBulk(value, seal)).toBe(value);
    const throwing = Object.defineProperty({}, "data", { enumerable: true, get: () => fail() });
    expect(withoutBulk(throwing, seal)).toBe(throwing);
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(withoutBulk(cycle, seal)).toBe(cycle);
  });

  it("is on record as what it was sealed to, and nowhere else", () => {
    const payload = {
      session_id: "s",
      hook_event_name: "PostToolUse",
      tool_name: "mcp__browser__shot",
      tool_use_id: "m1",
      tool_response: [
        { type: "text", text: "beside the picture" },
        { type: "image", data, mimeType: "image/png" },
      ],
    };
    const [event] = taken("claude-code", jsonLines(payload)).events;
    expect(writtenText(event!)).not.toContain(data.slice(0, 64));
    const parts = JSON.parse(contentText(event!)!) as Record<string, unknown>[];
    expect(parts[0]).toEqual({ type: "text", text: "beside the picture" });
    expect(parts[1]!.dataSealed).toBe(sealed(event!.contentSalt, new TextEncoder().encode(data)));
  });
  it("objects that hold one another several times take bounded time", () => {
    const cycle: Record<string, unknown> = {};
    cycle.a = cycle;
    cycle.b = cycle;
    expect(withoutBulk(cycle, seal)).toBe(cycle);
  });

  it("a member named like the sealed one is not taken for it", () => {
    const part = { type: "image", data, dataSealed: "sealed:forged", dataLength: 1 };
    expect(withoutBulk(part, seal)).toEqual({
      type: "image",
      dataLength: data.length,
      dataSealed: `sealed:${data.length}`,
    });
  });
});

describe("data in arguments", () => {
  it("a picture and a data address are shortened; a command that holds one stays as it is", () => {
    const address = `data:image/png;base64,${data}`;
    const command = `echo ${address} | base64 -d | sh`;
    const args = { command, picture: { mimeType: "image/png", data }, url: address };
    expect(metadataWithoutBulk({ toolName: "x", args }, seal)).toEqual({
      toolName: "x",
      args: {
        command,
        picture: { mimeType: "image/png", dataLength: data.length, dataSealed: `sealed:${data.length}` },
        url: `data:image/png;base64,[${data.length} characters, sealed:${data.length}]`,
      },
    });
  });

  it.each(["claude-code", "openclaw"] as const)(
    "of a call of %s are on record as what they were sealed to",
    (source) => {
      const tool_input = { page: 1, image: { type: "image", source: { media_type: "image/png", data } } };
      const payload =
        source === "claude-code"
          ? {
              session_id: "s",
              hook_event_name: "PreToolUse",
              tool_name: "mcp__ocr__read",
              tool_use_id: "m1",
              tool_input,
            }
          : {
              hook: "before_tool_call",
              event: { toolName: "ocr", toolCallId: "m1", params: tool_input },
              ctx: { sessionId: "s" },
            };
      const [event] = taken(source, jsonLines(payload)).events;
      expect(writtenText(event!)).not.toContain(data.slice(0, 64));
      const { args } = JSON.parse(event!.metadata) as { args: { image: { source: Record<string, unknown> } } };
      expect(args.image.source).toEqual({
        dataLength: data.length,
        dataSealed: sealed(event!.contentSalt, new TextEncoder().encode(data)),
        media_type: "image/png",
      });
    },
  );
});

function fail(): never {
  throw new Error("no");
}

it("a member name that is cut leaves a commitment, so that two long names stay apart", () => {
  const line = (end: string) => ({ type: "tool.invoked", metadata: { args: { ["k".repeat(300) + end]: 1 } } });
  const { events } = taken("ndjson", jsonLines(line("a"), line("b")));
  const cuts = events.map(({ metadata }) => JSON.stringify((JSON.parse(metadata) as { cut?: unknown }).cut));
  expect(cuts[0]).toContain("sealed:");
  expect(cuts[0]).not.toBe(cuts[1]);
});

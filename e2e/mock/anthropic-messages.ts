// A model behind Anthropic's messages protocol, as Claude Code asks it (streamed; it also counts tokens).
import { type Call, listOf, type MockProvider, type Scripts, scriptNamed, serve, textOf } from "./server.ts";

type Block = { type: "text"; text: string } | { type: "tool_use"; id: string; name: string; input: unknown };

export function anthropicMessages(scripts: Scripts): Promise<MockProvider> {
  let answers = 0;
  return serve(({ path, body }, reply) => {
    if (path.endsWith("/count_tokens")) return reply.json({ input_tokens: 10 });
    if (!path.endsWith("/messages")) return reply.json({ type: "error", error: { type: "not_found_error" } }, 404);
    const messages = listOf(body, "messages");
    const offered = new Set(listOf(body, "tools").map((t) => t.name));
    const from = messages.findLastIndex((m) => m.role === "user" && scriptNamed(textOf(m.content), scripts));
    const script = from < 0 ? undefined : scriptNamed(textOf(messages[from]!.content), scripts);
    const step = messages.slice(from + 1).filter((m) => m.role === "assistant").length;
    // Requests without tools are the host's own (a session's title and the like).
    const calls: readonly Call[] = offered.size > 0 ? (script?.steps[step] ?? []) : [];
    const id = `msg_mock_${++answers}`;
    reply.note(`${path} step ${step} asks for ${calls.map((c) => c.tool).join(", ") || "nothing"}`);
    const content: Block[] =
      calls.length > 0
        ? calls.map((c, i) => ({ type: "tool_use", id: `toolu_${answers}_${i}`, name: c.tool, input: c.args }))
        : [{ type: "text", text: script?.final ?? "NOTHING TO DO" }];
    const stop_reason = calls.length > 0 ? "tool_use" : "end_turn";
    const message = { id, type: "message", role: "assistant", model: "mock-1", stop_sequence: null };
    if ((body as { stream?: unknown } | undefined)?.stream !== true) {
      return reply.json({ ...message, content, stop_reason, usage: { input_tokens: 10, output_tokens: 5 } });
    }
    const stream = reply.events();
    const send = (event: { type: string } & Record<string, unknown>) => stream.send(event, event.type);
    const usage = { input_tokens: 10, output_tokens: 0 };
    send({ type: "message_start", message: { ...message, content: [], stop_reason: null, usage } });
    for (const [index, block] of content.entries()) {
      if (block.type === "text") {
        send({ type: "content_block_start", index, content_block: { type: "text", text: "" } });
        send({ type: "content_block_delta", index, delta: { type: "text_delta", text: block.text } });
      } else {
        send({ type: "content_block_start", index, content_block: { ...block, input: {} } });
        const partial_json = JSON.stringify(block.input);
        send({ type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json } });
      }
      send({ type: "content_block_stop", index });
    }
    send({ type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 5 } });
    send({ type: "message_stop" });
    stream.end();
  });
}

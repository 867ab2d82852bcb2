// A model behind OpenAI's chat completions protocol (streamed), as OpenClaw's `openai-completions` provider asks it.
import { listOf, type MockProvider, type Scripts, scriptNamed, serve, textOf } from "./server.ts";

export function openaiChat(scripts: Scripts): Promise<MockProvider> {
  let answers = 0;
  return serve(({ path, body }, reply) => {
    if (path.endsWith("/models")) return reply.json({ object: "list", data: [{ id: "mock-1", object: "model" }] });
    if (!path.endsWith("/chat/completions")) return reply.json({ error: { message: "no such path" } }, 404);
    const messages = listOf(body, "messages");
    // The host injects user messages of its own, which may repeat the task: the newest script that is named is played,
    // from where it was first named.
    const named = messages.map((m) => (m.role === "user" ? scriptNamed(textOf(m.content), scripts) : undefined));
    const script = named.findLast((found) => found !== undefined);
    const from = named.indexOf(script);
    const step = messages.slice(from + 1).filter((m) => m.role === "assistant").length;
    const calls = script?.steps[step] ?? [];
    const id = `chatcmpl-mock-${++answers}`;
    reply.note(`${path} step ${step} asks for ${calls.map((c) => c.tool).join(", ") || "nothing"}`);
    const chunk = (delta: object, finish: string | null) => ({
      id,
      object: "chat.completion.chunk",
      created: Math.floor(Date.now() / 1000),
      model: "mock-1",
      choices: [{ index: 0, delta, finish_reason: finish }],
      ...(finish && { usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 } }),
    });
    const stream = reply.events();
    if (calls.length > 0) {
      const tool_calls = calls.map((call, index) => ({
        index,
        id: `call_${answers}_${index}`,
        type: "function",
        function: { name: call.tool, arguments: JSON.stringify(call.args) },
      }));
      stream.send(chunk({ role: "assistant", content: null, tool_calls }, null));
      stream.send(chunk({}, "tool_calls"));
    } else {
      stream.send(chunk({ role: "assistant", content: script?.final ?? "NOTHING TO DO" }, null));
      stream.send(chunk({}, "stop"));
    }
    stream.end("[DONE]");
  });
}

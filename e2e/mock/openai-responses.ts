// A model behind OpenAI's responses protocol, as Codex asks it (streamed). Tools are asked for by the name that the
// script gives; `apply_patch` is Codex's free-form tool and takes its text as it is.
import { listOf, type MockProvider, type Scripts, scriptNamed, serve, textOf } from "./server.ts";

export function openaiResponses(scripts: Scripts): Promise<MockProvider> {
  let answers = 0;
  return serve(({ path, body }, reply) => {
    if (!path.endsWith("/responses")) return reply.json({ object: "list", data: [{ id: "mock-1" }], models: [] });
    const input = listOf(body, "input");
    const tools = listOf(body, "tools").map((t) => String(t.name ?? t.type));
    const from = input.findLastIndex((i) => i.role === "user" && scriptNamed(textOf(i.content), scripts));
    const script = from < 0 ? undefined : scriptNamed(textOf(input[from]!.content), scripts);
    const done = input.slice(from + 1).filter((i) => String(i.type).endsWith("_output")).length;
    // Steps hold one or more calls; the step to play is the first one whose calls are not all answered.
    let answered = 0;
    const step = script?.steps.find((calls) => {
      answered += calls.length;
      return answered > done;
    });
    const id = `resp_mock_${++answers}`;
    reply.note(
      `${path} after ${done} results asks for ${step?.map((c) => c.tool).join(", ") ?? "nothing"}; has ${tools}`,
    );
    const items = step?.map((call, i) => {
      const call_id = `call_${answers}_${i}`;
      return call.tool === "apply_patch"
        ? { type: "custom_tool_call", id: `ct_${call_id}`, call_id, name: call.tool, input: String(call.args.input) }
        : {
            type: "function_call",
            id: `fc_${call_id}`,
            call_id,
            name: call.tool,
            arguments: JSON.stringify(call.args),
          };
    }) ?? [
      {
        type: "message",
        id: `msg_${answers}`,
        role: "assistant",
        content: [{ type: "output_text", text: script?.final ?? "NOTHING TO DO" }],
      },
    ];
    const stream = reply.events();
    const send = (event: { type: string } & Record<string, unknown>) => stream.send(event, event.type);
    send({ type: "response.created", response: { id } });
    for (const [output_index, item] of items.entries()) send({ type: "response.output_item.done", output_index, item });
    const usage = {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 10,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 110,
    };
    send({ type: "response.completed", response: { id, usage } });
    stream.end();
  });
}

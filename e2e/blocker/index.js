// Another plugin of the gateway, with a policy: it denies calls whose arguments hold DENY-ME, wants an approval for ASK-ME,
// and puts another command in the place of REWRITE-ME.
import { definePluginEntry } from "openclaw/plugin-sdk/plugin-entry";

export default definePluginEntry({
  id: "e2e-blocker",
  name: "Blocker",
  description: "Denies and rewrites tool calls that say so.",
  register(api) {
    api.on("before_tool_call", (event) => {
      if (JSON.stringify(event.params ?? {}).includes("DENY-ME")) return { block: true, blockReason: "policy says no" };
      if (JSON.stringify(event.params ?? {}).includes("ASK-ME")) {
        return { requireApproval: { title: "May it run?", description: "It asks.", timeoutMs: 5_000 } };
      }
      const { command } = event.params ?? {};
      if (typeof command !== "string" || !command.includes("REWRITE-ME")) return undefined;
      return { params: { ...event.params, command: command.replace("REWRITE-ME", "rewritten") } };
    });
  },
});

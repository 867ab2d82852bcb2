// Another plugin of the gateway, with a policy: it denies calls whose arguments hold DENY-ME.
import { definePluginEntry } from "openclaw/plugin-sdk/plugin-entry";

export default definePluginEntry({
  id: "e2e-blocker",
  name: "Blocker",
  description: "Denies tool calls that say so.",
  register(api) {
    api.on("before_tool_call", (event) => {
      if (JSON.stringify(event.params ?? {}).includes("DENY-ME")) return { block: true, blockReason: "policy says no" };
    });
  },
});

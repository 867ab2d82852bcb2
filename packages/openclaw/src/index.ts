/**
 * The plugin's entry, as the host imports it.
 *
 * @public
 * @packageDocumentation
 */

import { definePluginEntry } from "openclaw/plugin-sdk/plugin-entry";
import type { PluginApi } from "./host-api.js";
import { PLUGIN_ID, register } from "./register.js";

/** The plugin. @public */
export default definePluginEntry({
  id: PLUGIN_ID,
  name: "Sealtrail",
  description: "Records what agents do in a tamper-evident trail.",
  register: (api: PluginApi) =>
    register(api, {
      workerUrl: new URL("./worker.js", import.meta.url),
      diagnostics: () => import("openclaw/plugin-sdk/diagnostic-runtime"),
    }),
});

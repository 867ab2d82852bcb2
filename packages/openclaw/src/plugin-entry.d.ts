// The host resolves this import; it is no dependency of ours.
declare module "openclaw/plugin-sdk/plugin-entry" {
  export function definePluginEntry<Entry>(entry: Entry): Entry;
}

declare module "openclaw/plugin-sdk/diagnostic-runtime" {
  export const onInternalDiagnosticEvent: import("./diagnostics.js").DiagnosticRuntime["onInternalDiagnosticEvent"];
}

// The host resolves this import; it is no dependency of ours.
declare module "openclaw/plugin-sdk/plugin-entry" {
  export function definePluginEntry<Entry>(entry: Entry): Entry;
}

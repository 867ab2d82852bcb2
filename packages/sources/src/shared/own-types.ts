// Types that only the trail itself may write: a host that could say `system.erasure` could explain away a missing row.

const OWN = new Set([
  "system.erasure",
  "system.retention",
  "system.freeze",
  "system.anchor",
  "system.degraded",
  "system.clock_changed",
  "system.restarted",
  "system.key_changed",
  "system.install_hook_unavailable",
]);

export function isOwnType(type: string): boolean {
  return OWN.has(type);
}

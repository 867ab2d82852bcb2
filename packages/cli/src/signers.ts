/**
 * Whose signatures are the trail's: the key that is configured now, and before it those that signed key changes on
 * record lead back to. The trail's file alone is not believed: without a key of the caller's there is no list.
 */

import type { RetiredKey } from "@sealtrail/anchor/audit";
import type { KeyChange } from "@sealtrail/anchor/keys";
import type { Trail } from "@sealtrail/trail";
import type { Signer } from "@sealtrail/verify";

/** `current`: the caller's own key (public). Follows the changes on record backwards from it. */
export async function signersOf(trail: Trail, current: string): Promise<Signer[]> {
  const { applyKeyChange } = await import("@sealtrail/anchor/keys");
  const line = await changesTo(trail, current);
  let signers: Signer[] = [{ publicKey: line[0]?.oldKey ?? current, fromVersion: 1 }];
  for (const change of line) signers = applyKeyChange(signers, change);
  return signers;
}

/** Keys that were replaced or revoked, by changes on record that lead to one of the given signers. */
export async function retiredKeys(trail: Trail, signers: readonly Signer[]): Promise<RetiredKey[]> {
  const found = new Map<string, RetiredKey>();
  for (const { publicKey } of signers) {
    for (const { oldKey, fromVersion } of await changesTo(trail, publicKey)) {
      found.set(`${oldKey} ${fromVersion}`, { publicKey: oldKey, fromVersion });
    }
  }
  return [...found.values()];
}

/** The changes on record that lead to this key, oldest first. Others are not looked at: anybody may sign changes among keys of his own. */
async function changesTo(trail: Trail, current: string): Promise<KeyChange[]> {
  const { verifyKeyChange } = await import("@sealtrail/anchor/keys");
  const changes: KeyChange[] = [];
  for (const event of trail.events({ type: "system.key_changed" })) {
    const verdict = verifyKeyChange(event.metadata);
    if (verdict.ok && verdict.change.tree === trail.genesis.tree) changes.push(verdict.change);
  }
  const line: KeyChange[] = [];
  let key = current;
  for (const change of changes.reverse()) {
    if (change.newKey !== key) continue;
    line.unshift(change);
    key = change.oldKey;
  }
  return line;
}

/**
 * Whose signatures are the trail's: the key that is configured now, and before it those that signed key changes on
 * record lead back to. The trail's file alone is not believed: without a key of the caller's there is no list.
 */
import type { Signer } from "@sealtrail/anchor";
import type { Trail } from "@sealtrail/trail";

/** `current`: the caller's own key (public). Follows the changes on record backwards from it. */
export async function signersOf(trail: Trail, current: string): Promise<Signer[]> {
  const { applyKeyChange, verifyKeyChange } = await import("@sealtrail/anchor");
  const changes = [];
  for (const event of trail.events({ type: "system.key_changed" })) {
    const verdict = verifyKeyChange(event.metadata);
    if (verdict.ok && verdict.change.tree === trail.genesis.tree) changes.push(verdict.change);
  }
  // Only the line of changes that ends at the key we hold: anybody may sign changes among keys of his own.
  const line: typeof changes = [];
  let key = current;
  for (const change of changes.reverse()) {
    if (change.newKey !== key) continue;
    line.unshift(change);
    key = change.oldKey;
  }
  let signers: Signer[] = [{ publicKey: key, fromVersion: 1 }];
  for (const change of line) signers = applyKeyChange(signers, change);
  return signers;
}

/**
 * Checkpoints signed, stored and published where the trail's owner cannot change them. Needs Node.
 *
 * `./x402` is public too. `./audit`, `./keys`, `./outbox` and `./policy` are for the other packages of Sealtrail: they may change in
 * any release. What a third party checks is in `@sealtrail/verify`.
 *
 * @public
 * @packageDocumentation
 */
export { verifyContent } from "@sealtrail/verify/statement";
export { verifyAnchors } from "./audit/verify-anchors.js";
export { type ClientOptions, DigitalEvidenceClient } from "./client/client.js";
export { type NetworkName, networkUrl } from "./client/networks.js";
export { type CheckReport, check } from "./drain/check.js";
export { type DrainReport, drain } from "./drain/drain.js";
export type { DrainOptions, Target } from "./drain/target.js";
export { watch } from "./drain/watch.js";
export { generateKeyFile, loadKey, readKeyFile, SIGNING_KEY, type SigningKey } from "./keys/key-file.js";
export { Ledger } from "./ledger/ledger.js";
export { type AnchorSigner, Outbox } from "./outbox/outbox.js";
export { signCheckpoint } from "./outbox/signed-checkpoint.js";
export { signContent, signerIdOf } from "./sign/sign.js";

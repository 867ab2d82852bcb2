/**
 * Everything that a third party needs to check what Sealtrail handed out. No I/O, no clock, no Node API: bytes and what the caller
 * trusts go in, a verdict with a code out of a closed list comes back.
 *
 * `./bundle`, `./export` and `./statement` are public too. `./event`, `./ledger`, `./log` and `./signing` are for the other packages
 * of Sealtrail: they may change in any release.
 *
 * @public
 * @packageDocumentation
 */
export {
  bytesToHex,
  decodeProof,
  hexToBytes,
  type Proof,
  parseProof,
  verifyExtension,
  verifyMultiproof,
  verifyProof,
} from "@sealtrail/smt";
export { linesOf, verifyArchive } from "@sealtrail/smt/archive";
export { type Checkpoint, checkpointHash, compareCheckpoints, parseCheckpoint } from "@sealtrail/smt/checkpoint";
export { parseStrict } from "@sealtrail/smt/formats";
export type { NetworkRoot } from "./bundle/anchored.js";
export { type BundleAsk, type BundleReport, verifyBundle } from "./bundle/verify.js";
export { type ExportAsk, type ExportReport, verifyExport } from "./export/verify.js";
export { parseSigners, type Signer } from "./statement/signers.js";

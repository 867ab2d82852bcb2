/** The formats that `audit` writes and reads, for `audit help formats`. */
export const FORMATS: readonly (readonly [name: string, about: string])[] = [
  ["sealtrail-event/1", "an event, as its raw key commits to it"],
  ["smt-proof/1", "inclusion or exclusion of one key under a root"],
  ["smt-multiproof/1", "up to 20,000 keys under one root"],
  ["smt-extension/1", "a later root holds everything that an earlier one held"],
  ["sealtrail-checkpoint/1", "a version of the tree that was made durable"],
  ["sealtrail-kept/1", "what an auditor keeps: a checkpoint and the newest anchor (audit checkpoint export)"],
  ["sealtrail-network-roots/1", "roots that a network published, for audit bundle verify"],
  ["sealtrail-archive/1", "an epoch with every one of its leaves (JSON Lines)"],
  ["sealtrail-bundle/1", "evidence of one event, for a stranger"],
  ["sealtrail-bundle/2", "the same, out of a trail that took the place of another one"],
  ["sealtrail-signers/1", "whose signatures count, for which versions"],
  ["sealtrail-ledger/1", "a line of the ledger file: a signed statement, chained to the one before"],
  ["sealtrail-key-change/1", "rotation or revocation of a signing key, signed by both"],
  ["sealtrail-export/1", "the log for an auditor (JSON Lines): audit verify --from"],
  ["sealtrail-config/1", "the configuration file"],
];

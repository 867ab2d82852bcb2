// The tables that anchoring keeps in the trail's file. Safe to run on every opening; never changes what is there.

/** `anchor_state` is one row: who drains, and what the circuit breaker knows. */
export const anchorSchema = `
CREATE TABLE IF NOT EXISTS anchor_state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  leaseHolder TEXT,
  leaseUntil INTEGER NOT NULL DEFAULT 0,
  breaker TEXT,
  hold TEXT,
  off TEXT
) STRICT;
INSERT OR IGNORE INTO anchor_state (id) VALUES (1);

-- One signed statement of one checkpoint for one place; submission is what is sent, byte for byte. A row is never deleted.
CREATE TABLE IF NOT EXISTS anchor_statements (
  id INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  target TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  submission TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'accepted', 'finalized', 'rejected', 'superseded')),
  reason TEXT,
  firstSequence INTEGER NOT NULL,
  lastSequence INTEGER NOT NULL,
  signedAt INTEGER NOT NULL,
  sentAt INTEGER,
  acceptedAt INTEGER,
  settledAt INTEGER,
  checks INTEGER NOT NULL DEFAULT 0,
  checkAt INTEGER NOT NULL DEFAULT 0,
  alarm TEXT,
  detail TEXT,
  batchId TEXT,
  batchRoot TEXT,
  finalizedAt TEXT,
  proofState TEXT CHECK (proofState IN ('verified', 'unchecked', 'invalid')),
  networkProof TEXT
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS anchor_statements_once ON anchor_statements (version, target) WHERE state <> 'superseded';
CREATE INDEX IF NOT EXISTS anchor_statements_open ON anchor_statements (target, state, version);

-- Every authorization ever signed for a payment. Its amount counts as spent on its day whatever became of it.
CREATE TABLE IF NOT EXISTS anchor_payments (
  id INTEGER PRIMARY KEY,
  target TEXT NOT NULL,
  hashes TEXT NOT NULL,
  body TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  asset TEXT NOT NULL,
  amount TEXT NOT NULL,
  nonce TEXT NOT NULL UNIQUE,
  header TEXT NOT NULL,
  signedAt INTEGER NOT NULL,
  validBefore INTEGER NOT NULL,
  day TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('reserved', 'settled', 'lapsed'))
) STRICT;
CREATE INDEX IF NOT EXISTS anchor_payments_day ON anchor_payments (day);

-- What the operator is told once; the trail records each as a system.anchor event.
CREATE TABLE IF NOT EXISTS anchor_reports (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  version INTEGER,
  message TEXT NOT NULL,
  told INTEGER NOT NULL DEFAULT 0
) STRICT;
`;

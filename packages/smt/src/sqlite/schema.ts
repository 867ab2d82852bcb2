// The tables of a stored tree. They stand in the trail's own database, so that one file and one transaction hold both.
//
// nodes        56 nodes a row, 72 bytes each, so that a full row fills one page of 4 KiB. A node's id is 56 * chunk + its
//              place; ids only grow, and a child's is smaller than its parent's, so a checkpoint appends and changes nothing:
//              87 bytes of write-ahead log a node, where keys by hash would cost 4,775. `present` has a bit a place once
//              nodes were taken out, and is NULL while the row is whole.
// checkpoints  `body` is the checkpoint as written (JCS); `root` to `epoch` repeat parts of it for look-ups. `rootNode` is
//              the root's id (negative: a leaf; 0: the empty tree; NULL: superseded nodes of this version are gone);
//              ids up to `lastNode` were there when it was made.
// superseded   the inner nodes that the version before has and this one has not, for compaction; the version is named by its
//              `lastNode`, which no other save can come to have.
// compacting   epochs whose compaction has begun, and the generation at its newest slice: who finds an old one goes on with it.
// treeState    `generation` moves with every change of the line of checkpoints: writers compare and set it. `rebuilt`
//              moves when the whole tree was replaced.
// reserved     ranges of rows that are being written, or were when a process died; those of an older generation are rubbish.

export const treeSchema = `
CREATE TABLE nodes (chunk INTEGER PRIMARY KEY, present BLOB, data BLOB NOT NULL) STRICT;
CREATE TABLE checkpoints (
  version INTEGER PRIMARY KEY,
  body TEXT NOT NULL,
  root BLOB NOT NULL,
  lastSequence INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  rootNode INTEGER,
  lastNode INTEGER NOT NULL
) STRICT;
CREATE INDEX checkpointsByRoot ON checkpoints (root);
CREATE INDEX checkpointsBySequence ON checkpoints (lastSequence);
CREATE INDEX checkpointsByEpoch ON checkpoints (epoch, version);
CREATE TABLE superseded (lastNode INTEGER PRIMARY KEY, ids BLOB NOT NULL) STRICT;
CREATE TABLE compacting (epoch INTEGER PRIMARY KEY, generation INTEGER NOT NULL) STRICT;
CREATE TABLE treeState (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  generation INTEGER NOT NULL,
  rebuilt INTEGER NOT NULL,
  nextChunk INTEGER NOT NULL
) STRICT;
INSERT INTO treeState VALUES (1, 0, 0, 1);
CREATE TABLE reserved (firstChunk INTEGER PRIMARY KEY, endChunk INTEGER NOT NULL, generation INTEGER NOT NULL) STRICT;
`;

/** Nodes a row. */
export const CHUNK_NODES = 56;
/** Bytes a node. */
export const NODE_BYTES = 72;

"""Archives of an epoch (docs/formats.md, section 4). Read as a stream, a line at a time."""

import io

from . import strict_json, tree
from .nodes import Fold, Side, join_sides
from .record import are_pair, check_record, record_value
from .verdict import ZERO, document, hex_bytes, integer, is_integer, members, refuse_if, sha256, verdict

KINDS = {"same": ("hex",), "leaf": ("hex", "hex"), "new": ("index",), "empty": (), "inner": ()}
HEADER = ("tree", "epoch", "previousRoot", "root", "leafCount", "nodeCount")
LINE = 65_536
EMPTY = Side(ZERO)


def values(stream):
    """The JSON value of each line."""
    while True:
        # One byte more than a line may have, and its LF: enough to see that it is too long.
        line = stream.readline(LINE + 2)
        if not line:
            return
        line = line[:-1] if line.endswith(b"\n") else line
        refuse_if(len(line) > LINE, "line-too-long")
        yield strict_json.parse(line)


def next_of(lines):
    for value in lines:
        return value
    refuse_if(True, "line-count")


class Leaf:
    def __init__(self, value):
        members(value, ("key", "record"), (), "not-an-object")
        self.key = value["key"]
        self.path = tree.path_of(hex_bytes(self.key))
        self.record = value["record"]
        check_record(self.record)
        self.used = False

    def hash(self):
        return tree.leaf_hash(self.path, sha256(record_value(self.record)))


def read_leaves(lines, count, epoch):
    leaves = []
    for index in range(count):
        leaf = Leaf(next_of(lines))
        before = leaves[-1] if leaves else None
        refuse_if(leaf.record["epoch"] != epoch, "wrong-epoch")
        refuse_if(before and before.record["seqNo"] >= leaf.record["seqNo"], "leaves-not-ascending")
        if index % 2 == 0:
            refuse_if(leaf.record["hashType"] != "raw" or index == count - 1, "pair-mismatch")
        else:
            refuse_if(not are_pair(before.key, before.record, leaf.key, leaf.record), "pair-mismatch")
        leaves.append(leaf)
    return leaves


class Placing:
    def __init__(self, leaves):
        self.leaves = leaves

    def meet(self, kind, rest, place):
        """The old side, the new side, and whether anything is new."""
        if kind == "inner":
            refuse_if(place.depth == 256, "too-deep")
            return None
        if kind == "empty":
            return EMPTY, EMPTY, False
        if kind == "new":
            return EMPTY, self.new(rest[0], place), True
        if kind == "leaf":
            refuse_if(not place.leads_here(rest[0]), "wrong-position")
            side = Side(tree.leaf_hash(*rest), leaf=True)
        else:
            refuse_if(rest[0] == ZERO, "zero-hash")
            side = Side(rest[0])
        return side, side, False

    def new(self, index, place):
        refuse_if(not is_integer(index, 0, len(self.leaves) - 1), "bad-leaf-index")
        leaf = self.leaves[index]
        refuse_if(leaf.used, "duplicate-leaf")
        refuse_if(not place.leads_here(leaf.path), "wrong-position")
        leaf.used = True
        return Side(leaf.hash(), leaf=True)


def join(left, right):
    new = left[2] or right[2]
    refuse_if(not new, "nothing-added")
    a, b = left[1], right[1]
    refuse_if((a.leaf and b.empty) or (b.leaf and a.empty), "not-collapsed")
    return join_sides(left[0], right[0]), join_sides(a, b), new


@verdict
def verify(archive, previous_root, root):
    """`archive`: bytes, or a binary file to be read as a stream."""
    lines = values(io.BytesIO(archive) if isinstance(archive, bytes) else archive)
    header = document(next_of(lines), "sealtrail-archive/1", HEADER)
    hex_bytes(header["tree"], 16)
    integer(header["epoch"])
    named = hex_bytes(header["previousRoot"]), hex_bytes(header["root"])
    integer(header["leafCount"])
    integer(header["nodeCount"])
    refuse_if(named[0] != previous_root, "old-root-differs")
    refuse_if(named[1] != root, "new-root-differs")

    leaves = read_leaves(lines, header["leafCount"], header["epoch"])
    fold = Fold(KINDS, Placing(leaves).meet, join)
    for _ in range(header["nodeCount"]):
        fold.take(next_of(lines))
    for _ in lines:
        refuse_if(True, "line-count")
    old, new, _ = fold.result()
    refuse_if(not all(leaf.used for leaf in leaves), "leaf-unused")
    refuse_if(old.hash != previous_root, "old-root-mismatch")
    refuse_if(new.hash != root, "new-root-mismatch")
    sequences = [leaf.record["seqNo"] // 2 for leaf in leaves[1::2]]
    return {
        "leaves": len(leaves),
        "firstSequence": sequences[0] if sequences else None,
        "lastSequence": sequences[-1] if sequences else None,
        "epoch": header["epoch"],
        "tree": header["tree"],
    }

"""Extension proofs (docs/formats.md, section 4)."""

from . import tree
from .nodes import Fold, Side, join_sides
from .verdict import ZERO, document, hex_bytes, refuse_if, verdict

KINDS = {"same": ("hex",), "leaf": ("hex", "hex"), "added": ("hex",), "empty": (), "inner": ()}
NODES = 1_000_000
EMPTY = Side(ZERO)


def meet(kind, rest, place):
    """The old side, the new side, and whether anything was added."""
    if kind == "inner":
        refuse_if(place.depth == 256, "too-deep")
        return None
    if kind == "empty":
        return EMPTY, EMPTY, False
    if kind == "leaf":
        refuse_if(not place.leads_here(rest[0]), "wrong-position")
        side = Side(tree.leaf_hash(*rest), leaf=True)
        return side, side, False
    refuse_if(rest[0] == ZERO, "zero-hash")
    side = Side(rest[0])
    return (side, side, False) if kind == "same" else (EMPTY, side, True)


def join(left, right):
    added = left[2] or right[2]
    refuse_if(not added, "nothing-added")
    old = join_sides(left[0], right[0])
    refuse_if(old.empty, "old-side-empty")
    return old, join_sides(left[1], right[1]), added


def parse(proof, limit=NODES):
    """The shape alone; nodes are only counted."""
    document(proof, "smt-extension/1", ("oldRoot", "newRoot", "nodes"))
    roots = hex_bytes(proof["oldRoot"]), hex_bytes(proof["newRoot"])
    check_count(proof["nodes"], limit)
    return roots


def check_count(nodes, limit):
    refuse_if(not isinstance(nodes, list), "bad-field")
    refuse_if(len(nodes) > limit, "too-many-nodes")


@verdict
def verify(proof, old_root, new_root, limit=NODES):
    document(proof, "smt-extension/1", ("oldRoot", "newRoot", "nodes"))
    named = hex_bytes(proof["oldRoot"]), hex_bytes(proof["newRoot"])
    refuse_if(named[0] != old_root, "old-root-differs")
    refuse_if(named[1] != new_root, "new-root-differs")
    check_count(proof["nodes"], limit)
    fold = Fold(KINDS, meet, join)
    for node in proof["nodes"]:
        fold.take(node)
    old, new, _ = fold.result()
    refuse_if(old.hash != old_root, "old-root-mismatch")
    refuse_if(new.hash != new_root, "new-root-mismatch")

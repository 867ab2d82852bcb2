"""Multiproofs (docs/formats.md, section 3)."""

from . import tree
from .nodes import Fold
from .proof import KEY, VALUE
from .verdict import ZERO, document, hex_bytes, is_integer, members, refuse_if, sha256, verdict

KINDS = {"inner": (), "leaf": ("index",), "other": ("hex", "hex"), "empty": (), "hash": ("hex",)}
KEYS, NODES = 20_000, 1_000_000


class Claimed:
    """A key that the proof speaks of."""

    def __init__(self, entry):
        members(entry, ("key",), ("value",))
        self.key = hex_bytes(entry["key"], *KEY)
        self.value = hex_bytes(entry["value"], *VALUE) if "value" in entry else None
        self.path = tree.path_of(self.key)


class Walk:
    """Keys ascend by path, so those that lie in one place are a slice; it is halved on the way down."""

    def __init__(self, keys):
        self.keys = keys
        self.slices = [(0, len(keys))]  # of the places still to come, the next one last
        self.shown = set()

    def meet(self, kind, rest, place):
        low, high = self.slices.pop()
        here = self.keys[low:high]
        if kind == "inner":
            refuse_if(place.depth == 256, "too-deep")
            refuse_if(not here, "no-key-below")
            middle = low + sum(1 for key in here if tree.bit(key.path, place.depth) == 0)
            self.slices += [(middle, high), (low, middle)]
            return None
        return getattr(self, kind)(rest, low, high, here, place), kind

    def leaf(self, rest, low, high, here, _place):
        index = rest[0]
        known = is_integer(index, 0, len(self.keys) - 1) and self.keys[index].value is not None
        refuse_if(not known, "bad-leaf-index")
        refuse_if(index in self.shown, "duplicate-leaf")
        refuse_if(not low <= index < high, "wrong-position")
        self.shown.add(index)
        own = self.keys[index]
        refuse_if(any(key.value is not None and key is not own for key in here), "key-not-shown")
        return tree.leaf_hash(own.path, sha256(own.value))

    def other(self, rest, _low, _high, here, place):
        path, value_hash = rest
        refuse_if(not place.leads_here(path), "wrong-position")
        refuse_if(not here, "other-unreached")
        for key in here:
            refuse_if(key.value is not None, "key-not-shown")
            refuse_if(key.path == path, "terminal-is-key")
        return tree.leaf_hash(path, value_hash)

    def empty(self, _rest, _low, _high, here, _place):
        refuse_if(any(key.value is not None for key in here), "key-not-shown")
        return ZERO

    def hash(self, rest, _low, _high, here, _place):
        refuse_if(rest[0] == ZERO, "zero-hash")
        refuse_if(here, "key-below-hash")
        return rest[0]


def join(left, right):
    kinds = {left[1], right[1]}
    refuse_if("empty" in kinds and kinds <= {"empty", "leaf", "other"}, "not-collapsed")
    return tree.inner_hash(left[0], right[0]), "inner"


@verdict
def verify(proof, root, limit=NODES):
    document(proof, "smt-multiproof/1", ("root", "keys", "nodes"))
    refuse_if(hex_bytes(proof["root"]) != root, "root-differs")
    listed, nodes = proof["keys"], proof["nodes"]
    refuse_if(not isinstance(listed, list), "bad-field")
    refuse_if(not 1 <= len(listed) <= KEYS, "key-count")
    keys = []
    for entry in listed:
        keys.append(Claimed(entry))
        refuse_if(len(keys) > 1 and keys[-2].path >= keys[-1].path, "keys-not-ascending")
    refuse_if(not isinstance(nodes, list), "bad-field")
    refuse_if(len(nodes) > limit, "too-many-nodes")

    walk = Walk(keys)
    fold = Fold(KINDS, walk.meet, join)
    for node in nodes:
        fold.take(node)
    refuse_if(fold.result()[0] != root, "root-mismatch")
    present = [{"key": key.key.hex(), "value": key.value.hex()} for key in keys if key.value is not None]
    absent = [key.key.hex() for key in keys if key.value is None]
    return {"present": present, "absent": absent}

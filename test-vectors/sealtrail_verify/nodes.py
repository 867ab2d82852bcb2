"""Pruned trees in preorder, as multiproofs, extensions and archives have them (docs/formats.md, sections 3 and 4).

`fold` reads the nodes one by one and builds the tree bottom-up with a stack of its own, so that its work
and its memory are bounded by the number of nodes and by the 256 levels.
"""

from . import tree
from .verdict import hex_bytes, refuse_if


def members_of(node, kinds):
    """The kind of a node and its members; `kinds` gives for each kind what they are: "hex" or "index"."""
    refuse_if(not isinstance(node, list) or not node or not isinstance(node[0], str), "bad-node")
    kind, *rest = node
    refuse_if(kind not in kinds or len(rest) != len(kinds[kind]), "bad-node")
    return kind, [
        hex_bytes(member, otherwise="bad-node") if expected == "hex" else member
        for expected, member in zip(kinds[kind], rest)
    ]


class Fold:
    """A preorder list being folded. `place` is the depth and the turns of the next node."""

    def __init__(self, kinds, meet, join):
        self.kinds = kinds
        self.meet = meet  # (kind, members, place) -> what this node comes to; called for inner nodes too
        self.join = join  # (left, right) -> what an inner node comes to
        self.open = []  # what the open inner nodes have so far: [] or [left]
        self.turns = 0
        self.done = None

    @property
    def depth(self):
        return len(self.open)

    def leads_here(self, path):
        return int.from_bytes(path, "big") >> (256 - self.depth) == self.turns if self.depth else True

    def take(self, node):
        refuse_if(self.done is not None, "nodes-left-over")
        kind, rest = members_of(node, self.kinds)
        found = self.meet(kind, rest, self)
        if kind == "inner":
            self.open.append([])
            self.turns <<= 1
            return
        self.settle(found)

    def settle(self, found):
        while self.open:
            if not self.open[-1]:
                self.open[-1].append(found)
                self.turns |= 1
                return
            (left,) = self.open.pop()
            self.turns >>= 1
            found = self.join(left, found)
        self.done = found

    def result(self):
        refuse_if(self.done is None, "nodes-missing")
        return self.done


class Side:
    """One side of a node: its hash, and whether it is a leaf that a node showed as one."""

    __slots__ = ("hash", "leaf", "empty")

    def __init__(self, hashed, leaf=False):
        self.hash, self.leaf, self.empty = hashed, leaf, not any(hashed)


def join_sides(left, right):
    if left.empty and right.empty:
        return left
    if left.leaf and right.empty:
        return left
    if right.leaf and left.empty:
        return right
    return Side(tree.inner_hash(left.hash, right.hash))

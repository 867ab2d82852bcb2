"""The tree's hashing (docs/formats.md, section 1), and a small builder for roots and siblings.

The builder is recursive and meant for examples and vectors, not for big trees.
"""

from .verdict import ZERO, sha256


def path_of(key):
    return sha256(key)


def leaf_hash(path, value_hash):
    return sha256(b"\x00", path, value_hash)


def inner_hash(left, right):
    return sha256(b"\x01", left, right)


def bit(path, depth):
    """The turn at `depth`: 0 is left, 1 is right."""
    return path[depth >> 3] >> (7 - (depth & 7)) & 1


def shares_prefix(a, b, bits):
    """Whether two paths begin with the same turns."""
    return bits == 0 or (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")) >> (256 - bits) == 0


def fold(start, path, siblings):
    """From the node at the end of the path up to the root; siblings are listed from the root down."""
    node = start
    for depth in range(len(siblings) - 1, -1, -1):
        sibling = siblings[depth]
        node = inner_hash(sibling, node) if bit(path, depth) else inner_hash(node, sibling)
    return node


def subtree(leaves, depth=0):
    """Hash of the subtree that holds `leaves`, a list of (path, value_hash) with one prefix."""
    if not leaves:
        return ZERO
    if len(leaves) == 1:
        return leaf_hash(*leaves[0])
    return inner_hash(*(subtree(half, depth + 1) for half in halves(leaves, depth)))


def halves(leaves, depth):
    return ([leaf for leaf in leaves if bit(leaf[0], depth) == side] for side in (0, 1))


def leaves_of(entries):
    return [(path_of(key), sha256(value)) for key, value in entries]


def root_of(entries):
    """Root of the tree that holds these (key, value) pairs."""
    return subtree(leaves_of(entries))


def walk(entries, key):
    """Siblings from the root down, and the leaf (path, value_hash) at the end of the key's path or None."""
    path, leaves, siblings = path_of(key), leaves_of(entries), []
    while len(leaves) > 1:
        sides = list(halves(leaves, len(siblings)))
        turn = bit(path, len(siblings))
        siblings.append(subtree(sides[1 - turn], len(siblings) + 1))
        leaves = sides[turn]
    return siblings, leaves[0] if leaves else None

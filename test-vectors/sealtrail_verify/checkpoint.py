"""Checkpoints (docs/formats.md, section 5)."""

from . import jcs
from .record import milliseconds
from .verdict import document, hex_bytes, integer, refuse_if, sha256, verdict

LOWEST = {"epoch": 0, "firstSequence": 1, "lastSequence": 1, "lastSigned": 0, "leafCount": 2, "version": 1}
ORDER = ("createdAt", "epoch", "firstSequence", "lastSequence", "lastSigned", "leafCount")
ORDER += ("previous", "root", "tree", "version")
NONE = "0" * 64


def hash_of(checkpoint):
    return sha256(jcs.octets(checkpoint)).hex()


def check_shape(value):
    document(value, "sealtrail-checkpoint/1", ORDER)
    for name in ORDER:
        member = value[name]
        if name in LOWEST:
            integer(member, LOWEST[name])
        elif name == "createdAt":
            refuse_if(milliseconds(member) is None, "bad-field")
        else:
            hex_bytes(member, 16 if name == "tree" else 32)


def check_count(checkpoint):
    refuse_if(checkpoint["leafCount"] != 2 * checkpoint["lastSequence"], "bad-count")
    refuse_if(checkpoint["firstSequence"] > checkpoint["lastSequence"], "bad-count")


def check_line(checkpoint):
    first = checkpoint["version"] == 1
    refuse_if(first != (checkpoint["previous"] == NONE), "bad-line")
    refuse_if(first != (checkpoint["firstSequence"] == 1), "bad-line")
    refuse_if(checkpoint["lastSigned"] >= checkpoint["version"], "bad-line")


@verdict
def verify(value):
    check_shape(value)
    check_count(value)
    check_line(value)
    return {"hash": hash_of(value)}


def compare(a, b):
    """The relation of two checkpoints, whatever their order."""
    if a["tree"] != b["tree"]:
        return "tree-id-mismatch"
    older, newer = (a, b) if a["version"] <= b["version"] else (b, a)
    older_hash = hash_of(older)
    between = newer["version"] - older["version"] - 1
    if between < 0:
        return "same" if older_hash == hash_of(newer) else "equivocation"
    lower = newer["epoch"] < older["epoch"] or newer["lastSigned"] < older["lastSigned"]
    if between == 0:
        follows = newer["previous"] == older_hash and newer["firstSequence"] == older["lastSequence"] + 1
        return "adjacent" if follows and not lower else "equivocation"
    split = newer["previous"] in (older["previous"], older_hash, NONE)
    room = newer["firstSequence"] >= older["lastSequence"] + 1 + between
    return "compatible" if room and not split and not lower else "equivocation"

"""Ledger files and key changes (docs/formats.md, sections 5 and 6)."""

from . import anchor, jcs, strict_json
from .verdict import SAFE, Refused, integer, refuse_if, sha256, verdict

LINE = ("format", "number", "previous", "at", "statement")
CHANGE = ("format", "tree", "kind", "oldKey", "newKey", "fromVersion")
NO_LINE = "0" * 64
LONGEST = 65_536


def check_line(line, number, previous):
    """One line without its LF, after line `number` with the hash `previous`."""
    refuse_if(len(line) > LONGEST, "line-malformed")
    try:
        value = anchor.outer(strict_json.parse(line), LINE)
        refuse_if(value["format"] != "sealtrail-ledger/1" or not anchor.is_iso_time(value["at"]), "bad-field")
        integer(value["number"], 1)
        anchor.outer(value["statement"], ("content", "proofs", "hash"))
        anchor.check_signed_shape(value["statement"])
    except Refused:
        raise Refused("line-malformed") from None
    refuse_if(jcs.octets(value) != line, "line-malformed")
    refuse_if(value["previous"] != previous, "chain-broken")
    refuse_if(value["number"] != (1 if number == SAFE else number + 1), "number-broken")


@verdict
def verify(octets):
    """A whole ledger file; the first entry that does not follow the one before refuses it."""
    *lines, rest = octets.split(b"\n")
    previous, number, seen, torn, run, twice, ends = NO_LINE, 0, set(), 0, 0, 0, 0
    for ended in lines:
        line = ended[:-1] if ended.endswith(b"\r") else ended
        name = sha256(line).hex()
        try:
            check_line(line, number, previous)
        except Refused as refused:
            if refused.code == "line-malformed":
                run += 1
                continue
            if name not in seen:
                # One of the lines passed over stood where an entry is lacking now.
                raise Refused("line-malformed") if run else refused
            twice, ends = twice + 1, ends + (line != ended)
            continue
        seen.add(name)
        torn, run, ends = torn + run, 0, ends + (line != ended)
        previous, number = name, 1 if number == SAFE else number + 1
    refuse_if(rest, "torn-end")
    return {"lines": len(seen), "torn": torn + run, "twice": twice, "ends": ends, "last": previous}


@verdict
def verify_key_change(value):
    anchor.outer(value, ("change", "proofs"))
    change, proofs = anchor.outer(value["change"], CHANGE), value["proofs"]
    refuse_if(change["format"] != "sealtrail-key-change/1", "wrong-format")
    anchor.digits(change["tree"], 32)
    anchor.digits(change["oldKey"], 128)
    anchor.digits(change["newKey"], 128)
    refuse_if(change["kind"] not in ("rotation", "revocation"), "bad-field")
    integer(change["fromVersion"], 1)
    refuse_if(change["oldKey"] == change["newKey"], "same-key")
    refuse_if(not isinstance(proofs, list) or len(proofs) != 2, "bad-field")
    for entry, key in zip(proofs, (change["oldKey"], change["newKey"])):
        anchor.check_signature(change, entry)
        refuse_if(entry["id"] != key, "signer-differs")

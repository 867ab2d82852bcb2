"""Runs vector files: what each kind of case asks, and what this verifier answers (../README.md has the layout)."""

import json

from . import anchor, archive, bundle, checkpoint, export, extension, ics23, jcs, ledger
from . import multiproof, proof, record, strict_json, tree
from .verdict import Refused, sha256


def load(path):
    """A vector file. Python's own parser, with numbers as doubles, so that 1.0 is the integer 1 as in the formats."""

    def number(spelled):
        value = float(spelled)
        return int(value) if value == value and abs(value) != float("inf") and value == int(value) else value

    with open(path, encoding="utf-8") as file:
        return json.load(file, parse_float=number, parse_int=number)


def unhex(value):
    return None if value is None else bytes.fromhex(value)


def joined(parts):
    return "".join(text * times for text, times in parts)


def octets_of(case):
    if "hex" in case:
        return unhex(case["hex"])
    # surrogatepass: a half pair in a case's text becomes the bytes that are not UTF-8.
    return (case["text"] if "text" in case else joined(case["parts"])).encode("utf-8", "surrogatepass")


def judged(case, verify):
    """Gives the input's JSON value to `verify`; the strict parser's refusal is the verdict where it refuses."""
    if "input" in case:
        return verify(case["input"])
    parsed = strict_json.check(octets_of(case))
    return verify(parsed["value"]) if parsed["ok"] else parsed


def asked(case, *names):
    return [unhex(case["ask"].get(name)) for name in names]


def node_limit(case, default):
    return case["ask"].get("limits", {}).get("nodes", default)


def run_strict_json(case):
    limit = case.get("ask", {}).get("limits", {}).get("bytes", strict_json.BYTES)
    try:
        canonical = jcs.canonical(strict_json.parse(octets_of(case), limit))
    except Refused as refused:
        return {"ok": False, "code": refused.code}
    if "jcs-sha256" in case["expect"]:
        return {"ok": True, "jcs-sha256": sha256(canonical.encode("utf-8")).hex()}
    return {"ok": True, "jcs": canonical}


RULES = {
    "path": lambda of: tree.path_of(unhex(of["key"])),
    "value": lambda of: sha256(unhex(of["value"])),
    "leaf": lambda of: tree.leaf_hash(unhex(of["path"]), unhex(of["valueHash"])),
    "inner": lambda of: tree.inner_hash(unhex(of["left"]), unhex(of["right"])),
    "salt": lambda of: record.salt_of(unhex(of["contentSalt"])),
    "raw": lambda of: record.raw_key(unhex(of["salt"]), of["event"]),
    "censored": lambda of: record.censored_key(of["event"]),
    "content": lambda of: record.content_hash(unhex(of["contentSalt"]), unhex(of["content"])),
    "sealed": lambda of: record.sealed(unhex(of["contentSalt"]), unhex(of["bytes"])),
    "genesis": lambda of: record.genesis_hash(of["genesis"]),
    "record": lambda of: record.record_value(of["record"]),
}


def run_hashing(case):
    found = RULES[case["rule"]](case["of"])
    return {"ok": True, "hash": found if isinstance(found, str) else found.hex()}


def run_tree(case):
    if "leaves" in case:
        leaves = [(unhex(path), unhex(value_hash)) for path, value_hash in case["leaves"]]
    else:
        leaves = tree.leaves_of([(unhex(key), unhex(value)) for key, value in case["entries"]])
    return {"ok": True, "root": tree.subtree(leaves).hex()}


def run_proof(case):
    return judged(case, lambda value: proof.verify(value, *asked(case, "root", "key", "value")))


def run_proof_binary(case):
    return proof.verify_binary(octets_of(case), *asked(case, "root", "key", "value"))


def run_multiproof(case):
    limit = node_limit(case, multiproof.NODES)
    return judged(case, lambda value: multiproof.verify(value, *asked(case, "root"), limit))


def run_extension(case):
    limit = node_limit(case, extension.NODES)
    return judged(case, lambda value: extension.verify(value, *asked(case, "oldRoot", "newRoot"), limit))


def run_archive(case):
    lines = (line if isinstance(line, str) else joined(line["parts"]) for line in case["lines"])
    return archive.verify("\n".join(lines).encode("utf-8"), *asked(case, "previousRoot", "root"))


def run_ics23(case):
    return ics23.verify(octets_of(case), *asked(case, "root", "key", "value"))


def run_checkpoint(case):
    return judged(case, checkpoint.verify)


def run_checkpoint_pair(case):
    return {"ok": True, "relation": checkpoint.compare(case["a"], case["b"])}


def run_signature(case):
    return anchor.verify_signature(case["content"], case["proof"])


def run_fingerprint(case):
    return judged(case, anchor.verify_fingerprint)


def run_network_proof(case):
    ask = case["ask"]
    return judged(case, lambda value: anchor.verify_network(value, ask["hash"], ask.get("root")))


def run_bundle(case):
    ask = case["ask"]
    octets = json.dumps(case["input"]).encode("utf-8") if "input" in case else octets_of(case)
    return bundle.verify(octets, ask["signers"], ask["networkRoots"], ask.get("checkpoints", ()))


def run_ledger(case):
    return ledger.verify(octets_of(case))


def run_export(case):
    octets = octets_of(case)
    found = export.verify(line + b"\n" for line in octets[: -1 if octets.endswith(b"\n") else None].split(b"\n") if octets)
    return {name: found[name] for name in ("ok", "events", "contentsUnchecked")} if found["ok"] else found


def run_key_change(case):
    return judged(case, ledger.verify_key_change)


def kinds():
    return {
        name[4:].replace("_", "-"): function for name, function in globals().items() if name.startswith("run_")
    }


def run_file(path):
    """Yields (kind, name, expected, found) for each case of one file."""
    vectors = load(path)
    kind = vectors["kind"]
    run = kinds()[kind]
    for case in vectors["cases"]:
        yield kind, case["name"], case["expect"], run(case)

#!/usr/bin/env python3
"""Evidence that Python makes, for the TypeScript verifier to take: the other direction of the agreement.

  made_by_python.py SEED COUNT    prints a JSON array of [kind, case], as in a vector file, each with its `expect`
"""

import json
import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import examples  # noqa: E402
from sealtrail_verify import proof, vectors  # noqa: E402


def some(chance, least, most):
    return bytes(chance.randrange(256) for _ in range(chance.randint(least, most)))


def random_entries(chance):
    return list({some(chance, 1, 40): some(chance, 1, 40) for _ in range(chance.choice([0, 1, 2, 3, 8, 40]))}.items())


def proofs(chance):
    entries = random_entries(chance)
    key, value = chance.choice(entries) if entries and chance.random() < 0.5 else (some(chance, 41, 50), None)
    made = examples.proof_of(entries, key, value)
    ask = {"root": made["root"], "key": made["key"], **({"value": made["value"]} if value else {})}
    yield "proof", {"input": made, "ask": ask}
    yield "proof-binary", {"hex": proof.encode(proof.parse(made)).hex(), "ask": ask}


def multiproofs(chance):
    entries = random_entries(chance)
    asked = chance.sample(entries, min(len(entries), chance.randint(0, 5)))
    asked += [(some(chance, 41, 50), None) for _ in range(chance.randint(1, 4))]
    made = examples.multiproof_of(entries, asked)
    yield "multiproof", {"input": made, "ask": {"root": made["root"]}}


def extensions(chance):
    new = random_entries(chance)
    old = [entry for entry in new if chance.random() < 0.6]
    made = examples.extension_of(old, new)
    yield "extension", {"input": made, "ask": {"oldRoot": made["oldRoot"], "newRoot": made["newRoot"]}}


def statements(chance):
    number = chance.random() * 10 ** chance.randint(-9, 15)
    content = {some(chance, 1, 4).hex(): chance.choice([number, "\U0001f600", None, []])}
    yield "signature", {"content": content, "proof": examples.sign(content)}


def trails(chance):
    trail = examples.Trail()
    lines = examples.archive_lines(trail)
    yield "archive", {"lines": lines, "ask": {"previousRoot": "0" * 64, "root": trail.root.hex()}}
    yield "checkpoint", {"input": trail.checkpoint()}
    ask = {"signers": [{"publicKey": examples.signer_id(), "fromVersion": 1}], "networkRoots": []}
    yield "bundle", {"input": examples.bundle_of(trail), "ask": ask}
    made, root = examples.network_proof_of(trail)
    yield "network-proof", {"input": made, "ask": {"hash": made["path"], "root": root}}


def main():
    chance, count = random.Random(int(sys.argv[1])), int(sys.argv[2])
    makers = [proofs, multiproofs, extensions, statements]
    cases = list(trails(chance))
    while len(cases) < count:
        cases += chance.choice(makers)(chance)
    run = vectors.kinds()
    for number, (kind, case) in enumerate(cases):
        case["name"] = f"seed {sys.argv[1]}, case {number}"
        case["expect"] = run[kind](case)
    json.dump(cases, sys.stdout)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Checks Sealtrail's evidence with Python's standard library alone (3.9 or newer).

  verify.py [folder]                     every vector file under the folder (default: this file's own)
  verify.py --proof FILE --root HEX --key HEX [--value HEX]
  verify.py --multiproof FILE --root HEX
  verify.py --extension FILE --old-root HEX --root HEX
  verify.py --archive FILE --old-root HEX --root HEX
  verify.py --ledger FILE
  verify.py --export FILE [--known-root SEQUENCE:HEX]...
  verify.py --bundle FILE [--signer ID|@FILE]... [--network-root NETWORK:ROOT[@TIME]|@FILE]... [--checkpoint FILE]...

Exit code: 0 all agree, or the evidence holds (a bundle: valid); 1 not; 2 a bundle that is unanchored,
untrusted or attested; 64 wrong usage.
"""

import argparse
import json
import os
import sys

from sealtrail_verify import archive, bundle, checkpoint, export, extension, ledger
from sealtrail_verify import multiproof, proof, strict_json, vectors


def vector_files(folder):
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(place, name)
            if name.endswith(".json") and is_vector_file(path):
                yield path


def is_vector_file(path):
    with open(path, encoding="utf-8") as file:
        return '"sealtrail-vectors/1"' in file.read(200)


def run_vectors(folder):
    agree = differ = 0
    for path in vector_files(folder):
        for kind, name, expected, found in vectors.run_file(path):
            if expected == found:
                agree += 1
            else:
                differ += 1
                print(f"DIFFERS {kind} / {name}: {difference(expected, found)}")
    print(f"{agree} cases agree, {differ} differ")
    return 0 if agree and not differ else 1


def difference(expected, found):
    """Where two verdicts differ; for a bundle by check."""
    if "checks" in expected and "checks" in found:
        expected, found = ({**verdict, **verdict["checks"], "checks": None} for verdict in (expected, found))
        names = [name for name in {**expected, **found} if expected.get(name) != found.get(name)]
        expected, found = ({name: verdict.get(name) for name in names} for verdict in (expected, found))
    return f"expected {short(expected)}, found {short(found)}"


TRUSTED_BYTES = 1024 * 1024  # of a file of the reader's own


def short(verdict):
    text = json.dumps(verdict, sort_keys=True)
    return text if len(text) <= 600 else text[:600] + "..."


def read(path):
    if path == "-":
        return sys.stdin.buffer.read()
    with open(path, "rb") as file:
        return file.read()


def strict_value(octets, limit_bytes=strict_json.BYTES):
    """The JSON value of a file, or the refusal as a verdict."""
    parsed = strict_json.check(octets, limit_bytes)
    return parsed.get("value"), None if parsed["ok"] else parsed


def check_proof(args):
    octets = read(args.proof)
    if octets[:1] in (b"\x01", b"\x02", b"\x03"):
        return proof.verify_binary(octets, args.root, args.key, args.value)
    value, refusal = strict_value(octets)
    return refusal or proof.verify(value, args.root, args.key, args.value)


def check_multiproof(args):
    value, refusal = strict_value(read(args.multiproof))
    return refusal or multiproof.verify(value, args.root)


def check_extension(args):
    value, refusal = strict_value(read(args.extension))
    return refusal or extension.verify(value, args.old_root, args.root)


def check_archive(args):
    with open(args.archive, "rb") as file:
        return archive.verify(file, args.old_root, args.root)


def check_ledger(args):
    return ledger.verify(read(args.ledger))


def check_export(args):
    known = dict(given.split(":", 1) for given in args.known_root)
    with open(args.export, "rb") as file:
        return export.verify(file, {int(sequence): root for sequence, root in known.items()})


def trusted(parse, path, member):
    """A file of the reader's own: trouble with it is wrong usage."""
    value, refusal = strict_value(read(path), TRUSTED_BYTES)
    found = refusal or parse(value)
    if not found["ok"]:
        sys.exit(usage(f"{path}: {found['code']}"))
    return found[member]


def signers_of(args):
    found = []
    for given in args.signer:
        if given.startswith("@"):
            found += trusted(bundle.parse_signers, given[1:], "signers")
        else:
            found.append({"publicKey": given, "fromVersion": 1})
    return found


def network_roots_of(args):
    found = []
    for given in args.network_root:
        if given.startswith("@"):
            found += trusted(bundle.parse_network_roots, given[1:], "roots")
            continue
        network, _, rest = given.partition(":")
        root, _, time = rest.partition("@")
        found.append({"network": network, "root": root, **({"finalizedAt": time} if time else {})})
    return found


def checkpoints_of(args):
    found = []
    for path in args.checkpoint:
        value, refusal = strict_value(read(path), TRUSTED_BYTES)
        verdict = refusal or checkpoint.verify(value)
        if not verdict["ok"]:
            sys.exit(usage(f"{path}: {verdict['code']}"))
        found.append(value)
    return found


def check_bundle(args):
    signers, roots, kept = signers_of(args), network_roots_of(args), checkpoints_of(args)
    return bundle.verify(read(args.bundle), signers, roots, kept)


def show_bundle(found):
    for name, check in found["checks"].items():
        print(f"{check['status']:7} {name}" + (f" ({check['code']})" if "code" in check else ""))
    if "restarted" in found:
        print(f"restarted: the trail stands in the place of another one: {short(found['restarted'])}")
    print(f"provenBefore {found['provenBefore'] or 'unknown'}, claimedAt {found['claimedAt'] or 'unknown'}")
    print(found["verdict"])
    return {"valid": 0, "invalid": 1}.get(found["verdict"], 2)


def usage(problem):
    print(f"verify.py: {problem}", file=sys.stderr)
    return 64


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage=argparse.SUPPRESS
    )
    parser.error = lambda problem: sys.exit(usage(problem))
    parser.add_argument("folder", nargs="?", default=os.path.dirname(os.path.abspath(__file__)))
    for name in CHECKS:
        parser.add_argument(f"--{name}")
    for name in ("root", "old-root", "key", "value"):
        parser.add_argument(f"--{name}", type=bytes.fromhex)
    for name in ("signer", "network-root", "checkpoint", "known-root"):
        parser.add_argument(f"--{name}", action="append", default=[])
    return parser


CHECKS = {
    "proof": (check_proof, ("root", "key")),
    "multiproof": (check_multiproof, ("root",)),
    "extension": (check_extension, ("old_root", "root")),
    "archive": (check_archive, ("old_root", "root")),
    "ledger": (check_ledger, ()),
    "export": (check_export, ()),
    "bundle": (check_bundle, ()),
}


def main():
    args = arguments().parse_args()
    for name, (check, needed) in CHECKS.items():
        if getattr(args, name) is None:
            continue
        missing = [option for option in needed if getattr(args, option) is None]
        if missing:
            return usage(f"--{name} needs --{missing[0].replace('_', '-')}")
        found = check(args)
        if name == "bundle":
            return show_bundle(found)
        print(json.dumps(found, indent=2))
        return 0 if found["ok"] else 1
    if not os.path.isdir(args.folder):
        return usage(f"no folder {args.folder}")
    return run_vectors(args.folder)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except OSError as error:
        sys.exit(usage(f"{error.filename}: {error.strerror}"))

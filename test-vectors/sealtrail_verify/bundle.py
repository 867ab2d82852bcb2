"""Evidence bundles (docs/formats.md, section 6)."""

import base64
import binascii

from . import anchor as anchors
from . import checkpoint as checkpoints
from . import extension as extensions
from . import proof as proofs
from . import strict_json
from .record import CENSORED, are_pair, censored_key, check_event, content_hash, milliseconds, raw_key, salt_of
from .verdict import Refused, document, hex_bytes, integer, members, refuse_if, text, verdict

CHECKS = ("schema", "disclosure", "content", "pair", "record", "position", "inclusion", "checkpoint", "count")
CHECKS += ("extension", "anchor-reference", "signature", "signer", "network-proof", "network-root", "equivocation")
NETWORKS = ("mainnet", "integration", "test", "ledger")
NOT_IN_BUNDLE = "not-in-bundle"


class Absent(Exception):
    """A check that has nothing to judge, and why."""


def absent_if(condition, code=NOT_IN_BUNDLE):
    if condition:
        raise Absent(code)


# Shape


def check_disclosure(disclosure):
    refuse_if(not isinstance(disclosure, dict), "bad-field")
    level = disclosure.get("level")
    if level == "raw":
        members(disclosure, ("level", "event", "salt"), ("content", "contentSalt"))
        check_event(disclosure["event"])
        hex_bytes(disclosure["salt"])
        refuse_if(("content" in disclosure) != ("contentSalt" in disclosure), "missing-field")
        if "content" in disclosure:
            from_base64(disclosure["content"])
            hex_bytes(disclosure["contentSalt"])
    elif level == "censored":
        members(disclosure, ("level", "event"))
        event = members(disclosure["event"], CENSORED)
        refuse_if(not all(isinstance(event[name], str) for name in CENSORED), "bad-field")
    elif level == "none":
        members(disclosure, ("level",))
    else:
        members(disclosure, ("level",), ("event", "salt", "content", "contentSalt"))
        refuse_if(True, "bad-field")


def from_base64(value):
    try:
        octets = base64.b64decode(text(value).encode("utf-8"), validate=True)
    except (binascii.Error, ValueError):
        raise Refused("bad-base64") from None
    refuse_if(base64.b64encode(octets).decode("ascii") != value, "bad-base64")
    return octets


def check_anchor(anchor):
    anchors.outer(anchor, ("content", "proofs", "hash", "network", "status"), ("networkProof",))
    anchors.check_signed_shape(anchor)
    refuse_if(anchor["network"] not in NETWORKS, "bad-field")
    refuse_if(anchor["status"] not in ("accepted", "finalized"), "bad-field")
    if "networkProof" in anchor:
        anchors.check_network_shape(anchor["networkProof"])


def check_restarted(restarted):
    members(restarted, ("event", "salt", "proof"))
    event = restarted["event"]
    check_event(event)
    first = event["type"] == "system.restarted" and event["source"] == "sealtrail" and event["sequence"] == 1
    refuse_if(not first, "bad-field")
    hex_bytes(restarted["salt"])
    proofs.parse(restarted["proof"], match_record=False)


def check_schema(bundle, limit=extensions.NODES):
    must, may = ("disclosure", "proof", "checkpoint"), ("censoredProof", "anchored", "extension", "anchor")
    second = isinstance(bundle, dict) and bundle.get("format") == "sealtrail-bundle/2" and "restarted" in bundle
    if second:
        document(bundle, "sealtrail-bundle/2", (*must, "restarted"), may)
    else:
        document(bundle, "sealtrail-bundle/1", must, may)
    check_disclosure(bundle["disclosure"])
    proofs.parse(bundle["proof"], match_record=False)
    if "censoredProof" in bundle:
        proofs.parse(bundle["censoredProof"], match_record=False)
    checkpoints.check_shape(bundle["checkpoint"])
    if "anchored" in bundle:
        checkpoints.check_shape(bundle["anchored"])
    if "extension" in bundle:
        extensions.parse(bundle["extension"], limit)
    if "anchor" in bundle:
        check_anchor(bundle["anchor"])
    if second:
        check_restarted(bundle["restarted"])

    level, shown = bundle["disclosure"]["level"], [bundle["proof"]]
    if "censoredProof" in bundle:
        shown.append(bundle["censoredProof"])
    raw = level == "raw"
    refuse_if(raw and (len(shown) != 2 or any("record" not in proof for proof in shown)), "missing-field")
    refuse_if(not raw and len(shown) != 1, "misplaced-field")
    refuse_if(level == "none" and "record" in shown[0], "misplaced-field")
    refuse_if(any(proof["type"] != "inclusion" for proof in shown), "misplaced-field")
    refuse_if(("anchored" in bundle) != ("extension" in bundle), "missing-field")
    if second:
        # Only an inclusion has a record.
        refuse_if("record" not in bundle["restarted"]["proof"], "missing-field")


# The other checks. Each returns on ok, raises Refused on failed, Absent on absent.


class Bundle:
    def __init__(self, value, signers, network_roots, kept):
        self.value = value
        self.signers, self.network_roots, self.kept = signers, network_roots, kept
        self.disclosure = value["disclosure"]
        self.level = self.disclosure["level"]
        self.event = self.disclosure.get("event")
        self.proof = value["proof"]
        self.record = self.proof.get("record")
        self.checkpoint = value["checkpoint"]
        self.stated = value.get("anchored", self.checkpoint)
        self.anchor = value.get("anchor")
        self.restarted = value.get("restarted")  # /2 only
        self.network_root = None  # what the network's proof leads to, once it was found good
        self.proven_before = None

    def check_disclosure(self):
        self.check_own_disclosure()
        if self.restarted is not None:
            key = raw_key(bytes.fromhex(self.restarted["salt"]), self.restarted["event"])
            refuse_if(key.hex() != self.restarted["proof"]["key"], "disclosure-mismatch")
        absent_if(self.level == "none")

    def check_own_disclosure(self):
        if self.level == "none":
            return
        if self.level == "raw":
            key = raw_key(bytes.fromhex(self.disclosure["salt"]), self.event)
        else:
            key = censored_key(self.event)
        refuse_if(key.hex() != self.proof["key"], "disclosure-mismatch")

    def check_content(self):
        absent_if("content" not in self.disclosure)
        secret = bytes.fromhex(self.disclosure["contentSalt"])
        digest = content_hash(secret, from_base64(self.disclosure["content"])).hex()
        good = salt_of(secret).hex() == self.disclosure["salt"] and self.event.get("contentHash") == digest
        refuse_if(not good, "content-mismatch")

    def check_pair(self):
        absent_if(self.level != "raw")
        other = self.value["censoredProof"]
        refuse_if(other["key"] != censored_key(self.event).hex(), "pair-mismatch")
        refuse_if(not are_pair(self.proof["key"], self.record, other["key"], other["record"]), "pair-mismatch")

    def check_record(self):
        self.check_own_record()
        if self.restarted is not None:
            proof, event = self.restarted["proof"], self.restarted["event"]
            refuse_if(not proofs.record_matches(proof), "record-mismatch")
            wanted = ("raw", event["id"], milliseconds(event["createdAt"]), 1)
            found = tuple(proof["record"][name] for name in ("hashType", "eventId", "timestamp", "seqNo"))
            refuse_if(found != wanted, "record-disagrees")
        absent_if(self.record is None)

    def check_own_record(self):
        if self.record is None:
            return
        for name in ("proof", "censoredProof"):
            refuse_if(name in self.value and not proofs.record_matches(self.value[name]), "record-mismatch")
        record, event = self.record, self.event
        agrees = (
            record["hashType"] == self.level
            and record["eventId"] == event["id"]
            and record["timestamp"] == milliseconds(event["createdAt"])
            and (self.level != "raw" or record["seqNo"] == 2 * event["sequence"] - 1)
        )
        refuse_if(not agrees, "record-disagrees")

    def check_position(self):
        absent_if(self.record is None)
        refuse_if(self.record["seqNo"] > 2 * self.checkpoint["lastSequence"], "position-outside")

    def check_inclusion(self):
        root = self.checkpoint["root"]
        shown = [self.value[name] for name in ("proof", "censoredProof") if name in self.value]
        if self.restarted is not None:
            shown.append(self.restarted["proof"])
        for whole in shown:
            proof = {member: value for member, value in whole.items() if member != "record"}
            refuse_if(proof["root"] != root, "checkpoint-root")
            found = proofs.verify(proof, *(bytes.fromhex(part) for part in (root, proof["key"], proof["value"])))
            refuse_if(not found["ok"], found.get("code"))

    def check_checkpoint(self):
        checkpoints.check_line(self.checkpoint)
        if "anchored" in self.value:
            checkpoints.check_line(self.stated)
            later = self.stated["version"] > self.checkpoint["version"]
            refuse_if(self.stated["tree"] != self.checkpoint["tree"] or not later, "anchored-not-later")

    def check_count(self):
        checkpoints.check_count(self.checkpoint)
        checkpoints.check_count(self.stated)

    def check_extension(self):
        absent_if("anchored" not in self.value)
        roots = (bytes.fromhex(checkpoint["root"]) for checkpoint in (self.checkpoint, self.stated))
        found = extensions.verify(self.value["extension"], *roots)
        refuse_if(not found["ok"], found.get("code"))

    def check_anchor_reference(self):
        absent_if(self.anchor is None)
        anchors.check_statement(self.anchor["content"], self.stated)

    def check_signature(self):
        absent_if(self.anchor is None)
        anchors.check_signed(self.anchor)

    def check_signer(self, found):
        absent_if(self.anchor is None)
        absent_if(found["signature"]["status"] != "ok", "not-reached")
        ids = [entry["id"] for entry in self.anchor["proofs"]]
        version = self.stated["version"]
        absent_if(
            not any(
                signer["publicKey"] in ids
                and signer["fromVersion"] <= version <= signer.get("untilVersion", version)
                for signer in self.signers
            ),
            "signer-unknown",
        )

    def check_network_proof(self):
        absent_if(self.anchor is None or "networkProof" not in self.anchor)
        absent_if(self.anchor["network"] == "ledger", "ledger-file")
        try:
            self.network_root = anchors.check_network_path(self.anchor["networkProof"], self.anchor["hash"])
        except Refused as refused:
            absent_if(refused.code == "data-digest-unknown", refused.code)
            raise

    def check_network_root(self, found):
        absent_if(self.anchor is None or "networkProof" not in self.anchor or self.anchor["network"] == "ledger")
        absent_if(found["network-proof"]["status"] != "ok", "not-reached")
        wanted = (self.anchor["network"], self.network_root)
        known = [given for given in self.network_roots if (given["network"], given["root"]) == wanted]
        absent_if(not known, "root-unknown")
        self.proven_before = next((given["finalizedAt"] for given in known if "finalizedAt" in given), None)

    def check_equivocation(self):
        absent_if("anchored" not in self.value and not self.kept)
        own = [self.checkpoint] + ([self.stated] if "anchored" in self.value else [])
        pairs = [(own[0], own[-1])] if len(own) == 2 else []
        pairs += [(mine, given) for mine in own for given in self.kept]
        refuse_if(any(checkpoints.compare(*pair) == "equivocation" for pair in pairs), "equivocation")

    def judge(self, name, found):
        check = getattr(self, "check_" + name.replace("-", "_"))
        try:
            check(found) if name in ("signer", "network-root") else check()
        except Refused as refused:
            return {"status": "failed", "code": refused.code}
        except Absent as absent:
            return {"status": "absent", "code": str(absent)}
        return {"status": "ok"}


def verdict_of(checks, anchored):
    if any(check["status"] == "failed" for check in checks.values()):
        return "invalid"
    if not anchored:
        return "unanchored"
    if checks["signer"]["status"] != "ok":
        return "untrusted"
    return "valid" if checks["network-root"]["status"] == "ok" else "attested"


def verify(octets, signers=(), network_roots=(), kept=()):
    """A bundle's bytes against what its reader trusts. Never raises on the bytes."""
    try:
        value = strict_json.parse(octets)
        check_schema(value)
    except Refused as refused:
        checks = {name: {"status": "absent", "code": "not-reached"} for name in CHECKS}
        checks["schema"] = {"status": "failed", "code": refused.code}
        return {"verdict": "invalid", "checks": checks, "provenBefore": None, "claimedAt": None}
    bundle = Bundle(value, signers, network_roots, kept)
    checks = {"schema": {"status": "ok"}}
    for name in CHECKS[1:]:
        checks[name] = bundle.judge(name, checks)
    word = verdict_of(checks, bundle.anchor is not None)
    found = {
        "verdict": word,
        "checks": checks,
        "provenBefore": None if word == "invalid" else bundle.proven_before,
        "claimedAt": bundle.stated["createdAt"],
    }
    if bundle.restarted is not None:
        found["restarted"] = bundle.restarted["event"]["metadata"]
    return found


# What the reader brings along


@verdict
def parse_signers(value):
    """sealtrail-signers/1, or its list alone."""
    listed = given_list(value, "sealtrail-signers/1", "signers")
    for signer in listed:
        anchors.outer(signer, ("publicKey", "fromVersion"), ("untilVersion",))
        anchors.digits(signer["publicKey"], 128)
        integer(signer["fromVersion"], 1)
        integer(signer.get("untilVersion", signer["fromVersion"]), signer["fromVersion"])
    return {"signers": listed}


@verdict
def parse_network_roots(value):
    """sealtrail-network-roots/1, or its list alone."""
    listed = given_list(value, "sealtrail-network-roots/1", "roots")
    for root in listed:
        anchors.outer(root, ("network", "root"), ("finalizedAt",))
        refuse_if(root["network"] not in NETWORKS, "bad-field")
        anchors.digits(root["root"])
        refuse_if("finalizedAt" in root and not anchors.is_iso_time(root["finalizedAt"]), "bad-field")
    return {"roots": listed}


def given_list(value, name, member):
    listed = value if isinstance(value, list) else document(value, name, (member,))[member]
    refuse_if(not isinstance(listed, list) or len(listed) > 1000, "bad-field")
    return listed

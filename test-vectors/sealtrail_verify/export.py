"""A whole export, replayed: chain, records and every root again (docs/formats.md, section 7).

Read as a stream; what is kept is the tree, two leaves an event.
"""

import base64
import binascii
import re

from . import checkpoint as checkpoints
from . import jcs, record, strict_json, tree
from .verdict import ZERO, Refused, is_integer, members, refuse_if, sha256, verdict

HEADER = ("format", "exportedAt", "genesis", "machineId", "filter", "recomputable", "content", "salts")
GENESIS = ("createdAt", "epochDurationMs", "formats", "tree")
LINE = ("event", "rawHash", "censoredHash", "record", "anchor")
LEFT = ("category", "createdAt", "id", "previousHash", "sequence", "type")


class GrowingTree:
    """Adds leaves one by one; hashes only what changed since the root was last asked for.

    A node is None, a leaf (path, hash), or a list [left, right, hash or None].
    """

    def __init__(self):
        self.top = None

    def add(self, path, value_hash):
        self.top = self.placed(self.top, (path, tree.leaf_hash(path, value_hash)), 0)

    def placed(self, node, leaf, depth):
        if node is None:
            return leaf
        if isinstance(node, tuple):
            refuse_if(node[0] == leaf[0], "leaf-twice")
            node = self.placed([None, None, None], node, depth)
        side = tree.bit(leaf[0], depth)
        node[side] = self.placed(node[side], leaf, depth + 1)
        node[2] = None
        return node

    def root(self, node="top"):
        node = self.top if node == "top" else node
        if node is None:
            return ZERO
        if isinstance(node, tuple):
            return node[1]
        if node[2] is None:
            node[2] = tree.inner_hash(self.root(node[0]), self.root(node[1]))
        return node[2]


class Replay:
    def __init__(self, genesis, known_roots):
        self.genesis = genesis
        self.previous = record.genesis_hash(genesis).hex()
        self.events = 0
        self.last = None  # the record before
        self.sessions = {}  # (source, session) -> raw key of its last event
        self.session_of = {}  # the reverse
        self.destroyed = {}  # sequence -> (raw key, raw key of its chain's first event, time)
        self.firsts = {}  # newest raw key of a chain -> raw key of its first event
        self.holds = []  # in force: (id, raw keys, ranges)
        self.unclaimed = set()  # destroyed, and no event has answered for it yet
        self.tree = GrowingTree()
        self.checkpoint = None
        self.known_roots = known_roots  # sequence -> root, from outside

    def event(self, line):
        members(line, LINE, ("destroyed", "content", "contentSalt"))
        event, shown = line["event"], line["record"]
        destroyed = "destroyed" in line
        if destroyed:
            refuse_if(line["destroyed"] is not True or "content" in line or "contentSalt" in line, "bad-line")
            members(event, LEFT)
            refuse_if(not all(isinstance(event[name], str) for name in LEFT if name != "sequence"), "bad-line")
            refuse_if(record.milliseconds(event["createdAt"]) is None, "bad-line")
        else:
            record.check_event(event)
        record.check_record(shown)
        refuse_if(not record.is_hash(line["rawHash"]) or not record.is_hash(line["censoredHash"]), "bad-line")
        refuse_if(not is_integer(event["sequence"]), "bad-line")
        refuse_if(event["sequence"] != self.events + 1, "sequence-gap")
        refuse_if(event["previousHash"] != self.previous, "chain-broken")
        refuse_if(record.censored_key(event).hex() != line["censoredHash"], "censored-key-differs")
        expected = self.record_of(event, line, shown["chainPrev"])
        refuse_if(expected != shown, "record-differs")
        self.session(event, line["rawHash"], shown["chainPrev"], destroyed)
        first = self.first_of(shown["chainPrev"], line["rawHash"], destroyed or "sessionId" in event)
        if destroyed:
            self.destroyed[event["sequence"]] = (line["rawHash"], first, shown["timestamp"])
        if not destroyed:
            self.claims(event)
            self.contents(event, line)

        for key, value in ((line["rawHash"], shown), (line["censoredHash"], self.other(expected, line["rawHash"]))):
            self.tree.add(tree.path_of(bytes.fromhex(key)), sha256(record.record_value(value)))
        self.events, self.previous, self.last = self.events + 1, line["rawHash"], shown
        if self.events in self.known_roots:
            refuse_if(self.tree.root().hex() != self.known_roots[self.events], "known-root-differs")

    def record_of(self, event, line, chain_prev):
        time = record.milliseconds(event["createdAt"])
        span = self.genesis["epochDurationMs"]
        epoch = 0
        if self.last is not None:
            epoch = self.last["epoch"] + (time // span != self.last["timestamp"] // span)
        return {
            "chainPrev": chain_prev,
            "epoch": epoch,
            "eventId": event["id"],
            "hashType": "raw",
            "pair": line["censoredHash"],
            "seqNo": 2 * event["sequence"] - 1,
            "timestamp": time,
        }

    def other(self, raw, raw_hash):
        return {**raw, "hashType": "censored", "pair": raw_hash, "seqNo": raw["seqNo"] + 1}

    def session(self, event, raw_hash, chain_prev, destroyed):
        """Of a destroyed event, only what it hangs on is known."""
        if destroyed:
            session = self.session_of.get(chain_prev)
            if session is not None:
                self.follow(session, raw_hash)
            self.unclaimed.add(event["sequence"])
            return
        if "sessionId" not in event:
            refuse_if(chain_prev is not None, "session-chain-broken")
            return
        session = (event["source"], event["sessionId"])
        before = self.sessions.get(session)
        refuse_if(chain_prev != before and not (before is None and self.destroyed), "session-chain-broken")
        self.follow(session, raw_hash)

    def follow(self, session, raw_hash):
        self.session_of.pop(self.sessions.get(session), None)
        self.sessions[session], self.session_of[raw_hash] = raw_hash, session

    def first_of(self, chain_prev, raw_hash, chained):
        """The raw key at which the event's chain begins."""
        if not chained:
            return raw_hash
        first = raw_hash if chain_prev is None else self.firsts.pop(chain_prev, chain_prev)
        self.firsts[raw_hash] = first
        return first

    def claims(self, event):
        """What an event of the trail's own says of destroyed ones, and of those that are not to be."""
        metadata = event["metadata"]
        if event["source"] != "sealtrail" or event["type"] not in ("system.erasure", "system.retention"):
            return
        named = sequences_in(metadata.get("ranges"), event["sequence"])
        if not named or not record.is_hash(metadata.get("rawKeysHash")):
            self.hold(metadata)
            return
        if not self.unclaimed or not all(sequence in self.destroyed for sequence in named):
            return
        keys = b"".join(bytes.fromhex(self.destroyed[sequence][0]) for sequence in named)
        if sha256(keys).hex() != metadata["rawKeysHash"]:
            return
        self.unclaimed.difference_update(named)
        for sequence in named:
            _, first, time = self.destroyed[sequence]
            refuse_if(any(holds(hold, sequence, first) for hold in self.holds), "destroyed-under-hold")
            if event["type"] == "system.retention":
                refuse_if(not may_go(metadata, record.milliseconds(event["createdAt"]) - time), "pruned-too-early")

    def hold(self, metadata):
        """A legal hold placed or released."""
        name, keys = metadata.get("hold"), metadata.get("firstEvents", [])
        if not isinstance(name, str):
            return
        if metadata.get("action") == "release":
            self.holds = [hold for hold in self.holds if hold[0] != name]
        ranges = ranges_in(metadata.get("ranges", []))
        if metadata.get("action") == "hold" and ranges is not None and isinstance(keys, list):
            if all(record.is_hash(key) for key in keys):
                self.holds.append((name, set(keys), ranges))

    def contents(self, event, line):
        if "contentSalt" not in line:
            return
        refuse_if(not record.is_hash(line["contentSalt"]), "raw-key-differs")
        secret = bytes.fromhex(line["contentSalt"])
        refuse_if(record.raw_key(record.salt_of(secret), event).hex() != line["rawHash"], "raw-key-differs")
        if "content" in line:
            content = decoded(line["content"])
            found = None if content is None else record.content_hash(secret, content).hex()
            refuse_if(found is None or event.get("contentHash") != found, "content-differs")

    def stated(self, line):
        members(line, ("checkpoint",))
        point, before = line["checkpoint"], self.checkpoint
        checked = checkpoints.verify(point)
        first = before is None and checked["ok"] and point["version"] == 1
        follows = before is not None and checked["ok"] and checkpoints.compare(before, point) == "adjacent"
        good = (first or follows) and point["tree"] == self.genesis["tree"]
        refuse_if(not good or point["lastSequence"] != self.events, "checkpoint-broken")
        refuse_if(point["epoch"] != self.last["epoch"], "checkpoint-broken")
        refuse_if(point["root"] != self.tree.root().hex(), "root-differs")
        self.checkpoint = point

    def end(self, line):
        members(line, ("end",))
        counts = members(line["end"], ("events", "lastSequence")).values()
        refuse_if(not all(is_integer(count, self.events, self.events) for count in counts), "cut-short")


def ranges_in(ranges):
    """Ranges that ascend and stand apart, or None."""
    last = 0
    for pair in ranges if isinstance(ranges, list) else [None]:
        if not isinstance(pair, list) or len(pair) != 2 or not is_integer(pair[0], last + 1):
            return None
        if not is_integer(pair[1], pair[0]):
            return None
        last = pair[1]
    return ranges


def sequences_in(ranges, before):
    """The sequences that ranges name, or None where they are no such ranges."""
    ranges = ranges_in(ranges)
    if not ranges or ranges[-1][1] >= before:
        return None
    return [sequence for first, last in ranges for sequence in range(first, last + 1)]


def holds(hold, sequence, first_event):
    _, keys, ranges = hold
    return first_event in keys or any(first <= sequence <= last for first, last in ranges)


def may_go(rule, age):
    """Whether floor and age rule let go of what is so old, in milliseconds."""
    wanted = [rule.get("floorMs")] + ([rule.get("maxAgeMs")] if rule.get("rule") == "age" else [])
    return all(isinstance(least, (int, float)) and not isinstance(least, bool) and age >= least for least in wanted)


def decoded(text):
    """The bytes of padded base64, or None if it is not the one spelling of them."""
    try:
        octets = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        return None
    return octets if base64.b64encode(octets).decode("ascii") == text else None


def header_of(value):
    good = isinstance(value, dict) and value.get("format") == "sealtrail-export/1" and set(HEADER) == set(value)
    refuse_if(not good or not isinstance(value["genesis"], dict), "not-an-export")
    refuse_if(value["filter"] is not None or value["recomputable"] is not True, "not-recomputable")
    genesis = value["genesis"]
    good = (
        isinstance(genesis, dict)
        and sorted(genesis) == sorted(GENESIS)
        and record.milliseconds(genesis["createdAt"]) is not None
        and is_integer(genesis["epochDurationMs"], 1)
        and isinstance(genesis["formats"], list)
        and all(isinstance(name, str) for name in genesis["formats"])
        and isinstance(genesis["tree"], str)
        and re.fullmatch("[0-9a-f]{32}", genesis["tree"]) is not None
    )
    refuse_if(not good, "not-an-export")
    return genesis


def parsed(line, code):
    try:
        return strict_json.parse(line)
    except Refused:
        raise Refused(code) from None


def step(replay, value):
    """One line after the header; True at the end line."""
    kinds = {"event": replay.event, "checkpoint": replay.stated, "end": replay.end}
    kind = next((name for name in kinds if isinstance(value, dict) and name in value), None)
    refuse_if(kind is None, "bad-line")
    try:
        kinds[kind](value)
    except Refused as refused:
        shape = refused.code in ("bad-field", "unknown-field", "missing-field")
        raise Refused("bad-line" if shape else refused.code) from None
    return kind == "end"


@verdict
def verify(file, known_roots=None):
    """`file`: a binary file or an iterable of lines. `known_roots`: {sequence: root hex}, from outside."""
    lines = iter(file)
    first = next(lines, None)
    refuse_if(first is None, "cut-short")
    replay = Replay(header_of(parsed(first, "not-an-export")), known_roots or {})
    ended = False
    for line in lines:
        refuse_if(ended, "bad-line")
        ended = step(replay, parsed(line, "bad-line"))
    refuse_if(not ended, "cut-short")
    refuse_if(replay.unclaimed, "missing")
    refuse_if(any(sequence > replay.events for sequence in replay.known_roots), "known-root-differs")
    newest = replay.checkpoint
    return {
        "events": replay.events,
        "root": replay.tree.root().hex(),
        "checkpoint": newest and {"version": newest["version"], "hash": checkpoints.hash_of(newest)},
    }

"""A whole export, replayed: chain, records and every root again (docs/formats.md, section 7).

Read as a stream; what is kept is the tree, two leaves an event.
"""

import base64
import binascii
import bisect
import re

from . import checkpoint as checkpoints
from . import jcs, record, strict_json, tree
from .verdict import ZERO, Refused, is_integer, members, refuse_if, sha256, verdict

HEADER = ("format", "exportedAt", "genesis", "machineId", "filter", "recomputable", "content", "salts")
GENESIS = ("createdAt", "epochDurationMs", "formats", "tree")
HEADER_BYTES = 65_536
CLOCK_GRACE = 86_400_000  # milliseconds
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
            refuse_if(node[0] == leaf[0], "duplicate-leaf")
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


class Counts:
    """How many ranges cover a place: a Fenwick tree over the differences, grown to the places asked for."""

    def __init__(self):
        self.steps = {}
        self.sums = [0] * 1024

    def add(self, place, by):
        self.steps[place] = self.steps.get(place, 0) + by
        if not self.steps[place]:
            del self.steps[place]
        self.put(place, by)

    def put(self, place, by):
        while place < len(self.sums):
            self.sums[place] += by
            place += place & -place

    def at(self, place):
        if place >= len(self.sums):
            size = len(self.sums)
            while size <= place:
                size *= 2
            self.sums = [0] * size
            for where, by in self.steps.items():
                self.put(where, by)
        total = 0
        while place > 0:
            total += self.sums[place]
            place -= place & -place
        return total


class Held:
    """Which events are held while holds come and go."""

    def __init__(self):
        self.in_force = {}  # id -> [(raw keys, ranges)]
        self.firsts = {}  # raw key -> how many holds name it
        self.ranges = Counts()

    def place(self, name, keys, ranges):
        self.in_force.setdefault(name, []).append((keys, ranges))
        self.count(keys, ranges, 1)

    def release(self, name):
        for keys, ranges in self.in_force.pop(name, ()):
            self.count(keys, ranges, -1)

    def count(self, keys, ranges, by):
        for key in keys:
            self.firsts[key] = self.firsts.get(key, 0) + by
            if not self.firsts[key]:
                del self.firsts[key]
        for first, last in ranges:
            self.ranges.add(first, by)
            self.ranges.add(last + 1, -by)

    def holds(self, sequence, first_event):
        return first_event in self.firsts or self.ranges.at(sequence) > 0


class Replay:
    def __init__(self, header, known_roots):
        self.header = header
        self.genesis = genesis = header["genesis"]
        self.previous = record.genesis_hash(genesis).hex()
        self.events = 0
        self.last = None  # the record before
        self.sessions = {}  # (source, session) -> raw key of its last event
        self.session_of = {}  # the reverse
        self.destroyed = {}  # sequence -> (raw key, raw key of its chain's first event, time)
        self.firsts = {}  # newest raw key of a chain -> raw key of its first event
        self.held = Held()
        self.pruned = []  # times, ascending: the earliest at which the rule of a prune let go of its newest event
        self.steps = 0  # destroyed events that claims were held against
        self.restarted = self.accepted = False
        self.unchecked = 0  # contents without the salt that they would be checked with
        self.unclaimed = set()  # destroyed, and no event has answered for it yet
        self.tree = GrowingTree()
        self.checkpoint = None
        self.known_roots = known_roots  # sequence -> root, from outside

    def event(self, line):
        members(line, LINE, ("destroyed", "content", "contentSalt", "salt"))
        event, shown = line["event"], line["record"]
        destroyed = "destroyed" in line
        if destroyed:
            refuse_if(line["destroyed"] is not True, "bad-line")
            refuse_if(any(name in line for name in ("content", "contentSalt", "salt")), "bad-line")
            members(event, LEFT)
            refuse_if(not all(isinstance(event[name], str) for name in LEFT if name != "sequence"), "bad-line")
            refuse_if(record.milliseconds(event["createdAt"]) is None, "bad-line")
            refuse_if(not record.is_hash(event["previousHash"]), "bad-line")
            refuse_if(not event["type"].startswith(event["category"] + "."), "bad-line")
        else:
            record.check_event(event)
            refuse_if(event["machineId"] != self.header["machineId"], "bad-line")
        refuse_if(not is_anchor(line["anchor"]), "bad-line")
        refuse_if(("salt" if self.header["salts"] else "contentSalt") in line, "bad-line")
        if "content" in line:
            refuse_if(not self.header["content"] or not isinstance(line["content"], str), "bad-line")
        record.check_record(shown)
        refuse_if(not record.is_hash(line["rawHash"]) or not record.is_hash(line["censoredHash"]), "bad-line")
        refuse_if(not is_integer(event["sequence"], 1), "bad-line")
        refuse_if(event["sequence"] != self.events + 1, "sequence-gap")
        refuse_if(event["previousHash"] != self.previous, "chain-broken")
        refuse_if(record.censored_key(event).hex() != line["censoredHash"], "censored-key-differs")
        expected = self.record_of(event, line, shown["chainPrev"])
        refuse_if(expected != shown, "record-differs")
        self.session(event, line["rawHash"], shown["chainPrev"], destroyed)
        # An event that is older than a prune before it allows: the clock ran ahead when that was made.
        early = self.pruned and self.pruned[-1] > shown["timestamp"] + CLOCK_GRACE
        refuse_if(early, "pruned-too-early")
        first = self.first_of(shown["chainPrev"], line["rawHash"], destroyed or "sessionId" in event)
        if destroyed:
            refuse_if(event["category"] == "system", "system-destroyed")
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
        if event["source"] == "sealtrail" and event["type"] == "system.restarted":
            self.restarted = self.restarted or event["sequence"] == 1
            self.accepted = self.accepted or (event["sequence"] > 1 and metadata.get("accepted") is True)
        if event["source"] != "sealtrail" or event["type"] not in ("system.erasure", "system.retention"):
            return
        ranges = ranges_in(metadata.get("ranges"))
        claims = ranges and ranges[-1][1] < event["sequence"] and record.is_hash(metadata.get("rawKeysHash"))
        if not claims:
            self.hold(metadata)
            return
        named = self.named(ranges) if self.unclaimed else None
        if named is None:
            return
        keys = b"".join(bytes.fromhex(self.destroyed[sequence][0]) for sequence in named)
        if sha256(keys).hex() != metadata["rawKeysHash"]:
            return
        self.unclaimed.difference_update(named)
        for sequence in named:
            _, first, time = self.destroyed[sequence]
            refuse_if(self.held.holds(sequence, first), "destroyed-under-hold")
            if event["type"] == "system.retention":
                refuse_if(not may_go(metadata, record.milliseconds(event["createdAt"]) - time), "pruned-too-early")
        if event["type"] == "system.retention":
            newest = max(self.destroyed[sequence][2] for sequence in named)
            bisect.insort(self.pruned, newest + max(rules_of(metadata)))

    def named(self, ranges):
        """The destroyed sequences that ranges name; None if some are not. A row is answered for once: many claims
        for the same ones would cost the square of the log."""
        named = []
        for first, last in ranges:
            for sequence in range(first, last + 1):
                if sequence not in self.destroyed:
                    return None
                self.steps += 1
                if self.steps > 4 * len(self.destroyed) + 10_000:
                    return None
                named.append(sequence)
        return named

    def hold(self, metadata):
        """A legal hold placed or released."""
        name, keys = metadata.get("hold"), metadata.get("firstEvents", [])
        if not isinstance(name, str):
            return
        if metadata.get("action") == "release":
            self.held.release(name)
        ranges = ranges_in(metadata.get("ranges", []))
        if metadata.get("action") == "hold" and ranges is not None and isinstance(keys, list):
            if all(record.is_hash(key) for key in keys):
                self.held.place(name, keys, ranges)

    def contents(self, event, line):
        wanted = self.header["content"] and "contentHash" in event
        name = "contentSalt" if self.header["salts"] else "salt"
        refuse_if(name not in line, "salt-missing")
        refuse_if(not record.is_hash(line[name]), "raw-key-differs")
        secret = bytes.fromhex(line[name])
        salt = record.salt_of(secret) if self.header["salts"] else secret
        refuse_if(record.raw_key(salt, event).hex() != line["rawHash"], "raw-key-differs")
        refuse_if(wanted and "content" not in line, "content-missing")
        refuse_if("content" in line and "contentHash" not in event, "content-differs")
        if "content" in line and not self.header["salts"]:
            self.unchecked += 1
        elif "content" in line:
            content = decoded(line["content"])
            found = None if content is None else record.content_hash(secret, content).hex()
            refuse_if(found is None or event["contentHash"] != found, "content-differs")

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
        refuse_if(not all(is_integer(count, self.events, self.events) for count in counts), "truncated")


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


def may_go(rule, age):
    """Whether floor and age rule let go of what is so old, in milliseconds."""
    rules = rules_of(rule)
    return all(isinstance(least, (int, float)) and not isinstance(least, bool) and age >= least for least in rules)


def rules_of(rule):
    return [rule.get("floorMs")] + ([rule.get("maxAgeMs")] if rule.get("rule") == "age" else [])


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
    refuse_if(record.milliseconds(value["exportedAt"]) is None, "not-an-export")
    refuse_if(not isinstance(value["machineId"], str), "not-an-export")
    refuse_if(not all(isinstance(value[name], bool) for name in ("content", "salts")), "not-an-export")
    return value


def is_anchor(anchor):
    """None, or a claim of the exporting trail's."""
    if anchor is None:
        return True
    texts, counts = ("hash", "network", "state"), ("version",)
    more_texts, more_counts = ("root", "createdAt"), ("firstSequence", "lastSequence")
    if not isinstance(anchor, dict) or any(name not in anchor for name in (*texts, *counts)):
        return False
    if any(name not in (*texts, *counts, *more_texts, *more_counts) for name in anchor):
        return False
    whole = all(isinstance(anchor[name], str) for name in (*texts, *more_texts) if name in anchor)
    return whole and all(is_integer(anchor[name]) for name in (*counts, *more_counts) if name in anchor)


def lines_of(file):
    """Lines without their LF. Of one that is too long, no more than shows that."""
    if not hasattr(file, "readline"):
        for line in file:
            yield line[:-1] if line.endswith(b"\n") else line
        return
    while True:
        line = file.readline(strict_json.BYTES + 2)
        if not line:
            return
        yield line[:-1] if line.endswith(b"\n") else line


def parsed(line, code):
    try:
        return strict_json.parse(line, limit_values=record.VALUES)
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
    lines = lines_of(file)
    first = next(lines, None)
    refuse_if(first is None, "truncated")
    refuse_if(len(first) > HEADER_BYTES, "not-an-export")
    replay = Replay(header_of(parsed(first, "not-an-export")), known_roots or {})
    ended = False
    for line in lines:
        refuse_if(ended, "bad-line")
        ended = step(replay, parsed(line, "bad-line"))
    refuse_if(not ended, "truncated")
    refuse_if(replay.unclaimed, "missing")
    refuse_if(replay.restarted and not replay.accepted, "trail-restarted")
    refuse_if(any(sequence > replay.events for sequence in replay.known_roots), "known-root-differs")
    newest = replay.checkpoint
    return {
        "events": replay.events,
        "contentsUnchecked": replay.unchecked,
        "root": replay.tree.root().hex(),
        "checkpoint": newest and {"version": newest["version"], "hash": checkpoints.hash_of(newest)},
    }

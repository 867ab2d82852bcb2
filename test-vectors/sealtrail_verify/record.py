"""Events, their hashes and their leaves' records (docs/formats.md, section 2)."""

import datetime
import re

from . import jcs
from .verdict import LOWER_HEX, is_integer, refuse_if, sha256

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")
TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{3})Z\Z")
MUST = ("category", "createdAt", "description", "format", "id", "machineId", "metadata")
MUST += ("previousHash", "sequence", "source", "type")
MAY = ("agentId", "contentHash", "contentLength", "occurredAt", "orgId", "runId", "sessionId", "userId")
VALUES = 100_000
CENSORED = ("category", "createdAt", "id", "type")
RECORD = ("chainPrev", "epoch", "eventId", "hashType", "pair", "seqNo", "timestamp")


def salt_of(content_salt):
    return sha256(b"sealtrail:salt:v1\n", content_salt)


def raw_key(salt, event):
    return sha256(b"sealtrail:raw:v1\n", salt, jcs.octets(event))


def censored_key(event):
    return sha256(b"sealtrail:censored:v1\n", jcs.octets({name: event[name] for name in CENSORED}))


def content_hash(content_salt, content):
    return sha256(b"sealtrail:content:v1\n", content_salt, content)


def sealed(content_salt, octets):
    return "sealed:" + sha256(b"sealtrail:sealed:v1\n", content_salt, octets).hex()


def genesis_hash(genesis):
    return sha256(b"sealtrail:genesis:v1\n", jcs.octets(genesis))


def record_value(record):
    return sha256(jcs.octets(record))


def is_hash(value):
    return isinstance(value, str) and len(value) == 64 and LOWER_HEX.match(value) is not None


def milliseconds(time):
    """A time of ours in milliseconds since 1970, or None if it is none."""
    match = TIME.match(time) if isinstance(time, str) else None
    if not match:
        return None
    year, *others = (int(group) for group in match.groups())
    try:
        # Python's calendar begins with year 1; 400 years later the days of the week and the leap years repeat.
        shift = 400 if year == 0 else 0
        moment = datetime.datetime(year + shift, *others[:5])
    except ValueError:
        return None
    since = moment - datetime.datetime(1970, 1, 1)
    return (since.days - 146_097 * (shift // 400)) * 86_400_000 + since.seconds * 1000 + others[5]


def count_values(value):
    """A JSON value and all that is in it."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(count_values, inner))


def check_event(event):
    """Refuses what is not an event of section 2's table."""
    good = (
        isinstance(event, dict)
        and all(name in event for name in MUST)
        and all(name in MUST or name in MAY for name in event)
        and isinstance(event["metadata"], dict)
        and count_values(event["metadata"]) <= VALUES
        and is_integer(event["sequence"], 1)
        and is_integer(event.get("contentLength", 0))
        and is_hash(event["previousHash"])
        and is_hash(event.get("contentHash", "0" * 64))
        and all(
            isinstance(value, str)
            for name, value in event.items()
            if name not in ("metadata", "sequence", "contentLength")
        )
        and event["format"] == "sealtrail-event/1"
        and milliseconds(event.get("occurredAt", event["createdAt"])) is not None
        and milliseconds(event["createdAt"]) is not None
        and UUID7.match(event["id"]) is not None
        and event["type"].startswith(event["category"] + ".")
    )
    refuse_if(not good, "bad-field")


def check_record(record):
    good = (
        isinstance(record, dict)
        and sorted(record) == sorted(RECORD)
        and (record["chainPrev"] is None or is_hash(record["chainPrev"]))
        and is_integer(record["epoch"])
        and isinstance(record["eventId"], str)
        and UUID7.match(record["eventId"]) is not None
        and is_hash(record["pair"])
        and is_integer(record["seqNo"], 1)
        and record["hashType"] == ("raw" if record["seqNo"] % 2 else "censored")
        and is_integer(record["timestamp"])
    )
    refuse_if(not good, "bad-field")


def are_pair(key, record, other_key, other):
    """Whether these are the raw and the censored leaf of one event. Keys in hex."""
    return (
        record["hashType"] == "raw"
        and other["hashType"] == "censored"
        and other["seqNo"] == record["seqNo"] + 1
        and record["pair"] == other_key
        and other["pair"] == key
        and all(record[name] == other[name] for name in ("eventId", "epoch", "timestamp", "chainPrev"))
    )

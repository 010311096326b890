"""The field definitions of the Elastic Common Schema 9.0, as far as a sensor's events use them, and an index that takes documents as Elasticsearch does."""

import ipaddress
import re

from checks import require

# Field reference of ECS: name, type, and * where it "should contain an array of values" (normalize: array).
FIELDS = {
    "@timestamp": "date", "message": "text", "ecs.version": "keyword",
    "event.action": "keyword", "event.category": "keyword*", "event.dataset": "keyword", "event.id": "keyword", "event.kind": "keyword", "event.module": "keyword",
    "event.outcome": "keyword", "event.sequence": "long", "event.severity": "long", "event.type": "keyword*",
    "source.ip": "ip", "source.port": "long", "destination.ip": "ip", "destination.port": "long",
    "network.community_id": "keyword", "network.protocol": "keyword", "network.transport": "keyword",
    "observer.name": "keyword", "observer.product": "keyword", "observer.type": "keyword", "observer.vendor": "keyword", "observer.version": "keyword",
    "related.ip": "ip*", "threat.framework": "keyword",
    "threat.tactic.id": "keyword*", "threat.tactic.name": "keyword*", "threat.tactic.reference": "keyword*",
    "threat.technique.id": "keyword*", "threat.technique.name": "keyword*", "threat.technique.reference": "keyword*",
}

# ECS categorization fields: the allowed kinds and outcomes, and the types that go with each category that is used here.
KINDS, OUTCOMES = {"alert", "event"}, {"success", "failure", "unknown"}
TYPES = {
    "host": {"access", "change", "end", "info", "start"},
    "intrusion_detection": {"allowed", "denied", "info"},
    "network": {"access", "allowed", "connection", "denied", "end", "info", "protocol", "start"},
}

DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def leaves(document, path=""):
    for name, value in document.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}{name}.")
        else:
            yield path + name, value


def is_of(kind, value):
    if kind == "long":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "ip":
        ipaddress.ip_address(value)
        return True
    return isinstance(value, str) and (kind != "date" or DATE.fullmatch(value) is not None)


def check(document):
    """Every field outside of "conpot", which is ours, is one of the schema and of its type; the categorization holds together."""
    for name, value in leaves(document):
        if name.startswith("conpot."):
            continue
        require(name in FIELDS, f"{name} is no field of ECS that is known here")
        kind = FIELDS[name]
        require(isinstance(value, list) == kind.endswith("*"), f"{name} is {value!r}, {kind} is meant")
        for one in value if isinstance(value, list) else [value]:
            require(is_of(kind.rstrip("*"), one), f"{name} is {one!r}, {kind} is meant")
    event = document["event"]
    require(event["kind"] in KINDS and event["outcome"] in OUTCOMES, f"{event}")
    require(all(set(event["type"]) <= TYPES[category] for category in event["category"]), f"{event['category']} does not go with {event['type']}")


class Index:
    """The first document decides each name's type; one that disagrees is refused whole, as Elasticsearch's dynamic mapping does."""

    def __init__(self):
        self._types = {}

    def add(self, document):
        for name, value in leaves(document):
            for one in value if isinstance(value, list) else [value]:
                kind = "number" if isinstance(one, (int, float)) and not isinstance(one, bool) else type(one).__name__
                require(self._types.setdefault(name, kind) == kind, f"{name} was {self._types[name]} and is {one!r} in {document['event']['action']}")

"""The journal as any reader finds it: JSON lines in segments, fields by their ECS names."""

import json
import os
import time

from checks import Failed, require
from surroundings import EMULATED


def field(event, name, default=None):
    """A field by its ECS name, whether the line nests it ({"source":{"port":1}}) or not ({"source.port":1})."""
    if name in event:
        return event[name]
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        inner = event.get(".".join(parts[:cut]))
        if isinstance(inner, dict):
            return field(inner, ".".join(parts[cut:]), default)
    return default


def action(event):
    return field(event, "event.action", "")


class Journal:
    """The segments events-<first sequence>.jsonl, read on from where the last reading ended."""

    def __init__(self, directory):
        self.directory = directory
        self._read_to = {}

    def segments(self):
        names = [name for name in os.listdir(self.directory) if name.startswith("events-") and name.endswith(".jsonl")]
        return sorted(names, key=lambda name: int(name[len("events-"):-len(".jsonl")]))

    def path(self, segment):
        return os.path.join(self.directory, segment)

    def fresh(self):
        """The events of all whole lines written since the last call. A line that is no JSON object is a failure."""
        events = []
        for segment in self.segments():
            try:
                with open(self.path(segment), "rb") as stream:
                    stream.seek(self._read_to.get(segment, 0))
                    whole, newline, _ = stream.read().rpartition(b"\n")
            except FileNotFoundError:
                continue  # The cap took the oldest segment meanwhile.
            if not newline:
                continue
            self._read_to[segment] = self._read_to.get(segment, 0) + len(whole) + 1
            for number, line in enumerate(whole.split(b"\n")):
                try:
                    event = json.loads(line)
                except ValueError:
                    raise Failed(f"{segment}: a line is not JSON (line {number + 1} of those just read): {line[:120]!r}") from None
                require(isinstance(event, dict), f"{segment}: a line is not an object: {line[:120]!r}")
                events.append(event)
        return events

    def rewind(self):
        self._read_to.clear()

    def wait(self, wanted, seconds=2.0):
        """Collects fresh events until `wanted(events)` or the time is over; returns them all."""
        until = time.monotonic() + seconds * (4 if EMULATED else 1)
        events = self.fresh()
        while not wanted(events) and time.monotonic() < until:
            time.sleep(0.01)
            events += self.fresh()
        return events


def of_port(events, port):
    return [event for event in events if field(event, "source.port") == port]


def modbus_only(events):
    return [event for event in events if action(event).startswith("modbus.")]


def starts_session(event):
    return action(event) == "session.start" or (action(event).startswith("session.") and "start" in (field(event, "event.type") or []))


def ends_session(event):
    return action(event) == "session.end" or (action(event).startswith("session.") and "end" in (field(event, "event.type") or []))

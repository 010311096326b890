"""SNMP messages by hand: an encoder that can be told to misbehave, and a decoder that forgives nothing. Knows nothing of the sensor.

Numbers and layouts: RFC 1157 (v1), RFC 1901 and 3416 (v2c), RFC 1155 and 2578 (types), X.690 (BER)."""

import struct

V1, V2C, V3 = 0, 1, 3

GET, GET_NEXT, RESPONSE, SET, TRAP_V1, GET_BULK, INFORM, TRAP_V2, REPORT = range(0xA0, 0xA9)

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
IP_ADDRESS, COUNTER, GAUGE, TIME_TICKS, OPAQUE, COUNTER64 = 0x40, 0x41, 0x42, 0x43, 0x44, 0x46
NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW = 0x80, 0x81, 0x82

NO_ERROR, TOO_BIG, NO_SUCH_NAME, BAD_VALUE, READ_ONLY, GEN_ERR, NO_ACCESS, WRONG_TYPE, WRONG_LENGTH, WRONG_ENCODING, WRONG_VALUE = range(11)
NO_CREATION, INCONSISTENT_VALUE, NOT_WRITABLE, INCONSISTENT_NAME = 11, 12, 17, 18


class Malformed(ValueError):
    """What is wrong with the bytes, and where."""


# ---- Writing ----------------------------------------------------------------------------------------------------------

def length(count, octets=0):
    """The shortest form; octets=2 makes the long form 82 xx xx of it, as nmap does."""
    if octets:
        return bytes([0x80 | octets]) + count.to_bytes(octets, "big")
    if count < 0x80:
        return bytes([count])
    body = count.to_bytes((count.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(body)]) + body


def tlv(tag, content=b"", octets=0):
    return bytes([tag]) + length(len(content), octets) + content


def integer(number, tag=INTEGER):
    return tlv(tag, number.to_bytes((number.bit_length() + 8) // 8 if number >= 0 else ((number + 1).bit_length() + 8) // 8, "big", signed=True))


def octets(text, tag=OCTETS):
    return tlv(tag, text if isinstance(text, bytes) else text.encode("latin-1"))


def parts(name):
    """1.3.6.1 as (1, 3, 6, 1)."""
    return tuple(name) if not isinstance(name, str) else tuple(int(part) for part in name.strip(".").split("."))


def sub_identifier(number):
    body = [number & 0x7F]
    while number := number >> 7:
        body.append(0x80 | number & 0x7F)
    return bytes(reversed(body))


def oid(name):
    if isinstance(name, bytes):
        return tlv(OID, name)  # As it stands: padded, overlong, empty.
    numbers = parts(name)
    return tlv(OID, b"".join(map(sub_identifier, (numbers[0] * 40 + numbers[1], *numbers[2:]))))


def binding(name, value=b"\x05\x00"):
    return tlv(SEQUENCE, oid(name) + value)


def bindings(names):
    return b"".join(each if isinstance(each, bytes) else binding(*each) if isinstance(each, tuple) and isinstance(each[-1], bytes) else binding(each)
                    for each in names)


def pdu(tag, names, request_id=1, second=0, third=0):
    """`names`: dotted names, (name, value) pairs, or encoded bindings. A request_id of bytes is taken as its contents.

    second and third are error-status and error-index, or GETBULK's non-repeaters and max-repetitions."""
    identifier = tlv(INTEGER, request_id) if isinstance(request_id, bytes) else integer(request_id)
    return tlv(tag, identifier + integer(second) + integer(third) + tlv(SEQUENCE, bindings(names)))


def message(content, community=b"public", version=V2C):
    return tlv(SEQUENCE, integer(version) + octets(community) + content)


# ---- Reading: the shortest form everywhere, nothing left over; not so strictly where a request of another's is looked at ----------

class Reader:
    def __init__(self, data, strict=True):
        self.data, self.at, self.strict = data, 0, strict

    @property
    def more(self):
        return self.at < len(self.data)

    def take(self, *tags):
        """(tag, contents) of the next element, which must be one of `tags`."""
        begin = self.at
        if len(self.data) - begin < 2:
            raise Malformed(f"{len(self.data) - begin} bytes where an element should be")
        tag, count, self.at = self.data[begin], self.data[begin + 1], begin + 2
        if tags and tag not in tags:
            raise Malformed(f"tag {tag:02X} where {'/'.join(f'{each:02X}' for each in tags)} should be")
        if count & 0x80:
            form, self.at = self.data[self.at:self.at + (count & 0x7F)], self.at + (count & 0x7F)
            count = int.from_bytes(form, "big")
            if not form or self.strict and (form[0] == 0 or count < 0x80):
                raise Malformed(f"a length that is not in its shortest form: {self.data[begin:self.at].hex()}")
        if self.at + count > len(self.data):
            raise Malformed(f"tag {tag:02X} claims {count} bytes, {len(self.data) - self.at} are left")
        self.at += count
        return tag, self.data[self.at - count:self.at]

    def contents(self, tag):
        return self.take(tag)[1]

    def inside(self, tag=SEQUENCE):
        return Reader(self.contents(tag), self.strict)

    def number(self, tag=INTEGER):
        return signed(self.contents(tag), self.strict)

    def end(self):
        if self.more:
            raise Malformed(f"{len(self.data) - self.at} bytes are left over: {self.data[self.at:self.at + 16].hex()}")


def signed(raw, strict=True):
    if not raw or strict and len(raw) > 1 and (raw[0] == 0 and raw[1] < 0x80 or raw[0] == 0xFF and raw[1] >= 0x80):
        raise Malformed(f"a number that is not in its shortest form: {raw.hex() or 'no bytes'}")
    return int.from_bytes(raw, "big", signed=True)


def unsigned(raw, bits):
    number = signed(raw)
    if not 0 <= number < 1 << bits:
        raise Malformed(f"{raw.hex()} is not a number of {bits} bits without a sign")
    return number


def name_of(raw, strict=True):
    numbers, number, fresh = [], 0, True
    for octet in raw:
        if strict and fresh and octet == 0x80:
            raise Malformed(f"a padded sub-identifier in {raw.hex()}")
        number, fresh = number << 7 | octet & 0x7F, octet < 0x80
        if fresh:
            numbers.append(number)
            number = 0
    if not numbers or not fresh or any(each > 0xFFFFFFFF for each in numbers[1:]):
        raise Malformed(f"no object identifier: {raw.hex()}")
    first = min(numbers[0] // 40, 2)
    return (first, numbers[0] - 40 * first, *numbers[1:])


class Binding:
    """A name and its value as they came."""

    def __init__(self, name, tag, raw):
        self.name, self.tag, self.raw = name, tag, raw
        if tag == INTEGER:
            self.value = signed(raw)
            if not -1 << 31 <= self.value < 1 << 31:
                raise Malformed(f"INTEGER {self.value} of {self.dotted} has more than 32 bits")
        elif tag in (COUNTER, GAUGE, TIME_TICKS):
            self.value = unsigned(raw, 32)
        elif tag == COUNTER64:
            self.value = unsigned(raw, 64)
        elif tag == OID:
            self.value = name_of(raw)
        elif tag == IP_ADDRESS:
            if len(raw) != 4:
                raise Malformed(f"IpAddress of {len(raw)} bytes at {self.dotted}")
            self.value = ".".join(map(str, raw))
        elif tag in (NULL, NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW):
            if raw:
                raise Malformed(f"tag {tag:02X} of {self.dotted} has contents")
            self.value = None
        elif tag in (OCTETS, OPAQUE):
            self.value = raw
        else:
            raise Malformed(f"tag {tag:02X} is no value of SNMP, at {self.dotted}")

    @property
    def dotted(self):
        return ".".join(map(str, self.name))

    def __repr__(self):
        return f"{self.dotted} {self.tag:02X} {self.value!r}"


class Message:
    """A v1 or v2c message."""

    def __init__(self, data, strict=True):
        outer = Reader(data, strict)
        body = outer.inside()
        outer.end()
        self.data, self.version, self.community = data, body.number(), body.contents(OCTETS)
        self.tag, content = body.take(GET, GET_NEXT, RESPONSE, SET, GET_BULK, INFORM, TRAP_V2, REPORT)
        body.end()
        inner = Reader(content, strict)
        self.request_id = inner.contents(INTEGER)  # Its bytes: the agent echoes what it was sent, in whatever form.
        self.status, self.index = inner.number(), inner.number()
        listed = inner.inside()
        inner.end()
        self.bindings = []
        while listed.more:
            pair = listed.inside()
            name = name_of(pair.contents(OID), strict)
            self.bindings.append(Binding(name, *pair.take()))
            pair.end()

    @property
    def only(self):
        if len(self.bindings) != 1:
            raise Malformed(f"{len(self.bindings)} bindings where one should be")
        return self.bindings[0]

    def __repr__(self):
        return f"version {self.version} {self.community!r} {self.tag:02X} error {self.status} at {self.index} {self.bindings}"


# ---- Version 3 (RFC 3412, 6; RFC 3414, 2.4), as far as a visitor without a key gets ----------------------------------------

def v3(content, message_id=1, flags=4, engine=b"", boots=0, time=0, user=b"", auth=b"", priv=b"", model=3, context=b"", scoped=None):
    security = tlv(SEQUENCE, octets(engine) + integer(boots) + integer(time) + octets(user) + octets(auth) + octets(priv))
    header = tlv(SEQUENCE, integer(message_id) + integer(65507) + octets(bytes([flags])) + integer(model))
    return tlv(SEQUENCE, integer(V3) + header + octets(security) + (scoped or tlv(SEQUENCE, octets(context) + octets(b"") + content)))


class Report:
    """A version 3 message with a plain scoped PDU, read strictly."""

    def __init__(self, data):
        outer = Reader(data)
        body = outer.inside()
        outer.end()
        self.version = body.number()
        header = body.inside()
        self.message_id, self.largest, self.flags, self.model = header.number(), header.number(), header.contents(OCTETS), header.number()
        header.end()
        wrapped = body.inside(OCTETS)
        security = wrapped.inside()
        wrapped.end()
        self.engine, self.boots, self.time = security.contents(OCTETS), security.number(), security.number()
        self.user, self.auth, self.priv = (security.contents(OCTETS) for _ in range(3))
        security.end()
        scoped = body.inside()
        body.end()
        self.context_engine, self.context = scoped.contents(OCTETS), scoped.contents(OCTETS)
        tag, content = scoped.take()
        scoped.end()
        # The PDU reads as any other; wrapped as one, its rules are the same.
        self.pdu = Message(message(tlv(tag, content)))


def truncations(data):
    """The message cut after every byte but the last."""
    return [data[:count] for count in range(len(data))]


def mutations(seeds, dice, count):
    """Each a seed with a few bytes changed, doubled, taken out or cut: most are nonsense, some are still valid."""
    for _ in range(count):
        data = bytearray(dice.choice(seeds))
        for _ in range(dice.choice((1, 1, 1, 2, 3, 8))):
            at = dice.randrange(len(data))
            kind = dice.randrange(6)
            if kind < 3:
                data[at] = dice.choice((dice.randrange(256), 0x00, 0x7F, 0x80, 0x84, 0xFF, data[at] ^ 1 << dice.randrange(8)))
            elif kind == 3:
                data[at:at] = data[at:at + dice.randrange(1, 9)]
            elif kind == 4 and len(data) > 2:
                del data[at:at + dice.randrange(1, 4)]
            elif kind == 5:
                data[at:at + 4] = struct.pack(">I", dice.getrandbits(32))
            if not data:
                data = bytearray(b"\x30")
        yield bytes(data)

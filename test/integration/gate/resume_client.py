"""A client that resumes its session, written from docs/PROTOCOL.md alone, with the standard library alone.

Usage: resume_client.py HOST PORT SEED REQUESTS CUTS. Sends REQUESTS requests of command 32, each with its number as the body's
first four bytes, and some notifies of command 30. Expects each request to cause one reliable push (501) and one latest push
(502) before its reply, both with the number of the push in their first four bytes. Cuts its own connection CUTS times, at random
bytes in either direction, also inside Hello, Welcome and what the server repeats. Follows its session when a server that stops
moves it to another server. Prints its counts as one line of JSON.
"""

import collections
import json
import random
import select
import socket
import struct
import sys
import time

REQUEST, REPLY, ERROR, PUSH, NOTIFY, CONTROL = 1, 2, 3, 4, 5, 6
HELLO, WELCOME, PING, PONG, KICK, GO_AWAY, ACK, BYE = (0xFFFFFF00 + n for n in (1, 2, 3, 4, 6, 7, 8, 10))
WAITS = 0x40
ALREADY_EXISTS = 6
ACK_BYTES = 65536
IN_FLIGHT = 24
HEADER = struct.Struct(">IBIII")  # head, protoVersion, serverVersion, length, command


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def message(**fields):
    """The body of a control message. A field is named after its number: f1=..."""
    out = b""
    for name, value in fields.items():
        number = int(name[1:])
        if isinstance(value, float):
            out += varint(number * 8 + 1) + struct.pack("<d", value)
        elif isinstance(value, bytes):
            out += varint(number * 8 + 2) + varint(len(value)) + value if value else b""
        elif value:
            out += varint(number * 8) + varint(int(value))
    return out


def fields_of(body):
    """Fields of a control message, by number."""
    fields = collections.defaultdict(int)
    at = 0

    def read_varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = body[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(body):
        tag = read_varint()
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            fields[number] = read_varint()
            continue
        size = {1: lambda: 8, 2: read_varint, 5: lambda: 4}[wire]()
        fields[number] = body[at : at + size]
        at += size
    return fields


def next_number(number):
    return number + 1 if number < 0xFFFFFFFF else 1


def is_after(number, other):
    """Whether a sequence number comes after another one; numbers wrap around after 2^32 - 1."""
    return 0 < (number - other) & 0xFFFFFFFF < 0x80000000


class Lost(Exception):
    """The connection is lost."""


class Moved(Exception):
    """The session moves to another server."""


class Connection:
    """A TCP connection that is cut after a number of bytes in each direction."""

    def __init__(self, address, sends, receives):
        self.socket = socket.create_connection(address, timeout=20)
        self.sends = sends
        self.receives = receives
        self.data = b""
        self.greeted = False
        self.max_length = 1 << 20
        self.received = 0
        self.last_sent = self.last_received = self.last_ping = time.monotonic()

    def send(self, kind, command, sequence, body, remaining_ms=None):
        if remaining_ms is None:
            envelope = struct.pack(">BI", kind, sequence)
        else:
            envelope = struct.pack(">BII", kind | WAITS, sequence, remaining_ms)
        payload = envelope + body
        frame = HEADER.pack(0, 1, 0, 4 + len(payload), command) + payload
        part = frame[: max(0, self.sends)]
        self.sends -= len(frame)
        self.attempt(lambda: self.socket.sendall(part))
        if self.sends < 0:
            raise Lost("cut")
        self.last_sent = time.monotonic()

    def attempt(self, action):
        try:
            return action()
        except ConnectionError as error:
            raise Lost(str(error)) from None

    def readable(self, timeout):
        return bool(select.select([self.socket], [], [], timeout)[0])

    def receive(self):
        """Waits for some bytes."""
        if self.receives <= 0:
            raise Lost("cut")
        chunk = self.attempt(lambda: self.socket.recv(min(65536, self.receives)))
        if not chunk:
            raise Lost("the server ended its side")
        self.receives -= len(chunk)
        self.received += len(chunk)
        self.last_received = time.monotonic()
        self.data += chunk

    def frames(self):
        """Takes the whole frames from the received bytes, each as (kind, command, sequence, body)."""
        while len(self.data) >= HEADER.size:
            head, version, server, length, command = HEADER.unpack_from(self.data)
            if (head, version, server) != (0, 1, 0) or not 9 <= length <= self.max_length:
                raise ValueError(f"illegal frame {self.data[:HEADER.size].hex()}")
            end = HEADER.size - 4 + length
            if len(self.data) < end:
                return
            kind, sequence = struct.unpack_from(">BI", self.data, HEADER.size)
            if kind not in (REPLY, ERROR, PUSH, CONTROL):
                raise ValueError(f"illegal envelope kind {kind}")
            body = self.data[HEADER.size + 5 : end]
            self.data = self.data[end:]
            yield kind, command, sequence, body

    def all_frames(self):
        """Receives until the end of the connection."""
        while True:
            yield from self.frames()
            self.receive()


class Request:
    def __init__(self, number, body, waits_ms):
        self.number = number
        self.body = body
        self.until = None if waits_ms is None else time.monotonic() + waits_ms / 1000

    def remaining_ms(self):
        return None if self.until is None else max(0, int((self.until - time.monotonic()) * 1000))


class Client:
    def __init__(self, address, seed, requests, cuts):
        self.address = address
        self.random = random.Random(seed)
        self.requests = requests
        self.cuts = cuts
        self.token = b""
        self.last_push = 0
        self.answers = 0
        self.notifies = 0
        # Numbers may begin anywhere: some clients pass 2^32 - 1 on their way.
        self.sequence = self.random.choice([0, 6, 0xFFFFFFFF - self.random.randrange(1, requests)])
        self.unanswered = collections.OrderedDict()
        self.begun = 0
        self.latest = 0
        self.pushed = set()
        self.half_open = []
        names = "answered errors twice pushes gaps reordered stale notifies notifies_lost"
        more = "cuts resumed sent_again pings acks taken_over moved"
        self.counts = dict.fromkeys(names.split() + more.split(), 0)

    def connect(self):
        """Opens a connection and resumes the session, if there is one. Gives the connection and the fields of the Welcome."""
        endless = 1 << 60
        sends = receives = endless
        if self.counts["cuts"] < self.cuts:
            # The small numbers cut Hello and Welcome.
            bytes_until = self.random.choice([60, 200, 2_000, 20_000])
            if self.random.random() < 0.5:
                sends = self.random.randrange(bytes_until)
            else:
                receives = self.random.randrange(bytes_until)
        connection = Connection(self.address, sends, receives)
        try:
            hello = message(
                f1=b"resume_client.py",
                f3=self.token,
                f4=self.last_push,
                f6=self.answers & 0xFFFFFFFF,
                f7=True,
            )
            connection.send(CONTROL, HELLO, 0, hello)
            connection.greeted = True
            # Frames after Welcome stay in the connection until the caller takes them.
            kind, command, _sequence, body = next(connection.all_frames())
            if (kind, command) == (CONTROL, KICK):
                self.on_kick(fields_of(body))
            if (kind, command) != (CONTROL, WELCOME):
                raise ValueError(f"command {command:#x} before Welcome")
            welcome = fields_of(body)
            connection.max_length = welcome[9] or connection.max_length
            return connection, welcome
        except Lost:
            self.drop(connection)
            raise

    def drop(self, connection):
        """Loses a connection in one of three ways: closed, reset, or left open, so that the server notices nothing."""
        if self.counts["cuts"] < self.cuts:
            self.counts["cuts"] += 1
        way = self.random.choice(["close", "reset", "half-open"])
        if way == "half-open":
            self.half_open.append(connection)
            return
        if way == "reset":
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.socket.close()

    def continue_session(self, connection, welcome):
        """Takes the new token, and sends the requests again that have not arrived."""
        if self.token and not welcome[8]:
            raise ValueError(f"not resumed: refusal {welcome[12]}")
        resumed = bool(self.token)
        self.token = welcome[6]
        if not resumed:
            return
        self.counts["resumed"] += 1
        last_request, notify_count = welcome[10], welcome[11]
        self.counts["notifies_lost"] += (self.notifies - notify_count) & 0xFFFFFFFF
        self.notifies = notify_count
        # A client may send all of them again: the server ignores those that have arrived.
        all_again = self.random.random() < 0.3
        for sequence, request in self.unanswered.items():
            if all_again or last_request == 0 or is_after(sequence, last_request):
                connection.send(REQUEST, 32, sequence, request.body, request.remaining_ms())
                self.counts["sent_again"] += 1
        # Any frame shows the server that the new token has arrived.
        self.acknowledge(connection)

    def send_some(self, connection):
        while self.begun < self.requests and len(self.unanswered) < IN_FLIGHT:
            self.begun += 1
            self.sequence = next_number(self.sequence)
            filler = self.random.randbytes(self.random.choice([0, 10, 300, 3_000]))
            waits_ms = self.random.choice([None, 20_000])
            request = Request(self.begun, struct.pack(">I", self.begun) + filler, waits_ms)
            self.unanswered[self.sequence] = request
            connection.send(REQUEST, 32, self.sequence, request.body, request.remaining_ms())
            if self.random.random() < 0.2:
                self.notifies += 1
                self.counts["notifies"] += 1
                connection.send(NOTIFY, 30, 0, b"\0note")
            if self.random.random() < 0.3:
                return

    def on_frame(self, connection, kind, command, sequence, body):
        counts = self.counts
        if kind in (REPLY, ERROR):
            self.answers += 1
            request = self.unanswered.pop(sequence, None)
            if request is None:
                counts["twice"] += 1
                return
            counts["errors" if kind == ERROR else "answered"] += 1
            if kind == REPLY and body != request.body:
                raise ValueError(f"request {request.number} has the answer of another one")
            if request.number not in self.pushed:
                counts["reordered"] += 1
        elif kind == PUSH:
            if sequence == 0:
                (number,) = struct.unpack_from(">I", body)
                counts["stale"] += number < self.latest
                self.latest = number
                return
            counts["pushes"] += 1
            number, request = struct.unpack_from(">II", body)
            if sequence != next_number(self.last_push) or number != counts["pushes"]:
                counts["gaps"] += 1
            self.last_push = sequence
            self.pushed.add(request)
        elif command == PING:
            connection.send(CONTROL, PONG, 0, message(f1=struct.unpack("<d", fields_of(body)[1])[0], f2=time.time() * 1000))
        elif command == KICK:
            self.on_kick(fields_of(body))
        elif command == GO_AWAY:
            self.on_go_away(fields_of(body))

    def on_go_away(self, go_away):
        """Takes the token and the address of the server that the session moves to."""
        address, token = go_away[1], go_away[3]
        if not token:
            raise ValueError("the session ends with its server")
        self.token = token
        if address:
            scheme, place = address.decode().split("://")
            host, port = place.rstrip("/").rsplit(":", 1)
            if scheme == "tcp":
                self.address = (host.strip("[]"), int(port))
        self.counts["moved"] += 1
        raise Moved

    def on_kick(self, kick):
        """A Kick is legal only when a half-open connection, whose Hello came late, has taken the session over."""
        if (kick[1], kick[3]) != (ALREADY_EXISTS, 1):
            raise ValueError(f"kicked: {dict(kick)}")
        raise Lost("kicked, may come back")

    def acknowledge(self, connection):
        connection.received = 0
        self.counts["acks"] += 1
        connection.send(CONTROL, ACK, 0, message(f1=self.last_push, f2=self.answers & 0xFFFFFFFF))

    def run(self, connection, interval):
        """Sends and receives until all requests are answered."""
        while True:
            for frame in connection.frames():
                self.on_frame(connection, *frame)
            if connection.received >= ACK_BYTES:
                self.acknowledge(connection)
            if self.begun == self.requests and not self.unanswered:
                return
            self.send_some(connection)
            silent_since = max(min(connection.last_sent, connection.last_received), connection.last_ping)
            if not connection.readable(max(0, silent_since + interval - time.monotonic())):
                if time.monotonic() - connection.last_received > 2 * interval:
                    raise Lost("the server is silent")
                connection.last_ping = time.monotonic()
                connection.send(CONTROL, PING, 0, message(f1=connection.last_ping * 1000))
                self.counts["pings"] += 1
                self.acknowledge(connection)
            else:
                connection.receive()

    def play(self):
        while True:
            connection = None
            try:
                connection, welcome = self.connect()
                self.continue_session(connection, welcome)
                self.run(connection, welcome[2] / 1000)
                return connection
            except Moved:
                connection.socket.close()
            except Lost:
                if connection is not None:
                    self.drop(connection)

    def leave(self, connection):
        """Ends the session. Gives the refusal of its token, which is void from then on."""
        connection.send(CONTROL, BYE, 0, b"")
        try:
            for _ in connection.all_frames():
                pass
        except Lost:
            connection.socket.close()
        late, welcome = self.connect()
        late.socket.close()
        return welcome[12]

    def count_kicks(self):
        """Counts the half-open connections whose session went on elsewhere: each got a Kick, the last frame."""
        for connection in self.half_open:
            connection.receives = 1 << 60
            try:
                for kind, command, _sequence, body in connection.all_frames() if connection.greeted else ():
                    if (kind, command) == (CONTROL, KICK):
                        self.counts["taken_over"] += fields_of(body)[1] == ALREADY_EXISTS
            except Lost:
                pass
            connection.socket.close()


def main():
    host, port, seed, requests, cuts = sys.argv[1:]
    client = Client((host, int(port)), int(seed), int(requests), int(cuts))
    connection = client.play()
    refusal = client.leave(connection)
    client.count_kicks()
    print(json.dumps({**client.counts, "refusal": refusal}))


main()

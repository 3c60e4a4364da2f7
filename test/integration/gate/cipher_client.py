"""An encrypting client, written from chapter 9 of docs/PROTOCOL.md alone, with the standard library alone.

Usage: cipher_client.py HOST PORT GATE_KEY COUNT. Opens a session over an encrypted connection with ChaChaPoly and sends COUNT requests
of command 1 with the body "body N", some of them in one record. Then sends its last record again, and waits for the end of the
connection. Prints the replies, and whether the connection ended, as one line of JSON.
"""

import base64
import hashlib
import hmac
import json
import os
import socket
import struct
import sys

PRIME = 2**255 - 19
HEADER = struct.Struct(">IBIII")  # head, protoVersion, serverVersion, length, command
CONTROL, REQUEST, REPLY = 6, 1, 2
HELLO = 0xFFFFFF01


def x25519(private, public):
    """RFC 7748, section 5."""
    k = bytearray(private)
    k[0] &= 248
    k[31] = k[31] & 127 | 64
    scalar = int.from_bytes(k, "little")
    u = int.from_bytes(public, "little") & (2**255 - 1)
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for bit in range(254, -1, -1):
        now = scalar >> bit & 1
        if swap ^ now:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = now
        a, b = x2 + z2, x2 - z2
        aa, bb = a * a % PRIME, b * b % PRIME
        e = aa - bb
        da, cb = (x3 - z3) * a % PRIME, (x3 + z3) * b % PRIME
        x3, z3 = (da + cb) ** 2 % PRIME, u * (da - cb) ** 2 % PRIME
        x2, z2 = aa * bb % PRIME, e * (aa + 121665 * e) % PRIME
    if swap:
        x2, z2 = x3, z3
    shared = x2 * pow(z2, PRIME - 2, PRIME) % PRIME
    if shared == 0:
        raise ValueError("a public key of low order")
    return shared.to_bytes(32, "little")


def block(key, counter, nonce):
    """A block of ChaCha20: RFC 8439, section 2.3."""
    start = list(struct.unpack("<16I", b"expand 32-byte k" + key + struct.pack("<I", counter) + nonce))
    s = list(start)

    def quarter(a, b, c, d):
        for i, j, k, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[i] = s[i] + s[j] & 0xFFFFFFFF
            x = s[k] ^ s[i]
            s[k] = (x << turn | x >> 32 - turn) & 0xFFFFFFFF

    for _ in range(10):
        for column in range(4):
            quarter(column, 4 + column, 8 + column, 12 + column)
        for n in range(4):
            quarter(n, 4 + (n + 1) % 4, 8 + (n + 2) % 4, 12 + (n + 3) % 4)
    return struct.pack("<16I", *(a + b & 0xFFFFFFFF for a, b in zip(s, start)))


def chacha20(key, nonce, data):
    out = bytearray()
    for at in range(0, len(data), 64):
        stream = block(key, 1 + at // 64, nonce)
        out += bytes(a ^ b for a, b in zip(data[at : at + 64], stream))
    return bytes(out)


def tag_of(key, nonce, ad, sealed):
    """Poly1305 of the AEAD: RFC 8439, sections 2.5 and 2.8."""
    once = block(key, 0, nonce)
    r = int.from_bytes(once[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    pad = lambda data: data + bytes(-len(data) % 16)
    text = pad(ad) + pad(sealed) + struct.pack("<QQ", len(ad), len(sealed))
    total = 0
    for at in range(0, len(text), 16):
        total = (total + int.from_bytes(text[at : at + 16] + b"\1", "little")) * r % (2**130 - 5)
    return ((total + int.from_bytes(once[16:32], "little")) % 2**128).to_bytes(16, "little")


def seal(key, n, ad, plain):
    nonce = bytes(4) + struct.pack("<Q", n)
    sealed = chacha20(key, nonce, plain)
    return sealed + tag_of(key, nonce, ad, sealed)


def unseal(key, n, ad, sealed):
    nonce = bytes(4) + struct.pack("<Q", n)
    if not hmac.compare_digest(tag_of(key, nonce, ad, sealed[:-16]), sealed[-16:]):
        raise ValueError("a tag that does not match")
    return chacha20(key, nonce, sealed[:-16])


def derive(ck, secret):
    mac = lambda key, data: hmac.new(key, data, "sha256").digest()
    t = mac(ck, secret)
    first = mac(t, b"\1")
    return first, mac(t, first + b"\2")


def sha256(data):
    return hashlib.sha256(data).digest()


class Connection:
    def __init__(self, host, port, gate_key):
        self.socket = socket.create_connection((host, port), timeout=20)
        self.received = b""
        self.frames = b""
        self.sent = self.read = 0
        prologue = bytes.fromhex("F550686F0101") + sha256(gate_key)[:4]
        h = ck = b"Noise_NK_25519_ChaChaPoly_SHA256"
        h = sha256(h + prologue)
        h = sha256(h + gate_key)
        private = os.urandom(32)
        public = x25519(private, (9).to_bytes(32, "little"))
        h = sha256(h + public)
        ck, k = derive(ck, x25519(private, gate_key))
        tag = seal(k, 0, h, b"")
        h = sha256(h + tag)
        self.socket.sendall(prologue + public + tag)
        answer = self.take(48)
        h = sha256(h + answer[:32])
        ck, k = derive(ck, x25519(private, answer[:32]))
        unseal(k, 0, h, answer[32:])
        self.send_key, self.receive_key = derive(ck, b"")

    def take(self, size):
        while len(self.received) < size:
            chunk = self.socket.recv(65536)
            if chunk == b"":
                raise EOFError
            self.received += chunk
        taken, self.received = self.received[:size], self.received[size:]
        return taken

    def send(self, content):
        sealed = seal(self.send_key, self.sent, b"", content)
        self.sent += 1
        self.last = struct.pack(">H", len(sealed)) + sealed
        self.socket.sendall(self.last)

    def frame(self):
        """The next frame: command, kind, sequence number, body."""
        while len(self.frames) < 17 or len(self.frames) < 13 + HEADER.unpack_from(self.frames)[3]:
            (length,) = struct.unpack(">H", self.take(2))
            self.frames += unseal(self.receive_key, self.read, b"", self.take(length))
            self.read += 1
        _, _, _, length, command = HEADER.unpack_from(self.frames)
        payload, self.frames = self.frames[17 : 13 + length], self.frames[13 + length :]
        return command, payload[0], struct.unpack(">I", payload[1:5])[0], payload[5:]


def frame(command, kind, sequence, body):
    payload = struct.pack(">BI", kind, sequence) + body
    return HEADER.pack(0, 1, 0, 4 + len(payload), command) + payload


def main(host, port, gate_key, count):
    connection = Connection(host, int(port), base64.urlsafe_b64decode(gate_key + "="))
    connection.send(frame(HELLO, CONTROL, 0, b"\x0a\x06python"))
    requests = [frame(1, REQUEST, n, b"body %d" % n) for n in range(1, int(count) + 1)]
    half = len(requests) // 2
    connection.send(b"".join(requests[:half]))
    for request in requests[half:]:
        # A record may end inside of a frame.
        connection.send(request[:7])
        connection.send(request[7:])
    replies = []
    while len(replies) < len(requests):
        _, kind, _, body = connection.frame()
        if kind == REPLY:
            replies.append(body.decode())
    connection.socket.sendall(connection.last)
    ended = False
    try:
        connection.take(65536)
    except (EOFError, ConnectionResetError):
        ended = True
    print(json.dumps({"replies": replies, "ended": ended, "unread": len(connection.received)}))


main(*sys.argv[1:])

"""A peer that knows nothing of Photinus but the map form of the link: struct and msgpack are all it has.

    map_peer.py HOST PORT [NAME]

It registers by takeProxy(NAME), calls callTarget with and without a result and with an error, and then serves callChild
until it gets the notice callChild("stop") or the connection ends. Its last line is one JSON object that tells what it saw.

What callChild(1, ..., x) gets is x; callChild(2) gives 0 and callChild(3) nil, which are results; all else is an error.
"""

import json
import socket
import struct
import sys

import msgpack


class Peer:
    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), timeout=20)
        self.buffer = b""
        self.answers = {}
        self.served = []
        self.notices = []
        self.last_key = 0
        self.last_answered = None
        self.stopped = False

    def send(self, message):
        data = msgpack.packb(message, use_bin_type=True)
        self.socket.sendall(struct.pack(">I", len(data)) + data)

    def ask(self, name, *args, key=None):
        self.last_key += 1
        key = "python-%d" % self.last_key if key is None else key
        self.send({"_msgtype": "ASK", "_key": key, "_name": name, "_args": args, "_kw": {}})
        while key not in self.answers:
            self.step()
        answer = self.answers.pop(key)
        self.last_answered = answer["_key"]
        return {"result": plain(answer.get("result")), "error": answer.get("error")}

    def notify(self, name, *args):
        self.send({"_msgtype": "NOTICE", "_key": None, "_name": name, "_args": args, "_kw": {}})

    def step(self):
        """Reads one message and acts on it."""
        size = struct.unpack(">I", self.read(4))[0]
        message = msgpack.unpackb(self.read(size), raw=False)
        kind = message["_msgtype"]
        if kind == "ANSWER":
            self.answers[message["_key"]] = message
        elif kind == "NOTICE":
            self.notices.append([message["_name"]] + plain(message["_args"]))
            self.stopped = message["_args"][:1] == ["stop"]
        else:
            self.serve(message)

    def serve(self, message):
        answer = {"_msgtype": "ANSWER", "_key": message["_key"], "result": None, "error": None}
        try:
            answer["result"] = self.call(message["_name"], message["_args"])
        except Exception as error:
            answer["error"] = str(error)
        self.send(answer)

    def call(self, name, args):
        self.served.append([name] + plain(args))
        if name != "callChild":
            raise Exception("UNIMPLEMENTED: no %s" % name)
        if args[0] == 1:
            return args[-1]
        if args[0] == 2:
            return 0
        if args[0] == 3:
            return None
        raise Exception("NOT_FOUND: no command %s" % args[0])

    def read(self, size):
        while len(self.buffer) < size:
            chunk = self.socket.recv(65536)
            if not chunk:
                raise EOFError
            self.buffer += chunk
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data


def plain(value):
    """As JSON can carry it."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, (list, tuple)):
        return [plain(element) for element in value]
    return value


def main():
    host, port = sys.argv[1], int(sys.argv[2])
    name = sys.argv[3] if len(sys.argv) > 3 else "python"
    peer = Peer(host, port)
    report = {
        "takeProxy": peer.ask("takeProxy", name),
        "echo": peer.ask("callTarget", 1, b"from python"),
        "unknown": peer.ask("callTarget", 404),
        "keys": [],
    }
    # Each value that may be a key comes back as it went, by value and by type.
    for key in [0, -7, 2**64 - 1, 1.0, 0.5, "", "\u00e9", b"", b"\xff\x00"]:
        peer.ask("callTarget", 1, 0, key=key)
        report["keys"].append(repr(peer.last_answered))
    peer.notify("callTarget", 1, b"nobody waits")
    try:
        while not peer.stopped:
            peer.step()
    except EOFError:
        pass
    report["served"] = peer.served
    report["notices"] = peer.notices
    print(json.dumps(report))


main()

"""A node in another language: msgpack and a socket, nothing of ours.

Usage: peer.py HOST PORT [NAME ROLE]. Joins as "pythons", calls the gate and is called by it until it is told to go. Prints
what the gate answered as one line of JSON. With NAME and ROLE it is one of several nodes of the role, and serves only.
"""

import json
import socket
import struct
import sys

import msgpack


class Link:
    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), timeout=20)
        self.name = ""
        self.keys = 0
        self.notices = []
        self.going = False

    def send(self, message):
        data = msgpack.packb(message)
        self.socket.sendall(struct.pack("!I", len(data)) + data)

    def read_exactly(self, size):
        parts = b""
        while len(parts) < size:
            part = self.socket.recv(size - len(parts))
            if not part:
                raise EOFError("the gate closed the link")
            parts += part
        return parts

    def read(self):
        (size,) = struct.unpack("!I", self.read_exactly(4))
        return msgpack.unpackb(self.read_exactly(size), strict_map_key=False)

    def ask(self, name, *args, **kw):
        """Calls the gate; serves what comes before the answer."""
        self.keys += 1
        key = self.keys
        self.send({"_msgtype": "ASK", "_key": key, "_name": name, "_args": list(args), "_kw": kw})
        while True:
            message = self.read()
            if message["_msgtype"] == "ANSWER" and message["_key"] == key:
                return message
            self.serve(message)

    def call(self, *args):
        """The result of a service of the gate."""
        answer = self.ask("callTarget", *args)
        if answer["error"] is not None:
            raise Exception(answer["error"])
        return answer["result"]

    def command(self, session, words):
        """A client's command that says what to do with its session, and whom to push to."""
        what, *rest = words.split()
        if what == "bind":
            return "bound" if self.call("bind", session, int(rest[0])) > 0 else ""
        if what == "join":
            return str(self.call("join", session, rest[0]))
        if what == "leave":
            return str(self.call("leave", session, rest[0]))
        if what == "kick":
            return str(self.call("kick", session, "as you wish", 9, True))
        if what == "session":
            return str(self.call("session", session)["user"])
        if what == "push":
            kind = int(rest[0])
            targets = {
                0: lambda: session,
                1: lambda: [session] + [int(id) for id in rest[1:]],
                2: lambda: int(rest[1]),
                3: lambda: rest[1],
                4: lambda: None,
                5: lambda: [rest[1], session],
            }
            return str(self.call("push", 501, kind, targets[kind](), b"by " + rest[0].encode()))
        return self.name

    def serve(self, message):
        command, *args = message["_args"]
        if message["_msgtype"] == "NOTICE":
            self.notices.append([command, args])
            return
        answer = {"_msgtype": "ANSWER", "_key": message["_key"], "result": None, "error": None}
        if command == "add":
            answer["result"] = args[0] + args[1]
        elif command == "nothing":
            answer["result"] = 0
        elif command == "go":
            answer["result"] = self.notices
            self.going = True
        elif command == 50:
            # A client's command: the session, then the body.
            self.call("push", 501, 0, args[0], b"pushed")
            answer["result"] = args[1][::-1]
        elif command in (51, 52, 53):
            try:
                answer["result"] = self.command(args[0], args[1].decode())
            except Exception as error:
                answer["error"] = str(error)
        else:
            answer["error"] = "NOT_FOUND: no " + str(command)
        self.send(answer)


def main():
    link = Link(sys.argv[1], int(sys.argv[2]))
    got = {}
    if len(sys.argv) > 3:
        link.name = sys.argv[3]
        got["taken"] = link.ask("takeProxy", link.name, role=sys.argv[4])["result"]
        while not link.going:
            link.serve(link.read())
        print(json.dumps(got))
        return
    early = link.ask("callTarget", "ping", "early")
    got["early"] = early["error"]
    got["taken"] = link.ask("takeProxy", "pythons")["result"]
    got["ping"] = link.ask("callTarget", "ping", {"n": [1, None, False]})["result"]
    got["twice"] = link.ask("callTarget", "twice", 21)["result"]
    got["unknown"] = link.ask("callTarget", "nonsense")["error"]
    got["broken"] = link.ask("callTarget", "broken")["error"]
    got["method"] = link.ask("callTarget", "probe.Desk.Double", b"ab")["result"].decode()
    link.send({"_msgtype": "NOTICE", "_name": "callTarget", "_args": ["remember", "me"], "_kw": {}})
    while not link.going:
        link.serve(link.read())
    print(json.dumps(got))


main()

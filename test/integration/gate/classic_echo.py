"""A gfirefly client as its users write it: struct and socket, nothing of ours.

Usage: classic_echo.py HOST PORT. Prints what it got as one line of JSON.
"""

import json
import socket
import struct
import sys

HEADER = struct.Struct("!sssss3I")


def pack(command, payload):
    """head 0 .. 3, protoVersion, serverVersion, length, command; then the payload."""
    zero = b"\0"
    return HEADER.pack(zero, zero, zero, zero, zero, 0, len(payload) + 4, command) + payload


def read_exactly(connection, size):
    parts = b""
    while len(parts) < size:
        part = connection.recv(size - len(parts))
        if not part:
            raise EOFError("the gate closed the connection")
        parts += part
    return parts


def read_frame(connection):
    fields = HEADER.unpack(read_exactly(connection, HEADER.size))
    return fields[7], read_exactly(connection, fields[6] - 4)


def main():
    connection = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=10)
    bodies = [b"hello", b"", bytes(range(256)), b"x" * 20000]
    # Glued together, and cut in the middle of a header.
    stream = b"".join(pack(1, body) for body in bodies)
    connection.sendall(stream[:7])
    connection.sendall(stream[7:])
    echoed = [read_frame(connection) for _ in bodies]
    # Slow first, quick second: replies leave in the order of the requests. Then a command that nobody knows.
    connection.sendall(pack(32, b"slow") + pack(1, b"quick") + pack(9999, b"?") + pack(1, b"after"))
    ordered = [read_frame(connection) for _ in range(4)]
    print(
        json.dumps(
            {
                "echoed": echoed == [(1, body) for body in bodies],
                "ordered": [[command, body.hex()] for command, body in ordered],
            }
        )
    )


main()

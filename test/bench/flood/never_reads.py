"""Connections that never read: never_reads.py PORT ADDRESS. Each line of the standard input opens one and sends these bytes, in hex.

Their receive buffers and segments are small, as those of a distant peer: between two processes of one machine the system alone would
keep four megabytes for each. A connection that the server has closed comes back. Ends with the standard input.
"""

import errno
import select
import socket
import sys
import time

port, address = int(sys.argv[1]), sys.argv[2]
POLLRDHUP = 0x2000
COME_BACK_SECONDS = 0.02


def dial(opening):
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1460)
    peer.bind((address, 0))
    try:
        peer.connect(("127.0.0.1", port))
        peer.sendall(opening)
    except OSError as error:
        if error.errno not in (errno.ECONNRESET, errno.EPIPE, errno.ECONNREFUSED):
            raise
        peer.close()
        return None
    return peer


openings = []
peers = {}
poll = select.poll()
poll.register(sys.stdin.fileno(), select.POLLIN | select.POLLHUP)
waiting = []


def begin(opening):
    peer = dial(opening)
    if peer is None:
        waiting.append((time.monotonic() + COME_BACK_SECONDS * 10, opening))
        return
    peers[peer.fileno()] = (peer, opening)
    poll.register(peer.fileno(), POLLRDHUP)


rest = b""
while True:
    for fd, event in poll.poll(20):
        if fd == sys.stdin.fileno():
            data = sys.stdin.buffer.raw.read(1 << 20)
            if not data:
                sys.exit(0)
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                begin(bytes.fromhex(line.decode()))
        else:
            peer, opening = peers.pop(fd)
            poll.unregister(fd)
            peer.close()
            waiting.append((time.monotonic() + COME_BACK_SECONDS, opening))
    now = time.monotonic()
    due = [opening for at, opening in waiting if at <= now]
    waiting = [(at, opening) for at, opening in waiting if at > now]
    for opening in due[:50]:
        begin(opening)
    waiting += [(now, opening) for opening in due[50:]]

"""Apple's push service for tests: HTTP/2 over TLS with a client certificate, just enough to answer one request a
connection with a status and a reason. Standard library only; written from RFC 9113 and RFC 7541."""

import json
import socket
import ssl
import struct
import threading

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS = 0, 1, 4
END_STREAM, ACK, END_HEADERS = 1, 1, 4
# RFC 7541, Appendix A: the statuses that have an index.
INDEXED_STATUS = {200: 8, 400: 12, 404: 13, 500: 14}


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def status_field(status):
    if status in INDEXED_STATUS:
        return bytes((0x80 | INDEXED_STATUS[status],))
    text = str(status).encode()
    return bytes((0x08, len(text))) + text  # without indexing, the name of entry 8


class FakeApns:
    """Answers every request with `status` and `reason`. `peers` are the client certificates it saw, in DER (None: there
    was none); `bodies` what was sent. Only certificates of `authority` (PEM) pass its handshake, when it is given.
    http2=False: it speaks HTTP/1.1 alone, as some proxies do."""

    def __init__(self, certificate, key, status=400, reason="BadDeviceToken", authority=None, http2=True):
        self.status, self.reason, self.http2 = status, reason, http2
        self.peers, self.bodies = [], []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.context.set_alpn_protocols(["h2"] if http2 else ["http/1.1"])
        if authority:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(cadata=authority)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://localhost:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.converse, args=(connection,), daemon=True).start()

    def converse(self, connection):
        try:
            with self.context.wrap_socket(connection, server_side=True) as tls:
                tls.settimeout(20)
                stream = tls.makefile("rb")
                if self.http2:
                    self.answer_http2(tls, stream)
                elif stream.readline():
                    self.peers.append(tls.getpeercert(binary_form=True))
                    tls.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        except (OSError, ValueError):
            connection.close()

    def answer_http2(self, tls, stream):
        if stream.read(len(PREFACE)) != PREFACE:
            return  # a look at the certificates only
        tls.sendall(frame(SETTINGS, 0, 0))
        body = b""
        while True:
            head = stream.read(9)
            if len(head) < 9:
                return
            size = int.from_bytes(head[:3], "big")
            kind, flags, number = head[3], head[4], int.from_bytes(head[5:9], "big")
            payload = stream.read(size)
            if kind == SETTINGS and not flags & ACK:
                tls.sendall(frame(SETTINGS, ACK, 0))
            if kind == DATA:
                body += payload
            if kind in (DATA, HEADERS) and flags & END_STREAM:
                self.peers.append(tls.getpeercert(binary_form=True))
                self.bodies.append(body)
                answer = json.dumps({"reason": self.reason}).encode()
                tls.sendall(frame(HEADERS, END_HEADERS, number, status_field(self.status)) +
                            frame(DATA, END_STREAM, number, answer))

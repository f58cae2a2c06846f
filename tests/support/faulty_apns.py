"""Apple's push service for tests, with faults on order: HTTP/2 by the h2 library over TLS, a client certificate required.
It remembers every notification, and does with each what `fault` says."""

import contextlib
import json
import socket
import ssl
import threading
import time
import uuid

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions

from fake_apns import linger


class Notification:
    """One request as it came, and on which connection (they are counted from 0)."""

    def __init__(self, headers, body, connection, peer):
        self.headers = {name.decode(): value.decode() for name, value in headers}
        self.path = self.headers[":path"]
        self.token = self.path.rsplit("/", 1)[-1]
        self.body = body
        self.connection = connection
        self.peer = peer
        self.time = time.monotonic()


class FaultyApns:
    """`fault(notification)` returns what to do with it:
    None           200, with an apns-id
    (status, body) that answer; the body is JSON, or None
    "hang"         nothing, for ever
    "drop"         the connection ends without a word
    "goaway"       GOAWAY that leaves this stream unprocessed, and the connection ends
    "reset"        RST_STREAM
    The last certificate of a client is in each notification as `peer` (DER)."""

    def __init__(self, certificate, key, authority, fault=None, port=0, streams=1000):
        self.fault = fault or (lambda notification: None)
        self.streams = streams
        self.notifications = []
        self.connections = 0
        self.refused = 0
        self.changed = threading.Condition()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.context.set_alpn_protocols(["h2"])
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.context.load_verify_locations(cadata=authority)
        self.open = set()
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.url = f"https://localhost:{self.port}"
        threading.Thread(target=self.serve, daemon=True).start()

    def close(self):
        """Nobody listens any more, and every connection ends."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.drop_all()

    def drop_all(self):
        with self.changed:
            ending, self.open = self.open, set()
        for connection in ending:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.converse, args=(connection,), daemon=True).start()

    def converse(self, connection):
        with contextlib.suppress(OSError, h2.exceptions.ProtocolError, ConnectionError):
            with contextlib.closing(connection):
                kept = connection.dup()  # what wrap_socket is given it closes when the handshake fails
                with contextlib.closing(kept):
                    try:
                        tls = self.context.wrap_socket(connection, server_side=True)
                    except OSError:
                        self.refused += 1
                        linger(kept)
                        raise
                with tls:
                    with self.changed:
                        number = self.connections
                        self.connections += 1
                        self.open.add(tls)
                    tls.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    Conversation(self, tls, number).run()

    def note(self, notification):
        with self.changed:
            self.notifications.append(notification)
            self.changed.notify_all()

    def wait_for(self, count, token=None, seconds=60):
        """Until that many notifications (of one token) came; all of them."""
        def found():
            return [each for each in self.notifications if token in (None, each.token)]
        with self.changed:
            if not self.changed.wait_for(lambda: len(found()) >= count, seconds):
                raise AssertionError(f"{len(found())} notifications came, and not {count}")
            return found()

    def of(self, token):
        with self.changed:
            return [each for each in self.notifications if each.token == token]


class Conversation:
    """One connection."""

    def __init__(self, apns, tls, number):
        self.apns, self.tls, self.number = apns, tls, number
        self.peer = tls.getpeercert(binary_form=True)
        config = h2.config.H2Configuration(client_side=False, header_encoding=None)
        self.http = h2.connection.H2Connection(config)
        self.streams = {}

    def run(self):
        self.http.local_settings.max_concurrent_streams = self.apns.streams
        self.http.initiate_connection()
        self.send()
        while True:
            data = self.tls.recv(65536)
            if not data:
                return
            for event in self.http.receive_data(data):
                if not self.take(event):
                    return
            self.send()

    def send(self):
        self.tls.sendall(self.http.data_to_send())

    def take(self, event):
        """False: the connection ends."""
        if isinstance(event, h2.events.RequestReceived):
            self.streams[event.stream_id] = [event.headers, b""]
        elif isinstance(event, h2.events.DataReceived):
            self.streams[event.stream_id][1] += event.data
            self.http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            headers, body = self.streams.pop(event.stream_id)
            return self.answer(event.stream_id, Notification(headers, body, self.number, self.peer))
        return not isinstance(event, h2.events.ConnectionTerminated)

    def answer(self, stream, notification):
        fault = self.apns.fault(notification)
        if fault == "goaway":
            self.http.close_connection(h2.errors.ErrorCodes.NO_ERROR, last_stream_id=max(stream - 2, 0))
            self.send()
            return False
        self.apns.note(notification)
        if fault == "drop":
            return False
        if fault == "reset":
            self.http.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)
        elif fault != "hang":
            status, body = fault or (200, None)
            headers = [(b":status", str(status).encode()), (b"apns-id", str(uuid.uuid4()).upper().encode())]
            self.http.send_headers(stream, headers, end_stream=body is None)
            if body is not None:
                self.http.send_data(stream, json.dumps(body).encode(), end_stream=True)
        return True

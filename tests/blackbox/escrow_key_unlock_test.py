#!/usr/bin/env python3
"""/v1/escrowkeyunlock, asked with curl as for NanoMDM: a double of Apple's service that demands the push certificate."""

import ssl
import subprocess
import threading
import unittest
import urllib.parse
from http.server import BaseHTTPRequestHandler, HTTPServer

from bramley_server import API_KEY, BramleyServer, temporary_folder
from push_certificates import TOPIC, PushPair
from test_authority import TestAuthority, server_certificate

KEY = "the-escrow-key&of=one device"
FORM = {"topic": TOPIC, "serial": "C02 1", "productType": "iPad6,3", "escrowKey": KEY, "orgName": "Acme & Co", "guid": "G",
        "imei": "35", "imei2": "36", "meid": "37"}


class FakeApple:
    """One answer to all; keeps the path, the form and the client's certificate of each question."""

    def __init__(self, tls, clients):
        self.asked = []
        self.answer = (200, {"Content-Type": "application/json", "X-Apple-Request": "r1"}, b'{"code":0}')
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked.append((self.path, self.headers["Content-Type"], body.decode(),
                                    self.connection.getpeercert(binary_form=True)))
                status, headers, body = outer.answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Quiet(HTTPServer):
            def handle_error(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=clients)
        self.http = Quiet(("127.0.0.1", 0), Handler)
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://localhost:{self.http.server_address[1]}/escrowKeyUnlock"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()


class EscrowKeyUnlock(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_folder(self)
        issuer = TestAuthority("Apple")
        self.pair = PushPair(TOPIC)
        self.pair.certificate = issuer.certify(self.pair.key.public_key(), self.pair.certificate.subject)
        self.tls = server_certificate(self.folder)
        self.apple = FakeApple(self.tls, issuer.pem())
        self.addCleanup(self.apple.close)
        self.server = BramleyServer(self.folder, ["--escrow-key-unlock-url", self.apple.url, "--apns-ca-file", self.tls[0],
                                                  "--log-level", "debug"])
        self.addCleanup(self.server.close)
        self.pair.write_to(self.server.credentials_dir)
        PushPair(TOPIC + "-foreign").write_to(self.server.credentials_dir)
        self.server.start()

    def tearDown(self):
        self.assertNotIn("the-escrow-key", self.server.log())

    def ask(self, form, *more, key=API_KEY):
        """Status, headers and body, as curl prints them."""
        data = [word for name, value in form.items() for word in ("--data-urlencode", f"{name}={value}")]
        done = subprocess.run(["curl", "--silent", "--show-error", "--include", "--max-time", "20", "--noproxy", "*",
                               "--user", "nanomdm:" + key, *data, *more, self.server.url + "/v1/escrowkeyunlock"],
                              capture_output=True, text=True, check=True, timeout=30)
        head, _, body = done.stdout.replace("\r\n", "\n").partition("\n\n")
        return int(head.split()[1]), head.lower(), body

    def test_apple_is_asked_with_the_push_certificate_of_the_topic(self):
        status, head, body = self.ask(FORM)
        self.assertEqual((200, '{"code":0}'), (status, body))
        self.assertIn("x-apple-request: r1", head)
        self.assertIn("content-type: application/json", head)
        (path, kind, form, peer), = self.apple.asked
        path, _, query = path.partition("?")
        self.assertEqual("/escrowKeyUnlock", path)
        self.assertEqual({"serial": ["C02 1"], "productType": ["iPad6,3"], "imei": ["35"], "imei2": ["36"], "meid": ["37"]},
                         urllib.parse.parse_qs(query))
        self.assertEqual({"orgName": ["Acme & Co"], "guid": ["G"], "escrowKey": [KEY]}, urllib.parse.parse_qs(form))
        self.assertEqual("application/x-www-form-urlencoded", kind)
        self.assertEqual(ssl.PEM_cert_to_DER_cert(self.pair.pem()), peer)

    def test_what_apple_refuses_is_passed_on(self):
        self.apple.answer = (404, {"X-Reason": "no such device"}, b"not found")
        status, head, body = self.ask(FORM)
        self.assertEqual((404, "not found"), (status, body))
        self.assertIn("x-reason: no such device", head)

    def test_what_is_missing_is_named(self):
        for name in ("topic", "serial", "productType", "escrowKey", "orgName", "guid"):
            status, _, body = self.ask({key: value for key, value in FORM.items() if key != name})
            self.assertEqual(400, status)
            self.assertIn(f'"error":"missing required parameter: {name}"', body.replace(": \"", ":\"", 1))
        self.assertEqual([], self.apple.asked)

    def test_without_a_certificate_that_apple_takes(self):
        status, _, body = self.ask({**FORM, "topic": "com.apple.mgmt.External.none"})
        self.assertEqual(500, status)
        self.assertIn("no push certificate for com.apple.mgmt.External.none", body)
        status, _, body = self.ask({**FORM, "topic": TOPIC + "-foreign"})
        self.assertEqual(500, status)
        self.assertIn("ask Apple to unlock", body)
        self.assertNotIn("the-escrow-key", body)
        self.assertEqual([], self.apple.asked)

    def test_who_may_ask_and_how(self):
        self.assertEqual(401, self.ask(FORM, key="wrong")[0])
        self.assertEqual(405, self.ask(FORM, "--get")[0])
        self.assertEqual(413, self.ask({**FORM, "orgName": "x" * 70000})[0])
        self.assertEqual([], self.apple.asked)


if __name__ == "__main__":
    unittest.main()

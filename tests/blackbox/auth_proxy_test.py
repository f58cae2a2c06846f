#!/usr/bin/env python3
"""/authproxy/ with curl(1), signing and TLS devices: who gets through, and what the server behind is sent."""

import socket
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bramley_server import BramleyServer, free_port, temporary_folder
from device_test import DeviceTest
from quick_device import QuickDevice
from shell_device import ShellDevice, parse_answer, run
from test_authority import TestAuthority, new_key


class Upstream:
    """Keeps what it is asked, and answers by the path."""

    def __init__(self):
        self.asked = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.asked.append((self.command, self.path, self.headers.items(), body))
                status = 302 if "redirect" in self.path else 404 if "missing" in self.path else 200
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "https://elsewhere.example/x")
                for name, value in (("X-Upstream", "yes"), ("Keep-Alive", "timeout=5"), ("X-Trace-ID", "upstreams"),
                                    ("Connection", "X-Hop"), ("X-Hop", "1"), ("Content-Type", "text/x-test")):
                    self.send_header(name, value)
                self.send_header("Content-Length", "6")
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(b"answer")

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PROPFIND = answer

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def last(self):
        """Method, path, headers (lower-case names, lists of values), body."""
        method, path, fields, body = self.asked[-1]
        headers = {}
        for name, value in fields:
            headers.setdefault(name.lower(), []).append(value)
        return method, path, headers, body

    def close(self):
        self.http.shutdown()
        self.http.server_close()


class AuthProxy(DeviceTest):
    tls = True

    @classmethod
    def setUpClass(cls):
        cls.upstream = Upstream()
        cls.addClassCleanup(cls.upstream.close)
        cls.flags = ("--auth-proxy-url", cls.upstream.url + "/base/")
        super().setUpClass()

    put = {"curl": ("--insecure",)}

    def enrolled(self, name=None):
        device = self.device(name)
        self.assert_ok(device.authenticate(put=self.put))
        self.assert_ok(device.token_update(put=self.put))
        return device

    def curl(self, path, *more, device=None, body=None):
        """With the device's TLS certificate, if there is one."""
        command = ["curl", "--silent", "--show-error", "--include", "--insecure", "--http1.1", "--noproxy", "*",
                   "--max-time", "20", "--path-as-is", *more]
        if device:
            command += ["--cert", device.certificate, "--key", device.key]
        if body is not None:
            command += ["--data-binary", "@-"]
        return parse_answer(run(*command, self.server.url + path, input=body or b""))

    def signed(self, device, path, body=b"", *more):
        return self.curl(path, "--header", "Mdm-Signature: " + device.sign(body), *more,
                         body=body if body else None)

    def test_a_device_gets_through_with_its_tls_certificate(self):
        device = self.enrolled()
        answer = self.curl("/authproxy/a%20b/c.pkg?x=1&y=%2F..", device=device)
        self.assertEqual((200, b"answer"), (answer.status, answer.body))
        self.assertEqual("yes", answer.headers["x-upstream"])
        self.assertEqual("text/x-test", answer.headers["content-type"])
        for gone in ("keep-alive", "x-hop"):
            self.assertNotIn(gone, answer.headers)
        method, path, headers, body = self.upstream.last()
        self.assertEqual(("GET", "/base/a%20b/c.pkg?x=1&y=%2F..", b""), (method, path, body))
        self.assertEqual([device.udid], headers["x-enrollment-id"])
        self.assertEqual([self.upstream.url.removeprefix("http://")], headers["host"])
        trace, = headers["x-trace-id"]
        self.assertEqual(trace, answer.headers["x-trace-id"])

    def test_a_device_gets_through_with_its_signature_and_body(self):
        device = self.enrolled()
        answer = self.signed(device, "/authproxy/upload", b"some bytes", "--request", "PUT",
                             "--header", "Content-Type: text/x-sent")
        self.assertEqual(200, answer.status)
        method, path, headers, body = self.upstream.last()
        self.assertEqual(("PUT", "/base/upload", b"some bytes"), (method, path, body))
        self.assertEqual(["text/x-sent"], headers["content-type"])
        self.assertNotIn("mdm-signature", headers)
        self.assertEqual(200, self.signed(device, "/authproxy/empty").status)
        answer = self.curl("/authproxy/head", "--head", device=device)
        self.assertEqual((200, b"", "6"), (answer.status, answer.body, answer.headers["content-length"]))
        self.assertEqual("HEAD", self.upstream.last()[0])
        self.assertEqual(200, self.curl("/authproxy/dav", "--request", "PROPFIND", device=device).status)

    def test_what_a_device_says_of_itself_is_replaced(self):
        device = self.enrolled()
        answer = self.curl("/authproxy/x", "--header", "X-Enrollment-ID: another", "--header", "x-enrollment-id: third",
                           "--header", "X_Enrollment_ID: fourth", "--header", "x-enrollment_id: fifth",
                           "--header", "X-Trace-ID: forged", "--header", "X_Trace_ID: forged", "--header", "Connection: X-Secret-Hop",
                           "--header", "X-Secret-Hop: 1", "--header", "TE: trailers", "--header", "Upgrade: x",
                           "--header", "Proxy-Authorization: Basic eDp5", "--header", "X-Kept: yes", device=device)
        self.assertEqual(200, answer.status)
        headers = self.upstream.last()[2]
        self.assertEqual([device.udid], headers["x-enrollment-id"])
        self.assertNotIn("forged", headers["x-trace-id"])
        self.assertEqual(["yes"], headers["x-kept"])
        # As a WSGI server would read them.
        self.assertEqual([], [name for name in headers if "_" in name])
        for gone in ("x-secret-hop", "te", "upgrade", "proxy-authorization"):
            self.assertNotIn(gone, headers)

    def test_answers_are_passed_on_as_they_are(self):
        device = self.enrolled()
        before = len(self.upstream.asked)
        answer = self.curl("/authproxy/redirect", device=device)
        self.assertEqual((302, "https://elsewhere.example/x"), (answer.status, answer.headers["location"]))
        self.assertEqual(404, self.curl("/authproxy/missing", device=device).status)
        self.assertEqual(2, len(self.upstream.asked) - before)

    def test_nobody_else_gets_through(self):
        device = self.enrolled()
        before = len(self.upstream.asked)
        stranger = ShellDevice(self.server, TestAuthority("Foreign"), "UDID-foreign")
        unbound = self.device("UDID-unbound")
        self.assert_refused(self.curl("/authproxy/x"))
        self.assert_refused(self.curl("/authproxy/x", device=stranger))
        self.assert_refused(self.signed(stranger, "/authproxy/x", b"body"))
        self.assert_refused(self.curl("/authproxy/x", device=unbound))
        self.assert_refused(self.curl("/authproxy/x", "--header", "X-Enrollment-ID: " + device.udid))
        self.assert_refused(self.curl("/authproxy/x", "--header", "Mdm-Signature: " + device.sign(b"other body"),
                                      body=b"body"))
        blocked = self.enrolled("UDID-blocked")
        self.assertEqual(200, self.server.api("POST", f"/api/v1/enrollments/{blocked.udid}/block").status)
        self.assert_refused(self.curl("/authproxy/x", device=blocked))
        gone = self.enrolled("UDID-gone")
        self.assertEqual(200, gone.check_out(put=self.put).status)
        self.assert_refused(self.curl("/authproxy/x", device=gone))
        # A certificate that is revoked.
        self.assertEqual(200, self.curl("/authproxy/x", device=device).status)
        fingerprint = self.server.enrollment(device.udid)["certificate_sha256"]
        self.assertEqual(204, self.server.api("POST", f"/api/v1/certificates/{fingerprint}/revoke", {}).status)
        self.assert_refused(self.curl("/authproxy/x", device=device))
        self.assertEqual(1, len(self.upstream.asked) - before)

    def test_no_path_leads_out_of_the_target(self):
        device = self.enrolled()
        before = len(self.upstream.asked)
        for path in ("../x", "a/../../x", "%2e%2e/x", ".%2E/x", "%252e%252e/x", "..%2fx", "a%2fb", "..%5cx", "..;/x",
                     "%00", "%0d%0aX:1", "%zz"):
            self.assert_refused(self.curl("/authproxy/" + path, device=device))
        self.assertEqual(404, self.curl("/authproxyx/x", device=device).status)
        self.assertEqual(before, len(self.upstream.asked))

    def test_bodies_are_bounded(self):
        device = self.enrolled()
        before = len(self.upstream.asked)
        self.assertEqual(413, self.curl("/authproxy/x", "--header", "Expect:", device=device,
                                        body=b"x" * ((16 << 20) + 1)).status)
        self.assertEqual(before, len(self.upstream.asked))


class NoAnswer(unittest.TestCase):
    """A server behind that is down, or answers more than is taken."""

    def start(self, url, *flags):
        folder = temporary_folder(self)
        server = BramleyServer(folder, ["--allow-empty-topic", "--auth-proxy-url", url, *flags])
        self.addCleanup(server.close)
        self.authority = TestAuthority()
        self.authority.write_to(server.credentials_dir)
        server.start()
        return ShellDevice(server, self.authority, "UDID-1").enroll()

    def get(self, device):
        return parse_answer(run("curl", "--silent", "--include", "--noproxy", "*", "--max-time", "20", "--header",
                                "Mdm-Signature: " + device.sign(b""), device.server.url + "/authproxy/x"))

    def test_a_device_that_signs_in_python(self):
        upstream = Upstream()
        self.addCleanup(upstream.close)
        curl_device = self.start(upstream.url)
        device = QuickDevice(curl_device.server, self.authority, new_key(), "UDID-quick")
        self.addCleanup(device.close)
        for status, _ in (device.authenticate(), device.token_update()):
            self.assertEqual(200, status)
        answer = curl_device.server.request("POST", "/authproxy/x?y=z", body=b"said",
                                            headers={"Mdm-Signature": device.sign(b"said")})
        self.assertEqual((200, b"answer"), (answer.status, answer.body))
        method, path, headers, body = upstream.last()
        self.assertEqual(("POST", "/x?y=z", b"said", ["UDID-quick"]), (method, path, body, headers["x-enrollment-id"]))

    def test_nobody_listens(self):
        device = self.start(f"http://127.0.0.1:{free_port()}")
        answer = self.get(device)
        self.assertEqual((502, b""), (answer.status, answer.body))
        self.assertIn("authenticated proxy refused", device.server.log())
        self.assertEqual(200, device.idle().status)

    def test_a_server_that_hangs_holds_up_nobody_else(self):
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.addCleanup(listener.close)
        device = self.start(f"http://127.0.0.1:{listener.getsockname()[1]}")
        statuses = []
        waiting = [threading.Thread(target=lambda: statuses.append(self.get(device).status)) for _ in range(8)]
        for each in waiting:
            each.start()
        held = [listener.accept()[0] for _ in waiting]
        answer = self.get(device)
        self.assertEqual((503, b""), (answer.status, answer.body))
        self.assertEqual(200, device.idle().status)
        for connection in held:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        for each in waiting:
            each.join()
        self.assertEqual([200] * 8, statuses)
        for connection in held:
            connection.close()

    def test_an_answer_that_takes_too_long(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        device = self.start(f"http://127.0.0.1:{listener.getsockname()[1]}", "--auth-proxy-timeout", "1s")
        begun = time.monotonic()
        answer = self.get(device)  # taken by the kernel, and never answered
        self.assertEqual((502, b""), (answer.status, answer.body))
        self.assertGreaterEqual(time.monotonic() - begun, 0.9)
        self.assertEqual(200, device.idle().status)

    def test_an_answer_without_end(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def serve():
            connection, _ = listener.accept()
            connection.recv(65536)
            try:
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                while True:
                    connection.sendall(b"x" * 65536)
            except OSError:
                connection.close()

        threading.Thread(target=serve, daemon=True).start()
        self.assertEqual(502, self.get(self.start(f"http://127.0.0.1:{listener.getsockname()[1]}")).status)

    def test_off_unless_it_is_named(self):
        folder = temporary_folder(self)
        server = BramleyServer(folder, ["--allow-empty-topic"])
        self.addCleanup(server.close)
        server.start()
        self.assertEqual(404, server.request("GET", "/authproxy/x").status)


if __name__ == "__main__":
    unittest.main()

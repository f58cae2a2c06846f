#!/usr/bin/env python3
"""Pushes of the real server to a double of Apple's push service that refuses, hangs, drops and goes away."""

import base64
import contextlib
import hashlib
import json
import os
import signal
import socket
import threading
import time
import unittest

try:
    from faulty_apns import FaultyApns
except ImportError:
    print("skipped: python3-h2 is not installed")
    raise SystemExit(77)

from cryptography.hazmat.primitives import serialization

from bramley_server import API_KEY, BramleyServer, run_bramley, temporary_folder
from push_certificates import PushPair
from quick_device import QuickDevice
from shell_device import CHECKIN_TYPE, TOPIC, command_plist
from test_authority import TestAuthority, new_key, server_certificate

KEY = new_key()


def far_future():
    """As Apple's milliseconds: newer than any token."""
    return int((time.time() + 3600) * 1000)


class Device(QuickDevice):
    """With a token and a magic of its own."""

    def __init__(self, test, udid):
        super().__init__(test.server, test.authority, KEY, udid)
        self.new_token("first")

    def new_token(self, salt):
        self.token = hashlib.sha256((self.udid + salt).encode()).digest()

    def token_update(self):
        return self.put({"MessageType": "TokenUpdate", "Topic": TOPIC, "PushMagic": f'magic "{self.udid}"',
                         "Token": self.token}, CHECKIN_TYPE)

    def enroll(self):
        for status, _ in (self.authenticate(), self.token_update()):
            assert status == 200
        return self

    @property
    def hex(self):
        return self.token.hex()


class Proxy:
    """CONNECT, and bytes in both directions."""

    def __init__(self, test):
        self.targets = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        test.addCleanup(self.close)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.tunnel, args=(connection,), daemon=True).start()

    def tunnel(self, connection):
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        self.targets.append(head.split()[1].decode())
        host, port = self.targets[-1].rsplit(":", 1)
        onward = socket.create_connection((host, int(port)))
        connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        threading.Thread(target=self.copy, args=(onward, connection), daemon=True).start()
        self.copy(connection, onward)

    @staticmethod
    def copy(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


class PushTest(unittest.TestCase):
    """A server and a double of Apple's for each test; both may go and come back."""

    def setUp(self):
        self.folder = temporary_folder(self)
        self.apple = TestAuthority("Apple")
        self.authorities = self.apple.pem()
        self.pair = self.push_pair()
        self.tls = server_certificate(self.folder)
        self.fault = lambda notification: None
        self.apns = None
        self.start_apns()
        self.server = BramleyServer(self.folder, ["--apns-url", self.apns.url, "--apns-ca-file", self.tls[0],
                                                  "--log-level", "debug"])
        self.addCleanup(self.server.close)
        self.authority = TestAuthority()
        self.authority.write_to(self.server.credentials_dir)
        self.pair.write_to(self.server.credentials_dir)

    def push_pair(self):
        pair = PushPair(topic=TOPIC)
        pair.certificate = self.apple.certify(pair.key.public_key(), pair.certificate.subject)
        return pair

    def start_apns(self):
        port = self.apns.port if self.apns else 0
        self.apns = FaultyApns(*self.tls, self.authorities, lambda each: self.fault(each), port)
        self.addCleanup(self.apns.close)

    def device(self, name="D1"):
        device = Device(self, name).enroll()
        self.addCleanup(device.close)
        return device

    def enqueue(self, device, uuid, status=200, query=""):
        answer = self.server.enqueue([device.udid], command_plist(uuid), query)
        self.assertEqual(status, answer.status, answer)
        return answer.json().get("status", {}).get(device.udid)

    def push(self, device, status=200):
        answer = self.server.request("GET", "/v1/push/" + device.udid, headers=basic())
        self.assertEqual(status, answer.status, answer)
        return answer.json()["status"][device.udid]

    def push_state(self, device):
        return self.server.enrollment(device.udid)["push_state"]

    def wait_until(self, what, condition, seconds=60):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                self.fail(f"{what}:\n{self.server.log()[-3000:]}")
            time.sleep(0.02)


def basic():
    return {"Authorization": "Basic " + base64.b64encode(f"any:{API_KEY}".encode()).decode()}


class Pushes(PushTest):
    def test_enqueue_pushes_and_says_what_apple_answered(self):
        self.server.start()
        device = self.device()
        outcome = self.enqueue(device, "C1")
        self.assertEqual(36, len(outcome["push_result"]))
        note, = self.apns.wait_for(1)
        self.assertEqual("/3/device/" + device.token.hex(), note.path)
        self.assertEqual("POST", note.headers[":method"])
        self.assertEqual(TOPIC, note.headers["apns-topic"])
        self.assertEqual("mdm", note.headers["apns-push-type"])
        self.assertEqual("10", note.headers["apns-priority"])
        self.assertAlmostEqual(time.time() + 7 * 86400, int(note.headers["apns-expiration"]), delta=120)
        self.assertEqual({"mdm": 'magic "D1"'}, json.loads(note.body))
        self.assertIsNone(self.enqueue(device, "C2", query="?nopush=1"))
        self.push(device)
        self.assertEqual([0, 0], [each.connection for each in self.apns.wait_for(2)])
        done = run_bramley(self.folder, "push", "send", device.udid, "--server", self.server.url, "--token",
                           "@" + self.server.api_key_file)
        self.assertEqual(0, done.returncode, done.stderr)
        self.apns.wait_for(3)
        missing = self.server.request("GET", "/v1/push/nobody", headers=basic())
        self.assertEqual(500, missing.status)
        self.assertIn("no enrollment nobody", missing.json()["status"]["nobody"]["push_error"])

    def test_unregistered_stops_pushes_until_the_next_token(self):
        self.server.start()
        device = self.device()
        self.fault = lambda note: (410, {"reason": "Unregistered", "timestamp": far_future()})
        self.assertIn("410: APNs push error: Unregistered", self.enqueue(device, "C1", 500)["push_error"])
        self.wait_until("unregistered", lambda: self.push_state(device) == "unregistered")
        self.assertEqual(["C1"], [item["command_uuid"] for item in self.server.queue(device.udid)])
        self.assertIn("no longer good", self.enqueue(device, "C2", 500)["push_error"])
        self.assertEqual(1, len(self.apns.of(device.hex)))
        self.assertIn(b"C1", device.report("Idle")[1])  # it is served all the same
        self.fault = lambda note: None
        device.new_token("second")
        device.token_update()
        self.assertEqual("ok", self.push_state(device))
        self.apns.wait_for(1, device.hex)  # for what waits

    def test_what_apple_says_of_an_older_token_does_not_count(self):
        self.server.start()
        device = self.device()
        self.fault = lambda note: (410, {"reason": "Unregistered", "timestamp": 1_500_000_000_000})
        self.assertIn("Unregistered, as of 2017-07-14", self.enqueue(device, "C1", 500)["push_error"])
        self.push(device, 500)
        self.assertEqual("ok", self.push_state(device))

    def test_each_refusal_is_told_and_what_may_pass_is_tried_again(self):
        self.server.start()
        for number, (fault, problem) in enumerate({
                (400, "BadDeviceToken"): "400: APNs push error: BadDeviceToken",
                (429, "TooManyRequests"): "429: APNs push error: TooManyRequests",
                (500, "InternalServerError"): "500: APNs push error: InternalServerError"}.items()):
            device = self.device(f"D{number}")
            self.fault = lambda note, fault=fault: (fault[0], {"reason": fault[1]})
            self.assertIn(problem, self.enqueue(device, f"C{number}", 500)["push_error"])
            self.assertEqual("ok", self.push_state(device))
        self.fault = lambda note: None
        self.apns.wait_for(2, device.hex)  # the last one, after some seconds

    def test_goaway_resets_and_drops_cost_nobody_a_push(self):
        self.server.start()
        for number, fault in enumerate(["goaway", "reset", "drop"]):
            device = self.device(f"D-{fault}")
            faults = [fault]
            self.fault = lambda note, faults=faults: faults.pop() if faults else None
            # Lost on the way: it is sent once more, over a new connection, before the caller is answered.
            self.assertIn("push_result", self.enqueue(device, f"C{number}"))
            self.assertEqual([], faults)
            self.assertEqual(1 if fault == "goaway" else 2, len(self.apns.of(device.hex)))

    def test_what_is_lost_again_and_again_is_told_and_pushed_later(self):
        self.server.start()
        device = self.device()
        self.fault = lambda note: "drop"
        self.assertIn("push_error", self.enqueue(device, "C1", 500))
        self.fault = lambda note: None
        self.apns.wait_for(3, device.hex)

    def test_a_hanging_apple_holds_up_neither_the_caller_nor_other_devices(self):
        self.server.start()
        silent, other = self.device("D-silent"), self.device("D-other")
        self.fault = lambda note: "hang" if note.token == silent.hex else None
        begun = time.monotonic()
        self.assertEqual({}, self.enqueue(silent, "C1"))
        self.assertLess(time.monotonic() - begun, 30)
        self.assertIn("push_result", self.enqueue(other, "C2"))
        self.assertEqual(200, other.report("Idle")[0])

    def test_what_was_not_pushed_survives_a_crash(self):
        self.server.start()
        device = self.device()
        self.apns.close()
        self.assertIn("push_error", self.enqueue(device, "C1", 500))
        self.server.kill()
        self.start_apns()
        self.server.start()
        self.apns.wait_for(1, device.hex)
        device.close()  # that was the old server's
        self.assertIn(b"C1", device.report("Idle")[1])

    def test_a_renewed_certificate_is_used_without_a_restart(self):
        renewed = self.push_pair()
        self.server.start()
        device = self.device()
        self.push(device)
        renewed.write_to(self.server.credentials_dir)
        self.server.process.send_signal(signal.SIGHUP)

        def is_renewed():
            self.push(device)
            return self.apns.of(device.hex)[-1].peer != self.apns.of(device.hex)[0].peer
        self.wait_until("the renewed certificate", is_renewed)

    def test_a_certificate_that_apple_refuses_is_said(self):
        self.authorities = TestAuthority("Another").pem()
        self.apns.close()
        self.start_apns()
        self.server.start()
        device = self.device()
        self.assertIn("certificate", self.push(device, 500)["push_error"])
        self.wait_until("a line in the log", lambda: "pushes do not get through" in self.server.log())

    def test_several_topics_at_once(self):
        """Each over a connection of its own, shown its own certificate; one without a certificate takes nobody along."""
        topics = [TOPIC, "com.apple.mgmt.External.second", "com.apple.mgmt.External.third"]
        pairs = {TOPIC: self.pair}
        for topic in topics[1:]:
            pairs[topic] = PushPair(topic=topic)
            pairs[topic].certificate = self.apple.certify(pairs[topic].key.public_key(),
                                                          pairs[topic].certificate.subject)
            pairs[topic].write_to(self.server.credentials_dir)
        self.server.start()
        devices = {}
        for topic in [*topics, "com.apple.mgmt.External.none"]:
            device = Device(self, "UDID-" + topic.rsplit(".", 1)[-1])
            self.addCleanup(device.close)
            for message in ({"MessageType": "Authenticate", "SerialNumber": "S"},
                            {"MessageType": "TokenUpdate", "PushMagic": "m", "Token": device.token}):
                self.assertEqual(200, device.put({**message, "Topic": topic}, CHECKIN_TYPE)[0])
            devices[topic] = device
        ids = [device.udid for device in devices.values()]
        answer = self.server.enqueue(ids, command_plist("C1"))
        self.assertEqual(207, answer.status, answer)
        outcomes = answer.json()["status"]
        self.assertIn("no push certificate", outcomes[ids[-1]]["push_error"])
        self.assertTrue(all("push_result" in outcomes[name] for name in ids[:-1]), outcomes)
        notes = {note.headers["apns-topic"]: note for note in self.apns.wait_for(len(topics))}
        self.assertEqual(set(topics), set(notes))
        self.assertEqual(len(topics), len({note.connection for note in notes.values()}))
        for topic, note in notes.items():
            self.assertEqual(pairs[topic].certificate.public_bytes(serialization.Encoding.DER), note.peer)
            self.assertEqual(devices[topic].token.hex(), note.token)

    def test_no_certificate_for_the_topic_is_said(self):
        other = PushPair(topic="com.apple.mgmt.External.other")
        for name in os.listdir(os.path.join(self.server.credentials_dir, "push")):
            os.remove(os.path.join(self.server.credentials_dir, "push", name))
        other.write_to(self.server.credentials_dir)
        self.server.start()
        device = self.device()
        self.assertEqual(f"no push certificate for {TOPIC}", self.push(device, 500)["push_error"])

    def test_through_a_proxy(self):
        proxy = Proxy(self)
        self.server.flags += ["--apns-proxy", proxy.url]
        self.server.start()
        device = self.device()
        self.assertIn("push_result", self.enqueue(device, "C1"))
        self.assertEqual([f"localhost:{self.apns.port}"], proxy.targets)


class Background(PushTest):
    """What is queued for a fleet is pushed without the caller."""

    def fleet(self, count):
        devices = [Device(self, f"F{number}").enroll() for number in range(count)]
        for device in devices:
            self.addCleanup(device.close)
        return devices

    def send(self, devices, uuid):
        answer = self.server.api("POST", "/api/v1/commands", {
            "targets": [device.udid for device in devices],
            "plist": base64.b64encode(command_plist(uuid)).decode()})
        self.assertEqual(201, answer.status, answer)
        return answer.json()

    def test_a_fleet_is_pushed_and_commands_that_come_together_share_a_push(self):
        self.server.start()
        devices = self.fleet(101)
        for number in range(5):
            self.assertEqual({"sent": 0, "errors": []}, self.send(devices, f"C{number}")["push"])
        tokens = {device.hex for device in devices}
        self.wait_until("all are pushed", lambda: tokens == {each.token for each in self.apns.notifications})
        last = devices[0]
        # At once, and once more for those that came right after: not once for each command.
        for device in devices:
            self.assertLess(len(self.apns.of(device.hex)), 5)
        for number in range(5):
            self.assertIn(f"C{number}".encode(), last.report("Acknowledged" if number else "Idle",
                                                             f"C{number - 1}" if number else None)[1])
        self.assertEqual({0}, {each.connection for each in self.apns.notifications})

    def test_a_stop_loses_nobody(self):
        self.server.start()
        devices = self.fleet(101)
        self.apns.close()
        self.send(devices, "C1")
        self.assertEqual(0, self.server.stop())
        self.start_apns()
        self.server.start()
        tokens = {device.hex for device in devices}
        self.wait_until("all are pushed", lambda: tokens == {each.token for each in self.apns.notifications})


if __name__ == "__main__":
    unittest.main()

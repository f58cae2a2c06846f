#!/usr/bin/env python3
"""What programs for NanoMDM really send, answered as they expect: its documented curl calls, NanoCMD, micro2nano's cmdapi,
KMFDDM on both its sides, and mdmdirector's webhook. Each sends the bytes that its public source writes."""

import base64
import json
import os
import plistlib
import subprocess
import threading
import unittest
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bramley_server import API_KEY, BramleyServer, temporary_folder
from faulty_apns import FaultyApns
from push_certificates import PushPair
from quick_device import QuickDevice
from shell_device import CHECKIN_TYPE, TOPIC
from test_authority import TestAuthority, new_key, server_certificate

KEY = new_key()
SECONDS = 60


def go_headers(user):
    """Those of Go's client, with SetBasicAuth."""
    credentials = base64.b64encode(f"{user}:{API_KEY}".encode()).decode()
    return {"User-Agent": "Go-http-client/1.1", "Authorization": f"Basic {credentials}", "Accept-Encoding": "gzip"}


def go_path(base, ids):
    """url.Parse of the ids joined by commas, resolved against the base: only what a path may not hold is escaped."""
    return base + urllib.parse.quote(",".join(ids), safe=",:@!$&'()*+;=-._~")


def cmdr(request_type, **keys):
    """The plist that cmdr.py prints: plistlib's, an upper-case UUID or none, no keys but those of the command."""
    return plistlib.dumps({"Command": {"RequestType": request_type, **keys}, "CommandUUID": str(uuid.uuid4())})


class Kmfddm(BaseHTTPRequestHandler):
    """As KMFDDM answers a device's four questions: JSON, 404 in plain text, and nothing at all to a status report."""

    protocol_version = "HTTP/1.1"

    def reply(self, status, body=b"", content_type=None):
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, self.headers.get("X-Enrollment-ID"), body))
        if not self.headers.get("X-Enrollment-ID"):
            return self.reply(400, b"Bad Request\n", "text/plain; charset=utf-8")
        if (self.command, self.path) in (("GET", "/tokens"), ("GET", "/declaration-items")):
            return self.reply(200, json.dumps({"asked": self.path}).encode(), "application/json")
        if (self.command, self.path) == ("PUT", "/status"):
            return self.reply(200)
        if self.command == "GET" and self.path.startswith("/declaration/"):
            kind, _, name = urllib.parse.unquote(self.path[len("/declaration/"):]).partition("/")
            if (kind, name) == ("configuration", "com.example.test/1"):
                return self.reply(200, b'{"Identifier":"com.example.test/1"}', "application/json")
            return self.reply(404, b"Not Found\n", "text/plain; charset=utf-8")
        return self.reply(405, b"Method Not Allowed\n", "text/plain; charset=utf-8")

    do_GET = do_PUT = do_POST = answer

    def log_message(self, *_):
        pass


class Hook(BaseHTTPRequestHandler):
    """A webhook that answers as NanoCMD and mdmdirector do: 200, and nothing."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        with self.server.changed:
            self.server.events.append(event)
            self.server.changed.notify_all()

    def log_message(self, *_):
        pass


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        class Cleanups:
            addCleanup = staticmethod(cls.addClassCleanup)
        cls.folder = temporary_folder(Cleanups)
        apple = TestAuthority("Apple")
        cls.pair = PushPair(topic=TOPIC)
        cls.pair.certificate = apple.certify(cls.pair.key.public_key(), cls.pair.certificate.subject)
        tls = server_certificate(cls.folder)
        cls.apns = FaultyApns(*tls, apple.pem())
        cls.addClassCleanup(cls.apns.close)
        cls.kmfddm = cls.serve(Kmfddm)
        cls.kmfddm.asked = []
        cls.hook = cls.serve(Hook)
        cls.hook.events, cls.hook.changed = [], threading.Condition()
        cls.server = BramleyServer(cls.folder, [
            "--apns-url", cls.apns.url, "--apns-ca-file", tls[0], "--allow-empty-topic",
            "--dm-url", f"http://127.0.0.1:{cls.kmfddm.server_port}/",
            "--webhook-url", f"http://127.0.0.1:{cls.hook.server_port}/webhook"])
        cls.addClassCleanup(cls.server.close)
        cls.authority = TestAuthority()
        cls.authority.write_to(cls.server.credentials_dir)
        cls.server.start()
        cls.curl("-T", "-", cls.server.url + "/v1/pushcert", stdin=cls.pair.pem() + cls.pair.key_pem())

    @classmethod
    def serve(cls, handler):
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        return server

    @classmethod
    def curl(cls, *arguments, stdin=None):
        """(status, JSON) of curl as NanoMDM's guides call it: nothing but -u, -T, -d and the address."""
        done = subprocess.run(["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "30", "-u",
                               f"nanomdm:{API_KEY}", "-w", "\n%{http_code}", *arguments], capture_output=True,
                              input=stdin.encode() if isinstance(stdin, str) else stdin, timeout=60, check=True)
        body, _, status = done.stdout.rpartition(b"\n")
        return int(status), json.loads(body)

    def device(self, name=None):
        device = QuickDevice(self.server, self.authority, KEY, name or "UDID-" + self.id().rsplit(".test_", 1)[-1][-50:])
        self.addCleanup(device.close)
        for status, _ in (device.authenticate(), device.token_update()):
            self.assertEqual(200, status, self.server.log())
        return device

    def go(self, method, path, user="nanomdm", body=None):
        return self.server.request(method, path, body=body, headers=go_headers(user))

    def next_command(self, device):
        status, body = device.report("Idle")
        self.assertEqual(200, status)
        return plistlib.loads(body) if body else None

    def test_the_calls_of_nanomdms_guides(self):
        one, other = self.device("99385AF6-44CB-5621-A678-A321F4D9A2C8"), self.device("E9085AF6-DCCB-5661-A678-BCE8F4D9A2C8")
        address = self.server.url + "/v1/"
        pems = self.pair.pem(), self.pair.key_pem()
        for pem in ("".join(pems), "".join(pems[::-1]), pems[0].rstrip("\n") + pems[1]):
            status, answer = self.curl("-T", "-", address + "pushcert", stdin=pem)
            self.assertEqual((200, TOPIC, {"topic", "not_after"}), (status, answer["topic"], set(answer)))
        self.assertEqual((200, answer), self.curl(address + "pushcert?topic=" + TOPIC))
        status, answer = self.curl(address + "push/" + one.udid)
        self.assertEqual((200, [one.udid]), (status, list(answer["status"])))
        self.assertEqual(36, len(answer["status"][one.udid]["push_result"]))
        status, answer = self.curl(f"{address}push/{one.udid},{other.udid}")
        self.assertEqual((200, {one.udid, other.udid}), (status, set(answer["status"])))
        command = cmdr("ProfileList")
        status, answer = self.curl("-T", "-", f"{address}enqueue/{one.udid},{other.udid}", stdin=command)
        self.assertEqual((200, "ProfileList"), (status, answer["request_type"]))
        self.assertEqual(plistlib.loads(command)["CommandUUID"], answer["command_uuid"])
        self.assertTrue(all(set(each) == {"push_result"} for each in answer["status"].values()), answer)
        status, answer = self.curl("-T", "-", f"{address}enqueue/{one.udid}?nopush=1", stdin=cmdr("CertificateList"))
        self.assertEqual((200, True, {"no_push", "command_uuid", "request_type"}),
                         (status, answer["no_push"], set(answer)))
        for device in (one, other):
            self.assertEqual(command, device.report("Idle")[1])
        # A profile of binary data, and a command that is larger than what curl sends without asking first.
        large = cmdr("InstallProfile", Payload=os.urandom(3 << 20))
        status, answer = self.curl("-T", "-", f"{address}enqueue/{other.udid}", stdin=large)
        self.assertEqual(200, status, answer)
        self.assertEqual(large, other.report("Acknowledged", plistlib.loads(command)["CommandUUID"])[1])
        status, answer = self.curl(self.server.url + "/version")
        self.assertEqual((200, ["version"]), (status, list(answer)))

    def test_nanocmd(self):
        """Thirty ids a request, PUT, the push apart; its steps go on by what the webhook brings."""
        devices = [self.device(f"NANOCMD-{number}") for number in range(30)]
        ids = [device.udid for device in devices]
        command = cmdr("DeviceInformation", Queries=["Model"])
        answer = self.go("PUT", go_path("/v1/enqueue/", ids) + "?nopush=1", body=command)
        self.assertEqual(200, answer.status, answer)
        answer = self.go("GET", go_path("/v1/push/", ids))
        self.assertEqual((200, set(ids)), (answer.status, set(answer.json()["status"])))
        name = plistlib.loads(command)["CommandUUID"]
        self.assertEqual(name, self.next_command(devices[0])["CommandUUID"])
        devices[0].report("Acknowledged", name)
        events = self.events_of(ids[0], 4)
        self.assertEqual(["mdm.Authenticate", "mdm.TokenUpdate", "mdm.Connect", "mdm.Connect"],
                         [event["topic"] for event in events])
        self.assertEqual(1, events[1]["checkin_event"]["token_update_tally"])
        self.assertEqual("Idle", events[2]["acknowledge_event"]["status"])
        self.assertNotIn("command_uuid", events[2]["acknowledge_event"])
        self.assertEqual(("Acknowledged", name), (events[3]["acknowledge_event"]["status"],
                                                  events[3]["acknowledge_event"]["command_uuid"]))
        # A workflow's command to nobody that is enrolled is an answer too, and not a closed connection.
        self.assertEqual(500, self.go("PUT", "/v1/enqueue/NOBODY?nopush=1", body=cmdr("DeviceLock")).status)

    def test_the_command_server_of_micro2nano(self):
        """GET, with the command as its body."""
        device = self.device()
        command = cmdr("SecurityInfo")
        answer = self.go("GET", "/v1/enqueue/" + device.udid, body=command)
        self.assertEqual((200, "SecurityInfo"), (answer.status, answer.json()["request_type"]))
        self.assertEqual(command, device.report("Idle")[1])

    def test_kmfddm_answers_devices_and_wakes_them(self):
        device = self.device()
        # Its notifier: one DeclarativeManagement command for all, with the tokens in it.
        tokens = b'{"SyncTokens":{"DeclarationsToken":"t","Timestamp":"2026-11-24T00:00:00Z"}}'
        answer = self.go("PUT", go_path("/v1/enqueue/", [device.udid]), body=cmdr("DeclarativeManagement", Data=tokens))
        self.assertEqual(200, answer.status, answer)
        command = self.next_command(device)
        self.assertEqual(tokens, command["Command"]["Data"])
        device.report("Acknowledged", command["CommandUUID"])
        for endpoint, data, status, body in (
                ("tokens", None, 200, b'{"asked": "/tokens"}'),
                ("declaration-items", None, 200, b'{"asked": "/declaration-items"}'),
                ("declaration/configuration/com.example.test/1", None, 200, b'{"Identifier":"com.example.test/1"}'),
                ("declaration/asset/none", None, 404, b"Not Found\n"),
                ("status", b'{"StatusItems":{}}', 200, b"")):
            more = {"Data": data} if data else {}
            answer = device.put({"MessageType": "DeclarativeManagement", "Endpoint": endpoint, **more}, CHECKIN_TYPE)
            self.assertEqual((status, body), answer, endpoint)
        self.assertEqual({device.udid}, {name for _, _, name, _ in self.kmfddm.asked})
        self.assertEqual(("PUT", "/status", device.udid, b'{"StatusItems":{}}'), self.kmfddm.asked[-1])

    def test_the_webhook_of_mdmdirector(self):
        """It ends itself at an event whose message has no UDID, reads RawPayload as a plist, and goes by the topic."""
        device = self.device()
        name = plistlib.loads(command := cmdr("ProfileList"))["CommandUUID"]
        self.assertEqual(200, self.go("GET", "/v1/enqueue/" + device.udid, body=command).status)
        device.report("Idle")
        device.put({"Status": "Acknowledged", "CommandUUID": name, "ProfileList": []}, "application/x-apple-aspen-mdm")
        device.put({"MessageType": "CheckOut"}, CHECKIN_TYPE)
        events = self.events_of(device.udid, 5)
        for event in events:
            inner = event.get("checkin_event") or event["acknowledge_event"]
            self.assertNotEqual("checkin_event" in event, "acknowledge_event" in event)
            self.assertEqual(device.udid, inner["udid"])
            self.assertEqual(device.udid, plistlib.loads(base64.b64decode(inner["raw_payload"]))["UDID"])
        self.assertEqual([], plistlib.loads(base64.b64decode(events[3]["acknowledge_event"]["raw_payload"]))["ProfileList"])
        self.assertEqual("mdm.CheckOut", events[4]["topic"])
        # What it asks of MicroMDM itself is not here: micro2nano's cmdapi stands between, as with NanoMDM.
        for method, path in (("POST", "/v1/commands"), ("POST", "/v1/devices"), ("GET", "/push/" + device.udid),
                             ("DELETE", "/v1/commands/" + device.udid)):
            self.assertEqual(404, self.go(method, path, "micromdm", "{}").status, path)

    def test_a_user_is_pushed_by_a_token_of_its_own(self):
        """The target is UDID:UserID, with a colon that clients do not escape."""
        device = self.device()
        user = {"UserID": "USER-1", "UserShortName": "ada"}
        device.put({"MessageType": "TokenUpdate", "Topic": TOPIC, "PushMagic": "the-users", "Token": b"\x09" * 32, **user},
                   CHECKIN_TYPE)
        channel = device.udid + ":USER-1"
        answer = self.go("PUT", go_path("/v1/enqueue/", [channel]), body=(command := cmdr("ProfileList")))
        self.assertEqual((200, [channel]), (answer.status, list(answer.json()["status"])))
        note, = self.apns.wait_for(1, "09" * 32)
        self.assertEqual({"mdm": "the-users"}, json.loads(note.body))
        self.assertIsNone(self.next_command(device))
        self.assertEqual(command, device.put({"Status": "Idle", **user}, "application/x-apple-aspen-mdm")[1])

    def events_of(self, udid, count):
        def found():
            return [event for event in self.hook.events
                    if (event.get("checkin_event") or event["acknowledge_event"]).get("udid") == udid]
        with self.hook.changed:
            self.assertTrue(self.hook.changed.wait_for(lambda: len(found()) >= count, timeout=SECONDS), found())
        return found()


if __name__ == "__main__":
    unittest.main()

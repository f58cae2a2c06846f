#!/usr/bin/env python3
"""Devices come over from another server, whose SCEP CA was openssl(1), by what nano2nano sends: curl puts their old
check-ins to /migration, and they go on as if nothing had been."""

import os
import plistlib
import subprocess
import time
import unittest

from cryptography import x509

from bramley_server import API_KEY, BramleyServer, run_bramley, temporary_folder
from shell_device import CHECKIN_TYPE, TOPIC, ShellDevice, command_plist, run, uuid_of


class OpensslAuthority:
    """A CA of openssl(1) and nothing else, as the other server's devices know it."""

    def __init__(self, folder):
        self.folder = folder
        self.certificate = os.path.join(folder, "other-ca.pem")
        self.key = os.path.join(folder, "other-ca.key")
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.key, "-out", self.certificate,
            "-subj", "/O=Elsewhere/CN=Other SCEP CA", "-days", "3650", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        self.extensions = os.path.join(folder, "extensions")
        with open(self.extensions, "w", encoding="ascii") as file:
            file.write("extendedKeyUsage=clientAuth\nkeyUsage=critical,digitalSignature\n")

    def sign_request(self, request_pem, days=365, _begins_days_ago=1):
        pem = run("openssl", "x509", "-req", "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                  "-days", str(days), "-extfile", self.extensions, input=request_pem.encode())
        return x509.load_pem_x509_certificate(pem)


def day(days_from_now):
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + days_from_now * 86400))


def old_messages(udid, user=None):
    """What nano2nano has of a device, in its order."""
    messages = [
        {"MessageType": "Authenticate", "UDID": udid, "Topic": TOPIC, "SerialNumber": "S-" + udid, "Model": "Mac14,2"},
        {"MessageType": "TokenUpdate", "UDID": udid, "Topic": TOPIC, "PushMagic": "old-magic", "Token": b"\x07" * 32,
         "UnlockToken": b"unlock-" + udid.encode()},
        {"MessageType": "SetBootstrapToken", "UDID": udid, "BootstrapToken": b"bootstrap-" + udid.encode()}]
    if user:
        messages.append({"MessageType": "TokenUpdate", "UDID": udid, "UserID": user, "UserShortName": "ada",
                         "Topic": TOPIC, "PushMagic": "user-magic", "Token": b"\x08" * 32})
    return [plistlib.dumps(message) for message in messages]


class Migration(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_folder(self)
        self.authority = OpensslAuthority(self.folder)

    def start(self, *flags):
        server = BramleyServer(self.folder, ["--scep", "off", "--device-ca", self.authority.certificate, *flags])
        self.addCleanup(server.close)
        self.server = server.start()
        return self.server

    def device(self, name):
        return ShellDevice(self.server, self.authority, "UDID-" + name)

    def put(self, body, key=API_KEY, *more):
        """As nano2nano: PUT with Basic auth. Status and body."""
        done = subprocess.run(["curl", "--silent", "--show-error", "--max-time", "20", "--noproxy", "*",
                               "--request", "PUT", "--user", "nanomdm:" + key, "--data-binary", "@-",
                               "--header", f"Content-Type: {CHECKIN_TYPE}", "--write-out", "\n%{http_code}", *more,
                               self.server.url + "/migration"], input=body, capture_output=True, check=True, timeout=30)
        text, status = done.stdout.rsplit(b"\n", 1)
        return int(status), text.decode()

    def nano2nano(self, udid, user=None):
        for message in old_messages(udid, user):
            self.assertEqual((200, ""), self.put(message), self.server.log())

    def enqueue(self, ids, uuid):
        self.assertEqual(200, self.server.enqueue(ids, command_plist(uuid), "?nopush=1").status)

    def test_devices_move_and_stay_enrolled(self):
        self.start("--migration", "--retro", day(30), "--events", "on")
        first, second = self.device("first"), self.device("second")
        self.nano2nano(first.udid, "USER-1")
        self.nano2nano(second.udid)
        found = self.server.enrollment(first.udid)
        self.assertEqual(("enrolled", "S-" + first.udid, 1, None),
                         tuple(found[name] for name in ("state", "serial_number", "token_update_tally",
                                                        "certificate_sha256")))
        self.assertEqual("enrolled", self.server.enrollment(first.udid + ":USER-1")["state"])
        self.assertEqual([], self.server.pages("/api/v1/events", "events"), "no event is made of a migration")

        self.assertIsNone(found["last_seen_at"], "who has not come yet is known by that")
        # What is sent before a device ever came waits for it.
        self.enqueue([first.udid, second.udid], "C-before")
        self.assertEqual("C-before", uuid_of(first.idle()))
        self.assertEqual(200, first.report("Acknowledged", "C-before").status)
        self.assertIn("certificate associated by --retro", self.server.log())
        self.assertIsNotNone(self.server.enrollment(first.udid)["last_seen_at"])
        answer = first.checkin("GetBootstrapToken")
        self.assertEqual({"BootstrapToken": b"bootstrap-" + first.udid.encode()}, plistlib.loads(answer.body))
        self.enqueue([first.udid + ":USER-1"], "C-user")
        user = first.report("Idle", UserID="USER-1", UserShortName="ada")
        self.assertEqual("C-user", uuid_of(user))

        # From now on it is bound as if it had enrolled here.
        self.assertEqual(200, first.token_update().status)
        self.assertIsNotNone(self.server.enrollment(first.udid)["certificate_sha256"])
        stranger = self.device("stranger")
        stranger.udid = first.udid
        self.assertEqual(400, stranger.idle().status)
        first.udid = second.udid
        self.assertEqual(400, first.idle().status)
        self.assertEqual("C-before", uuid_of(second.idle()))

        # nano2nano once more: what the devices said themselves stays.
        self.nano2nano(stranger.udid)
        self.assertEqual(2, self.server.enrollment(stranger.udid)["token_update_tally"])
        self.assertNotIn("bootstrap-", self.server.log())

    def test_order_does_not_matter(self):
        self.start("--migration", "--retro", day(30))
        device = self.device("reversed")
        for message in reversed(old_messages(device.udid, "USER-1")):
            self.assertEqual((200, ""), self.put(message))
        self.assertEqual("enrolled", self.server.enrollment(device.udid)["state"])
        self.assertEqual("S-" + device.udid, self.server.enrollment(device.udid)["serial_number"])
        answer = device.checkin("GetBootstrapToken")
        self.assertEqual({"BootstrapToken": b"bootstrap-" + device.udid.encode()}, plistlib.loads(answer.body))

    def test_without_retro_only_a_new_enrollment_helps(self):
        self.start("--migration")
        device = self.device("alone")
        self.nano2nano(device.udid)
        self.assertEqual(400, device.idle().status)
        self.assertIn("is not bound to any device", self.server.log())
        device.enroll()
        self.assertEqual(200, device.idle().status)

    def test_after_its_end_retro_associates_nobody(self):
        self.start("--migration", "--retro", "2026-01-01")
        device = self.device("late")
        self.nano2nano(device.udid)
        self.assertEqual(400, device.idle().status)
        self.assertEqual(0, self.server.stop())
        self.assertRegex(self.server.log(), r"warning: --retro ended at 2026-01-02T00:00:00Z")
        self.assertIn("is not bound to any device, and --retro ended at 2026-01-02T00:00:00Z", self.server.log())

    def test_retro_takes_no_device_that_is_not_known_and_is_warned_of(self):
        self.start("--retro", day(2))
        self.assertEqual(400, self.device("unknown").idle().status)
        self.assertEqual([], self.server.enrollments())
        self.assertEqual(0, self.server.stop())
        self.assertRegex(self.server.log(), r"warning: --retro: until \d{4}-\d\d-\d\dT00:00:00Z")

    def test_what_is_refused(self):
        self.start("--migration")
        good = old_messages("UDID-1")[0]
        self.assertEqual(401, self.put(good, "wrong-key")[0])
        for body in (b"", b"junk", plistlib.dumps({"UDID": "UDID-1"}), plistlib.dumps({"MessageType": "Authenticate"}),
                     plistlib.dumps({"MessageType": "Hello", "UDID": "UDID-1"}),
                     plistlib.dumps({"MessageType": "GetBootstrapToken", "UDID": "UDID-1"}),
                     plistlib.dumps({"MessageType": "Authenticate", "UDID": "UDID-1", "UserID": "U", "Topic": TOPIC})):
            status, text = self.put(body)
            self.assertEqual(400, status, body)
            self.assertNotEqual("", text)
        self.assertEqual([], self.server.enrollments())
        self.assertEqual(200, self.put(good)[0])
        self.assertEqual(405, self.server.request(
            "GET", "/migration", headers={"Authorization": f"Bearer {API_KEY}"}).status)
        self.assertEqual(0, self.server.stop())
        self.assertIn("warning: --migration", self.server.log())

    def test_it_is_off_unless_wanted(self):
        self.start()
        self.assertEqual(404, self.put(old_messages("UDID-1")[0])[0])
        self.assertEqual([], self.server.enrollments())

    def test_its_paths_are_nobody_elses(self):
        for path in ("/migration", "/authproxy", "/authproxy/mdm"):
            done = run_bramley(self.folder, "serve", "--listen", "127.0.0.1:0", "--mdm-path", path)
            self.assertEqual(2, done.returncode, done.stderr)
            self.assertIn("the server answers something else there", done.stderr)

    def test_ends_that_are_none(self):
        for end in ("soon", "7d", "2026-13-01", day(400), "2199-12-31T00:00:00Z"):
            done = run_bramley(self.folder, "serve", "--listen", "127.0.0.1:0", "--retro", end)
            self.assertEqual(2, done.returncode, done.stderr)
            self.assertIn("--retro " + end, done.stderr)
            self.assertIn("hint:", done.stderr)


if __name__ == "__main__":
    unittest.main()

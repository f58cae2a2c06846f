#!/usr/bin/env python3
"""What docs/CONFORMANCE.md promises of a device's door and no other test has the reason to try."""

import base64
import os
import plistlib
import unittest
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from bramley_server import API_KEY, BramleyServer, run_bramley, temporary_folder
from device_test import DeviceTest
from quick_device import QuickDevice
from shell_device import CHECKIN_TYPE, REPORT_TYPE, TOPIC, command_plist, uuid_of
from test_authority import common_name, new_key


class Door(DeviceTest):
    def quick(self, udid, subject=None):
        key = new_key()
        device = QuickDevice(self.server, self.authority, key, udid)
        if subject is not None:
            device.certificate = self.authority.certify(key.public_key(), subject)
        self.addCleanup(device.close)
        return device

    def test_a_signature_of_many_kilobytes(self):
        """With a chain in it the header is longer than many servers take."""
        device = self.device()
        chain = os.path.join(device.folder, "chain.pem")
        with open(chain, "w", encoding="ascii") as file:
            for number in range(16):
                more = self.authority.certify(new_key().public_key(), common_name(f"Another {number} of the chain"))
                file.write(more.public_bytes(serialization.Encoding.PEM).decode())
        body = plistlib.dumps({"MessageType": "Authenticate", "UDID": device.udid, "Topic": TOPIC})
        signature = device.sign(body, "-md", "sha256", "-certfile", chain)
        self.assertGreater(len(signature), 16 << 10)
        self.assert_nothing_to_do(device.put(body, CHECKIN_TYPE, signature=signature))
        self.assertEqual("pending", self.state(device.udid))

    def test_an_identity_without_a_subject(self):
        """So are those that Apple's devices get for a profile without one."""
        device = self.quick("UDID-nameless", x509.Name([]))
        self.assertEqual("", device.certificate.subject.rfc4514_string())
        self.assertEqual([(200, b"")] * 3, [device.authenticate(), device.token_update(), device.report("Idle")])

    def test_binary_check_ins_and_reports(self):
        device = self.device()
        for message, content_type in (
                ({"MessageType": "Authenticate", "Topic": TOPIC, "SerialNumber": "B1"}, CHECKIN_TYPE),
                ({"MessageType": "TokenUpdate", "Topic": TOPIC, "PushMagic": "m", "Token": b"\1" * 32}, CHECKIN_TYPE),
                ({"Status": "Idle"}, REPORT_TYPE)):
            body = plistlib.dumps({"UDID": device.udid, **message}, fmt=plistlib.FMT_BINARY)
            self.assert_nothing_to_do(device.put(body, content_type))
        self.assertEqual("B1", self.server.enrollment(device.udid)["serial_number"])

    def test_what_an_answer_says_of_its_content(self):
        device = self.device().enroll()
        self.assertNotIn("content-type", device.idle().headers)
        self.send(device, "C-xml")
        self.assertEqual("text/xml; charset=utf-8", device.idle().headers["content-type"])
        self.assert_nothing_to_do(device.report("Acknowledged", "C-xml"))
        binary = command_plist("C-binary", fmt=plistlib.FMT_BINARY)
        self.assertEqual(200, self.server.enqueue([device.udid], binary, "?nopush=1").status)
        self.assertEqual("application/octet-stream", device.idle().headers["content-type"])

    def test_either_path_takes_either_message(self):
        """Whatever URLs a profile names: nothing depends on which of the two a message came to."""
        device = self.device()
        self.assert_nothing_to_do(device.checkin("Authenticate", path="/checkin", Topic=TOPIC, SerialNumber="S"))
        self.assert_nothing_to_do(device.token_update())
        self.send(device, "C-here")
        idle = plistlib.dumps({"Status": "Idle", "UDID": device.udid})
        for path in ("/mdm", "/checkin"):
            self.assertEqual("C-here", uuid_of(device.put(idle, REPORT_TYPE, path)))
            self.assertEqual("C-here", uuid_of(device.put(idle, REPORT_TYPE, path + "?profile=7&x")))

    def test_other_methods_and_other_paths(self):
        for method in ("GET", "HEAD", "DELETE", "OPTIONS"):
            answer = self.server.request(method, "/mdm")
            self.assertEqual((405, "PUT, POST"), (answer.status, answer.headers.get("allow")), method)
        for path in ("/", "/mdm/", "//mdm", "/MDM", "/mdm/../mdm", "/mdm%2F"):
            answer = self.server.request("PUT", path, body=b"x")
            self.assertEqual(404, answer.status, path)  # and no redirect: a device would follow it, or not
        self.assertEqual(b"404 page not found\n", self.server.request("GET", "/nothing").body)
        self.assertEqual(405, self.server.request("POST", "/enroll", body=b"x").status)

    def test_ids_that_would_break_out_of_a_path_or_a_list(self):
        for number, udid in enumerate(("../../etc/passwd", "a/b", "..", "with,comma", "with space&x=1?#", "%2e%2e%2f",
                                       "Ünïcode", "'; DROP TABLE enrollments; --")):
            device = self.quick(udid)
            self.assertEqual([(200, b"")] * 2, [device.authenticate(), device.token_update()], udid)
            self.assertEqual(udid, self.server.enrollment(udid)["id"])
            uuid = f"C-odd-{number}"
            answer = self.server.api("POST", "/api/v1/commands", {
                "targets": [udid], "push": False, "plist": _base64(command_plist(uuid))})
            self.assertEqual(201, answer.status, answer)
            self.assertEqual(uuid, plistlib.loads(device.report("Idle")[1])["CommandUUID"])
            self.assertEqual((200, b""), device.report("Acknowledged", uuid))
        names = {item["id"] for item in self.server.enrollments()}
        self.assertLessEqual({"../../etc/passwd", "with,comma"}, names)
        # NanoMDM's paths split at commas once they are decoded: these are two who are not there.
        answer = self.server.enqueue(["with,comma"], command_plist("C-comma"), "?nopush=1")
        self.assertEqual((500, {"with", "comma"}), (answer.status, set(answer.json()["status"])))

    def test_the_bearer_of_the_key_is_not_named(self):
        """NanoMDM's user name is nanomdm; any is taken, and the password is what counts."""
        path = "/v1/push/" + urllib.parse.quote("nobody")
        for user, password, status in (("nanomdm", API_KEY, 500), ("micromdm", API_KEY, 500), ("", API_KEY, 500),
                                       ("nanomdm", "", 401), ("nanomdm", API_KEY + "x", 401), (API_KEY, "", 401)):
            headers = {"Authorization": "Basic " + _base64(f"{user}:{password}".encode())}
            answer = self.server.request("GET", path, headers=headers)
            self.assertEqual(status, answer.status, (user, password))
            if status == 401:
                self.assertEqual(b"Unauthorized\n", answer.body)
                self.assertTrue(answer.headers["www-authenticate"].startswith("Basic realm="))


class Storage(unittest.TestCase):
    def test_the_database_is_where_storage_says(self):
        folder = temporary_folder(self)
        place = os.path.join(folder, "elsewhere.db")
        server = BramleyServer(folder, ["--allow-empty-topic", "--storage", "sqlite:" + place])
        self.addCleanup(server.close)
        server.start()
        self.assertTrue(os.path.getsize(place) > 0)
        self.assertFalse(os.path.exists(os.path.join(server.data_dir, "bramley.db")))

    def test_other_kinds_of_database_are_refused(self):
        folder = temporary_folder(self)
        for storage in ("mysql://me@localhost/mdm", "pgsql:host=localhost", "filekv", "inmem"):
            done = run_bramley(folder, "serve", "--listen", "127.0.0.1:0", "--data-dir", os.path.join(folder, "d"),
                               "--storage", storage)
            self.assertEqual((1, True), (done.returncode, "hint: this version has sqlite:FILE" in done.stderr), done.stderr)


def _base64(content):
    return base64.b64encode(content).decode()


if __name__ == "__main__":
    unittest.main()

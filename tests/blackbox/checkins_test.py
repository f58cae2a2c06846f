#!/usr/bin/env python3
"""All eight check-ins on every kind of channel, users who authenticate, and devices that are to go."""

import base64
import hashlib
import hmac
import json
import os
import plistlib
import re
import signal
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bramley_server import run_bramley, write_private
from device_test import DeviceTest, temporary_folder_of
from shell_device import CHECKIN_TYPE, TOPIC, uuid_of

EVERYBODY = "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def says(device, message_type, **keys):
    """A check-in without the UDID that ShellDevice would add."""
    return device.put(plistlib.dumps({"MessageType": message_type, **keys}), CHECKIN_TYPE)


class CommandLineTest(DeviceTest):
    def bramley(self, *arguments):
        done = run_bramley(self.folder, *arguments, "--server", self.server.url, "--token",
                           "@" + self.server.api_key_file)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout


class Channels(CommandLineTest):
    def test_a_user_channel_has_its_own_token_and_queue(self):
        device = self.device().enroll()
        user = {"UserID": "U-1", "UserShortName": "ada", "UserLongName": "Ada Lovelace"}
        self.assert_nothing_to_do(device.token_update(**user))
        name = device.udid + ":U-1"
        found = self.server.enrollment(name)
        self.assertEqual(("user", device.udid, "ada"), (found["type"], found["device_id"], found["user_short_name"]))
        self.send(device, "for-the-user", channel=name)
        self.assert_nothing_to_do(device.idle())
        self.assertEqual("for-the-user", uuid_of(device.idle(UserID="U-1")))
        self.assert_nothing_to_do(device.check_out(UserID="U-1"))
        self.assertEqual(("checked_out", "enrolled"), (self.state(name), self.state(device.udid)))

    def test_users_of_a_shared_ipad_are_known_by_their_short_name(self):
        device = self.device().enroll()
        for name in ("ada", "grace"):
            self.assert_nothing_to_do(device.token_update(UserID=EVERYBODY, UserShortName=name))
            self.assertEqual("shared_ipad", self.server.enrollment(f"{device.udid}:{name}")["type"])
        self.send(device, "for-grace", channel=device.udid + ":grace")
        self.assert_nothing_to_do(device.idle(UserID=EVERYBODY, UserShortName="ada"))
        self.assertEqual("for-grace", uuid_of(device.idle(UserID=EVERYBODY, UserShortName="grace")))
        self.assert_refused(device.token_update(UserID=EVERYBODY))

    def test_a_user_enrollment_never_says_who_the_device_is(self):
        device = self.device()
        who = {"EnrollmentID": "E-" + device.udid}
        token = {"Topic": TOPIC, "PushMagic": "m", "Token": b"\1"}
        self.assert_nothing_to_do(says(device, "Authenticate", Topic=TOPIC, **who))
        self.assert_nothing_to_do(says(device, "TokenUpdate", **token, **who))
        self.assert_nothing_to_do(says(device, "TokenUpdate", **token, **who, EnrollmentUserID="U"))
        self.assertEqual("user_enrollment_device", self.server.enrollment(who["EnrollmentID"])["type"])
        self.assertEqual("user_enrollment", self.server.enrollment(who["EnrollmentID"] + ":U")["type"])

    def test_awaiting_configuration_is_seen_until_it_ends(self):
        device = self.device().enroll()
        for waits in (True, False):
            self.assert_ok(device.token_update(AwaitingConfiguration=waits))
            shown = self.bramley("device", "show", device.udid, "-o", "json")
            self.assertEqual(waits, json.loads(shown)["awaiting_configuration"])

    def test_the_bootstrap_token_is_kept_removed_and_reset(self):
        device = self.device().enroll()
        self.assert_nothing_to_do(device.checkin("GetBootstrapToken"))
        self.assert_nothing_to_do(device.checkin("SetBootstrapToken", BootstrapToken=b"kept"))
        self.assertEqual(b"kept", plistlib.loads(device.checkin("GetBootstrapToken").body)["BootstrapToken"])
        self.assert_nothing_to_do(device.checkin("SetBootstrapToken", BootstrapToken=b""))
        self.assert_nothing_to_do(device.checkin("GetBootstrapToken"))
        self.assert_nothing_to_do(device.checkin("SetBootstrapToken", BootstrapToken=b"again"))
        device.enroll()
        self.assert_nothing_to_do(device.checkin("GetBootstrapToken"))

    def test_what_nobody_answers_is_said_so(self):
        device = self.device().enroll()
        self.assertEqual(501, device.checkin("GetToken", TokenServiceType="com.apple.maid").status)
        self.assertEqual(501, device.checkin("DeclarativeManagement", Endpoint="tokens").status)
        self.assertEqual(410, device.checkin("UserAuthenticate", UserID="U-1").status)
        self.assertEqual("enrolled", self.state(device.udid))


class Dismissals(CommandLineTest):
    def test_an_unenrolled_device_is_told_until_it_enrolls_again(self):
        device = self.device().enroll()
        self.send(device, "never-delivered")
        self.bramley("device", "unenroll", device.udid, "--on-next-contact", "--yes")
        for answer in (device.idle(), device.token_update(), device.idle()):
            self.assertEqual(403, answer.status)
            self.assertEqual("application/json", answer.headers["content-type"])
            self.assertEqual("com.apple.unrecognized.device", answer.json()["code"])
        self.assertEqual("checked_out", self.state(device.udid))
        device.enroll()
        self.assert_nothing_to_do(device.idle())
        self.assertEqual(("enrolled", "none"),
                         tuple(self.server.enrollment(device.udid)[key] for key in ("state", "dismissal")))

    def test_a_blocked_device_cannot_come_back_before_it_is_unblocked(self):
        device, other = self.device().enroll(), self.device("UDID-not-blocked").enroll()
        self.bramley("device", "block", device.udid)
        self.assertEqual([403, 403], [device.idle().status, device.authenticate().status])
        self.assert_nothing_to_do(other.idle())
        self.assert_nothing_to_do(device.check_out())
        self.bramley("device", "unblock", device.udid)
        device.enroll()
        self.assert_nothing_to_do(device.idle())

    def test_nobody_is_dismissed_by_a_slip(self):
        device = self.device().enroll()
        flags = ["--server", self.server.url, "--token", "@" + self.server.api_key_file]
        for arguments, exit_code in ((["unenroll", device.udid, "--on-next-contact"], 2),
                                     (["unenroll", device.udid, "--yes"], 2),
                                     (["block", device.udid, "--dry-run"], 8),
                                     (["block", device.udid, "nobody"], 7)):
            done = run_bramley(self.folder, "device", *arguments, *flags)
            self.assertEqual(exit_code, done.returncode, (arguments, done.stderr))
        self.assert_nothing_to_do(device.idle())

    def test_users_are_listed(self):
        device = self.device().enroll()
        self.assert_ok(device.token_update(UserID="U-1", UserShortName="ada"))
        found = [json.loads(line) for line in
                 self.bramley("device", "users", device.udid, "-o", "ndjson").splitlines()]
        self.assertEqual([device.udid + ":U-1"], [user["id"] for user in found])


class EmptyChallenge(DeviceTest):
    flags = ("--user-authenticate", "empty")

    def test_users_need_not_prove_anything(self):
        device = self.device().enroll()
        answer = self.assert_ok(device.checkin("UserAuthenticate", UserID="U-1"))
        self.assertEqual({"DigestChallenge": ""}, plistlib.loads(answer.body))
        self.assert_nothing_to_do(device.checkin("UserAuthenticate", UserID="U-1", DigestResponse="x"))
        self.assert_nothing_to_do(device.token_update(UserID="U-1", UserShortName="ada"))
        self.assert_refused(device.checkin("UserAuthenticate"))


class Digest(DeviceTest):
    @classmethod
    def setUpClass(cls):
        users = os.path.join(temporary_folder_of(cls), "users")
        write_private(users, f"# people\nada:school:{md5('ada:school:engine')}\n")
        cls.flags = ("--user-authenticate", "digest", "--users-file", users)
        super().setUpClass()

    def ask(self, device, user="U-1", **keys):
        return plistlib.loads(self.assert_ok(device.checkin("UserAuthenticate", UserID=user, **keys)).body)

    def answer(self, challenge, password="engine", name="ada"):
        nonce = re.search(r'nonce="([^"]+)"', challenge)[1]
        ha2 = md5("PUT:/mdm")
        response = md5(f"{md5(f'{name}:school:{password}')}:{nonce}:00000001:c:auth:{ha2}")
        return (f'Digest username="{name}", realm="school", nonce="{nonce}", uri="/mdm", qop=auth, '
                f'nc=00000001, cnonce="c", response="{response}"')

    def test_the_right_password_earns_a_token_that_is_needed_from_then_on(self):
        device = self.device().enroll()
        challenge = self.ask(device)["DigestChallenge"]
        self.assertTrue(challenge.startswith('Digest realm="school", '), challenge)
        user = {"UserID": "U-1", "UserShortName": "ada"}
        self.assert_refused(device.token_update(**user))
        right = self.answer(challenge)
        token = self.ask(device, DigestResponse=right)["AuthToken"]
        self.assertTrue(token)
        self.assertEqual("", self.ask(device, DigestResponse=right)["AuthToken"], "a nonce serves once")
        self.assert_refused(device.token_update(**user))
        self.assert_refused(device.token_update(**user, AuthToken="guessed"))
        self.assert_nothing_to_do(device.token_update(**user, AuthToken=token))
        self.send(device, "for-ada", channel=device.udid + ":U-1")
        self.assert_refused(device.idle(UserID="U-1"))
        self.assertEqual("for-ada", uuid_of(device.idle(UserID="U-1", AuthToken=token)))
        self.assert_nothing_to_do(device.idle())
        self.ask(device)  # the next login: what was earned before is void
        self.assert_refused(device.idle(UserID="U-1", AuthToken=token))
        self.assertNotIn(token, self.server.log())

    def test_a_wrong_answer_earns_an_empty_token(self):
        device = self.device().enroll()
        self.assertEqual("", self.ask(device, DigestResponse=self.answer('nonce="never-given"'))["AuthToken"])
        challenge = self.ask(device)["DigestChallenge"]
        for wrong in (self.answer(challenge, password="guess"), self.answer(challenge, name="eve"), "x", 'a="'):
            self.assertEqual("", self.ask(device, DigestResponse=wrong)["AuthToken"])
        self.assertTrue(self.ask(device, DigestResponse=self.answer(challenge))["AuthToken"])

    def test_the_users_are_read_again_at_a_signal_and_bad_ones_are_not_taken(self):
        device = self.device().enroll()
        users = type(self).flags[-1]
        with open(users, encoding="utf-8") as file:
            kept = file.read()
        self.addCleanup(self.read_again, users, kept, "users read again")
        new = self.answer(self.ask(device)["DigestChallenge"], password="kettle", name="grace")
        self.assertEqual("", self.ask(device, DigestResponse=new)["AuthToken"])
        self.read_again(users, f"{kept}grace:school:{md5('grace:school:kettle')}\n", "users read again")
        new = self.answer(self.ask(device)["DigestChallenge"], password="kettle", name="grace")
        self.assertTrue(self.ask(device, DigestResponse=new)["AuthToken"])
        self.read_again(users, "grace:school:not-a-hash-of-her-password\n", "the users of before stay")
        self.assertNotIn("not-a-hash", self.server.log())
        self.assertIn(users, self.server.log())
        again = self.answer(self.ask(device)["DigestChallenge"], password="kettle", name="grace")
        self.assertTrue(self.ask(device, DigestResponse=again)["AuthToken"])
        os.remove(users)
        self.signal("the users of before stay")
        self.assertTrue(self.ask(device)["DigestChallenge"])

    def read_again(self, users, text, line):
        write_private(users, text)
        self.signal(line)

    def signal(self, line):
        """SIGHUP, and its line in the log."""
        before = self.server.log().count(line)
        self.server.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 30
        while self.server.log().count(line) == before:
            self.assertLess(time.monotonic(), deadline, self.server.log()[-2000:])
            time.sleep(0.02)

    def test_local_users_are_not_asked(self):
        device = self.device().enroll()
        self.assert_nothing_to_do(device.token_update(UserID="U-2", UserShortName="local"))

    def test_a_fresh_enrollment_ends_it(self):
        device = self.device().enroll()
        self.ask(device)
        device.enroll()
        self.assert_nothing_to_do(device.token_update(UserID="U-1", UserShortName="ada"))


class Hook(BaseHTTPRequestHandler):
    """What answers declarative management; `server.asked` has the requests, `server.reply` what comes next."""

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        status, answer, signed = self.server.reply
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        if signed:
            self.send_header("X-Hmac-Signature", signature(b"theirs", answer))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_PUT = answer

    def log_message(self, *_):
        pass


def signature(key, body):
    return base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()


class Declarations(DeviceTest):
    @classmethod
    def setUpClass(cls):
        cls.hook = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        cls.hook.asked, cls.hook.reply = [], (200, b"{}", True)
        threading.Thread(target=cls.hook.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.hook.server_close)
        cls.addClassCleanup(cls.hook.shutdown)
        folder = temporary_folder_of(cls)
        for name in ("ours", "theirs"):
            write_private(os.path.join(folder, name), name)
        cls.flags = ("--dm-url", f"http://127.0.0.1:{cls.hook.server_port}/ddm",
                     "--dm-send-hmac-key", "@" + os.path.join(folder, "ours"),
                     "--dm-recv-hmac-key", "@" + os.path.join(folder, "theirs"))
        super().setUpClass()

    def ask(self, device, endpoint, data=None, **keys):
        more = {"Data": data} if data else {}
        return device.checkin("DeclarativeManagement", Endpoint=endpoint, **more, **keys)

    def test_the_hook_is_asked_as_nanomdm_asks(self):
        device = self.device().enroll()
        self.hook.reply = (200, b'{"a":1}', True)
        answer = self.assert_ok(self.ask(device, "declaration/configuration/com.example/a b"))
        self.assertEqual(b'{"a":1}', answer.body)
        method, path, headers, body = self.hook.asked[-1]
        self.assertEqual(("GET", "/ddm/declaration/configuration/com.example/a%20b", b""), (method, path, body))
        self.assertEqual((device.udid, "Device", None, signature(b"ours", b"")),
                         (headers["X-Enrollment-ID"], headers["X-Enrollment-Type"],
                          headers.get("X-Enrollment-ParentID"), headers["X-Hmac-Signature"]))
        self.assert_ok(self.ask(device, "status", b'{"s":2}', UserID="U-1"))
        method, path, headers, body = self.hook.asked[-1]
        self.assertEqual(("PUT", "/ddm/status", b'{"s":2}'), (method, path, body))
        self.assertEqual((device.udid + ":U-1", "User", device.udid, signature(b"ours", b'{"s":2}'),
                          "application/json"),
                         tuple(headers[name] for name in ("X-Enrollment-ID", "X-Enrollment-Type",
                                                          "X-Enrollment-ParentID", "X-Hmac-Signature",
                                                          "Content-Type")))

    def test_statuses_pass_but_for_those_that_would_make_devices_leave(self):
        device = self.device().enroll()
        for status, seen in ((404, 404), (500, 500), (401, 503), (403, 503), (302, 503)):
            self.hook.reply = (status, b"{}", True)
            self.assertEqual(seen, self.ask(device, "tokens").status, status)

    def test_an_answer_that_is_not_signed_is_not_passed_on(self):
        device = self.device().enroll()
        self.hook.reply = (200, b"{}", False)
        self.assertEqual(503, self.ask(device, "tokens").status)

    def test_no_device_chooses_where_the_request_goes(self):
        device = self.device().enroll()
        asked = len(self.hook.asked)
        for endpoint in ("//evil.example/z", "http://169.254.169.254/", "../../admin", "tokens/", "tokens?x",
                         "declaration/configuration/../x", "declaration/configuration/", "declaration/other/x"):
            self.assert_refused(self.ask(device, endpoint))
        self.assertEqual(asked, len(self.hook.asked))


if __name__ == "__main__":
    unittest.main(verbosity=2)

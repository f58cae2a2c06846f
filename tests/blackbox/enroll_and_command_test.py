#!/usr/bin/env python3
"""A device made of openssl and curl, from Authenticate to Acknowledged, and to CheckOut."""

import copy
import plistlib
import shutil
import unittest

from device_test import DeviceTest
from shell_device import CHECKIN_TYPE, REPORT_TYPE, TOPIC, command_plist, uuid_of


class TheWholePath(DeviceTest):
    def test_authenticate_token_update_idle_command_acknowledged(self):
        device = self.device()
        self.assertIsNone(self.state(device.udid))
        self.assert_nothing_to_do(device.authenticate())
        self.assertEqual("pending", self.state(device.udid))
        self.assert_nothing_to_do(device.token_update())
        self.assertEqual("enrolled", self.state(device.udid))
        self.assert_nothing_to_do(device.idle())

        plist = command_plist("C-whole", Queries=["UDID", "DeviceName"])
        answer = self.server.enqueue([device.udid], plist, "?nopush=1")
        self.assertEqual(200, answer.status)
        self.assertEqual({"no_push": True, "command_uuid": "C-whole", "request_type": "DeviceInformation"}, answer.json())
        answer = self.assert_ok(device.idle())
        self.assertEqual(plist, answer.body)
        self.assertTrue(answer.headers["content-type"].startswith("text/xml"))
        self.assert_nothing_to_do(device.report("Acknowledged", "C-whole",
                                                QueryResponses={"UDID": device.udid, "DeviceName": "Test Mac"}))
        self.assert_nothing_to_do(device.idle())

        result, = self.server.results("C-whole")
        self.assertEqual("acknowledged", result["state"])
        self.assertEqual("Test Mac", result["report"]["QueryResponses"]["DeviceName"])

    def test_what_authenticate_said_is_kept(self):
        device = self.device().enroll()
        found = self.server.enrollment(device.udid)
        self.assertEqual(("device", "C02" + device.udid[-8:], "Test Mac", "Mac14,2", "14.5", "23F79", TOPIC, "ok"),
                         tuple(found[name] for name in ("type", "serial_number", "device_name", "product_name",
                                                        "os_version", "build_version", "topic", "push_state")))
        self.assertEqual(1, found["token_update_tally"])
        self.assertNotIn("magic-", str(found))

    def test_checkin_has_a_path_of_its_own_too(self):
        device = self.device()
        self.assert_ok(device.checkin("Authenticate", path="/checkin", Topic=TOPIC, SerialNumber="S"))
        self.assert_ok(device.checkin("TokenUpdate", path="/checkin", Topic=TOPIC, PushMagic="m", Token=b"t" * 32))
        self.assertEqual("enrolled", self.state(device.udid))

    def test_content_type_with_parameters_is_still_a_checkin(self):
        device = self.device()
        body = plistlib.dumps({"MessageType": "Authenticate", "UDID": device.udid, "Topic": TOPIC})
        self.assert_ok(device.put(body, CHECKIN_TYPE + "; charset=utf-8"))
        self.assertEqual("pending", self.state(device.udid))

    def test_binary_plists_from_the_device(self):
        device = self.device().enroll()
        body = plistlib.dumps({"Status": "Idle", "UDID": device.udid}, fmt=plistlib.FMT_BINARY)
        self.assert_nothing_to_do(device.put(body, REPORT_TYPE))

    def test_a_binary_command_arrives_byte_for_byte(self):
        device = self.device().enroll()
        plist = command_plist("C-binary", "InstallProfile", plistlib.FMT_BINARY, Payload=bytes(range(256)))
        self.assertEqual(200, self.server.enqueue([device.udid], plist, "?nopush=1").status)
        self.assertEqual(plist, self.assert_ok(device.idle()).body)

    def test_a_command_with_odd_white_space_arrives_byte_for_byte(self):
        device = self.device().enroll()
        plist = command_plist("C-white").replace(b"\n", b"\r\n") + b"\n\n"
        self.assertEqual(200, self.server.enqueue([device.udid], plist, "?nopush=1").status)
        self.assertEqual(plist, self.assert_ok(device.idle()).body)

    def test_a_delivered_command_that_was_not_answered_is_delivered_again(self):
        device = self.device().enroll()
        self.send(device, "C-again")
        for _ in range(2):
            self.assertEqual("C-again", uuid_of(device.idle()))

    def test_signatures_of_every_accepted_shape(self):
        device = self.device().enroll()
        body = plistlib.dumps({"Status": "Idle", "UDID": device.udid})
        for options in (("-md", "sha256"), ("-md", "sha1"), ("-md", "sha256", "-noattr"), ("-md", "sha1", "-noattr"),
                        ("-md", "sha512"), ("-md", "sha256", "-nodetach"), ("-md", "sha256", "-stream")):
            with self.subTest(options):
                self.assert_nothing_to_do(device.put(body, REPORT_TYPE, signature=device.sign(body, *options)))


class UserChannels(DeviceTest):
    USER = {"UserID": "USER-1", "UserShortName": "ada", "UserLongName": "Ada L."}

    def enroll_with_user(self):
        device = self.device().enroll()
        self.assert_ok(device.token_update(**self.USER))
        return device, device.udid + ":USER-1"

    def test_a_user_channel_has_its_own_queue(self):
        device, channel = self.enroll_with_user()
        self.assertEqual("user", self.server.enrollment(channel)["type"])
        self.send(device, "C-user-channel", channel=channel)
        self.assert_nothing_to_do(device.idle())
        self.assertEqual("C-user-channel", uuid_of(device.idle(**self.USER)))
        self.assert_nothing_to_do(device.report("Acknowledged", "C-user-channel", **self.USER))
        self.assertEqual([channel], [result["enrollment_id"] for result in self.server.results("C-user-channel")])

    def test_a_device_cannot_settle_its_users_command(self):
        device, channel = self.enroll_with_user()
        self.send(device, "C-users-own", channel=channel)
        self.assert_nothing_to_do(device.report("Acknowledged", "C-users-own"))
        self.assertEqual("C-users-own", uuid_of(device.idle(**self.USER)))

    def test_shared_ipad_users_are_told_apart_by_their_short_name(self):
        device = self.device().enroll()
        for name in ("ada", "grace"):
            self.assert_ok(device.token_update(UserID="FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", UserShortName=name))
        self.assertEqual(["shared_ipad"] * 2, [self.server.enrollment(f"{device.udid}:{name}")["type"]
                                               for name in ("ada", "grace")])

    def test_check_out_of_a_user_leaves_the_device(self):
        device, channel = self.enroll_with_user()
        self.assert_ok(device.check_out(**self.USER))
        self.assertEqual(("enrolled", "checked_out"), (self.state(device.udid), self.state(channel)))

    def test_check_out_of_a_user_that_was_never_heard_of_is_harmless(self):
        device = self.device().enroll()
        self.assert_nothing_to_do(device.check_out(**self.USER))
        self.assertEqual("enrolled", self.state(device.udid))
        self.assertIsNone(self.state(device.udid + ":USER-1"))

    def test_a_fresh_enrollment_clears_the_queues_of_device_and_users(self):
        device, channel = self.enroll_with_user()
        self.send(device, "C-old-device")
        self.send(device, "C-old-user", channel=channel)
        device.enroll()
        self.assert_nothing_to_do(device.idle())
        self.assert_ok(device.token_update(**self.USER))
        self.assert_nothing_to_do(device.idle(**self.USER))
        self.assertEqual(["cleared"], [result["state"] for result in self.server.results("C-old-user")])


class NotConfigured(DeviceTest):
    """What this server does not do is said without harm: never 401 or 403."""

    def test_declarative_management_and_tokens(self):
        device = self.device().enroll()
        before = self.snapshot(device.udid)
        for message, keys in (("DeclarativeManagement", {"Endpoint": "tokens"}),
                              ("DeclarativeManagement", {"Endpoint": "status", "Data": b"{}"}),
                              ("GetToken", {"TokenServiceType": "com.apple.maid"}),
                              ("GetToken", {"TokenServiceType": "com.apple.watch.pairing"})):
            answer = device.checkin(message, **keys)
            self.assertEqual((501, b""), (answer.status, answer.body))
        self.assertEqual(before, self.snapshot(device.udid))

    def test_users_that_ask_to_be_authenticated_are_declined_and_the_device_stays(self):
        device = self.device().enroll()
        answer = device.checkin("UserAuthenticate", UserID="USER-1", UserShortName="ada")
        self.assertEqual((410, b""), (answer.status, answer.body))
        self.assertEqual("enrolled", self.state(device.udid))
        self.assert_nothing_to_do(device.idle())


class CheckOut(DeviceTest):
    def test_after_check_out_the_answer_is_200_and_nothing(self):
        device = self.device().enroll()
        self.send(device, "C-too-late")
        self.assert_nothing_to_do(device.check_out())
        self.assertEqual("checked_out", self.state(device.udid))
        self.assert_nothing_to_do(device.idle())
        self.assert_nothing_to_do(device.report("Acknowledged", "C-too-late"))
        self.assert_nothing_to_do(device.token_update())
        self.assert_nothing_to_do(device.check_out())
        for message, keys in (("SetBootstrapToken", {"BootstrapToken": b"late"}), ("GetBootstrapToken", {}),
                              ("DeclarativeManagement", {"Endpoint": "tokens"}),
                              ("GetToken", {"TokenServiceType": "com.apple.maid"}),
                              ("UserAuthenticate", {"UserID": "USER-1"}), ("TokenUpdate", {
                                  "Topic": TOPIC, "PushMagic": "m", "Token": b"t" * 32, "UserID": "USER-1"})):
            with self.subTest(message):
                self.assert_nothing_to_do(device.checkin(message, **keys))
        self.assertEqual("checked_out", self.state(device.udid))
        self.assertIsNone(self.state(device.udid + ":USER-1"))

    def test_authenticate_starts_afresh(self):
        device = self.device().enroll()
        self.assert_ok(device.check_out())
        device.renew(self.authority)
        device.enroll()
        self.assertEqual("enrolled", self.state(device.udid))
        self.assertEqual(1, self.server.enrollment(device.udid)["token_update_tally"])

    def test_a_new_certificate_is_good_after_authenticate_only(self):
        device = self.device().enroll()
        device.renew(self.authority)
        self.assert_refused(device.idle())
        device.enroll()
        self.assert_nothing_to_do(device.idle())

    def test_the_certificate_of_before_gets_nothing_of_the_new_enrollment(self):
        device = self.device().enroll()
        before = copy.copy(device)
        before.certificate = shutil.copy(device.certificate, device.certificate + ".before")
        device.renew(self.authority)
        device.enroll()
        self.assert_nothing_to_do(device.checkin("SetBootstrapToken", BootstrapToken=b"secret"))
        self.assert_refused(before.checkin("GetBootstrapToken"))
        self.assert_refused(before.idle())
        self.assert_ok(device.checkin("GetBootstrapToken"))

    def test_bootstrap_token_is_kept_given_back_and_forgotten(self):
        device = self.device().enroll()
        self.assert_nothing_to_do(device.checkin("GetBootstrapToken"))
        self.assert_nothing_to_do(device.checkin("SetBootstrapToken", BootstrapToken=b"secret"))
        answer = self.assert_ok(device.checkin("GetBootstrapToken"))
        self.assertEqual({"BootstrapToken": b"secret"}, plistlib.loads(answer.body))
        device.enroll()
        self.assert_nothing_to_do(device.checkin("GetBootstrapToken"))


if __name__ == "__main__":
    unittest.main()

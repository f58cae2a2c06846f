#!/usr/bin/env python3
"""Devices get a new identity and stay what they are: strongSwan's pki for SCEP, openssl and curl for the rest."""

import os
import plistlib
import shutil
import time
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from bramley_server import run_bramley, write_private
from device_test import DeviceTest
from push_certificates import PushPair
from shell_device import TOPIC, run, uuid_of
from test_authority import TestAuthority

WAIT_SECONDS = 30


@unittest.skipIf(not shutil.which("pki"), "not installed: pki")
class RenewalTest(DeviceTest):
    """One server a class; its devices enroll with certificates of the server's CA."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.stop()
        PushPair(TOPIC).write_to(cls.server.credentials_dir)
        cls.server.start()

    def enrolled(self):
        """A device with a command that waits, a bootstrap token and a user."""
        device = self.device()
        self.assert_ok(device.authenticate())
        self.assert_ok(device.token_update(UnlockToken=b"unlock"))
        self.assert_ok(device.checkin("SetBootstrapToken", BootstrapToken=b"boot"))
        self.assert_ok(device.token_update(UserID="U1", UserShortName="anna"))
        self.send(device, "C-" + device.udid)
        return device

    def assert_untouched(self, device):
        enrollment = self.server.enrollment(device.udid)
        self.assertEqual("enrolled", enrollment["state"])
        self.assertGreaterEqual(enrollment["token_update_tally"], 1)
        self.assertEqual("enrolled", self.server.enrollment(device.udid + ":U1")["state"])
        self.assertIn("C-" + device.udid, [item["command_uuid"] for item in self.server.queue(device.udid)])
        token = self.assert_ok(device.checkin("GetBootstrapToken"))
        self.assertEqual(b"boot", plistlib.loads(token.body)["BootstrapToken"])

    def renewal(self, device):
        answer = self.server.api("GET", f"/api/v1/enrollments/{device.udid}/renewal")
        return answer.json() if answer.status == 200 else {"state": None}

    def wait_for(self, device, state, **keys):
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            found = self.renewal(device)
            if found["state"] == state and all(found[key] == value for key, value in keys.items()):
                return found
            time.sleep(0.05)
        raise AssertionError(f"not {state} {keys}: {self.renewal(device)}\n{self.server.log()[-3000:]}")

    def begin(self, device):
        self.assertEqual(202, self.server.api("POST", f"/api/v1/enrollments/{device.udid}/renewal").status)
        return self.wait_for(device, "sent")

    def next_profile(self, device):
        """Polls until the InstallProfile comes: its UUID, its challenge, and the profile."""
        deadline = time.monotonic() + WAIT_SECONDS
        answer = self.assert_ok(device.idle())
        while not (uuid_of(answer) or "").startswith("bramley-renewal-"):
            self.assertLess(time.monotonic(), deadline, self.server.log()[-3000:])
            answer = self.assert_ok(device.report("NotNow", uuid_of(answer)) if answer.body else device.idle())
        profile = plistlib.loads(plistlib.loads(answer.body)["Command"]["Payload"])
        (scep,) = (part for part in profile["PayloadContent"] if part["PayloadType"] == "com.apple.security.scep")
        return uuid_of(answer), scep["PayloadContent"]["Challenge"], profile

    def request(self, device, name, *options, ok=True):
        """A new key and its certificate; (certificate, key)."""
        key = os.path.join(device.folder, name + ".key")
        run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key)
        authority = os.path.join(self.server.credentials_dir, "scep-ca.pem")
        command = ["pki", "--scep", "--url", f"http://127.0.0.1:{self.server.port}/scep", "--in", key, "--dn",
                   "CN=" + name, "--cacert-enc", authority, "--cacert-sig", authority, "--cacert", authority,
                   "--cipher", "des3", "--outform", "pem", *options]
        if not ok:
            with self.assertRaises(RuntimeError):
                run(*command)
            return None
        said = run(*command).decode()
        certificate = os.path.join(device.folder, name + ".pem")
        write_private(certificate, said[said.index("-----BEGIN"):])
        return certificate, key

    def by_challenge(self, device, challenge, name="fresh", ok=True):
        return self.request(device, name, "--password", challenge, ok=ok)

    def by_renewal_req(self, device, name="fresh"):
        return self.request(device, name, "--cert", device.certificate, "--key", device.key)

    def use(self, device, identity):
        device.certificate, device.key = identity

    def certificate_sha256(self, path):
        with open(path, "rb") as file:
            return x509.load_pem_x509_certificate(file.read()).fingerprint(hashes.SHA256()).hex()


class FourWays(RenewalTest):
    """Issued on the challenge or by a RenewalReq; with Authenticate and TokenUpdate, or no check-in at all."""

    def finish(self, device, uuid):
        """The report comes, and everything is as it was."""
        self.assert_untouched(device)
        self.assert_ok(device.report("Acknowledged", uuid))
        found = self.wait_for(device, "proven")
        self.assertEqual(self.certificate_sha256(device.certificate), found["new_certificate"])
        self.assertEqual(found["new_certificate"], self.server.enrollment(device.udid)["certificate_sha256"])
        # Both work, for another week.
        self.assert_untouched(device)
        new = device.certificate, device.key
        self.use(device, device.before)
        self.assert_untouched(device)
        self.use(device, new)
        self.assertGreater(found["next_at"], found["acknowledged_at"])

    def begin_with(self, get):
        device = self.enrolled()
        self.begin(device)
        uuid, challenge, profile = self.next_profile(device)
        device.before = device.certificate, device.key
        return device, uuid, get(device, challenge), profile

    def check_in(self, device):
        tally = self.server.enrollment(device.udid)["token_update_tally"]
        self.assert_ok(device.authenticate())
        self.assert_untouched(device)
        self.assertEqual(tally, self.server.enrollment(device.udid)["token_update_tally"])
        self.assert_ok(device.token_update())

    def test_challenge_and_check_ins(self):
        device, uuid, identity, _ = self.begin_with(self.by_challenge)
        self.use(device, identity)
        self.check_in(device)
        self.finish(device, uuid)

    def test_challenge_and_no_check_in(self):
        device, uuid, identity, profile = self.begin_with(self.by_challenge)
        self.use(device, identity)
        self.finish(device, uuid)
        # The device replaces the profile that it enrolled with.
        answer = self.server.api("POST", "/api/v1/enrollment-profiles", {})
        first = plistlib.loads(answer.body)
        self.assertEqual(first["PayloadIdentifier"], profile["PayloadIdentifier"])
        self.assertEqual([part["PayloadUUID"] for part in first["PayloadContent"]],
                         [part["PayloadUUID"] for part in profile["PayloadContent"]])

    def test_renewal_req_and_check_ins(self):
        device, uuid, identity, _ = self.begin_with(lambda device, _: self.by_renewal_req(device))
        self.use(device, identity)
        self.check_in(device)
        self.finish(device, uuid)

    def test_renewal_req_and_no_check_in(self):
        device, uuid, identity, _ = self.begin_with(lambda device, _: self.by_renewal_req(device))
        self.use(device, identity)
        self.finish(device, uuid)

    def test_the_report_may_come_with_the_old_certificate(self):
        device, uuid, identity, _ = self.begin_with(self.by_challenge)
        self.assert_ok(device.report("Acknowledged", uuid))
        self.wait_for(device, "proving")
        self.use(device, identity)
        self.assert_untouched(device)
        self.wait_for(device, "proven")


class Others(RenewalTest):
    def test_a_wiped_device_is_a_fresh_enrollment(self):
        device = self.enrolled()
        self.begin(device)
        _, challenge, _ = self.next_profile(device)
        ordinary = self.server.api("POST", "/api/v1/scep-challenges", {}).json()["challenge"]
        self.use(device, self.by_challenge(device, ordinary, "ordinary"))
        self.assert_ok(device.authenticate())
        self.assertEqual("cancelled", self.renewal(device)["state"])
        self.assertEqual("pending", self.server.enrollment(device.udid)["state"])
        self.assertEqual([], self.server.queue(device.udid))
        self.assert_ok(device.token_update())
        self.assertEqual(b"", self.assert_ok(device.checkin("GetBootstrapToken")).body)
        self.by_challenge(device, challenge, "late", ok=False)

    def test_each_delivery_voids_the_challenge_before(self):
        device = self.enrolled()
        self.begin(device)
        _, first, _ = self.next_profile(device)
        _, second, _ = self.next_profile(device)
        self.by_challenge(device, first, "first", ok=False)
        self.use(device, self.by_challenge(device, second, "second"))
        self.assert_untouched(device)

    def test_its_certificate_is_no_other_devices(self):
        device = self.enrolled()
        other = self.device("UDID-other").enroll()
        self.begin(device)
        _, challenge, _ = self.next_profile(device)
        self.use(other, self.by_challenge(device, challenge))
        self.assert_refused(other.authenticate())
        self.assert_refused(other.idle())

    def test_a_failed_attempt_is_shown_and_tried_again(self):
        device = self.enrolled()
        self.begin(device)
        uuid, challenge, _ = self.next_profile(device)
        self.assert_ok(device.report("Error", uuid, ErrorChain=[
            {"ErrorCode": 4001, "ErrorDomain": "MCInstallationErrorDomain", "USEnglishDescription": "not today"}]))
        failed = self.wait_for(device, "failed", attempts=1)
        self.assertIn("not today", failed["error"])
        self.by_challenge(device, challenge, "late", ok=False)
        listed = self.bramley("device", "renewals", "--state", "failed", "-o", "json")
        self.assertIn("not today", listed.stdout)
        self.assertEqual(8, self.bramley("device", "renew", device.udid, "--dry-run").returncode)
        self.assertEqual("failed", self.renewal(device)["state"])
        self.assertEqual(0, self.bramley("device", "renew", device.udid).returncode)
        self.wait_for(device, "sent", attempts=2)
        again, challenge, _ = self.next_profile(device)
        self.assertNotEqual(uuid, again)
        self.use(device, self.by_challenge(device, challenge))
        self.assert_ok(device.report("Acknowledged", again))
        self.wait_for(device, "proven")

    def bramley(self, *words):
        return run_bramley(self.server.folder, *words, "--server", self.server.url, "--token",
                           "@" + self.server.api_key_file)

    def test_what_cannot_be_renewed(self):
        self.assertEqual(404, self.server.api("POST", "/api/v1/enrollments/nobody/renewal").status)
        self.assertEqual(400, self.server.api("GET", "/api/v1/renewals?state=tired").status)
        device = self.device().enroll()
        self.assertEqual(404, self.server.api("GET", f"/api/v1/enrollments/{device.udid}/renewal").status)
        self.assert_ok(device.check_out())
        self.assertEqual(409, self.server.api("POST", f"/api/v1/enrollments/{device.udid}/renewal").status)
        self.assertEqual(7, self.bramley("device", "renew", "nobody").returncode)


class Simulated(RenewalTest):
    """bramley simulate is the device."""

    flags = ("--open-enrollment",)

    def simulate(self):
        done = run_bramley(self.server.folder, "simulate", "--url", self.server.url, "--devices", "3", "--duration", "0",
                           "--dir", os.path.join(self.server.folder, "devices"))
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_devices_renew_and_answer_with_their_new_identity(self):
        self.simulate()
        before = {item["id"]: item for item in self.server.pages("/api/v1/enrollments", "enrollments")}
        self.assertEqual(3, len(before))
        for udid in before:
            self.assertEqual(202, self.server.api("POST", f"/api/v1/enrollments/{udid}/renewal").status)
        deadline = time.monotonic() + WAIT_SECONDS
        while not all(self.server.queue(udid) for udid in before):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        self.simulate()
        while {"proven"} != {item["state"] for item in self.server.pages("/api/v1/renewals", "renewals")}:
            self.assertLess(time.monotonic(), deadline, self.server.log()[-3000:])
            time.sleep(0.05)
        for item in self.server.pages("/api/v1/enrollments", "enrollments"):
            self.assertNotEqual(before[item["id"]]["certificate_sha256"], item["certificate_sha256"])
            self.assertEqual(1, item["token_update_tally"])
        self.simulate()


class NearItsEnd(RenewalTest):
    flags = ("--renew-before", "10d")

    def test_is_found_by_itself_also_of_another_authority(self):
        device = self.device(days=9).enroll()
        found = self.wait_for(device, "sent")
        self.assertEqual("expiry", found["origin"])
        self.assertIsNone(self.renewal(self.device("UDID-long").enroll())["state"])
        uuid, challenge, _ = self.next_profile(device)
        self.use(device, self.by_challenge(device, challenge))
        self.assert_ok(device.report("Acknowledged", uuid))
        found = self.wait_for(device, "proven")
        self.assertGreater(found["identity_not_after"], found["begun_at"])
        # A restart loses nothing.
        self.server.kill()
        self.server.start()
        self.assertEqual("proven", self.renewal(device)["state"])
        self.assert_ok(device.idle())


class TurnedOff(RenewalTest):
    flags = ("--renew-before", "0s")

    def test_nothing_begins_by_itself(self):
        device = self.device(days=2).enroll()
        other = self.device("UDID-asked").enroll()
        self.begin(other)  # so that the background has had its turn
        self.assertIsNone(self.renewal(device)["state"])


class OfAnotherAuthority(RenewalTest):
    @classmethod
    def setUpClass(cls):
        cls.other = TestAuthority("Other CA")
        super().setUpClass()
        path = os.path.join(cls.folder, "device-ca.pem")
        write_private(path, cls.other.pem())
        cls.server.stop()
        cls.server.flags += ["--device-ca", path]
        cls.server.start()

    def test_gets_an_identity_of_ours(self):
        device = self.device(authority=self.other, days=20).enroll()
        self.wait_for(device, "sent")
        uuid, challenge, _ = self.next_profile(device)
        self.use(device, self.by_challenge(device, challenge))
        self.assert_ok(device.report("Acknowledged", uuid))
        self.wait_for(device, "proven")
        self.assertEqual("enrolled", self.state(device.udid))


class WithinGrace(RenewalTest):
    # Nobody listens there: 502 says that the device got through.
    flags = ("--identity-grace", "90d", "--renew-before", "0s", "--auth-proxy-url", "http://127.0.0.1:9")
    SECONDS = 8

    def test_an_expired_identity_is_given_its_renewal_and_nothing_else(self):
        end = time.time() + self.SECONDS
        device = self.device(days=1 + self.SECONDS / 86400).enroll()
        self.send(device, "C-1")
        self.assert_ok(device.checkin("SetBootstrapToken", BootstrapToken=b"boot"))
        self.assertEqual(502, device.put(b"x", "text/plain", "/authproxy/x").status)
        while time.time() < end + 1:
            time.sleep(0.1)
        self.assertEqual(b"", self.assert_ok(device.idle()).body)  # and its renewal begins
        self.wait_for(device, "sent")
        for answer in (device.checkin("GetBootstrapToken"), device.report("Acknowledged", "C-1"), device.authenticate(),
                       device.token_update(), device.report("Idle", UserID="U1"),
                       device.put(b"x", "text/plain", "/authproxy/x")):
            self.assert_refused(answer)
        uuid, challenge, _ = self.next_profile(device)
        self.use(device, self.by_challenge(device, challenge))
        self.assert_ok(device.report("Acknowledged", uuid))
        self.wait_for(device, "proven")
        answer = self.assert_ok(device.idle())
        self.assertEqual("C-1", uuid_of(answer))
        token = self.assert_ok(device.checkin("GetBootstrapToken"))
        self.assertEqual(b"boot", plistlib.loads(token.body)["BootstrapToken"])

    def test_a_renewal_req_of_an_expired_identity(self):
        end = time.time() + self.SECONDS
        device = self.device(days=1 + self.SECONDS / 86400).enroll()
        self.send(device, "C-by-request")
        while time.time() < end + 1:
            time.sleep(0.1)
        self.use(device, self.by_renewal_req(device))
        self.assertEqual("C-by-request", uuid_of(self.assert_ok(device.idle())))
        self.assertEqual("enrolled", self.state(device.udid))

    def test_who_is_not_enrolled_with_it_is_refused(self):
        stranger = self.device(days=0.5)
        self.assert_refused(stranger.authenticate())
        self.assert_refused(stranger.idle())
        of_nobody = self.device("UDID-foreign", authority=TestAuthority("Nobody's"), days=0.5)
        self.assert_refused(of_nobody.idle())


class ReEnrollmentTest(RenewalTest):
    def issue(self, device, name, **restriction):
        challenge = self.server.api("POST", "/api/v1/scep-challenges", restriction).json()["challenge"]
        return self.by_challenge(device, challenge, name)

    def assert_still_enrolled(self, device):
        self.assertEqual("enrolled", self.state(device.udid))
        self.assert_untouched(device)

    def assert_afresh(self, device):
        self.assert_ok(device.token_update())
        self.assertEqual(b"", self.assert_ok(device.checkin("GetBootstrapToken")).body)
        self.assertEqual([], self.server.queue(device.udid))


class Allow(ReEnrollmentTest):
    flags = ("--events", "on")

    def test_it_is_taken_and_told(self):
        device = self.enrolled()
        identity = self.issue(device, "other")
        self.use(device, identity)
        self.assert_ok(device.authenticate())
        self.assert_afresh(device)
        self.assertIn("authenticates with another key", self.server.log())
        events = self.server.api("GET", "/api/v1/events?topic=bramley.ReEnrollment").json()["events"]
        self.assertEqual([device.udid], [event["enrollment_id"] for event in events])


class Bound(ReEnrollmentTest):
    flags = ("--re-enroll", "bound", "--events", "on")

    def test_only_with_an_identity_that_was_issued_for_the_device(self):
        device = self.enrolled()
        before = device.certificate, device.key
        self.use(device, self.issue(device, "any"))
        self.assert_refused(device.authenticate())
        self.assert_refused(device.idle())
        self.use(device, before)
        self.assert_still_enrolled(device)
        events = self.server.api("GET", "/api/v1/events?topic=bramley.ReEnrollmentRefused").json()["events"]
        self.assertEqual(1, len(events))
        self.use(device, self.issue(device, "named", udid=device.udid))
        self.assert_ok(device.authenticate())
        self.assert_afresh(device)

    def test_who_said_goodbye_may_come_back(self):
        device = self.enrolled()
        self.assert_ok(device.check_out())
        self.use(device, self.issue(device, "any"))
        self.assert_ok(device.authenticate())
        self.assert_afresh(device)


class Approve(ReEnrollmentTest):
    flags = ("--re-enroll", "approve")

    def test_only_when_an_administrator_said_so(self):
        device = self.enrolled()
        before = device.certificate, device.key
        other = self.issue(device, "other")
        self.use(device, other)
        self.assert_refused(device.authenticate())
        self.use(device, before)
        self.assert_still_enrolled(device)
        self.assertEqual(7, self.approve("nobody").returncode)
        self.assertEqual(8, self.approve(device.udid, "--dry-run").returncode)
        self.use(device, other)
        self.assert_refused(device.authenticate())
        self.assertEqual(0, self.approve(device.udid).returncode)
        self.assert_ok(device.authenticate())
        self.assert_afresh(device)
        # It was good once.
        self.use(device, self.issue(device, "third"))
        self.assert_refused(device.authenticate())

    def approve(self, *words):
        return run_bramley(self.server.folder, "device", "approve", *words, "--server", self.server.url, "--token",
                           "@" + self.server.api_key_file)


if __name__ == "__main__":
    unittest.main()

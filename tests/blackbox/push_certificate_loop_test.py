#!/usr/bin/env python3
"""From a key to an enrolled device without Apple: csr push, mdmcert request against `vendor serve`, decrypt, a portal that
is as strict as Apple's documents, push-cert import, profile enrollment, serve, simulate. Then the same with openssl(1) in
the place of each step, so that no step agrees only with itself; the renewal; and a search for secrets in all that was
printed, logged and given as arguments."""

import base64
import json
import os
import plistlib
import unittest

from cryptography.hazmat.primitives import serialization

from bramley_server import API_KEY, run_bramley, temporary_folder
from device_test import temporary_folder_of
from push_certificate_loop import (ACCOUNT, CHALLENGE, EMAIL, SIGNING_KEY, VENDOR_PASSPHRASE, Loop,
                                   VendorService, read, signed_by_openssl, write)
from push_portal import CHAIN, EXPIRED, INVALID, SIGNATURE, PortalRefused, PushPortal
from secret_search import forms, found_in, key_forms
from signing_service_double import SigningServiceDouble
from vendor_pki import VendorPki, encoded, make_csr, openssl


class LoopTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.vendor_folder = temporary_folder_of(cls)
        cls.pki = VendorPki(cls.vendor_folder)
        cls.service = VendorService(cls, cls.vendor_folder, cls.pki)

    def setUp(self):
        self.portal = PushPortal(self.pki.root)
        self.loop = Loop(self, temporary_folder(self), self.service, self.portal)

    def assert_enrolled(self, devices=1):
        """The devices have the topic that the portal gave, and openssl reads the same in the certificate."""
        topic = self.loop.topic_by_openssl()
        self.assertEqual([topic], list(self.portal.issued))
        self.assertRegex(topic, r"^com\.apple\.mgmt\.External\.[0-9a-f-]{36}$")
        enrolled = self.loop.server.enrollments()
        self.assertEqual([(topic, "enrolled")] * devices, [(found["topic"], found["state"]) for found in enrolled])
        answer = self.loop.server.api("GET", "/api/v1/push-certificates").json()["push_certificates"]
        self.assertEqual([(topic, None)], [(found["topic"], found["fault"]) for found in answer])


class WholeLoop(LoopTest):
    def test_by_the_program_alone_and_nothing_secret_is_told(self):
        loop = self.loop.go()
        self.assert_enrolled()
        self.assertEqual(read(loop.path("unsigned.mobileconfig")), loop.signed_content_by_openssl())
        rows = json.loads(loop.bramley("push-cert", "status", "--credentials-dir", loop.credentials, "-o", "json").stdout)
        self.assertEqual([(loop.topic_by_openssl(), "ok", ACCOUNT)],
                         [(row["topic"], row["state"], row["apple_account"]) for row in rows])
        self.assert_nothing_told(loop)

    def assert_nothing_told(self, loop):
        needles = {name: forms(secret.encode()) for name, secret in (
            ("API key of the service", SIGNING_KEY), ("passphrase of the vendor", VENDOR_PASSPHRASE),
            ("challenge", CHALLENGE), ("API key of the server", API_KEY))}
        for name, path in (("push key", loop.path("keys", "push.key")), ("encryption key", loop.path("keys", "encrypt.key")),
                           ("vendor key", self.pki.path("vendor.key")),
                           ("CA key", os.path.join(loop.credentials, "scep-ca.key"))):
            needles[name] = key_forms(serialization.load_pem_private_key(read(path), None))
        places = {"log of vendor serve": self.service.log().encode(), "log of serve": loop.server.log().encode()}
        for name, process in (("vendor serve", self.service.process), ("serve", loop.server.process)):
            places["arguments of " + name] = read(f"/proc/{process.pid}/cmdline")
        places["audit"] = read(os.path.join(self.vendor_folder, "signing", "audit.ndjson"))
        for arguments, printed in loop.said:
            places[f"arguments of {arguments}"] = arguments.encode()
            places[f"output of {arguments}"] = printed.encode()
        for name, content in places.items():
            self.assertTrue(content or name.startswith("output"), name)
            self.assertEqual([], found_in(content, needles), name)
        self.assertEqual(["challenge"], found_in(read(loop.path("enroll.mobileconfig")), needles), "the search finds something")


class OpensslInstead(LoopTest):
    """One step at a time."""

    def test_of_csr_push(self):
        self.loop.go(make_request=self.loop.make_request_by_openssl)
        self.assert_enrolled()

    def test_of_mdmcert_request(self):
        self.loop.go(ask=self.loop.ask_by_curl)
        self.assert_enrolled()

    def ask_a_service_of_openssl(self, sign, *seal):
        """mdmcert request against a service that only keeps what it is sent; the mail is made of exactly that."""
        loop = self.loop
        service = SigningServiceDouble(self)
        loop.bramley("mdmcert", "request", "--email", EMAIL, "--api-key", "@" + loop.path("signing-key"), "--endpoint",
                     service.url, "--dir", loop.path("keys"))
        sent = service.asked()[0]
        for member, name in (("csr", "sent.csr"), ("encrypt", "keys/encrypt.pem")):
            write(loop.path(name), base64.b64decode(sent[member], validate=True))
        write(loop.path("attachment.p7"), loop.sealed_by_openssl(sign(loop.path("sent.csr")), *seal))

    def test_of_vendor_serve_for_signing_and_sealing(self):
        sign = lambda csr: signed_by_openssl(self.pki, csr)
        for seal in (("smime", "-encrypt", "-des3"), ("cms", "-encrypt", "-aes256")):
            with self.subTest(seal[0]):
                self.loop = Loop(self, temporary_folder(self), self.service, PushPortal(self.pki.root))
                self.portal = self.loop.portal
                self.loop.go(ask=lambda: self.ask_a_service_of_openssl(sign, *seal))
                self.assert_enrolled()

    def test_of_the_sealing_alone(self):
        sign = lambda csr: self.loop.bramley("vendor", "sign", csr, *self.service.flags).stdout
        self.loop.go(ask=lambda: self.ask_a_service_of_openssl(sign, "smime", "-encrypt", "-aes128"))
        self.assert_enrolled()

    def test_of_the_service_by_vendor_sign_with_encrypt_to(self):
        """`vendor sign --encrypt-to` for a certificate of openssl's, opened by openssl."""
        loop = self.loop

        def ask():
            openssl("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", loop.path("keys", "encrypt.key"), "-subj",
                    "/CN=mdmcert.download", "-days", "30", "-out", loop.path("keys", "encrypt.pem"))
            loop.bramley("vendor", "sign", loop.path("keys", "push.csr"), *self.service.flags, "--encrypt-to",
                         loop.path("keys", "encrypt.pem"), "--out", loop.path("attachment.p7"))
        loop.go(ask=ask, decrypt=loop.decrypt_by_openssl)
        self.assert_enrolled()

    def test_of_mdmcert_decrypt(self):
        self.loop.go(decrypt=self.loop.decrypt_by_openssl)
        self.assert_enrolled()

    def test_of_all_that_the_portal_sees(self):
        """Signed without the program and not sealed at all: the portal, the import and the rest know no difference."""
        loop = self.loop
        loop.go(make_request=loop.make_request_by_openssl, ask=lambda: None, decrypt=lambda: write(
            loop.path("push.req"), signed_by_openssl(self.pki, loop.path("keys", "push.csr"))))
        self.assert_enrolled()

    def test_of_the_form_that_is_imported(self):
        self.loop.go(take_over=self.loop.take_over_a_p12_of_openssl)
        self.assert_enrolled()

    def test_of_push_cert_import(self):
        self.loop.go(take_over=self.loop.take_over_by_openssl)
        self.assert_enrolled()

    def test_of_the_directory_by_the_environment(self):
        self.loop.go(take_over=self.loop.take_over_by_the_environment)
        self.assert_enrolled()
        self.assertFalse(os.path.exists(os.path.join(self.loop.credentials, "push")))

    def test_of_ca_init(self):
        self.loop.go(make_authority=self.loop.make_authority_by_openssl)
        self.assert_enrolled()

    def test_of_profile_enrollment(self):
        self.loop.go(make_profile=self.loop.make_profile_by_plistlib)
        self.assert_enrolled()

    def test_of_profile_sign(self):
        self.loop.go(sign_profile=self.loop.sign_profile_by_openssl)
        self.assert_enrolled()
        loop = self.loop
        loop.bramley("profile", "verify", loop.path("enroll.mobileconfig"), "--root", loop.tls_certificate)

    def test_of_the_profile_by_the_server(self):
        loop = self.loop
        loop.go(make_profile=lambda: None, sign_profile=lambda: None, enroll=lambda: (loop.make_profile_at_the_server(), loop.enroll()))
        self.assert_enrolled()

    def test_of_the_simulated_device(self):
        self.loop.go(enroll=self.loop.enroll_by_curl)
        self.assert_enrolled()

    def test_of_everything_but_the_server(self):
        """What the program makes is not there at all."""
        loop = self.loop
        loop.go(make_request=loop.make_request_by_openssl, ask=lambda: None, decrypt=lambda: write(
            loop.path("push.req"), signed_by_openssl(self.pki, loop.path("keys", "push.csr"))),
                take_over=loop.take_over_by_openssl, make_authority=loop.make_authority_by_openssl,
                make_profile=loop.make_profile_by_plistlib)
        self.assert_enrolled()


class Renewal(LoopTest):
    def sign_again(self, name, *arguments):
        """A .req of a new request."""
        loop = self.loop
        key, csr, signed = (loop.path(name + end) for end in (".key", ".csr", ".req"))
        told = loop.bramley("csr", "push", *arguments, "--key-out", key, "--csr-out", csr).stderr
        loop.bramley("vendor", "sign", csr, *self.service.flags, "--out", signed)
        return key, read(signed), told

    def test_renew_keeps_the_devices_and_create_is_refused(self):
        loop = self.loop.go()
        topic = loop.topic_by_openssl()
        stored = os.path.join(loop.credentials, "push", topic + ".pem")
        key, signed, told = self.sign_again("second", "--renew", stored)
        self.assertIn(f"sign in at identity.apple.com with the Apple Account {ACCOUNT}", told)
        self.assertIn(f"choose Renew beside {topic}, not Create", told)
        with self.assertRaises(PortalRefused):
            self.portal.renew("somebody-else@customer.example", topic, signed)
        write(loop.path("MDM_renewed.pem"), self.portal.renew(ACCOUNT, topic, signed))
        done = loop.bramley("push-cert", "import", loop.path("MDM_renewed.pem"), "--key", key, "--credentials-dir",
                            loop.credentials)
        self.assertNotIn("warning", done.stderr)
        self.assertEqual(read(loop.path("MDM_renewed.pem")), read(stored))
        self.assertEqual(read(loop.path("MDM_Customer.pem")), read(stored + ".previous"))
        loop.enroll("--seed", "2")
        self.assert_enrolled(devices=2)
        # Create where Renew was meant, signed by the same vendor for the same organization.
        key, signed, _ = self.sign_again("third", "--organization", "Kunde", "--email", EMAIL)
        write(loop.path("MDM_created.pem"), self.portal.create(ACCOUNT, signed))
        done = loop.bramley("push-cert", "import", loop.path("MDM_created.pem"), "--key", key, "--credentials-dir",
                            loop.credentials, code=1)
        self.assertIn("Renew, not Create", done.stderr)
        self.assertIn(ACCOUNT, done.stderr)


class ThePortalItself(unittest.TestCase):
    """A portal that takes everything proves nothing; and what it refuses, `vendor verify` foretells in its words."""

    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder_of(cls)
        cls.pki = VendorPki(cls.folder)
        cls.csr = make_csr(os.path.join(cls.folder, "push.csr"))
        cls.good = cls.pki.request_by_openssl(cls.csr)

    def foretold(self, content):
        """What the program says that the portal would answer: all of it."""
        path = os.path.join(self.folder, "upload.req")
        write(path, content)
        done = run_bramley(self.folder, "vendor", "verify", path, "--root", self.pki.path("root.pem"), "-o", "json")
        faults = [found for found in json.loads(done.stdout)["findings"] if found["level"] == "fault"]
        self.assertEqual(5 if faults else 0, done.returncode, done.stderr)
        return [found["portal_answer"] for found in faults]

    def assert_refused(self, answer, content, name):
        with self.subTest(name):
            with self.assertRaises(PortalRefused) as caught:
                PushPortal(self.pki.root).create(ACCOUNT, content)
            self.assertEqual(answer, caught.exception.answer, caught.exception)
            self.assertTrue(any(answer in (told or "") for told in self.foretold(content)), self.foretold(content))

    def test_a_good_request_is_taken_in_one_line_and_in_lines(self):
        whole = encoded(self.good)
        for content in (whole, whole + b"\n", base64.encodebytes(base64.b64decode(whole)).replace(b"\n", b"\r\n")):
            PushPortal(self.pki.root).create(ACCOUNT, content)
            self.assertEqual([], self.foretold(content))

    def test_all_else_is_refused(self):
        pki, csr = self.pki, self.csr
        request = lambda **changes: encoded(pki.request_by_openssl(csr, **changes))
        other = VendorPki(temporary_folder(self))
        small = make_csr(os.path.join(self.folder, "small.csr"), kind="rsa:1024")
        altered = bytearray(openssl("req", "-in", csr, "-outform", "DER"))
        altered[altered.index(b"Customer")] ^= 1
        altered_csr = os.path.join(self.folder, "altered.der")
        write(altered_csr, altered)
        expired = pki.chain_pem(pki.issue_vendor(begins=-500, days=365), pki.wwdr, pki.root)
        for name, answer, content in (
                ("plain request", INVALID, read(csr)), ("empty", INVALID, b""), ("certificate", INVALID, read(pki.path("vendor.pem"))),
                ("cut", INVALID, encoded(self.good)[:2001]), ("no dictionary", INVALID, base64.b64encode(plistlib.dumps(["x"]))),
                ("binary", INVALID, base64.b64encode(plistlib.dumps({"a": "b"}, fmt=plistlib.FMT_BINARY))),
                ("data for strings", INVALID, encoded(dict(self.good, PushCertRequestCSR=b"x"))),
                ("no request", INVALID, request(PushCertRequestCSR=None)),
                ("request in PEM", INVALID, request(PushCertRequestCSR=read(csr).decode())),
                ("small key", INVALID, encoded(pki.request_by_openssl(small))),
                ("SHA-1", SIGNATURE, request(digest="sha1")), ("another's key", SIGNATURE, request(key=other.path("vendor.key"))),
                ("no vendor", SIGNATURE, request(chain=pki.chain_pem(pki.issue_vendor(marker=False), pki.wwdr, pki.root))),
                ("expired vendor", EXPIRED, request(chain=expired)),
                ("leaf alone", CHAIN, request(chain=pki.chain_pem(pki.vendor))), ("no chain", CHAIN, request(chain="")),
                ("no root", CHAIN, request(chain=pki.chain_pem(pki.vendor, pki.wwdr))),
                ("another root", CHAIN, request(chain=pki.chain_pem(pki.vendor, pki.wwdr, other.root)))):
            self.assert_refused(answer, content, name)


if __name__ == "__main__":
    unittest.main()

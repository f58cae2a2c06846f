#!/usr/bin/env python3
"""Profiles: what `bramley profile` writes, plistlib and openssl read, and the other way round."""

import json
import os
import plistlib
import subprocess
import unittest

from bramley_server import run_bramley, temporary_folder, write_private
from shaped_certificates import TOPIC, pem, push_certificate, tls_certificate, write_pair
from test_authority import TestAuthority, key_pem, new_key

# What broke others: entities, the end of CDATA, what lies beyond 16 bits, and writing from the right.
NAMES = ("A & B <C> \"D\" 'E' ]]> &amp;", "\U0001F34E Apfel & Söhne", "שלום עולם", "مؤسسة مثال للتقنية",
         "e\u0301 \u200f ＡＢＣ", "  two  spaces  ")


class ProfileTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = TestAuthority("Profile root")
        cls.middle = TestAuthority("Profile intermediate", issuer=cls.root)
        cls.key = new_key()
        cls.leaf = tls_certificate(cls.middle, cls.key)
        cls.scep = TestAuthority("SCEP CA")

    def setUp(self):
        self.folder = temporary_folder(self)
        self.write("root.pem", self.root.pem())
        self.write("scep-ca.pem", self.scep.pem())
        self.write("challenge", "s<e>c&ret\n")
        write_pair(self.folder, "signer", [self.leaf, self.middle.certificate], self.key)

    def write(self, name, content):
        write_private(self.path(name), content)

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def bramley(self, *words, code=0, **options):
        done = run_bramley(self.folder, *words, **options)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        return done

    def openssl(self, *words, **options):
        return subprocess.run(["openssl", *words], capture_output=True, check=True, **options).stdout

    def make(self, *words, organization="Example", out="e.mobileconfig", **options):
        return self.bramley("profile", "enrollment", "--url", "https://mdm.example.com", "--organization", organization,
                            "--topic", TOPIC, "--scep-challenge", "@" + self.path("challenge"), "--ca-cert",
                            self.path("scep-ca.pem"), "--out", self.path(out), *words, **options)

    def payload(self, kind, out="e.mobileconfig"):
        found = [each for each in plistlib.loads(self.read(out))["PayloadContent"] if each["PayloadType"] == kind]
        self.assertEqual(1, len(found))
        return found[0]

    def lint(self, *words, code=0):
        return json.loads(self.bramley("profile", "lint", *words, "-o", "json", code=code).stdout)

    def codes(self, *words, code=5):
        return [each["code"] for each in self.lint(*words, code=code)["findings"]]

    def verify(self, name, *words, code=0):
        return json.loads(self.bramley("profile", "verify", self.path(name), *words, "-o", "json", code=code).stdout)


class Making(ProfileTest):
    def test_names_survive_in_every_script(self):
        for name in NAMES:
            self.make("--force", organization=name)
            profile = plistlib.loads(self.read("e.mobileconfig"))
            self.assertEqual(name, profile["PayloadOrganization"])
            scep = self.payload("com.apple.security.scep")["PayloadContent"]
            self.assertEqual([[["O", name]], [["CN", "Bramley device"]]], scep["Subject"])
            self.assertEqual("s<e>c&ret", scep["Challenge"])
            shown = json.loads(self.bramley("profile", "show", self.path("e.mobileconfig"), "-o", "json").stdout)
            self.assertEqual(name, shown["organization"])
            self.assertEqual([], self.lint(self.path("e.mobileconfig"))["findings"] if "&amp;" not in name else [])

    def test_every_key_is_what_apple_asks_for(self):
        self.make("--tls-root", self.path("root.pem"), "--check-in-url", "https://mdm.example.com/checkin",
                  "--pin-tls-root", "--identifier", "com.example.mdm")
        profile = plistlib.loads(self.read("e.mobileconfig"))
        self.assertEqual(("Configuration", 1, "System", "com.example.mdm"),
                         tuple(profile["Payload" + key] for key in ("Type", "Version", "Scope", "Identifier")))
        root = self.payload("com.apple.security.root")
        self.assertEqual(self.openssl("x509", "-in", self.path("root.pem"), "-outform", "der"), root["PayloadContent"])
        scep = self.payload("com.apple.security.scep")
        settings = scep["PayloadContent"]
        digest = self.openssl("x509", "-in", self.path("scep-ca.pem"), "-noout", "-fingerprint", "-sha256").decode()
        self.assertEqual(digest.strip().split("=")[1].replace(":", "").lower(), settings["CAFingerprint"].hex())
        self.assertEqual((2048, 5, "RSA", "https://mdm.example.com/scep"),
                         (settings["Keysize"], settings["Key Usage"], settings["Key Type"], settings["URL"]))
        mdm = self.payload("com.apple.mdm")
        for key in ("PayloadDisplayName", "PayloadIdentifier", "PayloadType", "PayloadUUID", "PayloadVersion"):
            mdm.pop(key)
        self.assertEqual({
            "AccessRights": 8191, "CheckInURL": "https://mdm.example.com/checkin",
            "CheckInURLPinningCertificateUUIDs": [root["PayloadUUID"]], "CheckOutWhenRemoved": True,
            "IdentityCertificateUUID": scep["PayloadUUID"],
            "ServerCapabilities": ["com.apple.mdm.per-user-connections", "com.apple.mdm.bootstraptoken"],
            "ServerURL": "https://mdm.example.com/mdm", "ServerURLPinningCertificateUUIDs": [root["PayloadUUID"]],
            "SignMessage": True, "Topic": TOPIC}, mdm)
        self.assertEqual([], self.lint(self.path("e.mobileconfig"))["findings"])

    def test_a_users_own_device_grants_no_rights(self):
        self.make("--enrollment-mode", "byod", "--managed-apple-account", "user@example.com")
        mdm = self.payload("com.apple.mdm")
        self.assertNotIn("AccessRights", mdm)
        self.assertEqual(("BYOD", "user@example.com"), (mdm["EnrollmentMode"], mdm["AssignedManagedAppleID"]))
        self.assertEqual([], self.lint(self.path("e.mobileconfig"))["findings"])

    def test_flags_that_contradict_each_other(self):
        for words, text in (
                (["--enrollment-mode", "byod"], "belong together"),
                (["--managed-apple-account", "a@b"], "belong together"),
                (["--enrollment-mode", "byod", "--managed-apple-account", "a@b", "--access-rights", "1"],
                 "does not go with --enrollment-mode byod"),
                (["--pin-tls-root"], "--pin-tls-root needs --tls-root"),
                (["--sign-key", self.path("signer.key")], "need --sign-cert"),
                (["--enrollment-mode", "other"], "byod")):
            self.assertIn(text, self.make(*words, code=2).stderr)
        write_private(self.path("leaf.pem"), pem(self.leaf))
        for words, text in (
                (["--tls-root", self.path("leaf.pem")], "TLS root"),
                (["--identifier", "a b"], "identifier"),
                (["--check-in-url", "http://mdm.example.com/x"], "check-in URL: not https"),
                (["--scep-url", "https://mdm.example.com/scep?x=y"], "SCEP URL: a query")):
            done = self.make(*words, code=1)
            self.assertIn(text, done.stderr)
            self.assertIn("bramley: hint: ", done.stderr)
        self.assertFalse(os.path.exists(self.path("e.mobileconfig")))
        # The leaf is no CA: its fingerprint would never match.
        done = self.bramley("profile", "enrollment", "--url", "https://mdm.example.com", "--organization", "x",
                            "--topic", TOPIC, "--ca-cert", self.path("leaf.pem"), code=1)
        self.assertIn("no CA's certificate", done.stderr)

    def test_the_topic_comes_from_a_push_certificate_and_no_other(self):
        write_private(self.path("push.pem"), pem(push_certificate(self.key)))
        base = ("profile", "enrollment", "--url", "https://mdm.example.com", "--organization", "x", "--push-cert")
        self.assertIn(TOPIC, self.bramley(*base, self.path("push.pem")).stdout)
        done = self.bramley(*base, self.path("root.pem"), code=1)
        self.assertIn("names no push topic", done.stderr)
        self.assertIn("identity.apple.com", done.stderr)


class Signing(ProfileTest):
    def sign(self, *words, out="signed.mobileconfig", **options):
        return self.bramley("profile", "sign", self.path("e.mobileconfig"), "--sign-cert", self.path("signer.pem"),
                            "--sign-key", self.path("signer.key"), "--out", self.path(out), *words, **options)

    def test_openssl_verifies_what_we_sign(self):
        self.make()
        self.sign()
        self.assertEqual(0o600, os.stat(self.path("signed.mobileconfig")).st_mode & 0o777)
        content = self.openssl("cms", "-verify", "-binary", "-inform", "der", "-in", self.path("signed.mobileconfig"),
                               "-CAfile", self.path("root.pem"), "-purpose", "any")
        self.assertEqual(self.read("e.mobileconfig"), content)
        text = self.openssl("cms", "-cmsout", "-print", "-noout", "-inform", "der", "-in",
                            self.path("signed.mobileconfig")).decode()
        self.assertIn("sha256", text)
        self.assertIn("signingTime", text)
        self.assertEqual(2, text.count("d.certificate:"))  # the intermediate is in it
        found = self.verify("signed.mobileconfig", "--root", self.path("root.pem"))
        self.assertTrue(found["ok"])
        self.assertEqual(("sha256", [], 2), (found["digest"], found["findings"], len(found["chain"])))
        self.assertIn("signature", json.loads(
            self.bramley("profile", "show", self.path("signed.mobileconfig"), "-o", "json").stdout))

    def test_enrollment_signs_at_once(self):
        self.make("--sign-cert", self.path("signer.pem"), "--sign-key", self.path("signer.key"))
        self.assertTrue(self.verify("e.mobileconfig", "--root", self.path("root.pem"))["ok"])
        self.assertEqual([], self.lint(self.path("e.mobileconfig"))["findings"])

    def test_a_pkcs12_with_a_passphrase(self):
        self.make()
        self.write("passphrase", "pass word\n")
        self.openssl("pkcs12", "-export", "-in", self.path("signer.pem"), "-inkey", self.path("signer.key"), "-out",
                     self.path("signer.p12"), "-passout", "pass:pass word")
        words = ("profile", "sign", self.path("e.mobileconfig"), "--sign-cert", self.path("signer.p12"), "--out",
                 self.path("s.mobileconfig"))
        done = self.bramley(*words, code=1)
        self.assertIn("--passphrase", done.stderr)
        self.write("wrong", "wrong\n")
        self.bramley(*words, "--passphrase", "@" + self.path("wrong"), code=1)
        self.bramley(*words, "--passphrase", "@" + self.path("passphrase"))
        self.assertTrue(self.verify("s.mobileconfig", "--root", self.path("root.pem"))["ok"])

    def test_a_signature_is_replaced_and_a_broken_one_is_not(self):
        self.make()
        self.sign()
        again = self.bramley("profile", "sign", self.path("signed.mobileconfig"), "--sign-cert",
                             self.path("signer.pem"), "--sign-key", self.path("signer.key"), "--out",
                             self.path("again.mobileconfig"))
        self.assertIn("taken off and replaced", again.stderr)
        content = self.openssl("cms", "-verify", "-binary", "-inform", "der", "-noverify", "-in",
                               self.path("again.mobileconfig"))
        self.assertEqual(self.read("e.mobileconfig"), content)
        with open(self.path("broken.mobileconfig"), "wb") as file:
            file.write(self.read("signed.mobileconfig").replace(b"mdm.example.com", b"mdn.example.com"))
        done = self.bramley("profile", "sign", self.path("broken.mobileconfig"), "--sign-cert", self.path("signer.pem"),
                            "--sign-key", self.path("signer.key"), "--out", self.path("x"), code=1)
        self.assertIn("signature does not verify", done.stderr)

    def test_what_cannot_sign_says_why(self):
        self.make()
        other = new_key()
        self.write("other.key", key_pem(other))
        late = tls_certificate(self.middle, self.key, days=5, begins_days_ago=10)
        write_pair(self.folder, "late", [late], self.key)
        for words, text in (
                (["--sign-cert", self.path("signer.pem"), "--sign-key", self.path("other.key")],
                 "the key does not belong to"),
                (["--sign-cert", self.path("signer.pem")], "no private key in it"),
                (["--sign-cert", self.path("late.pem"), "--sign-key", self.path("late.key")], "expired on"),
                (["--sign-cert", self.path("other.key"), "--sign-key", self.path("other.key")], "no certificate in it"),
                (["--sign-cert", self.path("none")], "none")):
            done = self.bramley("profile", "sign", self.path("e.mobileconfig"), *words, "--out", self.path("x"), code=1)
            self.assertIn(text, done.stderr)
        self.write("text", "<plist><dict/></plist>")
        done = self.bramley("profile", "sign", self.path("text"), "--sign-cert", self.path("signer.pem"), "--sign-key",
                            self.path("signer.key"), code=1)
        self.assertIn("no configuration profile", done.stderr)
        # A chain that is missing is said, and no fault.
        write_pair(self.folder, "alone", [self.leaf], self.key)
        done = self.bramley("profile", "sign", self.path("e.mobileconfig"), "--sign-cert", self.path("alone.pem"),
                            "--sign-key", self.path("alone.key"), "--out", self.path("x"))
        self.assertIn("no certificate of the issuer", done.stderr)

    def test_files_are_safe(self):
        self.make()
        self.sign("--dry-run", code=8)
        self.assertFalse(os.path.exists(self.path("signed.mobileconfig")))
        self.sign()
        self.assertIn("--force", self.sign(code=1).stderr)
        self.sign("--force")


class Verifying(ProfileTest):
    def sign_with_openssl(self, *words, certificate="signer.pem", key="signer.key", out="o.mobileconfig"):
        self.make("--force")
        self.openssl("smime", "-sign", "-nodetach", "-binary", "-outform", "der", "-in", self.path("e.mobileconfig"),
                     "-signer", self.path(certificate), "-inkey", self.path(key), "-out", self.path(out), *words)

    def test_what_openssl_signs_we_verify(self):
        write_private(self.path("middle.pem"), self.middle.pem())
        for more in ([], ["-md", "sha512"], ["-noattr"]):
            self.sign_with_openssl("-certfile", self.path("middle.pem"), *more)
            found = self.verify("o.mobileconfig", "--root", self.path("root.pem"))
            self.assertEqual((True, []), (found["ok"], found["findings"]))

    def test_each_fault_has_its_code(self):
        self.sign_with_openssl()
        with open(self.path("changed"), "wb") as file:
            file.write(self.read("o.mobileconfig").replace(b"mdm.example.com", b"mdn.example.com"))
        self.sign_with_openssl("-md", "sha1", out="sha1")
        late = tls_certificate(self.middle, self.key, days=5, begins_days_ago=10)
        write_pair(self.folder, "late", [late], self.key)
        self.sign_with_openssl(certificate="late.pem", key="late.key", out="late")
        write_private(self.path("scep-root.pem"), self.scep.pem())
        self.openssl("smime", "-sign", "-nodetach", "-in", self.path("e.mobileconfig"), "-signer",
                     self.path("signer.pem"), "-inkey", self.path("signer.key"), "-out", self.path("smime"))
        for name, words, code in (
                ("e.mobileconfig", [], "unsigned"), ("changed", [], "signature_wrong"), ("sha1", [], "digest_weak"),
                ("late", [], "certificate_expired"), ("smime", [], "signature_malformed"),
                ("o.mobileconfig", ["--root", self.path("scep-root.pem")], "chain_untrusted")):
            found = self.verify(name, *words, code=5)
            self.assertFalse(found["ok"])
            faults = [each["code"] for each in found["findings"] if each["level"] == "fault"]
            self.assertEqual([code], faults, name)
            done = self.bramley("profile", "verify", self.path(name), *words, code=5)
            self.assertIn("fault ", done.stdout)
            self.assertIn("way out: ", done.stdout)
            self.assertIn("bramley: error: ", done.stderr)
            self.assertIn("bramley: hint: ", done.stderr)
        # Without a root, where the chain leads is not judged, and that is said.
        self.assertIn("--root", self.bramley("profile", "verify", self.path("o.mobileconfig")).stderr)


class Linting(ProfileTest):
    def edited(self, name, change):
        profile = plistlib.loads(self.read("e.mobileconfig"))
        change(profile)
        with open(self.path(name), "wb") as file:
            plistlib.dump(profile, file)
        return self.path(name)

    @staticmethod
    def mdm_of(profile):
        return next(each for each in profile["PayloadContent"] if each["PayloadType"] == "com.apple.mdm")

    def test_what_plistlib_writes_is_judged(self):
        self.make()
        self.assertEqual([], self.lint(self.edited("same", lambda profile: None))["findings"])
        self.assertEqual(["topic_empty"], self.codes(self.edited(
            "topic", lambda profile: self.mdm_of(profile).update(Topic=""))))

    def test_people_get_a_line_and_a_way_out(self):
        self.make()
        file = self.edited("topic", lambda profile: self.mdm_of(profile).update(Topic="", AccessRights=2))
        done = self.bramley("profile", "lint", file, code=5)
        self.assertRegex(done.stdout, r"(?m)^fault     com\.apple\.mdm: Topic: it is empty$")
        self.assertIn("          way out: ", done.stdout)
        self.assertIn("and 1 more fault", done.stderr)
        done = self.bramley("profile", "lint", self.path("e.mobileconfig"))
        self.assertEqual("ok        no faults\n", done.stdout)

    def test_warnings_count_when_told(self):
        self.make()
        file = self.edited("quiet", lambda profile: self.mdm_of(profile).update(SignMessage=False))
        self.assertTrue(self.lint(file)["ok"])
        found = self.lint(file, "--strict", code=5)
        self.assertEqual((False, "warning"), (found["ok"], found["findings"][0]["level"]))

    def test_an_update_is_held_to_what_devices_have(self):
        self.make()
        old = self.path("e.mobileconfig")
        self.assertEqual([], self.codes(old, "--against", old, code=0))
        new = self.edited("new", lambda profile: self.mdm_of(profile).update(
            Topic="com.apple.mgmt.External.other", ServerURL="https://other.example.com/mdm"))
        self.assertEqual(["changed_topic", "changed_server_url"], self.codes(new, "--against", old))
        done = self.bramley("profile", "lint", "-", "--against", "-", code=2)
        self.assertIn("only one of the two", done.stderr)
        self.bramley("profile", "lint", old, "--against", self.path("none"), code=1)

    def test_documents_that_are_none(self):
        self.make()
        text = self.read("e.mobileconfig").decode()
        self.write("raw", text.replace("Example", "A & B"))
        self.assertEqual(["unreadable"], self.codes(self.path("raw")))
        self.write("space", "\n" + text)
        self.assertEqual(["space_before_declaration"], self.codes(self.path("space"), code=0))
        with open(self.path("binary"), "wb") as file:
            plistlib.dump(plistlib.loads(text.encode()), file, fmt=plistlib.FMT_BINARY)
        self.assertEqual(["binary_plist"], self.codes(self.path("binary"), code=0))
        done = self.bramley("profile", "lint", "-", stdin=text, code=0)
        self.assertIn("ok", done.stdout)


if __name__ == "__main__":
    unittest.main()

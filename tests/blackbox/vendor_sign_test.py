#!/usr/bin/env python3
"""`bramley vendor sign`: what it writes, openssl and plistlib read; what openssl writes, it takes; and all it refuses."""

import base64
import json
import os
import plistlib
import re
import stat
import unittest

from cryptography.hazmat.primitives.asymmetric import ec

from bramley_server import run_bramley, temporary_folder, write_private
from push_certificates import APP_PUSH, PushPair
from test_authority import key_pem, new_key
from vendor_pki import VendorPki, make_csr, openssl


class VendorSign(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_folder(self)
        self.pki = VendorPki(self.folder)
        self.csr = make_csr(self.path("push.csr"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_sign(self, *arguments, flags=None, **more):
        return run_bramley(self.folder, "vendor", "sign", *arguments, *(self.pki.flags() if flags is None else flags),
                           **more)

    def sign(self, *arguments, **more):
        done = self.run_sign(*arguments, **more)
        self.assertEqual(0, done.returncode, done.stderr)
        return done

    def refused(self, *arguments, code=1, **more):
        """What a failed run said on stderr."""
        done = self.run_sign(*arguments, **more)
        self.assertEqual(code, done.returncode, done.stderr)
        self.assertEqual("", done.stdout)
        # A file that is not there is named; everything else comes with the way out.
        if "No such file" not in done.stderr:
            self.assertIn("bramley: hint: ", done.stderr)
        return done.stderr

    def assert_good(self, text, csr=None, digest="sha256"):
        """A .req, by plistlib and openssl alone."""
        self.assertRegex(text, r"\A[A-Za-z0-9+/]+={0,2}\Z")
        request = plistlib.loads(base64.b64decode(text, validate=True))
        self.assertEqual({"PushCertRequestCSR", "PushCertCertificateChain", "PushCertSignature"}, set(request))
        self.assertTrue(all(isinstance(value, str) for value in request.values()))
        der = openssl("req", "-in", csr or self.csr, "-outform", "DER")
        self.assertEqual(der, base64.b64decode(request["PushCertRequestCSR"], validate=True))
        write_private(self.path("chain.pem"), request["PushCertCertificateChain"])
        blocks = re.findall(r"-----BEGIN CERTIFICATE-----\n.*?-----END CERTIFICATE-----\n",
                            request["PushCertCertificateChain"], re.DOTALL)
        self.assertEqual(request["PushCertCertificateChain"], "".join(blocks))
        self.assertEqual(self.pki.chain_pem(), "".join(blocks))
        for block in blocks:
            lines = block.splitlines()[1:-1]
            self.assertEqual({64}, {len(line) for line in lines[:-1]})
        with open(self.path("signature"), "wb") as file:
            file.write(base64.b64decode(request["PushCertSignature"], validate=True))
        openssl("x509", "-in", self.path("vendor.pem"), "-pubkey", "-noout", "-out", self.path("vendor.pub"))
        openssl("dgst", "-" + digest, "-verify", self.path("vendor.pub"), "-signature", self.path("signature"), data=der)

    def test_what_is_written_is_what_the_portal_takes(self):
        done = self.sign(self.csr)
        self.assert_good(done.stdout)
        done = self.sign(self.csr, "--out", self.path("push.req"), "-o", "json")
        self.assertEqual(self.path("push.req"), json.loads(done.stdout)["file"])
        with open(self.path("push.req"), encoding="ascii") as file:
            self.assert_good(file.read())

    def test_requests_come_as_der_and_on_standard_input(self):
        der = self.path("push.der")
        openssl("req", "-in", self.csr, "-outform", "DER", "-out", der)
        self.assert_good(self.sign(der).stdout)
        with open(self.csr, encoding="ascii") as file:
            self.assert_good(self.sign("-", stdin=file.read()).stdout)

    def test_the_vendor_comes_in_every_form(self):
        vendor, key = self.path("vendor.pem"), self.path("vendor.key")
        chain = ["--intermediate", self.path("wwdr.pem"), "--root", self.path("root.pem"), "--any-root"]
        openssl("x509", "-in", vendor, "-outform", "DER", "-out", self.path("mdm.cer"))
        openssl("pkcs8", "-topk8", "-in", key, "-out", self.path("locked.key"), "-passout", "pass:s3cret")
        openssl("rsa", "-in", key, "-traditional", "-aes128", "-passout", "pass:s3cret", "-out", self.path("old.key"))
        openssl("rsa", "-in", key, "-outform", "DER", "-traditional", "-out", self.path("key.der"))
        openssl("pkcs12", "-export", "-in", vendor, "-inkey", key, "-passout", "pass:s3cret", "-out",
                self.path("vendor.p12"))
        with open(self.path("both.pem"), "wb") as both:
            for name in ("root.pem", "vendor.key", "wwdr.pem", "vendor.pem"):
                with open(self.path(name), "rb") as part:
                    both.write(part.read().rstrip(b"\n"))
        write_private(self.path("passphrase"), "s3cret\n")
        secret = ["--passphrase", "@" + self.path("passphrase")]
        for flags in (["--cert", self.path("mdm.cer"), "--key", self.path("locked.key"), *secret, *chain],
                      ["--cert", self.path("mdm.cer"), "--key", self.path("old.key"), *secret, *chain],
                      ["--cert", self.path("mdm.cer"), "--key", self.path("key.der"), *chain],
                      ["--cert", self.path("vendor.p12"), *secret, *chain],
                      ["--cert", self.path("both.pem"), "--any-root"]):
            with self.subTest(flags=flags[:4]):
                self.assert_good(self.sign(self.csr, flags=flags).stdout)
        locked = ["--cert", self.path("mdm.cer"), "--key", self.path("locked.key"), *chain]
        self.assertIn("hint: --passphrase", self.refused(self.csr, flags=locked))
        self.assert_good(self.sign(self.csr, flags=locked,
                                   environment={"BRAMLEY_VENDOR_SIGN_PASSPHRASE": "s3cret"}).stdout)

    def test_sha1_is_there_when_it_is_asked_for(self):
        done = self.sign(self.csr, "--digest", "sha1")
        self.assertIn("refused SHA-1 since 2021", done.stderr)
        self.assert_good(done.stdout, digest="sha1")

    def test_the_attachment_is_for_openssl_too(self):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", self.path("mail.key"), "-subj",
                "/CN=mdmcert.download", "-days", "2", "-out", self.path("mail.pem"))
        text = self.sign(self.csr, "--encrypt-to", self.path("mail.pem")).stdout
        self.assertRegex(text, r"\A[0-9a-f]+\Z")
        opened = openssl("smime", "-decrypt", "-inform", "DER", "-recip", self.path("mail.pem"), "-inkey",
                         self.path("mail.key"), data=bytes.fromhex(text)).decode()
        self.assertTrue(all(len(line) <= 76 for line in opened.split("\r\n")))
        self.assertNotIn("\n", opened.replace("\r\n", ""))
        self.assert_good(opened.replace("\r\n", ""))
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout",
                self.path("ec.key"), "-subj", "/CN=x", "-out", self.path("ec.pem"))
        self.assertIn("ec.pem: seal for a recipient without an RSA key",
                      self.refused(self.csr, "--encrypt-to", self.path("ec.pem")))
        self.assertIn("encryption certificate", self.refused(self.csr, "--encrypt-to", self.csr))

    def test_a_vendor_that_does_not_fit_is_refused(self):
        pki = self.pki
        cases = {
            "does not belong to the vendor's certificate": pki.issue_vendor(key=new_key()),
            "lacks the extension 1.2.840.113635.100.4.12": pki.issue_vendor(marker=False),
            "expired on": pki.issue_vendor(begins=-400, days=365),
            "is not valid before": pki.issue_vendor(begins=2),
        }
        for message, certificate in cases.items():
            with self.subTest(message):
                flags = pki.flags()
                flags[1] = pki.write("other.pem", certificate)
                error = self.refused(self.csr, flags=flags)
                self.assertIn(message, error)
                self.assertIn("bramley: hint: ", error)

    def test_pairs_that_cannot_sign_are_refused(self):
        app = PushPair("com.example.app", key=self.pki.vendor_key, extension=APP_PUSH)
        write_private(self.path("app.pem"), app.pem())
        curve = ec.generate_private_key(ec.SECP256R1())
        write_private(self.path("ec.key"), key_pem(curve))
        self.pki.write("ec.pem", self.pki.issue_vendor(key=curve))
        openssl("pkcs8", "-topk8", "-in", self.path("vendor.key"), "-out", self.path("locked.key"), "-passout", "pass:right")
        write_private(self.path("passphrase"), "wrong-passphrase")
        wrong = ("--passphrase", "@" + self.path("passphrase"))
        for certificate, key, message, hint, more in (
                ("app.pem", "vendor.key", "an app's push certificate, not an MDM vendor's", "mdm.cer", ()),
                ("ec.pem", "ec.key", "has no RSA key", "bramley csr vendor", ()),
                ("vendor.pem", None, "no private key in it", "--key names the file", ()),
                ("vendor.key", None, "no certificate in it", "mdm.cer", ()),
                ("vendor.pem", "nowhere.key", "nowhere.key: No such file", "", ()),
                ("vendor.pem", "locked.key", "wrong passphrase\n", "--passphrase names the right one", wrong)):
            with self.subTest(message):
                flags = ["--cert", self.path(certificate), *(("--key", self.path(key)) if key else ()), *more,
                         *self.pki.flags()[4:]]
                error = self.refused(self.csr, flags=flags)
                self.assertIn(message, error)
                self.assertIn(hint, error)
                self.assertNotIn("wrong-passphrase", error)

    def test_a_push_certificate_is_no_vendors(self):
        openssl("req", "-x509", "-key", self.path("vendor.key"), "-subj", "/UID=com.apple.mgmt.External.1/CN=x", "-out",
                self.path("apns.pem"))
        self.assertIn("this is a push certificate, not an MDM vendor's",
                      self.refused(self.csr, flags=["--cert", self.path("apns.pem"), "--key", self.path("vendor.key")]))

    def test_a_chain_that_does_not_hold_is_refused(self):
        flags = ["--cert", self.path("vendor.pem"), "--key", self.path("vendor.key")]
        error = self.refused(self.csr, flags=flags)
        self.assertIn("the certificate chain lacks 'OU=G3,CN=Developer Relations'", error)
        self.assertIn("--fetch-chain", error)
        flags += ["--intermediate", self.path("wwdr.pem")]
        self.assertIn("the certificate chain lacks 'CN=Root CA'", self.refused(self.csr, flags=flags))
        flags += ["--root", self.path("root.pem")]
        error = self.refused(self.csr, flags=flags)
        self.assertIn("which is not Apple's root", error)
        self.assertIn("--any-root", error)
        self.sign(self.csr, flags=flags + ["--any-root"])
        expired = self.pki.write("old-wwdr.pem", self.pki.issue_wwdr(begins=-400, days=10))
        flags[flags.index("--intermediate") + 1] = expired
        self.assertRegex(self.refused(self.csr, flags=flags + ["--any-root"]), "Developer Relations' is valid from")

    def test_a_namesake_of_the_intermediate_is_not_taken(self):
        other = VendorPki(temporary_folder(self))
        flags = self.pki.flags()
        flags[5] = other.path("wwdr.pem")
        self.assertIn("the certificate chain lacks", self.refused(self.csr, flags=flags))

    def test_the_chain_is_found_in_its_folder(self):
        flags = ["--cert", self.path("vendor.pem"), "--key", self.path("vendor.key"), "--any-root"]
        cache = self.path(".cache/bramley/apple-ca")
        os.makedirs(cache)
        for name in ("wwdr", "root"):
            openssl("x509", "-in", self.path(name + ".pem"), "-outform", "DER", "-out", f"{cache}/{name}.cer")
        self.assert_good(self.sign(self.csr, flags=flags).stdout)
        os.rename(self.path(".cache"), self.path("kept"))
        self.refused(self.csr, flags=flags)
        kept = self.path("kept/bramley/apple-ca")
        self.assert_good(self.sign(self.csr, flags=flags + ["--chain-dir", kept]).stdout)
        write_private(kept + "/broken.cer", "no certificate")
        self.assertIn("broken.cer", self.refused(self.csr, flags=flags + ["--chain-dir", kept]))

    def test_a_request_that_does_not_fit_is_refused(self):
        small = make_csr(self.path("small.csr"), kind="rsa:1024")
        self.assertIn("has 1024 bits: 2048 is the least", self.refused(small))
        curve = self.path("ec.csr")
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout",
                self.path("ec.key"), "-subj", "/CN=x", "-out", curve)
        self.assertIn("the request's key is not RSA", self.refused(curve))
        altered = bytearray(openssl("req", "-in", self.csr, "-outform", "DER"))
        altered[altered.index(b"Customer")] ^= 1
        with open(self.path("altered.der"), "wb") as file:
            file.write(altered)
        self.assertIn("own signature does not hold", self.refused(self.path("altered.der")))
        own = make_csr(self.path("own.csr"), key=self.path("vendor.key"))
        self.assertIn("this request is for the vendor's own key", self.refused(own))
        self.assertIn("no certificate request in it", self.refused(self.path("vendor.pem")))
        self.assertIn("No such file", self.refused(self.path("nowhere.csr")))

    def test_many_in_one_call(self):
        requests = self.path("requests")
        os.mkdir(requests)
        for name in ("a", "b"):
            make_csr(f"{requests}/{name}.csr")
        write_private(requests + "/notes.txt", "not taken")
        out = self.path("signed")
        done = self.sign(requests, "--out", out, "-o", "json")
        self.assertEqual([True, True], [line["signed"] for line in json.loads(done.stdout)])
        self.assertEqual(["a.req", "b.req"], sorted(os.listdir(out)))
        self.assertEqual(0o700, stat.S_IMODE(os.stat(out).st_mode))
        for name in ("a", "b"):
            with open(f"{out}/{name}.req", encoding="ascii") as file:
                self.assert_good(file.read(), csr=f"{requests}/{name}.csr")
        make_csr(f"{requests}/c.csr", kind="rsa:1024")
        done = self.run_sign(requests, self.csr, "--out", self.path("again"))
        self.assertEqual(3, done.returncode)
        self.assertIn("c.csr: the request's RSA key has 1024 bits", done.stderr)
        self.assertIn("1 of 4 requests refused", done.stderr)
        self.assertEqual(["a.req", "b.req", "push.req"], sorted(os.listdir(self.path("again"))))
        done = self.run_sign(f"{requests}/c.csr", requests, "--out", self.path("again"))
        self.assertEqual(2, done.returncode, "one name twice")
        done = self.run_sign(f"{requests}/c.csr", self.path("nowhere.csr"), "--out", out)
        self.assertEqual(1, done.returncode, "all refused")
        done = self.run_sign(requests, "--out", self.path("again"))
        self.assertEqual(1, done.returncode, "files that exist stay")
        self.assertIn("--force replaces it", done.stderr)
        self.assertEqual(2, self.run_sign(requests).returncode)
        os.mkdir(self.path("empty"))
        self.assertIn("no request in it", self.refused(self.path("empty"), "--out", out, code=2))

    def test_a_dry_run_writes_nothing(self):
        done = self.run_sign(self.csr, "--out", self.path("dry.req"), "--dry-run")
        self.assertEqual(8, done.returncode)
        self.assertFalse(os.path.exists(self.path("dry.req")))
        done = self.run_sign(self.csr, make_csr(self.path("b.csr")), "--out", self.path("dry"), "--dry-run")
        self.assertEqual(8, done.returncode)
        self.assertFalse(os.path.exists(self.path("dry")))

    def test_a_file_is_replaced_with_force_only(self):
        out = self.path("push.req")
        self.sign(self.csr, "--out", out)
        self.assertIn("it exists", self.refused(self.csr, "--out", out))
        self.sign(self.csr, "--out", out, "--force")

    def test_a_name_with_other_letters_is_kept(self):
        csr = self.path("name.csr")
        openssl("req", "-new", "-utf8", "-newkey", "rsa:2048", "-noenc", "-keyout", csr + ".key", "-subj", "/O=Søren & Søn <x>",
                "-out", csr)
        self.assert_good(self.sign(csr).stdout, csr=csr)


if __name__ == "__main__":
    unittest.main()

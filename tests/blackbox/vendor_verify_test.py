#!/usr/bin/env python3
"""`bramley vendor verify` and `csr verify`: requests that openssl made, good and bad, and what Apple's portal would say."""

import base64
import json
import os
import plistlib
import unittest

from bramley_server import run_bramley, temporary_folder, write_private
from vendor_pki import VendorPki, encoded, make_csr, openssl

INVALID = "Invalid Certificate Signing Request"
SIGNATURE = "Certificate Signature Verification failed (-80018): the signature is invalid"
EXPIRED = "the signing certificate is expired"
CHAIN = "Signing Certificate Chain Missing"


class VendorVerify(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_folder(self)
        self.pki = VendorPki(self.folder)
        self.csr = make_csr(self.path("push.csr"))
        self.good = self.pki.request_by_openssl(self.csr)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, content):
        with open(self.path("push.req"), "wb") as file:
            file.write(content)
        return self.path("push.req")

    def verify(self, content, *arguments, noun="vendor"):
        """Exit code, the JSON, and the one line on stderr."""
        done = run_bramley(self.folder, noun, "verify", self.write(content), "--root", self.path("root.pem"), "-o", "json",
                           *arguments)
        return done.returncode, json.loads(done.stdout), json.loads(done.stderr)["error"] if done.stderr else None

    def assert_good(self, content, warnings=(), **more):
        code, data, error = self.verify(content, **more)
        self.assertEqual(0, code, data)
        self.assertTrue(data["ok"])
        self.assertIsNone(error)
        self.assertEqual(list(warnings), [finding["code"] for finding in data["findings"]])
        self.assertEqual("sha256", data["digest"])
        self.assertIn("MDM Vendor: Example", data["vendor"]["subject"])
        self.assertIn("Customer", data["csr"]["subject"])

    def assert_faults(self, content, faults, *arguments):
        """`faults`: code to the portal's words, in their order."""
        code, data, error = self.verify(content, *arguments)
        self.assertEqual(5, code)
        self.assertFalse(data["ok"])
        found = {finding["code"]: finding["portal_answer"] for finding in data["findings"] if finding["level"] == "fault"}
        self.assertEqual(faults, found)
        self.assertEqual("faults_found", error["code"])
        self.assertTrue(error["hint"])
        self.assertTrue(all(finding["hint"] and finding["message"] for finding in data["findings"]))

    def test_a_good_request_in_every_dress(self):
        text = encoded(self.good)
        self.assert_good(text)
        self.assert_good(text + b"\n")
        self.assert_good(text, noun="csr")
        self.assert_good(base64.encodebytes(base64.b64decode(text)).replace(b"\n", b"\r\n"))
        self.assert_good(b"\xef\xbb\xbf" + text, ["byte_order_mark"])
        self.assert_good(text.decode().encode("utf-16"), ["byte_order_mark"])
        self.assert_good(plistlib.dumps(self.good), ["plain_xml"])
        mushed = dict(self.good, PushCertCertificateChain=self.pki.chain_pem().replace("-----\n-----", "----------"))
        self.assert_good(encoded(mushed))
        crlf = dict(self.good, PushCertCertificateChain=self.pki.chain_pem().replace("\n", "\r\n"))
        self.assert_good(encoded(crlf))

    def test_people_read_it_too(self):
        done = run_bramley(self.folder, "vendor", "verify", self.write(encoded(self.good)), "--root", self.path("root.pem"))
        self.assertEqual(0, done.returncode)
        self.assertRegex(done.stdout, r"(?m)^Vendor +CN=MDM Vendor: Example$")
        self.assertRegex(done.stdout, r"(?m)^ok +the portal should take it$")
        done = run_bramley(self.folder, "vendor", "verify", self.write(encoded(self.good)))
        self.assertEqual(5, done.returncode)
        self.assertRegex(done.stdout, r"(?m)^fault +the chain ends in 'CN=Root CA' .* which is not Apple's root$")
        self.assertRegex(done.stdout, rf"(?m)^ +portal: {CHAIN}$")
        self.assertRegex(done.stdout, r"(?m)^ +way out: ")
        self.assertIn("bramley: error: ", done.stderr)

    def test_standard_input(self):
        done = run_bramley(self.folder, "csr", "verify", "-", "--root", self.path("root.pem"),
                           stdin=encoded(self.good).decode())
        self.assertEqual(0, done.returncode)

    def test_signatures(self):
        request = self.pki.request_by_openssl
        self.assert_faults(encoded(request(self.csr, digest="sha1")), {"signature_sha1": SIGNATURE})
        other = VendorPki(temporary_folder(self))
        self.assert_faults(encoded(request(self.csr, key=other.path("vendor.key"))), {"signature_wrong": SIGNATURE})
        self.assert_faults(encoded(request(self.csr, PushCertSignature="!")), {"signature_base64": SIGNATURE})
        second = make_csr(self.path("second.csr"))
        swapped = base64.b64encode(openssl("req", "-in", second, "-outform", "DER")).decode()
        self.assert_faults(encoded(dict(self.good, PushCertRequestCSR=swapped)), {"signature_wrong": SIGNATURE})

    def test_chains(self):
        pki = self.pki
        request = lambda *chain, **more: encoded(pki.request_by_openssl(self.csr, chain=pki.chain_pem(*chain), **more))
        self.assert_faults(request(pki.vendor), {"chain_incomplete": CHAIN})
        self.assert_faults(request(pki.vendor, pki.wwdr), {"chain_incomplete": CHAIN})
        self.assert_faults(request(pki.vendor, pki.root), {"chain_incomplete": CHAIN})
        self.assert_faults(encoded(pki.request_by_openssl(self.csr, chain="")), {"missing_key": CHAIN})
        self.assert_faults(encoded(pki.request_by_openssl(self.csr, chain="-----BEGIN CERTIFICATE-----\nAA\n")),
                           {"chain_damaged": CHAIN})
        expired = pki.issue_vendor(begins=-500, days=365)
        self.assert_faults(request(expired, pki.wwdr, pki.root), {"expired": EXPIRED})
        self.assert_faults(request(pki.vendor, pki.issue_wwdr(begins=-30, days=5), pki.root), {"expired": EXPIRED})
        self.assert_faults(request(pki.issue_vendor(begins=3), pki.wwdr, pki.root), {"not_yet_valid": EXPIRED})
        plain = pki.issue_vendor(marker=False)
        self.assert_faults(request(plain, pki.wwdr, pki.root), {"not_a_vendor": SIGNATURE})
        other = VendorPki(temporary_folder(self))
        self.assert_faults(request(pki.vendor, other.wwdr, other.root), {"chain_incomplete": CHAIN})

    def test_several_faults_are_all_named(self):
        expired = self.pki.issue_vendor(begins=-500, days=365)
        content = self.pki.request_by_openssl(self.csr, digest="sha1", chain=self.pki.chain_pem(expired))
        self.assert_faults(encoded(content),
                           {"expired": EXPIRED, "chain_incomplete": CHAIN, "signature_sha1": SIGNATURE})
        code, _, error = self.verify(encoded(content))
        self.assertEqual(5, code)
        self.assertIn("and 2 more faults", error["message"])

    def test_requests_inside(self):
        small = make_csr(self.path("small.csr"), kind="rsa:1024")
        self.assert_faults(encoded(self.pki.request_by_openssl(small)), {"request_key": INVALID})
        with open(self.csr, encoding="ascii") as file:
            pem = file.read()
        self.assert_faults(encoded(dict(self.good, PushCertRequestCSR=pem)), {"request_pem": INVALID})
        self.assert_faults(encoded(dict(self.good, PushCertRequestCSR=base64.b64decode(self.good["PushCertRequestCSR"]))),
                           {"wrong_type": INVALID})
        self.assert_faults(encoded(self.pki.request_by_openssl(self.csr, PushCertRequestCSR=None)),
                           {"missing_key": INVALID})
        code, data, _ = self.verify(encoded(self.good), "--csr", self.csr)
        self.assertEqual((0, True), (code, data["ok"]))
        self.assert_faults(encoded(self.good), {"other_request": None}, "--csr", make_csr(self.path("mine.csr")))

    def test_other_files(self):
        def read(name):
            with open(self.path(name), "rb") as file:
                return file.read()
        whole = encoded(self.good)
        openssl("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", self.path("m.key"), "-subj", "/CN=m", "-out",
                self.path("m.pem"))
        mail = openssl("smime", "-encrypt", "-aes256", "-binary", "-outform", "DER", self.path("m.pem"), data=whole)
        cases = {"no MDM vendor has signed": read("push.csr"), "a certificate, not a request": read("vendor.pem"),
                 "a private key": read("vendor.key"), "empty": b"", "damaged property list": whole[:2000],
                 "the encrypted attachment": mail.hex().encode(), "neither base64 nor XML": b"\x00\x01\x02",
                 "none of a push certificate request": plistlib.dumps({"Label": "x"})}
        for message, content in cases.items():
            with self.subTest(message):
                self.assert_faults(content, {"not_a_request": INVALID})
                self.assertIn(message, self.verify(content)[1]["findings"][0]["message"])
        self.assert_faults(mail, {"not_a_request": INVALID})

    def test_what_cannot_be_read_is_no_finding(self):
        done = run_bramley(self.folder, "vendor", "verify", self.path("nowhere.req"))
        self.assertEqual(1, done.returncode)
        self.assertIn("No such file", done.stderr)
        write_private(self.path("text"), "x")
        done = run_bramley(self.folder, "vendor", "verify", self.write(encoded(self.good)), "--root", self.path("text"))
        self.assertEqual(1, done.returncode)

    def test_what_we_sign_we_take(self):
        out = self.path("ours.req")
        done = run_bramley(self.folder, "vendor", "sign", self.csr, *self.pki.flags(), "--out", out)
        self.assertEqual(0, done.returncode, done.stderr)
        with open(out, "rb") as file:
            self.assert_good(file.read())


if __name__ == "__main__":
    unittest.main()

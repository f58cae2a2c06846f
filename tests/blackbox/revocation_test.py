#!/usr/bin/env python3
"""An identity is revoked: its device is refused, and openssl reads so in the list at /scep/crl."""

import os
import subprocess
import unittest

from bramley_server import BramleyServer, run_bramley, temporary_folder


class Revocation(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_folder(self)
        self.server = BramleyServer(self.folder, tls=True, flags=["--open-enrollment", "--allow-empty-topic"])
        self.addCleanup(self.server.close)
        self.server.start()
        self.authority = os.path.join(self.server.credentials_dir, "scep-ca.pem")

    def simulate(self, devices="2"):
        return run_bramley(self.folder, "simulate", "--url", self.server.url, "--ca-file",
                           os.path.join(self.server.data_dir, "tls", "server.pem"), "--devices", devices, "--duration", "0",
                           "--dir", os.path.join(self.folder, "devices"))

    def revocation_list(self):
        answer = self.server.request("GET", "/scep/crl")
        self.assertEqual((200, "application/pkix-crl"), (answer.status, answer.headers["content-type"]))
        path = os.path.join(self.folder, "list.pem")
        subprocess.run(["openssl", "crl", "-inform", "DER", "-out", path], input=answer.body, check=True, capture_output=True)
        return path

    def openssl_crl(self, *flags):
        done = subprocess.run(["openssl", "crl", "-in", self.revocation_list(), "-noout", *flags], check=True,
                              capture_output=True, text=True)
        return done.stdout + done.stderr

    def verdict(self, certificate):
        return subprocess.run(["openssl", "verify", "-crl_check", "-CAfile", self.authority, "-CRLfile", self.revocation_list(),
                               certificate], check=False, capture_output=True, text=True)

    def test_a_revoked_device_is_refused_and_listed(self):
        self.assertEqual(0, self.simulate().returncode)
        self.assertIn("No Revoked Certificates", self.openssl_crl("-text"))
        self.assertIn("verify OK", self.openssl_crl("-CAfile", self.authority))
        certificates = {item["device_id"]: item for item in self.server.pages("/api/v1/certificates", "certificates")}
        device, other = certificates
        revoked = self.server.api("POST", f"/api/v1/certificates/{certificates[device]['id']}/revoke",
                                  {"reason": "key_compromise"})
        self.assertEqual(200, revoked.status)
        self.assertTrue(revoked.json()["revoked_at"])
        self.assertEqual(200, self.server.api("POST", f"/api/v1/certificates/{certificates[device]['id']}/revoke").status)

        before = self.server.enrollment(other)
        done = self.simulate()
        self.assertIn("400", done.stdout, "the revoked one")
        self.assertEqual("enrolled", before["state"])
        self.assertIn("is not bound to any device", self.server.log())
        # Kept for a minute: a server that starts makes it anew.
        self.server.stop()
        self.server.start()
        text = self.openssl_crl("-text")
        self.assertIn("Key Compromise", text)
        self.assertIn(certificates[device]["serial"], text)
        self.assertNotIn(certificates[other]["serial"], text)

    def test_openssl_believes_it(self):
        self.assertEqual(0, self.simulate("1").returncode)
        certificate = os.path.join(self.folder, "devices", "000001", "certificate.pem")
        self.assertEqual(0, self.verdict(certificate).returncode)
        (listed,) = self.server.pages("/api/v1/certificates", "certificates")
        self.server.api("POST", f"/api/v1/certificates/{listed['id']}/revoke")
        self.server.stop()
        self.server.start()
        self.assertIn("certificate revoked", self.verdict(certificate).stderr)

    def test_what_cannot_be_revoked(self):
        for path, body, status in (("0" * 64, None, 404), ("nothing", None, 404), ("0" * 64, {"reason": "bored"}, 400),
                                   ("0" * 64, {"because": "x"}, 400)):
            answer = self.server.api("POST", f"/api/v1/certificates/{path}/revoke", body)
            self.assertEqual(status, answer.status, answer)
        self.assertEqual(405, self.server.request("POST", "/scep/crl").status)
        self.assertEqual(404, self.server.request("GET", "/scep/crl/").status)


if __name__ == "__main__":
    unittest.main()

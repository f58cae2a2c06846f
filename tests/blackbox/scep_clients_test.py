#!/usr/bin/env python3
"""SCEP clients that others wrote enroll and renew: micromdm's scepclient, strongSwan's pki, certmonger."""

import os
import shutil
import subprocess
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from bramley_server import BramleyServer, clean_environment, temporary_folder, write_private
from shell_device import ShellDevice, run
from test_authority import TestAuthority

CHALLENGE = "a-challenge-for-tests"
CERTMONGER = "/usr/lib/certmonger/certmonger-session"


def needs(*programs):
    missing = [program for program in programs if not shutil.which(program)]
    return unittest.skipIf(missing, "not installed: " + ", ".join(missing))


def read_certificate(path):
    with open(path, "rb") as file:
        content = file.read()
    if content.startswith(b"-----"):
        return x509.load_pem_x509_certificate(content)
    return x509.load_der_x509_certificate(content)


class ScepClients(unittest.TestCase):
    allow_des = True

    def setUp(self):
        self.folder = temporary_folder(self)
        challenge = os.path.join(self.folder, "challenge")
        write_private(challenge, CHALLENGE)
        flags = ["--allow-empty-topic", "--scep-challenge", "@" + challenge]
        self.server = BramleyServer(self.folder, flags + ["--scep-allow-des"] * self.allow_des)
        self.addCleanup(self.server.close)
        self.server.start()
        self.url = f"http://127.0.0.1:{self.server.port}/scep"
        # The CA is of the server's own making, so that it is judged too.
        self.ca = os.path.join(self.server.credentials_dir, "scep-ca.pem")
        self.work = os.path.join(self.folder, "client")
        os.mkdir(self.work)

    def client(self, *command, ok=True):
        """Runs a client in a folder of its own; its output."""
        done = subprocess.run(command, cwd=self.work, capture_output=True, text=True, timeout=90, check=False,
                              env=clean_environment(self.work))
        said = done.stdout + done.stderr
        self.assertEqual(ok, done.returncode == 0, f"{said}\n{self.server.log()}")
        return said

    def path(self, name):
        return os.path.join(self.work, name)

    def assert_renewed(self, old, new):
        """Two certificates of our CA with different serial numbers, and the log knows that one followed the other."""
        first, second = read_certificate(old), read_certificate(new)
        self.assertEqual(read_certificate(self.ca).subject, second.issuer)
        self.assertEqual(first.subject, second.subject)
        self.assertNotEqual(first.serial_number, second.serial_number)
        self.assertIn("renewed_from=" + fingerprint(first), self.server.log())

    def assert_enrollment_inherited(self, old, old_key, renew):
        """The new identity speaks for the device that the old one enrolled, without another Authenticate."""
        device = ShellDevice(self.server, TestAuthority(), "UDID-" + self.id().rsplit(".", 1)[-1])
        device.certificate, device.key = old, old_key
        device.enroll()
        device.certificate, device.key = renew()
        self.assertEqual(200, device.idle().status, self.server.log())


def fingerprint(certificate):
    return certificate.fingerprint(hashes.SHA256()).hex()


@needs("scepclient")
class Micromdm(ScepClients):
    """POST, SHA-1 and single DES; renews with RenewalReq and with the same key and transaction."""

    def scepclient(self, challenge, ok=True):
        return self.client("scepclient", "-private-key", self.path("key.pem"), "-certificate",
                           self.path("client.pem"), "-server-url", self.url, "-challenge", challenge,
                           "-cn", "device", ok=ok)

    def test_enrolls_and_renews(self):
        self.scepclient(CHALLENGE)
        shutil.copy(self.path("client.pem"), self.path("first.pem"))

        def renew():
            self.scepclient("")
            return self.path("client.pem"), self.path("key.pem")

        self.assert_enrollment_inherited(self.path("first.pem"), self.path("key.pem"), renew)
        self.assert_renewed(self.path("first.pem"), self.path("client.pem"))

    def test_wrong_challenge(self):
        self.assertIn("badRequest", self.scepclient("wrong", ok=False))
        self.assertIn("SCEP request refused", self.server.log())
        self.assertNotIn("wrong", self.server.log())


@needs("scepclient")
class MicromdmWithoutDes(ScepClients):
    allow_des = False

    def test_single_des_is_refused(self):
        said = self.client("scepclient", "-private-key", self.path("key.pem"), "-server-url", self.url,
                           "-challenge", CHALLENGE, "-cn", "device", ok=False)
        self.assertIn("badAlg", said)


@needs("pki")
class StrongSwan(ScepClients):
    """POST, 3DES and SHA-256, UTF8String challenge, subjectAltName; renews with RenewalReq and another key."""

    def new_key(self, name):
        run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.path(name))

    def pki(self, key, *options, ok=True):
        return self.client("pki", "--scep", "--url", self.url, "--in", self.path(key), "--dn", "C=US, CN=device",
                           "--cacert-enc", self.ca, "--cacert-sig", self.ca, "--cacert", self.ca, "--cipher", "des3",
                           "--outform", "pem", *options, ok=ok)

    def save(self, name, said):
        start = said.index("-----BEGIN")
        end = said.index("-----END CERTIFICATE-----")
        write_private(self.path(name), said[start:end] + "-----END CERTIFICATE-----\n")

    def test_enrolls_and_renews(self):
        self.new_key("first.key")
        self.new_key("second.key")
        self.save("first.pem", self.pki("first.key", "--san", "device.example", "--password", CHALLENGE))
        names = read_certificate(self.path("first.pem")).extensions.get_extension_for_class(
            x509.SubjectAlternativeName).value
        self.assertEqual(["device.example"], names.get_values_for_type(x509.DNSName))

        def renew():
            self.save("second.pem", self.pki("second.key", "--cert", self.path("first.pem"), "--key",
                                             self.path("first.key")))
            return self.path("second.pem"), self.path("second.key")

        self.assert_enrollment_inherited(self.path("first.pem"), self.path("first.key"), renew)
        self.assert_renewed(self.path("first.pem"), self.path("second.pem"))

    def test_wrong_challenge(self):
        self.new_key("key")
        self.assertIn("badRequest", self.pki("key", "--password", "wrong", ok=False))

    def test_authority_is_found(self):
        self.client("pki", "--scepca", "--url", self.url, "--caout", "found.der")
        found = os.path.join(self.work, "found.der")
        self.assertEqual(read_certificate(self.ca), read_certificate(found))


@needs("getcert", "dbus-run-session", CERTMONGER)
class Certmonger(ScepClients):
    """GET with AES-256; a transactionID of 78 digits; renews with PKCSReq."""

    def session(self, *lines):
        script = "\n".join([
            "set -e",
            f"{CERTMONGER} -n >daemon.log 2>&1 & daemon=$!",
            "trap 'kill $daemon' EXIT",
            "for i in 1 2 3 4 5 6 7 8 9 10; do getcert list-cas -s >list 2>&1 && break; sleep 1; done",
            f"getcert add-scep-ca -s -c test -u {self.url} -r {self.ca} -N {self.ca} -R {self.ca}",
            *lines])
        return self.client("dbus-run-session", "--", "sh", "-c", script)

    def test_enrolls_and_renews(self):
        self.session(
            f"getcert request -s -c test -k {self.path('key.pem')} -f {self.path('client.pem')} -N CN=device "
            f"-L {CHALLENGE} -I one -w",
            "cp client.pem first.pem",
            "getcert resubmit -s -i one -w")
        self.assert_renewed(self.path("first.pem"), self.path("client.pem"))
        self.assertEqual(2, self.server.log().count("SCEP certificate issued"))

    def test_wrong_challenge(self):
        said = self.session(
            f"getcert request -s -c test -k {self.path('key.pem')} -f {self.path('client.pem')} -N CN=device "
            "-L wrong -I one -w || true",
            "getcert list -s -i one")
        self.assertIn("CA_REJECTED", said)


if __name__ == "__main__":
    unittest.main()

"""The certificate of the SCEP CA is renewed with openssl, under the same name and key: it is the same CA, for a server that
runs and for one that starts. Another CA in its place is not."""

import os
import signal
import subprocess
import time
import unittest

from bramley_server import BramleyServer, run_bramley, temporary_folder

OPEN = ["--open-enrollment", "--allow-empty-topic"]


class ScepCaRenewal(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_folder(self)
        self.server = BramleyServer(self.folder, tls=True, flags=OPEN)
        self.addCleanup(self.server.close)
        self.server.start()
        self.assertEqual(0, self.simulate("before", "2s", "10").returncode)

    def file(self, name):
        return os.path.join(self.server.credentials_dir, name)

    def simulate(self, state, duration, seed):
        return run_bramley(self.folder, "simulate", "--url", self.server.url, "--ca-file",
                           os.path.join(self.server.data_dir, "tls", "server.pem"), "--devices", "1", "--seed", seed,
                           "--duration", duration, "--poll", "1s", "--dir", os.path.join(self.folder, state))

    def openssl(self, *arguments):
        return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout

    def renew(self):
        """A longer life, and nothing else; returns the new certificate's DER."""
        renewed = self.file("renewed.pem")
        self.openssl("x509", "-in", self.file("scep-ca.pem"), "-signkey", self.file("scep-ca.key"), "-days", "7000", "-out", renewed)
        os.replace(renewed, self.file("scep-ca.pem"))
        return self.openssl("x509", "-in", self.file("scep-ca.pem"), "-outform", "DER")

    def authority(self):
        return self.server.request("GET", "/scep?operation=GetCACert").body

    def wait_for_log(self, text):
        deadline = time.monotonic() + 30
        while text not in self.server.log():
            self.assertLess(time.monotonic(), deadline, self.server.log())
            time.sleep(0.05)

    def assert_device_polls(self):
        done = self.simulate("before", "2s", "10")
        self.assertEqual(0, done.returncode, done.stderr)

    def test_taken_up_while_running(self):
        renewed = self.renew()
        self.assertNotEqual(renewed, self.authority())
        self.server.process.send_signal(signal.SIGHUP)
        self.wait_for_log("renewed certificate of the SCEP CA in force")
        self.assertEqual(renewed, self.authority())
        self.assert_device_polls()
        done = self.simulate("after", "2s", "11")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(2, len(self.server.enrollments()))

    def test_the_same_ca_for_a_server_that_starts(self):
        self.assertEqual(0, self.server.stop())
        renewed = self.renew()
        self.server.start()
        self.assertEqual(renewed, self.authority())
        self.assert_device_polls()
        self.assertEqual(1, len(self.server.enrollments()))

    def test_another_ca_under_the_same_name_waits_for_the_next_start_and_is_refused_there(self):
        before = self.authority()
        subject = self.openssl("x509", "-in", self.file("scep-ca.pem"), "-noout", "-subject", "-nameopt", "compat").decode()
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90", "-keyout", self.file("scep-ca.key"), "-out",
                     self.file("scep-ca.pem"), "-subj", subject.strip().removeprefix("subject="))
        self.server.process.send_signal(signal.SIGHUP)
        self.wait_for_log("another one is in its place")
        self.assertEqual(before, self.authority())
        self.assert_device_polls()
        self.server.stop()
        with self.assertRaisesRegex(RuntimeError, "would be lost|identities from"):
            self.server.start()


if __name__ == "__main__":
    unittest.main()

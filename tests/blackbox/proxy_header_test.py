#!/usr/bin/env python3
"""The client certificate in a header: every proxy's way to write it, and whom the server believes."""

import base64
import ssl
import unittest
import urllib.parse

from device_test import DeviceTest
from shell_device import ShellDevice
from test_authority import TestAuthority

HEADER = "X-Client-Cert"


def pem_of(device):
    with open(device.certificate, encoding="ascii") as file:
        return file.read()


def der_of(device):
    return ssl.PEM_cert_to_DER_cert(pem_of(device))


def forms(device, authority):
    """By who writes so."""
    pem, der = pem_of(device), der_of(device)
    bare = base64.b64encode(der).decode()
    chain = base64.b64encode(ssl.PEM_cert_to_DER_cert(authority.pem())).decode()
    escaped = urllib.parse.quote(pem, safe="")
    return {
        "RFC 9440": f":{bare}:",
        "nginx $ssl_client_escaped_cert": escaped,
        "nginx $ssl_client_cert": pem.strip().replace("\n", " \t"),
        "Go QueryEscape": urllib.parse.quote_plus(pem),
        "Traefik 3": bare,
        "Traefik 3 with the chain": f"{bare},{chain}",
        "Traefik 2": urllib.parse.quote(f"{bare},{chain}", safe=""),
        "AWS ALB": urllib.parse.quote(pem, safe="+=/"),
        "AWS ALB with the chain": urllib.parse.quote(pem + authority.pem(), safe="+=/"),
        "Envoy XFCC": f'By=spiffe://a/b;Hash=00;Cert="{escaped}";Subject="CN=a\\",b";URI=',
        "Envoy XFCC behind another": f'Hash=11;Cert="junk",Hash=00;Cert="{escaped}";DNS=a.example',
        "Apache": pem.strip().replace("\n", " "),
    }


class Trusted(DeviceTest):
    flags = ("--cert-header", HEADER, "--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "127.0.0.0/8")

    def put(self, *values, **more):
        curl = [word for value in values for word in ("--header", f"{HEADER}: {value}")]
        return {"signature": None, "curl": curl, **more}

    def test_every_form(self):
        device = self.device()
        for name, value in forms(device, self.authority).items():
            with self.subTest(name):
                self.assert_nothing_to_do(device.authenticate(put=self.put(value)))
                self.assert_nothing_to_do(device.token_update(put=self.put(value)))
                self.assert_nothing_to_do(device.idle(put=self.put(value)))

    def test_what_is_no_certificate_of_ours(self):
        device = self.device().enroll()
        stranger = ShellDevice(self.server, TestAuthority(), device.udid + "-stranger")
        before = self.snapshot(device.udid)
        good = base64.b64encode(der_of(device)).decode()
        for value in (*forms(stranger, self.authority).values(), "junk", ":", "::", ":junk:", f":{good}", f":{good}:x",
                      good + "AAAA", "%zz", 'Cert="', "Hash=00", '""', "(null)"):
            with self.subTest(value[:60]):
                self.assert_refused(device.idle(put=self.put(value)))
        # A good signature does not paper over it.
        self.assert_refused(device.idle(put={"curl": self.put("junk")["curl"]}))
        self.assertEqual(before, self.snapshot(device.udid))

    def test_the_header_twice_is_refused_whichever_is_good(self):
        device = self.device().enroll()
        good = base64.b64encode(der_of(device)).decode()
        for values in ((good, "junk"), ("junk", good), (good, good)):
            self.assert_refused(device.idle(put=self.put(*values)))
            self.assert_refused(device.idle(put={"curl": self.put(*values)["curl"]}))

    def test_a_device_that_comes_without_the_header_still_signs(self):
        self.device().enroll()


class NotTrusted(DeviceTest):
    flags = ("--cert-header", HEADER, "--trusted-proxy", "10.0.0.0/8")

    def test_the_header_of_anybody_else_is_not_looked_at(self):
        device = self.device().enroll()
        curl = ("--header", f"{HEADER}: {base64.b64encode(der_of(device)).decode()}")
        self.assert_refused(device.idle(put={"signature": None, "curl": curl}))
        self.assert_nothing_to_do(device.idle(put={"curl": ("--header", f"{HEADER}: junk")}))


class NoHeaderNamed(DeviceTest):
    def test_no_header_is_looked_at_by_default(self):
        device = self.device().enroll()
        bare = base64.b64encode(der_of(device)).decode()
        for name in (HEADER, "Client-Cert", "X-Forwarded-Client-Cert", "X-SSL-Client-Cert"):
            put = {"signature": None, "curl": ("--header", f"{name}: :{bare}:")}
            self.assert_refused(device.idle(put=put))


if __name__ == "__main__":
    unittest.main()

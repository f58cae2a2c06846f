#!/usr/bin/env python3
"""Makes the corpus anew: small inputs of every accepted shape, from Python and openssl(1), for the fuzzers to start from.

Run by hand, and only when a shape is missing; what it makes is checked in. Keys are fresh each time. With the word
`vendor` it makes the inputs of an MDM vendor's side alone, for the keys that are there.
"""

import base64
import datetime
import os
import plistlib
import subprocess
import sys
import tempfile
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from test_authority import TestAuthority, common_name, key_pem, new_key  # noqa: E402
from vendor_pki import VendorPki, encoded, make_csr  # noqa: E402


def openssl(*arguments, stdin=None):
    return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=True).stdout


def write(name, content):
    path = os.path.join(HERE, "corpus", name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)


# DER by hand: SCEP's signed attributes are beyond what openssl(1) can add.

def der(tag, *parts):
    content = b"".join(parts)
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 128 + len(size)]) + size + content


def oid(text):
    first, second, *rest = (int(part) for part in text.split("."))
    found = bytes([first * 40 + second])
    for number in rest:
        digits = [number & 127]
        while number > 127:
            number >>= 7
            digits.append(128 | number & 127)
        found += bytes(reversed(digits))
    return der(6, found)


def sequence(*parts):
    return der(0x30, *parts)


def attribute(kind, value):
    return sequence(oid(kind), der(0x31, value))


VERISIGN = "2.16.840.1.113733.1.9."
PKCS9 = "1.2.840.113549.1.9."
DATA = "1.2.840.113549.1.7.1"
SIGNED = "1.2.840.113549.1.7.2"
RSA = "1.2.840.113549.1.1.1"
DIGESTS = {"sha1": ("1.3.14.3.2.26", hashes.SHA1()), "sha256": ("2.16.840.1.101.3.4.2.1", hashes.SHA256())}


def scep_message(envelope, message_type, certificate, key, digest="sha256", nonce=b"\x07" * 16, transaction="ABCD1234"):
    """SignedData over an EnvelopedData, with SCEP's attributes (RFC 8894 section 3.2)."""
    digest_oid, algorithm = DIGESTS[digest]
    hashed = hashes.Hash(algorithm)
    hashed.update(envelope)
    attributes = sorted([
        attribute(PKCS9 + "3", oid(DATA)),
        attribute(PKCS9 + "4", der(4, hashed.finalize())),
        attribute(VERISIGN + "2", der(0x13, str(message_type).encode())),
        attribute(VERISIGN + "5", der(4, nonce)),
        attribute(VERISIGN + "7", der(0x13, transaction.encode())),
    ])
    signature = key.sign(der(0x31, *attributes), padding.PKCS1v15(), algorithm)
    certificate_der = certificate.public_bytes(serialization.Encoding.DER)
    serial = certificate.serial_number
    digest_algorithm = sequence(oid(digest_oid), b"\x05\x00")
    signer = sequence(
        der(2, b"\x01"),
        sequence(certificate.issuer.public_bytes(), der(2, serial.to_bytes(serial.bit_length() // 8 + 1, "big"))),
        digest_algorithm, der(0xA0, *attributes), sequence(oid(RSA), b"\x05\x00"), der(4, signature))
    signed = sequence(
        der(2, b"\x01"), der(0x31, digest_algorithm), sequence(oid(DATA), der(0xA0, der(4, envelope))),
        der(0xA0, certificate_der), der(0x31, signer))
    return sequence(oid(SIGNED), der(0xA0, signed))


def plists():
    everything = {
        "text": "Grüße & <tags>", "whole": 42, "negative": -7, "large": 2**63, "real": 1.5, "yes": True, "no": False,
        "data": bytes(range(40)), "date": datetime.datetime(2026, 11, 24, 1, 2, 3), "empty": {}, "list": [1, [2, [3, []]]]}
    for fmt, name in ((plistlib.FMT_XML, "xml"), (plistlib.FMT_BINARY, "binary")):
        write(f"plist/everything_{name}", plistlib.dumps(everything, fmt=fmt))
        deep = []
        for _ in range(60):
            deep = [deep]
        write(f"plist/deep_{name}", plistlib.dumps(deep, fmt=fmt))
    head = b'<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "b">]>'
    write("plist/entity", head + b"<plist><string>&a;</string></plist>")
    write("plist/comments_and_cdata", b"<plist><!-- a --><dict><key>a</key><string><![CDATA[<b>]]></string></dict></plist>")
    write("plist/key_without_value", b"<plist><dict><key>a</key></dict></plist>")
    write("plist/numbers", b"<plist><array><integer>0x7f</integer><integer>99999999999999999999</integer><real>nan</real></array></plist>")
    write("plist/too_deep", b"<plist>" + b"<array>" * 70 + b"</array>" * 70 + b"</plist>")


def messages():
    topic = "com.apple.mgmt.External.11111111-2222-3333-4444-555555555555"
    checkins = {
        "authenticate": {"MessageType": "Authenticate", "UDID": "U1", "Topic": topic, "SerialNumber": "C02", "OSVersion": "14.5"},
        "token_update": {"MessageType": "TokenUpdate", "UDID": "U1", "Topic": topic, "PushMagic": "m", "Token": b"t" * 32,
                         "UnlockToken": b"u" * 20, "AwaitingConfiguration": True},
        "token_update_of_a_user": {"MessageType": "TokenUpdate", "EnrollmentID": "E1", "EnrollmentUserID": "E2",
                                   "Topic": topic, "PushMagic": "m", "Token": b"t", "UserShortName": "ada"},
        "shared_ipad": {"MessageType": "CheckOut", "UDID": "U1", "UserID": "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
                        "UserShortName": "ada"},
        "user_authenticate": {"MessageType": "UserAuthenticate", "UDID": "U1", "UserID": "U2", "DigestResponse": "d"},
        "set_bootstrap_token": {"MessageType": "SetBootstrapToken", "UDID": "U1", "BootstrapToken": b"b" * 30},
        "get_bootstrap_token": {"MessageType": "GetBootstrapToken", "UDID": "U1"},
        "declarative": {"MessageType": "DeclarativeManagement", "UDID": "U1", "Endpoint": "tokens", "Data": b"{}"},
        "get_token": {"MessageType": "GetToken", "UDID": "U1", "TokenServiceType": "com.apple.maid"},
        "idle": {"Status": "Idle", "UDID": "U1"},
        "error": {"Status": "Error", "UDID": "U1", "CommandUUID": "C1", "ErrorChain": [
            {"ErrorCode": 12021, "ErrorDomain": "MCMDMErrorDomain", "USEnglishDescription": "no", "LocalizedDescription": "nein"}]},
        "command": {"CommandUUID": "C1", "Command": {"RequestType": "DeviceInformation", "Queries": ["UDID"]}},
        "profile": {"PayloadType": "Configuration", "PayloadVersion": 1, "PayloadIdentifier": "a", "PayloadUUID": "b",
                    "PayloadContent": [
                        {"PayloadType": "com.apple.security.scep", "PayloadContent": {
                            "URL": "https://localhost/scep", "Challenge": "c", "Subject": [[["CN", "x"]]], "Keysize": 2048}},
                        {"PayloadType": "com.apple.mdm", "ServerURL": "https://localhost/mdm", "Topic": topic,
                         "SignMessage": True}]},
    }
    for name, message in checkins.items():
        write("checkin/" + name, plistlib.dumps(message))
    write("checkin/idle_binary", plistlib.dumps(checkins["idle"], fmt=plistlib.FMT_BINARY))


def signatures(folder, authority, key):
    body = plistlib.dumps({"Status": "Idle", "UDID": "U1"})
    names = {"leaf": authority.certify(key.public_key(), common_name("leaf"), days=9000),
             "expired": authority.certify(key.public_key(), common_name("expired"), days=1, begins_days_ago=1000),
             "foreign": TestAuthority().certify(key.public_key(), common_name("foreign"))}
    key_path = os.path.join(folder, "key.pem")
    with open(key_path, "w", encoding="ascii") as file:
        file.write(key_pem(key))
    for name, certificate in names.items():
        with open(os.path.join(folder, name + ".pem"), "wb") as file:
            file.write(certificate.public_bytes(serialization.Encoding.PEM))
    shapes = {"sha256": ("leaf", "-md", "sha256"), "sha1": ("leaf", "-md", "sha1"), "no_attributes": ("leaf", "-noattr"),
              "sha1_no_attributes": ("leaf", "-md", "sha1", "-noattr"), "sha512": ("leaf", "-md", "sha512"),
              "attached": ("leaf", "-nodetach"), "indefinite_length": ("leaf", "-nodetach", "-stream"),
              "key_identifier": ("leaf", "-keyid"), "no_certificate": ("leaf", "-nocerts"),
              "pss": ("leaf", "-keyopt", "rsa_padding_mode:pss"), "expired": ("expired",), "foreign": ("foreign",)}
    for name, (signer, *options) in shapes.items():
        cms = openssl("cms", "-sign", "-binary", "-outform", "DER", "-signer", os.path.join(folder, signer + ".pem"),
                      "-inkey", key_path, *options, stdin=body)
        write("mdm_signature/" + name, len(cms).to_bytes(2, "big") + cms + body)
        if name == "sha256":
            write("mdm_signature/other_body", len(cms).to_bytes(2, "big") + cms + body + b"\n")
    return names["leaf"]


def scep(folder, authority, leaf, key):
    request = (x509.CertificateSigningRequestBuilder().subject_name(common_name("device"))
               .add_attribute(x509.oid.AttributeOID.CHALLENGE_PASSWORD, b"secret")
               .add_extension(x509.SubjectAlternativeName([x509.DNSName("device.example")]), critical=False)
               .sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))
    authority_path = os.path.join(folder, "authority.pem")
    with open(authority_path, "w", encoding="ascii") as file:
        file.write(authority.pem())

    def envelope(content, *options):
        return openssl("cms", "-encrypt", "-binary", "-outform", "DER", *options, authority_path, stdin=content)

    oaep = ("-recip", authority_path, "-keyopt", "rsa_padding_mode:oaep")
    for name, options in (("aes128", ("-aes128",)), ("aes256", ("-aes256",)), ("des3", ("-des3",)),
                          ("des", ("-des", "-provider", "legacy", "-provider", "default"))):
        write("scep/pkcs_req_" + name, scep_message(envelope(request, *options), 19, leaf, key))
    sealed = openssl("cms", "-encrypt", "-binary", "-outform", "DER", "-aes128", *oaep, stdin=request)
    write("scep/pkcs_req_oaep", scep_message(sealed, 19, leaf, key))
    plain = envelope(request, "-aes128")
    write("scep/pkcs_req_sha1", scep_message(plain, 19, leaf, key, digest="sha1", nonce=b"\x01" * 8))
    write("scep/renewal_req", scep_message(plain, 17, leaf, key))
    write("scep/inside_request", request)
    write("scep/inside_envelope", plain)
    issuer_and_subject = sequence(authority.certificate.subject.public_bytes(), common_name("device").public_bytes())
    write("scep/inside_names", issuer_and_subject)
    write("scep/cert_poll", scep_message(envelope(issuer_and_subject, "-aes128"), 20, leaf, key))
    write("scep/unknown_type", scep_message(plain, 99, leaf, key))
    write("scep/long_transaction", scep_message(plain, 19, leaf, key, transaction="7" * 255))
    write("scep/garbage_inside", scep_message(envelope(b"garbage", "-aes128"), 19, leaf, key))


def http(leaf):
    der_text = base64.b64encode(leaf.public_bytes(serialization.Encoding.DER)).decode()
    pem = leaf.public_bytes(serialization.Encoding.PEM).decode()
    inputs = {
        "rfc9440": f":{der_text}:", "pem_with_spaces": pem.replace("\n", " "), "nginx": urllib.parse.quote(pem),
        "alb": urllib.parse.quote(pem, safe="+=/"), "traefik": f"{der_text},{der_text}",
        "xfcc": f'By=spiffe://a;Hash=00;Cert="{urllib.parse.quote(pem)}";Subject="CN=x,O=\\"y\\""',
        "path": "/api/v1/enrollments/UDID%3AUSER%2F1/queue?limit=5&cursor=abc",
        "ids": "/v1/enqueue/U1,U2%2CU3,U4:U5?nopush=1", "scep_query": "/scep?operation=PKIOperation&message=MII%0AB+/%3D=",
        "json": '{"targets":["U1"],"plist":"AAAA","push":true,"nested":{"a":[1,2.5,null,"\\u00e4"]}}',
        "json_deep": "[" * 40 + "]" * 40, "json_twice": '{"a":1,"a":2}',
    }
    for name, text in inputs.items():
        write("http/" + name, text.encode())


def vendor():
    """What the portal is uploaded, in every dress; and what a signing service mails, for the CA's own key."""
    with tempfile.TemporaryDirectory() as folder:
        pki = VendorPki(folder)
        request = encoded(pki.request_by_openssl(make_csr(os.path.join(folder, "push.csr"))))
    xml = base64.b64decode(request)
    for name, content in {"one_line": request, "lines": base64.encodebytes(xml), "crlf": base64.encodebytes(xml).replace(b"\n", b"\r\n"),
                          "bom": b"\xef\xbb\xbf" + request, "xml": xml, "cut": request[:2001],
                          "no_dictionary": base64.b64encode(plistlib.dumps(["x"]))}.items():
        write("push_request/" + name, content)
    for name, flags in {"des3": ("smime", "-encrypt", "-des3"), "aes": ("cms", "-encrypt", "-aes256")}.items():
        sealed = openssl(*flags, "-binary", "-outform", "DER", os.path.join(HERE, "authority.pem"), stdin=request)
        write(f"attachment/{name}_hex", sealed.hex().encode())
        write(f"attachment/{name}_base64", base64.encodebytes(sealed))
        write(f"attachment/{name}_der", sealed)
    write("attachment/request", request)


def main():
    if sys.argv[1:] == ["vendor"]:
        return vendor()
    authority = TestAuthority("Fuzz CA", days=9000)
    key = new_key()
    with open(os.path.join(HERE, "authority.pem"), "w", encoding="ascii") as file:
        file.write(authority.pem())
    with open(os.path.join(HERE, "authority.key"), "w", encoding="ascii") as file:
        file.write(key_pem(authority.key))
    plists()
    messages()
    with tempfile.TemporaryDirectory() as folder:
        leaf = signatures(folder, authority, key)
        scep(folder, authority, leaf, key)
    http(leaf)
    return vendor()


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""Makes apple-like-PKCSReq.der and what it takes to answer it.

A twin of what Macs sent in 2016, oddities and all: a senderNonce of 8 bytes, a certification request
with version number 2 and an RSA-1024 key, SHA-1 throughout, 3DES, no challenge, and a temporary signer
("MDM SCEP SIGNER", serial 1) whose key is not the requested one. Written byte by byte, apart from the
program that reads it. Run it only to make new files: the keys are random.
"""

import datetime
import hashlib
import os
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HERE = pathlib.Path(__file__).parent


def tlv(tag, *parts):
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    out = bytearray([first * 40 + second])
    for arc in rest:
        digits = [arc & 0x7F]
        while arc := arc >> 7:
            digits.insert(0, 0x80 | (arc & 0x7F))
        out += bytes(digits)
    return tlv(0x06, bytes(out))


def seq(*parts):
    return tlv(0x30, *parts)


def set_of(*parts):
    return tlv(0x31, *sorted(parts))


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def printable(text):
    return tlv(0x13, text.encode())


def octets(value):
    return tlv(0x04, value)


NULL = tlv(0x05)
SHA1 = seq(oid("1.3.14.3.2.26"), NULL)
RSA = seq(oid("1.2.840.113549.1.1.1"), NULL)
SHA1_WITH_RSA = seq(oid("1.2.840.113549.1.1.5"), NULL)
DATA = oid("1.2.840.113549.1.7.1")
SIGNED_DATA = oid("1.2.840.113549.1.7.2")
ENVELOPED_DATA = oid("1.2.840.113549.1.7.3")


def scep_oid(last):
    return oid("2.16.840.1.113733.1.9." + str(last))


def key_pair(bits):
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def public_info(key):
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def sha1_signature(key, data):
    return key.sign(data, rsa_padding.PKCS1v15(), hashes.SHA1())


def certificate(key, name, usage, extra=None, serial=None, days=3650):
    start = datetime.datetime(2026, 1, 1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=days))
        .add_extension(usage, critical=True)
    )
    if extra:
        builder = builder.add_extension(extra, critical=True)
    return builder.sign(key, hashes.SHA256())


def key_usage(**wanted):
    names = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
        "key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{name: wanted.get(name, False) for name in names.split()})


def make_authority():
    key = key_pair(2048)
    name = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Bramley tests"), x509.NameAttribute(NameOID.COMMON_NAME, "CA")]
    )
    usage = key_usage(digital_signature=True, key_encipherment=True, key_cert_sign=True, crl_sign=True)
    return key, certificate(key, name, usage, x509.BasicConstraints(True, 0))


def make_signer():
    key = key_pair(2048)
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "MDM SCEP SIGNER"), x509.NameAttribute(NameOID.COUNTRY_NAME, "US")]
    )
    extra = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    return key, certificate(key, name, key_usage(digital_signature=True), extra, serial=1)


def certification_request(key):
    common_name = tlv(0x0C, b"com.apple.security.scep.6EC08A53-0C63-4B52-8FD7-FAE3F37A6EE2")
    subject = seq(set_of(seq(oid("2.5.4.3"), common_name)))
    usage = seq(oid("2.5.29.15"), tlv(0x01, b"\xff"), octets(bytes.fromhex("030205a0")))
    attributes = tlv(0xA0, seq(oid("1.2.840.113549.1.9.14"), set_of(seq(usage))))
    info = seq(integer(2), subject, public_info(key), attributes)
    return seq(info, SHA1_WITH_RSA, tlv(0x03, b"\0", sha1_signature(key, info)))


def issuer_and_serial(cert):
    return seq(cert.issuer.public_bytes(), integer(cert.serial_number))


def enveloped(content, recipient):
    key, vector = os.urandom(24), os.urandom(8)
    padder = padding.PKCS7(64).padder()
    cipher = Cipher(algorithms.TripleDES(key), modes.CBC(vector)).encryptor()
    encrypted = cipher.update(padder.update(content) + padder.finalize()) + cipher.finalize()
    wrapped = recipient.public_key().encrypt(key, rsa_padding.PKCS1v15())
    info = seq(integer(0), issuer_and_serial(recipient), RSA, octets(wrapped))
    cipher_id = seq(oid("1.2.840.113549.3.7"), octets(vector))
    body = seq(integer(0), set_of(info), seq(DATA, cipher_id, tlv(0x80, encrypted)))
    return seq(ENVELOPED_DATA, tlv(0xA0, body))


def signed(content, key, cert, attributes):
    attributes = [
        seq(oid("1.2.840.113549.1.9.3"), set_of(DATA)),
        seq(oid("1.2.840.113549.1.9.4"), set_of(octets(hashlib.sha1(content).digest()))),
        *attributes,
    ]
    signature = sha1_signature(key, set_of(*attributes))
    info = seq(
        integer(1), issuer_and_serial(cert), SHA1, tlv(0xA0, *sorted(attributes)), RSA, octets(signature)
    )
    certs = tlv(0xA0, cert.public_bytes(serialization.Encoding.DER))
    body = seq(integer(1), set_of(SHA1), seq(DATA, tlv(0xA0, octets(content))), certs, set_of(info))
    return seq(SIGNED_DATA, tlv(0xA0, body))


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def main():
    authority_key, authority = make_authority()
    signer_key, signer = make_signer()
    device_key = key_pair(1024)
    public = device_key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.PKCS1
    )
    transaction = hashlib.sha1(public).hexdigest().upper()
    envelope = enveloped(certification_request(device_key), authority)
    message = signed(
        envelope,
        signer_key,
        signer,
        [
            seq(scep_oid(2), set_of(printable("19"))),
            seq(scep_oid(5), set_of(octets(bytes.fromhex("0102030405060708")))),
            seq(scep_oid(7), set_of(printable(transaction))),
        ],
    )
    (HERE / "apple-like-PKCSReq.der").write_bytes(message)
    (HERE / "apple-like-ca.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    (HERE / "apple-like-ca.key").write_bytes(pem(authority_key))
    (HERE / "apple-like-signer.key").write_bytes(pem(signer_key))
    print(transaction)


if __name__ == "__main__":
    main()

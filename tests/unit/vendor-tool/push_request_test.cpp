#include "vendor-tool/push_request.h"

#include <gmock/gmock.h>

#include "core/crypto/enveloped_message.h"
#include "core/plist/plist_document.h"
#include "tests/unit/vendor-tool/vendor_chain.h"

namespace bramley {
namespace {

using testing::HasSubstr;

std::string utf16(std::string_view text, bool big_endian) {
  std::string wide = big_endian ? "\xFE\xFF" : "\xFF\xFE";
  for (const char c : text) {
    wide += big_endian ? std::string{'\0', c} : std::string{c, '\0'};
  }
  return wide;
}

void expect_good(std::string_view content) {
  const auto found = read_push_request(as_bytes(content));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->request.request, encode_base64(customer_request().der()));
  EXPECT_THAT(found->request.chain, HasSubstr(vendor_certificate("root.pem").pem()));
  EXPECT_TRUE(found->absent.empty());
}

void expect_other(ByteView content, const char* what) {
  const auto found = read_push_request(content);
  ASSERT_FALSE(found) << what;
  EXPECT_EQ(found.error().code, ErrorCode::malformed);
  EXPECT_THAT(found.error().message, HasSubstr(what));
}

TEST(PushRequest, IsReadInEveryDress) {
  const std::string good = good_request();
  expect_good(good);
  expect_good(good + "\n");
  expect_good("\r\n " + wrap_for_mail(good) + "\r\n");
  expect_good("\xEF\xBB\xBF" + good);
  expect_good(utf16(good, false));
  expect_good(utf16(good, true));
  expect_good(good_document());
  expect_good("\n" + good_document());
  expect_good(encode_base64(as_bytes("\xEF\xBB\xBF" + good_document())));
  EXPECT_TRUE(read_push_request(as_bytes(good_document()))->plain_xml);
  EXPECT_TRUE(read_push_request(as_bytes("\xEF\xBB\xBF" + good))->byte_order_mark);
  EXPECT_FALSE(read_push_request(as_bytes(good))->byte_order_mark);
}

TEST(PushRequest, OtherFilesAreNamed) {
  const Bytes der = customer_request().der();
  expect_other({}, "empty");
  expect_other(as_bytes(" \n"), "empty");
  expect_other(der, "no MDM vendor has signed");
  expect_other(as_bytes(customer_request().pem()), "no MDM vendor has signed");
  expect_other(as_bytes(encode_base64(der)), "no MDM vendor has signed");
  expect_other(as_bytes(encode_base64(as_bytes(customer_request().pem()))),
               "no MDM vendor has signed");
  expect_other(vendor_file("vendor.pem"), "a certificate, not a request");
  expect_other(vendor_certificate("vendor.pem").der(), "a certificate, not a request");
  expect_other(vendor_file("vendor.key"), "a private key");
  expect_other(as_bytes("<html><body>Sign in</body></html>"), "a damaged property list");
  expect_other(as_bytes("not base64!"), "neither base64 nor XML");
  expect_other(as_bytes(encode_base64(as_bytes("hello"))), "base64 of something");
  expect_other(as_bytes(good_request().substr(0, 1001)), "neither base64 nor XML");
  expect_other(as_bytes(good_request().substr(0, 1000)), "a damaged property list");
  expect_other(Bytes((1U << 20U) + 1, 'A'), "larger than 1 MiB");
  const PlistDictionary other = {{"Other", PlistValue("x")}};
  expect_other(write_plist_xml(PlistValue(other)).value(), "none of a push certificate request");
}

TEST(PushRequest, TheEncryptedAttachmentIsNamed) {
  const auto hex = seal_push_request(good_request(), vendor_certificate("vendor.pem"));
  ASSERT_TRUE(hex);
  const Bytes der = decode_hex(*hex).value();
  expect_other(as_bytes(*hex), "encrypted attachment");
  expect_other(as_bytes(*hex + "\r\n"), "encrypted attachment");
  expect_other(der, "encrypted attachment");
  expect_other(as_bytes(encode_base64(der)), "encrypted attachment");
  expect_other(as_bytes("-----BEGIN PKCS7-----\nMII\n-----END PKCS7-----\n"),
               "encrypted attachment");
}

TEST(PushRequest, LinesForMailHave76Characters) {
  EXPECT_EQ(wrap_for_mail(""), "");
  EXPECT_EQ(wrap_for_mail("abc"), "abc\r\n");
  EXPECT_EQ(wrap_for_mail(std::string(153, 'a')),
            std::string(76, 'a') + "\r\n" + std::string(76, 'a') + "\r\na\r\n");
}

TEST(PushRequest, TheMailFormOpensToItsLines) {
  const auto key = PrivateKey::from_file_content(vendor_file("vendor.key"));
  const Certificate recipient = vendor_certificate("vendor.pem");
  const Bytes der = decode_hex(*seal_push_request(good_request(), recipient)).value();
  const auto opened = open_envelope(der, recipient, *key, SingleDes::refuse);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->cipher, ContentCipher::aes_256_cbc);
  EXPECT_EQ(to_text(opened->content), wrap_for_mail(good_request()));
  EXPECT_TRUE(is_addressed_to(der, recipient).value());
  EXPECT_FALSE(is_addressed_to(der, vendor_certificate("root.pem")).value());
  EXPECT_FALSE(is_addressed_to(as_bytes("no message"), recipient));
}

}  // namespace
}  // namespace bramley

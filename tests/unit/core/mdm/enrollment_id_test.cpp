#include "core/mdm/enrollment_id.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

namespace bramley {
namespace {

constexpr const char* shared_ipad_user = "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF";

struct Case {
  PlistDictionary message;
  EnrollmentType type;
  std::string value;
  std::string device;
};

void expect_refused(const PlistDictionary& message, const std::string& why) {
  const auto id = EnrollmentId::from_plist(message);
  ASSERT_FALSE(id) << why;
  EXPECT_EQ(id.error().code, ErrorCode::malformed);
  EXPECT_NE(id.error().message.find(why), std::string::npos) << id.error().message;
}

TEST(EnrollmentId, NamesTheChannelThatAMessageCameOn) {
  const Case cases[] = {
      {PlistDictionary({{"UDID", "U"}}), EnrollmentType::device, "U", "U"},
      {PlistDictionary({{"UDID", "U"}, {"UserID", "V"}}), EnrollmentType::user, "U:V", "U"},
      {PlistDictionary({{"UDID", "U"}, {"UserID", shared_ipad_user}, {"UserShortName", "a@b.c"}}),
       EnrollmentType::shared_ipad, "U:a@b.c", "U"},
      {PlistDictionary({{"EnrollmentID", "E"}}), EnrollmentType::user_enrollment_device, "E", "E"},
      {PlistDictionary({{"EnrollmentID", "E"}, {"EnrollmentUserID", "F"}}),
       EnrollmentType::user_enrollment, "E:F", "E"},
      // The UDID wins, and empty is as good as absent.
      {PlistDictionary({{"EnrollmentID", "E"}, {"EnrollmentUserID", "F"}, {"UDID", "U"}}),
       EnrollmentType::device, "U", "U"},
      {PlistDictionary({{"UDID", ""}, {"EnrollmentID", "E"}}),
       EnrollmentType::user_enrollment_device, "E", "E"},
      {PlistDictionary({{"UDID", "u"}, {"UserID", ""}}), EnrollmentType::device, "u", "u"},
      // Only that constant means a Shared iPad, and only in this case.
      {PlistDictionary({{"UDID", "U"}, {"UserID", "ffffffff-ffff-ffff-ffff-ffffffffffff"}}),
       EnrollmentType::user, "U:ffffffff-ffff-ffff-ffff-ffffffffffff", "U"}};
  for (const Case& expected : cases) {
    const auto id = EnrollmentId::from_plist(expected.message);
    ASSERT_TRUE(id) << id.error().message;
    EXPECT_EQ(id->type(), expected.type);
    EXPECT_EQ(id->value(), expected.value);
    EXPECT_EQ(id->device_value(), expected.device);
  }
}

TEST(EnrollmentId, RefusesWhatNamesNobody) {
  expect_refused({}, "neither");
  expect_refused(PlistDictionary({{"UserID", "V"}}), "neither");
  expect_refused(PlistDictionary({{"UDID", 5}}), "not a string");
  expect_refused(PlistDictionary({{"UDID", "U"}, {"UserID", Bytes{1}}}), "not a string");
  expect_refused(PlistDictionary({{"UDID", "U"}, {"UserID", shared_ipad_user}}), "UserShortName");
  expect_refused(PlistDictionary({{"UDID", "a\nb"}}), "control");
  expect_refused(PlistDictionary({{"UDID", std::string(256, 'x')}}), "255");
  expect_refused(
      PlistDictionary({{"UDID", std::string(200, 'x')}, {"UserID", std::string(60, 'y')}}), "255");
}

// A device named "A:B" must not come to own the queue of A's user B.
TEST(EnrollmentId, DevicesCannotTakeTheNameOfAnothersUser) {
  expect_refused(PlistDictionary({{"UDID", "A:B"}}), "colon");
  expect_refused(PlistDictionary({{"EnrollmentID", "A:B"}}), "colon");
  EXPECT_TRUE(EnrollmentId::from_plist(PlistDictionary({{"UDID", "A"}, {"UserID", "B:C"}})));
}

TEST(EnrollmentId, UserChannelsKnowTheirDevice) {
  const auto user = EnrollmentId::user("U", "V");
  EXPECT_FALSE(user.is_device_channel());
  EXPECT_EQ(user.device_channel(), EnrollmentId::device("U"));
  EXPECT_EQ(EnrollmentId::device("U").device_channel(), EnrollmentId::device("U"));
  const auto person = EnrollmentId::restore(EnrollmentType::user_enrollment, "E:F", "E");
  EXPECT_EQ(person.device_channel().type(), EnrollmentType::user_enrollment_device);
  EXPECT_EQ(person.device_channel().value(), "E");
  const auto student = EnrollmentId::restore(EnrollmentType::shared_ipad, "U:s", "U");
  EXPECT_EQ(student.device_channel(), EnrollmentId::device("U"));
}

TEST(EnrollmentType, NamesGoBothWays) {
  for (const auto type :
       {EnrollmentType::device, EnrollmentType::user, EnrollmentType::shared_ipad,
        EnrollmentType::user_enrollment_device, EnrollmentType::user_enrollment}) {
    const auto again = parse_enrollment_type(enrollment_type_name(type));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, type);
  }
  EXPECT_FALSE(parse_enrollment_type("device"));
}

TEST(EnrollmentId, VectorsOfOthers) {
  const char* const folder = std::getenv("BRAMLEY_VECTORS");
  if (folder == nullptr) {
    GTEST_SKIP() << "BRAMLEY_VECTORS is not set";
  }
  std::ifstream file(std::string(folder) + "/small-vectors.json");
  const auto vectors = nlohmann::json::parse(file).at("resolved_enrollment");
  ASSERT_FALSE(vectors.empty());
  for (const auto& vector : vectors) {
    PlistDictionary message;
    for (const auto& [key, value] : vector[0].items()) {
      message.set(key, value.get<std::string>());
    }
    const auto id = EnrollmentId::from_plist(message);
    ASSERT_EQ(id.has_value(), !vector[1].is_null()) << vector;
    if (id) {
      EXPECT_EQ(enrollment_type_name(id->type()), vector[1][0].get<std::string>());
      EXPECT_EQ(id->device_value(), vector[1][1].get<std::string>());
      EXPECT_EQ(id->value(), vector[1][3].get<std::string>());
    }
  }
}

}  // namespace
}  // namespace bramley

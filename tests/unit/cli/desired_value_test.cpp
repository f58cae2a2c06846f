#include "cli/desired_state/desired_value.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

std::vector<DesiredValue> read(std::string_view text) {
  auto objects = parse_desired_state(as_bytes(text), "fleet.yaml");
  EXPECT_TRUE(objects) << objects.error().message;
  return objects ? std::move(*objects) : std::vector<DesiredValue>();
}

std::string refusal(std::string_view text) {
  const auto objects = parse_desired_state(as_bytes(text), "fleet.yaml");
  EXPECT_FALSE(objects);
  return objects ? "" : objects.error().message;
}

TEST(DesiredValue, DocumentsListsAndJsonAreTheSame) {
  for (const char* text :
       {"kind: Webhook\n---\nkind: Webhook\n", "- kind: Webhook\n- kind: Webhook\n",
        R"([{"kind": "Webhook"}, {"kind": "Webhook"}])"}) {
    const auto objects = read(text);
    ASSERT_EQ(objects.size(), 2U) << text;
    ASSERT_EQ(objects[1].members.size(), 1U);
    EXPECT_EQ(objects[1].members[0].name, "kind");
    EXPECT_EQ(objects[1].members[0].value.text, "Webhook");
  }
  EXPECT_TRUE(read("").empty());
  EXPECT_TRUE(read("---\n---\n").empty());
}

TEST(DesiredValue, KnowsWhereItStands) {
  const auto objects = read("kind: Webhook\nname: siem\n---\n- kind: Webhook\n  url: x\n");
  ASSERT_EQ(objects.size(), 2U);
  EXPECT_EQ(objects[0].members[1].place.text(), "fleet.yaml:2:1");
  EXPECT_EQ(objects[1].members[1].value.place.text(), "fleet.yaml:5:8");
}

TEST(DesiredValue, WhatIsWrongIsSaidWithItsPlace) {
  EXPECT_EQ(refusal("a: 1\na: 2\n"), "fleet.yaml:2:1: the key 'a' is there twice");
  EXPECT_EQ(refusal("[a, b]: 1\n"), "fleet.yaml:1:1: a key is no text");
  EXPECT_EQ(refusal("- 5\n"), "fleet.yaml:1:3: this is no object with a kind");
  EXPECT_EQ(refusal("kind: [Webhook\n").rfind("fleet.yaml:", 0), 0U);
  EXPECT_EQ(refusal("kind: \xff\n"), "fleet.yaml: it is no text in UTF-8");
}

TEST(DesiredValue, AFewAliasesDoNotBecomeMillions) {
  std::string text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char name = 'b'; name <= 'h'; ++name) {
    const std::string before(1, static_cast<char>(name - 1));
    text += std::string(1, name) + ": &" + name + " [";
    for (int i = 0; i < 10; ++i) {
      text += (i == 0 ? "*" : ", *") + before;
    }
    text += "]\n";
  }
  EXPECT_NE(refusal(text).find("more than 100000 values"), std::string::npos);
  EXPECT_NE(refusal("a: " + std::string(40, '[') + std::string(40, ']')).find("32 deep"),
            std::string::npos);
}

}  // namespace
}  // namespace bramley

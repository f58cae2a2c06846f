#include "core/catalogue/command_catalogue.h"

#include <gtest/gtest.h>

#include "core/catalogue/catalogue_reader.h"

namespace bramley {
namespace {

const PlatformTerms& terms_on(const TermsByPlatform& terms, Platform platform) {
  return terms.at(static_cast<std::size_t>(platform));
}

std::size_t count_keys(const std::vector<KeyDescription>& keys) {
  std::size_t count = keys.size();
  for (const KeyDescription& key : keys) {
    count += count_keys(key.keys);
  }
  return count;
}

TEST(AppleCatalogue, HasAllThatTheSchemaHas) {
  const auto& commands = CommandCatalogue::apple().commands();
  std::size_t keys = 0;
  std::size_t answers = 0;
  for (const CommandDescription& command : commands) {
    keys += count_keys(command.keys);
    answers += count_keys(command.answers);
  }
  EXPECT_EQ(commands.size(), 66U);
  EXPECT_EQ(keys, 346U);
  EXPECT_EQ(answers, 546U);
}

TEST(AppleCatalogue, HasASummaryAndAGroupForEachCommand) {
  for (const CommandDescription& command : CommandCatalogue::apple().commands()) {
    EXPECT_FALSE(command.summary.empty()) << command.request_type;
    EXPECT_FALSE(command.group.empty()) << command.request_type;
  }
}

// Apple, EraseDevice and Settings as the schema of iOS 18.1 and macOS 15.1 has them.
TEST(AppleCatalogue, KnowsTermsKeysAndSettings) {
  const CommandCatalogue& apple = CommandCatalogue::apple();
  EXPECT_EQ(apple.edition(Platform::macos).text(), "15.1");
  const CommandDescription* erase = apple.find("EraseDevice");
  ASSERT_NE(erase, nullptr);
  EXPECT_TRUE(erase->destructive);
  EXPECT_TRUE(erase->is_secret("PIN"));
  EXPECT_EQ(terms_on(erase->terms, Platform::macos).introduced->text(), "10.7");
  EXPECT_EQ(terms_on(erase->terms, Platform::ios).user_enrollment, "forbidden");
  const KeyDescription* behavior = erase->find("ObliterationBehavior");
  ASSERT_NE(behavior, nullptr);
  EXPECT_EQ(behavior->values.size(), 4U);
  EXPECT_EQ(terms_on(behavior->terms, Platform::ios).supported, false);

  const KeyDescription* settings = apple.find("Settings")->find("Settings");
  ASSERT_NE(settings, nullptr);
  EXPECT_TRUE(settings->required);
  EXPECT_EQ(settings->keys.size(), 19U);
  ASSERT_NE(settings->alternative("TimeZone"), nullptr);
  EXPECT_EQ(settings->alternative("Nonsense"), nullptr);
  EXPECT_EQ(apple.find("DeviceInformation")->find("Queries")->item()->keys.size(), 85U);
}

TEST(AppleCatalogue, GuessesWhatWasMeant) {
  const CommandCatalogue& apple = CommandCatalogue::apple();
  EXPECT_EQ(apple.find("erasedevice"), nullptr);
  EXPECT_EQ(apple.similar("erasedevice"), "EraseDevice");
  EXPECT_EQ(apple.similar("DeviceInfromation"), "DeviceInformation");
  EXPECT_FALSE(apple.similar("Zzzzzzzzzzzzz"));
}

TEST(Platforms, AreNamedAsAppleDoesOrInAnyCase) {
  EXPECT_EQ(parse_platform("macos"), Platform::macos);
  EXPECT_EQ(parse_platform("iPadOS"), Platform::ios);
  EXPECT_FALSE(parse_platform("windows"));
  EXPECT_FALSE(parse_platform(""));
}

constexpr std::string_view small =
    "edition iOS:18.1 macOS:15.1\n"
    "command Sing music.sing iOS:5.0,ar=AllowSettings,sup=1 macOS:-\n"
    " key Song%20Title string required values=a%20b|c\n"
    " key Notes array\n"
    "  key Note dictionary iOS:7.0,newword=3\n"
    "   key Pitch real range=0.5..2\n"
    " answer Applause boolean\n";

TEST(ReadCatalogue, UnderstandsItsOwnForm) {
  const auto read = read_catalogue(small, "Sing | fun | Sings | destructive secret=Pitch\n");
  ASSERT_TRUE(read) << read.error().message;
  const CommandDescription* sing = read->find("Sing");
  ASSERT_NE(sing, nullptr);
  EXPECT_EQ(sing->keys.front().name, "Song Title");
  EXPECT_EQ(sing->keys.front().values, (std::vector<std::string>{"a b", "c"}));
  const KeyDescription& pitch = sing->keys.at(1).keys.front().keys.front();
  EXPECT_EQ(pitch.least, 0.5);
  EXPECT_EQ(pitch.most, 2);
  EXPECT_EQ(sing->answers.front().type, KeyType::boolean);
  EXPECT_EQ(terms_on(sing->terms, Platform::ios).needs_supervision, true);
  EXPECT_EQ(terms_on(sing->terms, Platform::macos).supported, false);
  EXPECT_TRUE(sing->destructive);
  EXPECT_TRUE(sing->is_secret("Pitch"));
}

TEST(ReadCatalogue, NamesTheLineThatIsWrong) {
  for (const auto* text :
       {"nonsense\n", "command\n", "command A\n", " key A string\n", "command A b\nkey A string\n",
        "command A b\n  key A string\n", "command A b\n key A\n", "command A b\n key A blob\n",
        "command A b iOS:x\n", "command A b BeOS:5\n", "command A b iOS:5,sup=2\n",
        "command A b\n key A string wrong=1\n", "command A b\n key A real range=1\n",
        "command A b\n key A real range=x..2\n", "command A b\n key A%zz string\n"}) {
    const auto read = read_catalogue(text, "");
    EXPECT_FALSE(read) << text;
    EXPECT_NE(read.error().message.find("line "), std::string::npos) << read.error().message;
  }
  EXPECT_FALSE(read_catalogue(small, "Sing | fun\n"));
  EXPECT_FALSE(read_catalogue(small, "Sing | fun | Sings | loud\n"));
  EXPECT_TRUE(read_catalogue(small, "Dance | fun | Dances\n"));
}

}  // namespace
}  // namespace bramley

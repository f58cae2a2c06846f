#include "cli/command_line.h"

#include <gtest/gtest.h>

#include <map>

namespace bramley {
namespace {

// A small tree with one flag of each kind.
class CommandLineTest : public testing::Test {
 protected:
  CommandLineTest() : root_("bramley", "Test") {
    root_.flag({.name = "output",
                .letter = 'o',
                .value = "FORMAT",
                .variable = "BRAMLEY_OUTPUT",
                .choices = {"table", "json"}},
               output_);
    root_.flag({.name = "help", .letter = 'h'}, help_);
    root_.flag({.name = "version"}, version_);
    root_.add("version", "Version").run(nothing);
    CommandNode& send = root_.add("thing", "Things").add("send", "Send");
    send.flag({.name = "set", .value = "K=V"}, set_);
    send.flag({.name = "times", .value = "N", .variable = "BRAMLEY_TIMES"}, times_);
    send.flag({.name = "ids", .value = "ID", .variable = "BRAMLEY_IDS"}, ids_);
    send.flag({.name = "note", .value = "TEXT"}, note_);
    send.flag({.name = "force"}, force_);
    send.flag({.name = "key", .value = "REF", .variable = "BRAMLEY_KEY"}, key_);
    send.flag({.name = "must", .value = "X", .need = FlagSpec::Need::required}, must_);
    send.positional({.name = "WHAT"}, what_);
    send.positional({.name = "REST", .need = PositionalSpec::Need::optional}, rest_);
    send.run(nothing);
  }

  static CommandResult nothing(Session&) { return ExitCode::done; }

  CommandLine parse(std::vector<std::string> words) {
    return parse_command_line(root_, words, [this](const char* name) -> const char* {
      const auto found = variables_.find(name);
      return found == variables_.end() ? nullptr : found->second.c_str();
    });
  }
  CommandLine send(std::vector<std::string> words) {
    words.insert(words.begin(), {"thing", "send", "--must", "x"});
    return parse(words);
  }
  static std::string message(const CommandLine& line) {
    return line.error ? line.error->message : "(no error)";
  }

  std::string output_ = "table";
  bool help_ = false;
  bool version_ = false;
  std::vector<std::string> set_;
  std::int64_t times_ = 1;
  std::vector<std::string> ids_;
  std::string note_;
  bool force_ = false;
  SecretReference key_;
  std::string must_;
  std::string what_;
  std::vector<std::string> rest_;
  std::map<std::string, std::string> variables_;
  CommandNode root_;
};

TEST_F(CommandLineTest, FlagsStandAnywhere) {
  const CommandLine line = parse({"-o", "json", "thing", "--times", "3", "send", "--force", "w",
                                  "--set", "a=1", "r1", "--must=y", "--set=b=2", "r2"});
  EXPECT_FALSE(line.error) << message(line);
  EXPECT_EQ(line.node->path(), "thing send");
  EXPECT_EQ(output_, "json");
  EXPECT_EQ(times_, 3);
  EXPECT_TRUE(force_);
  EXPECT_EQ(must_, "y");
  EXPECT_EQ(set_, (std::vector<std::string>{"a=1", "b=2"}));
  EXPECT_EQ(what_, "w");
  EXPECT_EQ(rest_, (std::vector<std::string>{"r1", "r2"}));
}

TEST_F(CommandLineTest, TwoDashesEndFlagsAndOneIsAName) {
  const CommandLine line = send({"-", "--", "--force", "--"});
  EXPECT_FALSE(line.error) << message(line);
  EXPECT_EQ(what_, "-");
  EXPECT_EQ(rest_, (std::vector<std::string>{"--force", "--"}));
  EXPECT_FALSE(force_);
}

TEST_F(CommandLineTest, ValuesAreTakenAsTheyAre) {
  for (const std::string value : {"", "[1,2]", "++", "-x", "--", "a=b", "'q'", "a,b"}) {
    note_ = "unset";
    EXPECT_FALSE(send({"--note=" + value, "w"}).error) << value;
    EXPECT_EQ(note_, value);
    note_ = "unset";
    EXPECT_FALSE(send({"--note", value, "w"}).error) << value;
    EXPECT_EQ(note_, value);
  }
  EXPECT_FALSE(send({"++", "[a]"}).error);
  EXPECT_EQ(what_, "++");
  EXPECT_EQ(rest_, (std::vector<std::string>{"[a]"}));
}

TEST_F(CommandLineTest, AValueMayStandDirectlyBehindItsLetter) {
  EXPECT_FALSE(parse({"version", "-ojson"}).error);
  EXPECT_EQ(output_, "json");
}

TEST_F(CommandLineTest, ArgumentsGoBeforeVariablesAndThoseBeforeDefaults) {
  EXPECT_FALSE(send({"w"}).error);
  EXPECT_EQ(times_, 1);
  variables_ = {{"BRAMLEY_TIMES", "5"}, {"BRAMLEY_IDS", "a,b"}, {"BRAMLEY_KEY", "itself"}};
  EXPECT_FALSE(send({"w"}).error);
  EXPECT_EQ(times_, 5);
  EXPECT_EQ(ids_, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(key_.source(), SecretReference::Source::twin);
  EXPECT_FALSE(send({"w", "--times", "7", "--key", "env:K"}).error);
  EXPECT_EQ(times_, 7);
  EXPECT_EQ(key_.source(), SecretReference::Source::environment);
}

TEST_F(CommandLineTest, AnEmptyVariableIsNone) {
  variables_ = {{"BRAMLEY_TIMES", ""}};
  EXPECT_FALSE(send({"w"}).error);
  EXPECT_EQ(times_, 1);
}

TEST_F(CommandLineTest, ErrorsNameTheFlagOrTheVariable) {
  EXPECT_EQ(message(send({"w", "--times", "x"})), "thing send: --times: 'x' is not a number");
  EXPECT_EQ(message(send({"w", "--times"})), "thing send: --times needs a value");
  EXPECT_EQ(message(send({"w", "--times", "1", "--times", "2"})),
            "thing send: --times: given 2 times");
  EXPECT_EQ(message(send({"w", "--key", "hunter2"})),
            "thing send: --key: a secret is given as @FILE, env:NAME, fd:N or -");
  EXPECT_EQ(message(send({})), "thing send: missing: WHAT");
  EXPECT_EQ(message(parse({"thing", "send", "w"})), "thing send: missing: --must");
  EXPECT_EQ(message(send({"w", "--nope"})), "thing send: there is no flag '--nope'");
  EXPECT_EQ(message(send({"w", "-x"})), "thing send: there is no flag '-x'");
  variables_ = {{"BRAMLEY_TIMES", "x"}};
  EXPECT_EQ(message(send({"w"})), "thing send: BRAMLEY_TIMES: 'x' is not a number");
}

TEST_F(CommandLineTest, HelpGoesBeforeEveryError) {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"thing", "send", "--help"},
                                             {"thing", "send", "--times", "x", "-h"},
                                             {"thing", "--help"},
                                             {"nope", "--help"},
                                             {"--help"}}) {
    const CommandLine line = parse(words);
    EXPECT_TRUE(line.help);
    EXPECT_FALSE(line.error);
  }
  EXPECT_FALSE(send({"--", "--help"}).help);
}

TEST_F(CommandLineTest, VersionIsAFlagToo) {
  const CommandLine line = parse({"--version", "-o", "json"});
  EXPECT_FALSE(line.error) << message(line);
  EXPECT_EQ(line.node->name(), "version");
  EXPECT_EQ(output_, "json");
}

TEST(RequestedOutputFormat, IsFoundInACommandLineThatIsWrong) {
  const auto none = [](const char*) -> const char* { return nullptr; };
  const auto yaml = [](const char*) -> const char* { return "yaml"; };
  EXPECT_EQ(requested_output_format({"x", "-o", "json"}, none), "json");
  EXPECT_EQ(requested_output_format({"x", "--output=ndjson"}, yaml), "ndjson");
  EXPECT_EQ(requested_output_format({"x", "-ojson"}, none), "json");
  EXPECT_EQ(requested_output_format({"x"}, yaml), "yaml");
  EXPECT_EQ(requested_output_format({"x", "--", "-o", "json"}, none), "");
}

}  // namespace
}  // namespace bramley

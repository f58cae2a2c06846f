#include "cli/program_runner.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

using std::chrono::seconds;

Result<ProgramEnd> shell(const std::string& script, ByteView input = {},
                         std::chrono::milliseconds limit = seconds(30)) {
  return run_program({{"sh", "-c", script}, input, limit});
}

TEST(RunProgram, GivesWhatItSaysAndHowItEnds) {
  const auto end = shell("echo data; echo trouble >&2; exit 3");
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->code, 3);
  EXPECT_EQ(end->output.reveal_text(), "data\n");
  EXPECT_EQ(end->errors, "trouble\n");
}

TEST(RunProgram, ItsInputIsWholeAndEnds) {
  const Bytes input(300'000, 'x');
  const auto end = shell("wc -c", input);
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_NE(end->output.reveal_text().find("300000"), std::string_view::npos);
}

TEST(RunProgram, OneThatDoesNotListenIsNoTrouble) {
  const Bytes input(300'000, 'x');
  const auto end = shell("exit 0", input);
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->code, 0);
}

TEST(RunProgram, MuchThatItSaysIsCut) {
  const auto end = shell("head -c 1000000 /dev/zero");
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->output.size(), 64U << 10U);
}

TEST(RunProgram, AMissingOneIsNotFound) {
  const auto end = run_program({{"bramley-no-such-program"}});
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, ErrorCode::not_found);
}

TEST(RunProgram, OneThatHangsIsEndedWithItsChildren) {
  const auto begun = std::chrono::steady_clock::now();
  const auto end = shell("sleep 100 & sleep 100", {}, std::chrono::milliseconds(100));
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, ErrorCode::unavailable);
  EXPECT_EQ(end.error().message, "sh: no answer within 100 ms");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(50));
}

TEST(RunProgram, ASignalIsTold) {
  const auto end = shell("kill -9 $$");
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().message, "sh: ended by signal 9");
}

}  // namespace
}  // namespace bramley

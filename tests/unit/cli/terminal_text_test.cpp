#include "cli/terminal_text.h"

#include <gtest/gtest.h>

namespace bramley {
namespace {

TEST(EscapeForTerminal, LeavesNothingThatATerminalObeys) {
  EXPECT_EQ(escape_for_terminal("Büro 電話"), "Büro 電話");
  EXPECT_EQ(escape_for_terminal("\x1b[2J"), "\\x1b[2J");
  EXPECT_EQ(escape_for_terminal(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(escape_for_terminal("a\nb\tc\rd\x7f"), "a\\nb\\tc\\rd\\x7f");
  // C1 controls: CSI in one character.
  EXPECT_EQ(escape_for_terminal("\xc2\x9b"
                                "2J"),
            "\\u009b2J");
  // Marks that turn the writing direction.
  EXPECT_EQ(escape_for_terminal("exe\u202egpj"), "exe\\u202egpj");
  EXPECT_EQ(escape_for_terminal("\u2066x\u2069"), "\\u2066x\\u2069");
}

TEST(EscapeForTerminal, ShowsBytesThatAreNoText) {
  EXPECT_EQ(escape_for_terminal("a\xff\xfe"), "a\\xff\\xfe");
  EXPECT_EQ(escape_for_terminal("\xe2\x82"), "\\xe2\\x82");           // cut off
  EXPECT_EQ(escape_for_terminal("\xc0\x80"), "\\xc0\\x80");           // overlong
  EXPECT_EQ(escape_for_terminal("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
}

TEST(DisplayWidth, KnowsWideAndCombiningCharacters) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("Büro"), 4U);
  EXPECT_EQ(display_width("電話"), 4U);
  EXPECT_EQ(display_width("e\u0301"), 1U);
  EXPECT_EQ(display_width("📱"), 2U);
}

TEST(CutToWidth, NeverExceedsTheWidthAndMarksTheLoss) {
  EXPECT_EQ(cut_to_width("device", 6), "device");
  EXPECT_EQ(cut_to_width("device", 5), "devi…");
  EXPECT_EQ(cut_to_width("電話番号", 5), "電話…");
  EXPECT_EQ(cut_to_width("電話番号", 4), "電…");
  EXPECT_EQ(cut_to_width("device", 1), "…");
  EXPECT_EQ(cut_to_width("device", 0), "");
}

TEST(PadToWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(pad_to_width("ü", 3), "ü  ");
  EXPECT_EQ(pad_to_width("電", 3), "電 ");
  EXPECT_EQ(pad_to_width("long", 3), "long");
}

TEST(WrapText, BreaksAtSpacesOnly) {
  EXPECT_EQ(wrap_text("one two three", 8, 0), "one two\nthree\n");
  EXPECT_EQ(wrap_text("one two three", 10, 2), "  one two\n  three\n");
  EXPECT_EQ(wrap_text("a verylongword b", 5, 0), "a\nverylongword\nb\n");
  EXPECT_EQ(wrap_text("", 5, 0), "\n");
}

}  // namespace
}  // namespace bramley

#include "cli/table.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace bramley {
namespace {

TEST(CellText, IsOneSafeLine) {
  EXPECT_EQ(cell_text(Json("x\ny")), "x\\ny");
  EXPECT_EQ(cell_text(Json("")), "-");
  EXPECT_EQ(cell_text(Json()), "-");
  EXPECT_EQ(cell_text(Json(true)), "yes");
  EXPECT_EQ(cell_text(Json(false)), "no");
  EXPECT_EQ(cell_text(Json(42)), "42");
  EXPECT_EQ(cell_text(Json({"a", "b\x1b"})), "a, b\\x1b");
  EXPECT_EQ(cell_text(Json::array()), "-");
  EXPECT_EQ(cell_text(Json::object()), "-");
  EXPECT_EQ(cell_text(Json{{"k", 1}}), "{\"k\":1}");
}

TEST(Table, AlignsColumnsAndRepeatsTitlesOnce) {
  Table table({"ID", "NAME"}, std::nullopt);
  EXPECT_EQ(table.add({{"1", "電話"}, {"1000", "x"}}), "ID    NAME\n1     電話\n1000  x\n");
  EXPECT_EQ(table.add({{"2", "y"}}), "2     y\n");
}

TEST(Table, KeepsLaterRowsApartThoughTheyAreWider) {
  Table table({"ID", "NAME"}, std::nullopt);
  EXPECT_EQ(table.add({{"1", "x"}}), "ID  NAME\n1   x\n");
  EXPECT_EQ(table.add({{"1000", "x"}}), "1000  x\n");
}

TEST(Table, TakesTheWidthFromTheWidestColumns) {
  Table table({"A", "B"}, 20);
  const std::string text = table.add({{"short", std::string(100, 'x')}});
  EXPECT_EQ(text, "A      B\nshort  xxxxxxxxxxxx…\n");
}

TEST(Table, KeepsTheFirstColumnWholeWhereItFits) {
  const std::vector<std::string> cells = {"00008122-55956CA983FB9680", "Simulated MacBook Pro 1"};
  EXPECT_EQ(Table({"ID", "NAME"}, 35).add({cells}),
            "ID                         NAME\n00008122-55956CA983FB9680  Simulat…\n");
  EXPECT_EQ(Table({"ID", "NAME"}, 30).add({cells}),
            "ID              NAME\n00008122-5595…  Simulated Mac…\n");
}

TEST(Table, IsNeverWiderThanTheTerminal) {
  Table table({"AAAAAAAA", "BBBBBBBB", "CCCCCCCC"}, 10);
  EXPECT_EQ(table.add({{"1", "2", "3"}}), "AAAAA…  B…\n1       2…\n");
}

TEST(Outline, WritesOurNamesAsWordsAndLeavesApples) {
  EXPECT_EQ(outline(Json{{"serial_number", "C02"}, {"device_id", "U"}}, std::nullopt),
            "Serial number  C02\nDevice ID      U\n");
  EXPECT_EQ(outline(Json{{"OSVersion", "15.1"}, {"UDID", "U"}}, std::nullopt),
            "OSVersion  15.1\nUDID       U\n");
  EXPECT_EQ(outline(Json{{"certificate_sha256", "x"}, {"command_uuid", "y"}}, std::nullopt),
            "Certificate SHA-256  x\nCommand UUID         y\n");
}

TEST(Outline, IndentsWhatIsNested) {
  const Json report = {
      {"SecurityInfo", {{"Locked", true}}},
      {"Profiles", Json::array({{{"Name", "a"}, {"Signed", false}}, {{"Name", "b"}}})},
      {"Ids", {1, 2}}};
  EXPECT_EQ(outline(report, std::nullopt),
            "SecurityInfo\n"
            "  Locked  yes\n"
            "Profiles\n"
            "  - Name    a\n"
            "    Signed  no\n"
            "  - Name  b\n"
            "Ids  1, 2\n");
}

TEST(Outline, EscapesNamesAndCutsLines) {
  EXPECT_EQ(outline(Json{{"X\x1b[0m", "y"}}, std::nullopt), "X\\x1b[0m  y\n");
  EXPECT_EQ(outline(Json{{"Data", std::string(100, 'x')}}, 10), "Data  xxx…\n");
}

}  // namespace
}  // namespace bramley

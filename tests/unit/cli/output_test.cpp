#include "cli/output.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace bramley {
namespace {

const std::vector<Column> columns = {{"ID", "id"}, {"N", "n"}};

std::string listed(OutputFormat format, const std::vector<Json>& pages) {
  std::ostringstream out;
  ListPrinter printer(out, format, columns, std::nullopt);
  for (const Json& page : pages) {
    printer.add(page);
  }
  printer.finish();
  return out.str();
}

const std::vector<Json> two_pages = {Json::array({{{"id", "a"}, {"n", 1}}}),
                                     Json::array({{{"id", "b"}, {"n", 2}}})};

TEST(ListPrinter, JoinsPagesInEveryFormat) {
  EXPECT_EQ(listed(OutputFormat::table, two_pages), "ID  N\na   1\nb   2\n");
  EXPECT_EQ(listed(OutputFormat::ndjson, two_pages),
            "{\"id\":\"a\",\"n\":1}\n{\"id\":\"b\",\"n\":2}\n");
  EXPECT_EQ(listed(OutputFormat::yaml, two_pages), "- id: a\n  \"n\": 1\n- id: b\n  \"n\": 2\n");
  const auto array = parse_json(listed(OutputFormat::json, two_pages));
  ASSERT_TRUE(array);
  EXPECT_EQ(array->size(), 2U);
}

TEST(ListPrinter, EmptyListsAreStillWellFormed) {
  EXPECT_EQ(listed(OutputFormat::table, {}), "ID  N\n");
  EXPECT_EQ(listed(OutputFormat::json, {Json::array()}), "[]\n");
  EXPECT_EQ(listed(OutputFormat::ndjson, {}), "");
  EXPECT_EQ(listed(OutputFormat::yaml, {}), "[]\n");
}

TEST(ListPrinter, AnAbandonedListBeginsNothingAndClosesWhatWasBegun) {
  std::ostringstream out;
  ListPrinter nothing(out, OutputFormat::json, columns, std::nullopt);
  nothing.abandon();
  EXPECT_EQ(out.str(), "");
  ListPrinter begun(out, OutputFormat::json, columns, std::nullopt);
  begun.add(two_pages.front());
  begun.abandon();
  EXPECT_TRUE(parse_json(out.str()));
}

TEST(ListPrinter, RowsWithoutAMemberShowADash) {
  EXPECT_EQ(listed(OutputFormat::table, {Json::array({{{"id", "a"}}, "no object"})}),
            "ID  N\na   -\n-   -\n");
}

TEST(Output, RecordsInEveryFormat) {
  const Json record = {{"id", "a"}, {"n", 1}};
  const auto printed = [&](OutputFormat format) {
    std::ostringstream out;
    Output(out, format, std::nullopt).record(record);
    return out.str();
  };
  EXPECT_EQ(printed(OutputFormat::table), "ID  a\nN   1\n");
  EXPECT_EQ(printed(OutputFormat::json), "{\n  \"id\": \"a\",\n  \"n\": 1\n}\n");
  EXPECT_EQ(printed(OutputFormat::ndjson), "{\"id\":\"a\",\"n\":1}\n");
  EXPECT_EQ(printed(OutputFormat::yaml), "id: a\n\"n\": 1\n");
}

}  // namespace
}  // namespace bramley

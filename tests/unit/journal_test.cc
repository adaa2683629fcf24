#include "audit/journal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sluice::audit {
namespace {

constexpr std::string_view kLine =
    R"({"key":"k1","buyer":"b1","sale":1,"quantity":2,"status":202,"code":"","order":"o1"})";

// A file of the test's own, gone afterwards.
class JournalFile : public testing::Test {
protected:
    JournalFile() {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        path_ = (std::filesystem::temp_directory_path() /
                 ("sluice_journal_" + std::to_string(getpid()) + test->name()))
                    .string();
    }
    ~JournalFile() override { std::filesystem::remove(path_); }

    std::optional<std::vector<JournalLine>> read(const std::string& text) {
        std::ofstream(path_, std::ios::binary) << text;
        return read_journal(path_, error_);
    }

    std::string path_;
    std::string error_;
};

TEST(Journal, ReadsItsDocumentedForm) {
    const auto line = parse_json_line(kLine);
    ASSERT_TRUE(line);
    EXPECT_EQ(line->key, "k1");
    EXPECT_EQ(line->buyer, "b1");
    EXPECT_EQ(line->sale, 1U);
    EXPECT_EQ(line->quantity, 2);
    EXPECT_EQ(line->status, 202);
    EXPECT_EQ(line->code, "");
    EXPECT_EQ(line->order, "o1");
    EXPECT_EQ(to_json_line(*line), kLine);
}

TEST(Journal, ReadsAnyOrderAndSpacing) {
    const auto line = parse_json_line(
        R"( { "order" : "o1" , "status":0,"code":"sold_out","sale":4294967295,"quantity":1,"buyer":"b","key":"" } )"
    );
    ASSERT_TRUE(line);
    EXPECT_EQ(line->sale, 4294967295U);
    EXPECT_EQ(line->code, "sold_out");
}

TEST(Journal, KeepsEveryByteOfAKey) {
    JournalLine line;
    line.key = "quote\" backslash\\ newline\n tab\t bell\x07 snow\xE2\x98\x83";
    line.buyer = std::string("nul\0byte", 8);
    const auto read = parse_json_line(to_json_line(line));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->key, line.key);
    EXPECT_EQ(read->buyer, line.buyer);
}

TEST(Journal, DecodesUnicodeEscapes) {
    std::string text(kLine);
    text.replace(text.find("k1"), 2, R"(\u0041\u00e9\u2603\ud83d\ude00\/\b\f\r)");
    const auto line = parse_json_line(text);
    ASSERT_TRUE(line);
    EXPECT_EQ(line->key, "A\xC3\xA9\xE2\x98\x83\xF0\x9F\x98\x80/\b\f\r");
}

TEST(Journal, RefusesWhatIsNotExactlyALine) {
    const std::string whole(kLine);
    const auto with = [&whole](const std::string& from, const std::string& to) {
        std::string text = whole;
        return text.replace(text.find(from), from.size(), to);
    };
    const std::vector<std::string> wrong = {
        "",
        "{}",
        "[]",
        "null",
        whole + "x",
        whole + whole,
        whole.substr(0, whole.size() - 1),
        with("\"sale\":1", "\"sale\":-1"),
        with("\"sale\":1", "\"sale\":4294967296"),
        with("\"sale\":1", "\"sale\":01"),
        with("\"sale\":1", "\"sale\":1.0"),
        with("\"sale\":1", "\"sale\":1e2"),
        with("\"sale\":1", "\"sale\":\"1\""),
        with("\"sale\":1", "\"sale\":+1"),
        with("\"sale\":1", "\"sale\":"),
        with("\"sale\":1", "\"sale\":null"),
        with("\"sale\":1,", ""),
        with("\"sale\":1", "\"sale\":1,\"sale\":1"),
        with("\"sale\"", "\"shop\""),
        with("\"k1\"", "1"),
        with("\"k1\"", "\"a\nb\""),
        with("\"k1\"", R"("\x")"),
        with("\"k1\"", R"("\u12g4")"),
        with("\"k1\"", R"("\ud83d")"),
        with("\"k1\"", R"("\ude00")"),
        with("\"k1\"", R"("\ud83d\u0041")"),
        with("202", "600"),
        with("202", "99999999999999999999"),
        with(",\"buyer\"", ";\"buyer\""),
        with("\"o1\"}", "\"o1\",}"),
        with("{\"key\"", "{,\"key\""),
    };
    for (const std::string& text : wrong) EXPECT_FALSE(parse_json_line(text)) << text;
}

TEST_F(JournalFile, GivesAllWholeLines) {
    const auto lines = read(std::string(kLine) + "\n" + std::string(kLine) + "\n");
    ASSERT_TRUE(lines) << error_;
    EXPECT_EQ(lines->size(), 2U);
}

TEST_F(JournalFile, IgnoresATornLastLine) {
    const auto lines = read(std::string(kLine) + "\n" + std::string(kLine.substr(0, 20)));
    ASSERT_TRUE(lines) << error_;
    EXPECT_EQ(lines->size(), 1U);
}

TEST_F(JournalFile, AnEmptyFileIsAnEmptyJournal) {
    const auto lines = read("");
    ASSERT_TRUE(lines) << error_;
    EXPECT_TRUE(lines->empty());
}

TEST_F(JournalFile, NamesTheMalformedLine) {
    EXPECT_FALSE(read(std::string(kLine) + "\nnonsense\n" + std::string(kLine) + "\n"));
    EXPECT_EQ(error_, path_ + ":2: not a journal line");
}

TEST_F(JournalFile, SaysWhyAFileCannotBeRead) {
    EXPECT_FALSE(read_journal(path_ + ".missing", error_));
    EXPECT_EQ(error_, path_ + ".missing: No such file or directory");
}

}  // namespace
}  // namespace sluice::audit

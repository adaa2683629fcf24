// The commands as a person or a script runs them, in this process: exit codes, stdout and stderr.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>

#include "cli/commands.h"
#include "cli/demo_proof.h"
#include "cli/embedded.h"
#include "cli/render.h"
#include "cli/verdicts.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::Not;

struct Ran {
    int exit = 0;
    std::string out;
    std::string err;
};

Ran sluice(std::vector<std::string> words) {
    words.insert(words.begin(), "sluice");
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Ran ran;
    ran.exit = run(static_cast<int>(argv.size()), argv.data());
    ran.out = testing::internal::GetCapturedStdout();
    ran.err = testing::internal::GetCapturedStderr();
    return ran;
}

class CliTest : public ::testing::Test {
protected:
    CliTest() {
        std::string path = (std::filesystem::temp_directory_path() / "sluice-cli-XXXXXX").string();
        dir_ = ::mkdtemp(path.data());
    }
    ~CliTest() override { std::filesystem::remove_all(dir_); }

    // The command against the server of this test.
    Ran on(std::vector<std::string> words) {
        words.push_back("--data-dir");
        words.push_back(dir_);
        return sluice(std::move(words));
    }
    std::unique_ptr<Embedded> start() {
        Config config;
        config.http.public_port = 0;
        config.http.admin_port = 0;
        auto embedded = Embedded::start(config, dir_);
        EXPECT_TRUE(embedded.ok()) << (embedded ? "" : to_string(embedded.error()));
        return *std::move(embedded);
    }

    std::string dir_;
};

TEST_F(CliTest, AloneItPrintsHelp) {
    const Ran ran = sluice({});
    EXPECT_EQ(ran.exit, 0);
    EXPECT_THAT(ran.out, HasSubstr("demo"));
    EXPECT_THAT(ran.out, HasSubstr("reconcile"));
}

TEST_F(CliTest, SeedFillsAnEmptyPlatformOnceAndServesIt) {
    const std::vector<std::string> numbers{"seed", "--shops", "60", "--reviews", "900", "--seed", "5"};
    const Ran first = on(numbers);
    EXPECT_EQ(first.exit, 0) << first.err;
    EXPECT_THAT(first.out, HasSubstr("seeded 60 shops"));
    EXPECT_THAT(first.out, HasSubstr("900 reviews"));
    const Ran again = on(numbers);
    EXPECT_EQ(again.exit, 0);
    EXPECT_THAT(again.err, HasSubstr("nothing was written"));
    const Ran other = on({"seed", "--shops", "61", "--reviews", "900", "--seed", "5"});
    EXPECT_EQ(other.exit, 2);
    EXPECT_THAT(other.err, HasSubstr("60 shops and 900 reviews of seed 5 already"));
    EXPECT_EQ(on({"seed", "--shops", "0"}).exit, 2);
    EXPECT_EQ(on({"migrate"}).exit, 0);
    auto embedded = start();
    EXPECT_EQ(on({"seed", "--shops", "60"}).exit, 2) << "a server owns the directory";
    auto made = embedded->admin().call("POST", "/v1/shops", json::object{{"name", "The next one"}});
    ASSERT_TRUE(made.ok()) << to_string(made.error());
    EXPECT_EQ(made->at("shop_id").as_int64(), 61);
    auto missing = embedded->admin().call("GET", "/v1/reviews/901", {});
    EXPECT_FALSE(missing.ok());
    auto review = embedded->admin().call("GET", "/v1/reviews/900", {});
    ASSERT_TRUE(review.ok()) << to_string(review.error());
    EXPECT_LE(review->at("rating").as_int64(), 5);
}

TEST_F(CliTest, UnknownWordsAreUsageErrorsWithAGuess) {
    EXPECT_THAT(sluice({"dmo"}).err, HasSubstr("did you mean demo?"));
    EXPECT_THAT(sluice({"sale", "opne", "1"}).err, HasSubstr("did you mean open?"));
    EXPECT_EQ(sluice({"dmo"}).exit, 2);
    EXPECT_EQ(sluice({"version", "--nonsense"}).exit, 2);
    EXPECT_EQ(sluice({"sale"}).exit, 2);
    EXPECT_EQ(sluice({"bench", "--help"}).exit, 0);
}

TEST_F(CliTest, WithoutAServerCommandsSayWhatToDo) {
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"sale", "list"}, {"order", "list"}, {"dlq", "ls"}, {"reconcile"}, {"audit"}}) {
        const Ran ran = on(words);
        EXPECT_EQ(ran.exit, 3) << words[0];
        EXPECT_EQ(ran.out, "") << words[0];
        EXPECT_THAT(ran.err, HasSubstr("data-dir")) << words[0];
    }
}

TEST_F(CliTest, ConfigIsWrittenCheckedAndPrinted) {
    const std::string path = dir_ + "/sluice.toml";
    EXPECT_EQ(sluice({"config", "init", path}).exit, 0);
    EXPECT_EQ(sluice({"config", "init", path}).exit, 1);  // never overwritten
    EXPECT_EQ(sluice({"config", "check", "--config", path}).exit, 0);
    const Ran printed = sluice({"config", "print", "--origin", "--set", "http.io_threads=3"});
    EXPECT_THAT(printed.out, HasSubstr("io_threads = 3  # flag for http.io_threads"));
    std::ofstream(path) << "[http]\nio_thread = 2\n";
    const Ran wrong = sluice({"config", "check", "--config", path});
    EXPECT_EQ(wrong.exit, 1);
    EXPECT_THAT(
        wrong.err,
        HasSubstr("sluice.toml:2:1: unknown key http.io_thread, did you mean http.io_threads?")
    );
}

TEST_F(CliTest, ServeRefusesRolesItCannotHave) {
    const Ran ran = on({"serve", "--role", "worker"});
    EXPECT_EQ(ran.exit, 1);
    EXPECT_THAT(ran.err, HasSubstr("--role worker needs redis, rabbitmq and mariadb"));
}

TEST_F(CliTest, TokenPrintsOnlyTheTokenAndTheSameSecretServes) {
    const Ran ran = on({"token", "--buyer", "b1"});
    EXPECT_EQ(ran.exit, 0);
    EXPECT_THAT(ran.out, ::testing::MatchesRegex("slb1\\.[^ \n]+\n"));
    EXPECT_EQ(on({"token"}).exit, 2);
    EXPECT_EQ(sluice({"token", "--buyer", "b", "--data-dir", dir_ + "/none"}).exit, 3);
}

TEST_F(CliTest, MigrateOwnsTheDirectoryAndAuditJudgesWhatItMade) {
    EXPECT_EQ(on({"migrate"}).exit, 0);
    EXPECT_EQ(on({"migrate"}).exit, 0);
    const Ran audited = on({"audit", "--output", "json"});
    EXPECT_EQ(audited.exit, 0) << audited.out << audited.err;
    const auto server = start();
    const Ran refused = on({"migrate"});
    EXPECT_EQ(refused.exit, 1);
    EXPECT_THAT(refused.err, HasSubstr("owned by another running sluice"));
}

TEST_F(CliTest, ASaleFromDraftToClosed) {
    const auto server = start();
    const auto seeded = seed_sale(server->admin(), SeedPlan{"Mug", 5, 1, 100, 60});
    ASSERT_TRUE(seeded.ok());
    const Ran made = on({"sale", "create", "--goods", "1", "--units", "10", "--output", "jsonl"});
    ASSERT_EQ(made.exit, 0) << made.err;
    EXPECT_EQ(json::parse(made.out).at("state"), "draft");
    EXPECT_THAT(
        on({"sale", "open", "2", "--output", "jsonl"}).out, HasSubstr("\"state\":\"open\"")
    );
    EXPECT_THAT(
        on({"sale", "pause", "2", "--output", "jsonl"}).out, HasSubstr("\"state\":\"paused\"")
    );
    EXPECT_THAT(
        on({"sale", "resume", "2", "--output", "jsonl"}).out, HasSubstr("\"state\":\"open\"")
    );
    EXPECT_EQ(on({"sale", "add-stock", "2", "--units", "7"}).exit, 0);
    EXPECT_THAT(on({"sale", "show", "2"}).out, HasSubstr("17"));
    EXPECT_THAT(on({"sale", "list"}).out, HasSubstr("Mug"));
    EXPECT_EQ(on({"sale", "show", "99"}).exit, 2);
    EXPECT_EQ(on({"sale", "create", "--goods", "99", "--units", "10"}).exit, 2);
}

TEST_F(CliTest, ClosingIsADryRunUntilSomebodySaysYes) {
    const auto server = start();
    ASSERT_TRUE(seed_sale(server->admin(), SeedPlan{"Mug", 5, 1, 100, 60}).ok());
    EXPECT_EQ(on({"sale", "close", "1"}).exit, 2);  // a reason is wanted
    const Ran dry = on({"sale", "close", "1", "--reason", "over"});
    EXPECT_EQ(dry.exit, 0);
    EXPECT_THAT(dry.err, HasSubstr("Mug"));
    EXPECT_THAT(dry.err, HasSubstr("nothing was done"));
    EXPECT_THAT(
        on({"sale", "show", "1", "--output", "jsonl"}).out, HasSubstr("\"state\":\"open\"")
    );
    const Ran done = on({"sale", "close", "1", "--reason", "over", "--yes", "--output", "jsonl"});
    EXPECT_EQ(done.exit, 0) << done.err;
    EXPECT_THAT(done.out, HasSubstr("\"state\":\"closed\""));
}

TEST_F(CliTest, ReconcileAndDeskOfAHealthyServer) {
    const auto server = start();
    EXPECT_EQ(on({"reconcile"}).exit, 0);
    EXPECT_EQ(on({"dlq", "ls"}).out, "(none)\n");
    EXPECT_EQ(on({"dlq", "export"}).out, "");
    EXPECT_EQ(
        on({"dlq", "discard", "--all", "--reason", "r", "--yes"}).exit, 2
    );  // nothing is selected
    EXPECT_EQ(on({"audit"}).exit, 0);
}

TEST_F(CliTest, BenchCountsInTheLedgerAndItsJournalIsJudged) {
    const std::string journal = dir_ + "/journal.jsonl";
    const auto server = start();
    const Ran ran =
        on({"bench", "--requests", "2000", "--connections", "16", "--journal", journal, "--output",
            "json"});
    ASSERT_EQ(ran.exit, 0) << ran.err;
    const json::value report = json::parse(ran.out);
    EXPECT_EQ(report.at("requests"), 2'000);
    EXPECT_EQ(report.at("accepted"), 2'000);
    EXPECT_EQ(report.at("settled"), 2'000);
    EXPECT_EQ(report.at("rejected"), 0);
    const Ran audited = on({"audit", "--journal", journal, "--output", "json"});
    EXPECT_EQ(audited.exit, 0) << audited.out << audited.err;
    const auto laws = laws_of(json::parse(audited.out));
    ASSERT_TRUE(laws.has_value());
    EXPECT_EQ((*laws)[5].law, "L6");
    EXPECT_EQ((*laws)[5].verdict, "ok");
    EXPECT_EQ((*laws)[5].examined, 2'000U);
}

TEST_F(CliTest, BenchFailsItsThreshold) {
    const auto server = start();
    const Ran ran = on({"bench", "--requests", "100", "--settled-min", "1000000000"});
    EXPECT_EQ(ran.exit, 5);
    EXPECT_THAT(ran.err, HasSubstr("wanted 1000000000"));
}

TEST_F(CliTest, AuditFindsAPromiseThatWasNotKept) {
    EXPECT_EQ(on({"migrate"}).exit, 0);
    std::ofstream(
        dir_ + "/journal.jsonl"
    ) << R"({"key":"k","buyer":"b","sale":1,"quantity":1,"status":202,"code":"","order":"00000001-0000-8000-8000-000000000000"})"
      << "\n";
    const Ran ran = on({"audit", "--journal", dir_ + "/journal.jsonl"});
    EXPECT_EQ(ran.exit, 4);
    EXPECT_THAT(ran.out, HasSubstr("L6   violated"));
    EXPECT_THAT(ran.out, HasSubstr("00000001-0000-8000-8000-000000000000"));
}

TEST_F(CliTest, TheDemoProvesEveryLaw) {
    const Ran ran =
        on({"demo", "--exit", "--buyers", "400", "--units", "40", "--output", "json", "--set",
            "demo.payment_window_ms=1000"});
    ASSERT_EQ(ran.exit, 0) << ran.out << ran.err;
    const json::value proof = json::parse(ran.out);
    EXPECT_EQ(proof.at("units"), 40);
    EXPECT_EQ(proof.at("buyers"), 400);
    EXPECT_EQ(proof.at("oversold"), 0);
    EXPECT_EQ(proof.at("lost"), 0);
    EXPECT_EQ(proof.at("duplicates"), 0);
    EXPECT_EQ(proof.at("drift"), 0);
    EXPECT_EQ(proof.at("laws").as_object().size(), 12U);
    for (const auto& law : proof.at("laws").as_object()) {
        EXPECT_EQ(law.value().at("verdict"), "ok") << law.key();
        EXPECT_GT(law.value().at("examined").to_number<int>(), 0) << law.key();
    }
    EXPECT_GE(proof.at("settled").to_number<int>(), 40);
    EXPECT_GT(proof.at("cancelled").to_number<int>(), 0);
    EXPECT_GT(proof.at("paid").to_number<int>(), 0);
}

LawVerdict law(const std::string& verdict) { return LawVerdict{"L1", verdict, 1, "", "", {}}; }

TEST(Verdicts, ExitCodeIsTheWorst) {
    EXPECT_EQ(exit_of({law("ok"), law("not_applicable")}), Exit::kOk);
    EXPECT_EQ(exit_of({law("ok"), law("unjudged")}), Exit::kDependency);
    EXPECT_EQ(exit_of({law("unjudged"), law("violated")}), Exit::kLaw);
    EXPECT_EQ(exit_of({law("a verdict of tomorrow")}), Exit::kDependency);
}

TEST(DemoProof, HoldsOnlyWhenNothingIsWrong) {
    DemoProof proof;
    proof.laws = {law("ok")};
    EXPECT_TRUE(proof.holds());
    for (auto spoil : std::vector<void (*)(DemoProof&)>{
             [](DemoProof& p) { p.oversold = 1; }, [](DemoProof& p) { p.lost = 1; },
             [](DemoProof& p) { p.duplicates = 1; }, [](DemoProof& p) { p.drift = 1; },
             [](DemoProof& p) { p.laws.push_back(law("violated")); },
             [](DemoProof& p) { p.laws.push_back(law("unjudged")); },
             [](DemoProof& p) { p.laws.push_back(law("not_applicable")); }}) {
        DemoProof spoiled = proof;
        spoil(spoiled);
        EXPECT_FALSE(spoiled.holds());
    }
}

TEST(Render, TablesJsonAndLines) {
    const json::value page = json::parse(R"({"orders":[{"id":"a","n":1},{"id":"bb","n":null}]})");
    EXPECT_EQ(render(page, Output::kTable), "id  n\na   1\nbb  -\n");
    EXPECT_EQ(
        render(page, Output::kJsonLines), "{\"id\":\"a\",\"n\":1}\n{\"id\":\"bb\",\"n\":null}\n"
    );
    EXPECT_EQ(json::parse(render(page, Output::kJson)), page);
    EXPECT_EQ(render(json::parse(R"({"orders":[]})"), Output::kTable), "(none)\n");
    EXPECT_EQ(
        render(json::parse(R"({"sale":{"id":1},"x":true})"), Output::kTable),
        "sale.id  1\nx        true\n"
    );
    EXPECT_EQ(render(with_columns(page, {"n"}), Output::kJsonLines), "{\"n\":1}\n{\"n\":null}\n");
}

}  // namespace
}  // namespace sluice::cli

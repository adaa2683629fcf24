#include "runtime/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "runtime/data_dir.h"
#include "runtime/secrets.h"

namespace sluice {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ConfigTest : public ::testing::Test {
protected:
    ConfigTest() {
        std::string path =
            (std::filesystem::temp_directory_path() / "sluice-config-XXXXXX").string();
        dir_ = ::mkdtemp(path.data());
    }
    ~ConfigTest() override { std::filesystem::remove_all(dir_); }

    std::string file(const std::string& text, const std::string& name = "sluice.toml") {
        std::ofstream(dir_ + "/" + name) << text;
        return dir_ + "/" + name;
    }
    std::string error_of(const std::string& text) {
        ConfigSources sources;
        sources.file = file(text);
        auto loaded = load_config(sources);
        return loaded ? "ok" : loaded.error().detail.substr(dir_.size() + 1);
    }

    std::string dir_;
};

TEST_F(ConfigTest, DefaultsNeedNothing) {
    auto loaded = load_config({});
    ASSERT_TRUE(loaded.ok());
    EXPECT_EQ(loaded->config.http.public_port, 8080);
    EXPECT_EQ(loaded->origins.at("http.public_port"), "default");
}

TEST_F(ConfigTest, FlagWinsOverEnvironmentOverFileOverDefault) {
    ConfigSources sources;
    sources.file = file("[http]\npublic_port = 1001\nadmin_port = 1002\n[queue]\npartitions = 7\n");
    sources.environment = {
        {"SLUICE_HTTP__PUBLIC_PORT", "2001"}, {"SLUICE_HTTP__ADMIN_PORT", "2002"}, {"HOME", "/"}};
    sources.flags = {{"http.public_port", "3001"}};
    auto loaded = load_config(sources);
    ASSERT_TRUE(loaded.ok()) << to_string(loaded.error());
    EXPECT_EQ(loaded->config.http.public_port, 3001);
    EXPECT_EQ(loaded->config.http.admin_port, 2002);
    EXPECT_EQ(loaded->config.queue_partitions, 7);
    EXPECT_EQ(loaded->config.http.io_threads, 1);
    EXPECT_EQ(loaded->origins.at("http.public_port"), "flag for http.public_port");
    EXPECT_EQ(loaded->origins.at("http.admin_port"), "environment SLUICE_HTTP__ADMIN_PORT");
    EXPECT_THAT(loaded->origins.at("queue.partitions"), ::testing::EndsWith("sluice.toml:5:14"));
}

struct Mistake {
    const char* text;
    const char* message;
};

TEST_F(ConfigTest, EveryMistakeNamesItsPlace) {
    const Mistake mistakes[] = {
        {"[http]\npublic_prt = 1\n",
         "sluice.toml:2:1: unknown key http.public_prt, did you mean http.public_port?"},
        {"[http]\npublic_port = \"80\"\n", "sluice.toml:2:15: http.public_port must be an integer"},
        {"[http]\npublic_port = 70000\n",
         "sluice.toml:2:15: http.public_port must be between 0 and 65535, not 70000"},
        {"[http]\n\n  public_port = 1.5\n",
         "sluice.toml:3:17: http.public_port must be an integer"},
        {"[log]\nlevel = \"loud\"\n",
         "sluice.toml:2:9: log.level must be one of debug, info, warn, error, not \"loud\""},
        {"[worker]\nretry_tiers_ms = [1, 2]\n",
         "sluice.toml:2:18: worker.retry_tiers_ms must be three delays"},
        {"[worker]\nretry_tiers_ms = [1, \"2\", 3]\n",
         "sluice.toml:2:18: worker.retry_tiers_ms must be a list of integers"},
        {"[limits]\nbuyer_rate = -1\n",
         "sluice.toml:2:14: limits.buyer_rate must be between 0 and 1000000000, not -1"},
        {"stray = 1\n", "sluice.toml:1:1: unknown key stray"},
        {"[redis]\nadress = \"x\"\n",
         "sluice.toml:2:1: unknown key redis.adress, did you mean redis.address?"},
        {"[redis]\naddress = \"localhost\"\n",
         "sluice.toml:2:11: redis.address must be host:port, not \"localhost\""},
        {"[mariadb]\naddress = \"::1:3306\"\n",
         "sluice.toml:2:11: mariadb.address must be host:port, not \"::1:3306\""},
        {"[http\n", "sluice.toml:1:"},
    };
    for (const Mistake& mistake : mistakes)
        EXPECT_THAT(error_of(mistake.text), StartsWith(mistake.message));
}

TEST_F(ConfigTest, StackNeedsAllThreeStores) {
    ConfigSources sources;
    sources.flags = {{"redis.address", "127.0.0.1:6379"}, {"mariadb.address", "[::1]:3306"}};
    auto loaded = load_config(sources);
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(
        loaded.error().detail,
        "the stack needs all three stores: there is redis.address mariadb.address, but no "
        "rabbitmq.address"
    );
    sources.flags.emplace_back("rabbitmq.address", "broker:5672");
    loaded = load_config(sources);
    ASSERT_TRUE(loaded.ok()) << to_string(loaded.error());
    EXPECT_TRUE(loaded->config.is_stack());
    EXPECT_EQ(loaded->config.mariadb.address->host, "::1");
    EXPECT_EQ(loaded->config.mariadb.address->text(), "[::1]:3306");
    EXPECT_EQ(loaded->config.rabbitmq.address->port, 5672);
    EXPECT_FALSE(load_config({})->config.is_stack());
}

TEST_F(ConfigTest, MistakesInEnvironmentAndFlagsAreNamedToo) {
    ConfigSources sources;
    sources.environment = {{"SLUICE_HTTP__PUBLIC_PRT", "1"}};
    auto loaded = load_config(sources);
    ASSERT_FALSE(loaded.ok());
    EXPECT_THAT(
        loaded.error().detail,
        StartsWith("environment SLUICE_HTTP__PUBLIC_PRT: unknown key http.public_prt")
    );
    sources.environment.clear();
    sources.flags = {{"http.public_port", "eighty"}};
    loaded = load_config(sources);
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(
        loaded.error().detail, "flag for http.public_port: http.public_port must be an integer"
    );
}

TEST_F(ConfigTest, TheGeneratedFileIsValidAndSoIsItsUncommentedForm) {
    ConfigSources sources;
    const std::string text = default_config_text();
    sources.file = file(text);
    ASSERT_TRUE(load_config(sources).ok());
    std::string uncommented;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const bool secret =
            line.find(" = []") != std::string::npos || line.find(" = \"\"") != std::string::npos;
        if (line.starts_with("# ") && line.find(" = ") != std::string::npos && !secret)
            line = line.substr(2);
        uncommented += line + "\n";
    }
    sources.file = file(uncommented);
    auto loaded = load_config(sources);
    ASSERT_TRUE(loaded.ok()) << to_string(loaded.error());
    EXPECT_NE(loaded->origins.at("http.public_port"), "default");
}

TEST_F(ConfigTest, SecretsComeFromFilesAndAreNeverShown) {
    ConfigSources sources;
    const std::string ids = file("1:first-secret-of-orders\n3:third-secret-of-orders\n", "ids");
    sources.flags = {{"secrets.order_id_file", ids}, {"secrets.token", "a-token-secret-of-mine"}};
    auto loaded = load_config(sources);
    ASSERT_TRUE(loaded.ok()) << to_string(loaded.error());
    EXPECT_EQ(loaded->config.secrets.order_ids.at(3), "third-secret-of-orders");
    const std::string shown = render_config(*loaded, true);
    EXPECT_THAT(shown, HasSubstr("token = \"(set)\"  # flag for secrets.token\n"));
    EXPECT_THAT(shown, Not(HasSubstr("a-token-secret")));
    EXPECT_THAT(shown, Not(HasSubstr("third-secret")));
}

TEST_F(ConfigTest, WeakOrMalformedSecretsAreRefused) {
    for (const char* value :
         {"short", "x:0123456789abcdef", "0:0123456789abcdef",
          "1:0123456789abcdef,1:0123456789abcdef"}) {
        ConfigSources sources;
        sources.flags = {{"secrets.order_id", value}};
        EXPECT_FALSE(load_config(sources).ok()) << value;
    }
}

TEST_F(ConfigTest, MissingSecretsAreMadeOnceAndKept) {
    auto first = load_secrets(dir_, {});
    ASSERT_TRUE(first.ok()) << to_string(first.error());
    auto second = load_secrets(dir_, {});
    ASSERT_TRUE(second.ok());
    EXPECT_EQ(first->token, second->token);
    EXPECT_EQ(first->order_ids, second->order_ids);
    EXPECT_EQ(first->payment, second->payment);
    EXPECT_NE(first->token, first->admin_token);
    struct stat found {};
    ASSERT_EQ(::stat((dir_ + "/secrets/token").c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0600U);
    ASSERT_EQ(::chmod((dir_ + "/secrets/token").c_str(), 0644), 0);
    auto exposed = load_secrets(dir_, {});
    ASSERT_FALSE(exposed.ok());
    EXPECT_THAT(exposed.error().detail, HasSubstr("chmod 600"));
}

TEST_F(ConfigTest, ADataDirectoryHasOneOwnerWhoIsFoundAndForgotten) {
    const std::string path = dir_ + "/data";
    EXPECT_FALSE(has_owner(path));
    {
        auto owned = DataDir::own(path);
        ASSERT_TRUE(owned.ok()) << to_string(owned.error());
        EXPECT_TRUE(has_owner(path));
        auto second = DataDir::own(path);
        ASSERT_FALSE(second.ok());
        EXPECT_EQ(second.error().code, Code::kConflict);
        EXPECT_FALSE(find_owner(path).ok());  // an owner that is not ready yet
        const AdminFile file{"http://127.0.0.1:1", "http://127.0.0.1:2", "secret", 42};
        ASSERT_TRUE(owned->publish(file).ok());
        auto found = find_owner(path);
        ASSERT_TRUE(found.ok() && found->has_value());
        EXPECT_EQ(**found, file);
        struct stat status {};
        ASSERT_EQ(::stat((path + "/admin.json").c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0600U);
    }
    EXPECT_FALSE(std::filesystem::exists(path + "/admin.json"));
    auto gone = find_owner(path);
    ASSERT_TRUE(gone.ok());
    EXPECT_FALSE(gone->has_value());
}

TEST_F(ConfigTest, AnOwnerThatDiedLeavesNothingThatMisleads) {
    const std::string path = dir_ + "/data";
    std::filesystem::create_directory(path);
    std::ofstream(path + "/lock");
    std::ofstream(path + "/admin.json") << "{\"admin_url\":\"http://127.0.0.1:1\"}";
    auto found = find_owner(path);
    ASSERT_TRUE(found.ok());
    EXPECT_FALSE(found->has_value());
    ASSERT_TRUE(DataDir::own(path).ok());
    EXPECT_FALSE(std::filesystem::exists(path + "/admin.json"));
}

}  // namespace
}  // namespace sluice

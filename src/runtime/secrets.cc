#include "runtime/secrets.h"

#include <sys/stat.h>

#include <filesystem>
#include <system_error>

#include "base/hmac.h"
#include "runtime/private_file.h"

namespace sluice {
namespace {

constexpr std::size_t kSecretBytes = 32;

Result<std::string> kept_secret(const std::string& data_dir, const std::string& name) {
    const std::string folder = data_dir + "/secrets";
    std::error_code failed;
    if (std::filesystem::create_directory(folder, failed)) {
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
    }
    const std::string path = folder + "/" + name;
    struct stat found {};
    const bool exists = ::stat(path.c_str(), &found) == 0;
    if (exists && (found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return fail(Code::kConflict, path + " can be read by others; run: chmod 600 " + path);
    }
    auto text = exists ? read_whole_file(path)
                       : read_or_create_private_file(path, hex(random_bytes(kSecretBytes)) + "\n");
    if (!text) return text;
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
    if (text->empty()) return fail(Code::kUnavailable, path + " is empty");
    return text;
}

}  // namespace

Result<Secrets> load_secrets(const std::string& data_dir, const SecretsConfig& configured) {
    Secrets secrets{
        configured.order_ids, configured.token, configured.payment, configured.admin_token};
    if (secrets.order_ids.empty()) {
        auto secret = kept_secret(data_dir, "order_id");
        if (!secret) return secret.error();
        secrets.order_ids.emplace(1, *secret);
    }
    if (secrets.token.empty()) {
        auto secret = kept_secret(data_dir, "token");
        if (!secret) return secret.error();
        secrets.token = *secret;
    }
    if (secrets.payment.empty()) {
        auto secret = kept_secret(data_dir, "payment");
        if (!secret) return secret.error();
        secrets.payment.push_back(*secret);
    }
    if (secrets.admin_token.empty()) {
        auto secret = kept_secret(data_dir, "admin_token");
        if (!secret) return secret.error();
        secrets.admin_token = *secret;
    }
    return secrets;
}

}  // namespace sluice

#pragma once
// The name of a lock of GET_LOCK(), as an SQL expression. Such locks are known to the whole server and belong to the session; names have
// at most 64 characters, so what they are of goes into them as a hash.

#include <string>
#include <string_view>

namespace sluice::maria {

// `purpose`: up to 20 letters. `of`: an SQL expression, the database unless one says more: "CONCAT(DATABASE(), '/', worker)".
inline std::string named_lock(std::string_view purpose, std::string_view of = "DATABASE()") {
    std::string name = "CONCAT('sluice.";
    return name.append(purpose).append(".', LEFT(SHA2(").append(of).append(", 256), 32))");
}

}  // namespace sluice::maria

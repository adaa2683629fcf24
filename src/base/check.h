#pragma once
// Always-on assertions. A failed CHECK means the program itself is wrong: it prints where and aborts, so that a wrong
// step never reaches a store. Never CHECK what a peer or a user can send; that is an Error (see result.h).

namespace sluice {

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace sluice

#define SLUICE_CHECK(expression)                                         \
    do {                                                                 \
        if (!(expression)) [[unlikely]]                                  \
            ::sluice::check_failed(#expression, __FILE__, __LINE__);     \
    } while (false)

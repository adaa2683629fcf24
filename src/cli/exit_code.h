#pragma once
// What a command's exit status says. Documented in docs/interfaces.md; scripts branch on it.

namespace sluice::cli {

enum class Exit : int {
    kOk = 0,
    kStart = 1,       // could not start, or the configuration is wrong
    kUsage = 2,       // the command line, or a request the server refuses as wrong
    kDependency = 3,  // something that is needed does not answer
    kLaw = 4,         // a law is violated, or drift was found
    kThreshold = 5,   // a benchmark stayed below what was asked
    kInterrupted = 130,
};

}  // namespace sluice::cli

#pragma once
// "Did you mean …?" for a mistyped name.

#include <string>
#include <vector>

namespace sluice {

// ", did you mean <the nearest>?", or "" when nothing is near.
std::string did_you_mean(const std::string& name, const std::vector<std::string>& known);

}  // namespace sluice

#pragma once
// The goals of the cache's design and what was measured for each, printed together at the end of a
// benchmark. Belongs to the thread of main().

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cache {

struct Goal {
    std::string name;
    double measured = 0;
    bool at_most = true;  // else at least
    double bound = 0;
    const char* unit = "";
};

class Goals {
public:
    void at_most(std::string name, double measured, double bound, const char* unit) {
        add(std::move(name), measured, true, bound, unit);
    }
    void at_least(std::string name, double measured, double bound, const char* unit) {
        add(std::move(name), measured, false, bound, unit);
    }

    void print() const {
        std::printf("\n%-38s %12s %14s %18s\n", "goal", "", "measured", "measured / goal");
        for (const Goal& goal : goals_) {
            const double ratio = goal.measured / goal.bound;
            const bool met = goal.at_most ? ratio <= 1 : ratio >= 1;
            std::printf(
                "%-38s %2s %5g %-3s %10.2f %-3s %12.2f  %s\n", goal.name.c_str(),
                goal.at_most ? "<=" : ">=", goal.bound, goal.unit, goal.measured, goal.unit, ratio,
                met ? "met" : "MISSED"
            );
        }
    }

private:
    void add(std::string name, double measured, bool most, double bound, const char* unit) {
        Goal goal;
        goal.name = std::move(name);
        goal.measured = measured;
        goal.at_most = most;
        goal.bound = bound;
        goal.unit = unit;
        goals_.push_back(std::move(goal));
    }

    std::vector<Goal> goals_;
};

}  // namespace sluice::cache

#include "domain/workforce.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace sluice {
namespace {

std::string chosen(const std::vector<std::string>& workers, const std::string& task) {
    std::string found;
    for (const std::string& worker : workers) {
        if (!is_chosen(workers, worker, task)) continue;
        EXPECT_EQ(found, "") << "two workers for " << task;
        found = worker;
    }
    return found;
}

std::map<std::string, std::string> assignment(const std::vector<std::string>& workers) {
    std::map<std::string, std::string> of_task;
    for (int i = 0; i < 64; ++i) {
        const std::string task = "orders." + std::to_string(i);
        of_task[task] = chosen(workers, task);
    }
    return of_task;
}

TEST(Workforce, EveryTaskHasExactlyOneWorkerAndEveryWorkerSome) {
    const std::vector<std::string> workers = {"w1", "w2", "w3"};
    std::map<std::string, int> tasks;
    for (const auto& [task, worker] : assignment(workers)) ++tasks[worker];
    ASSERT_EQ(tasks.size(), 3U);
    for (const auto& [worker, count] : tasks) EXPECT_GE(count, 10) << worker;
}

TEST(Workforce, OnlyTheTasksOfAWorkerThatGoesMove) {
    const auto before = assignment({"w1", "w2", "w3"});
    const auto after = assignment({"w3", "w1"});
    for (const auto& [task, worker] : before) {
        if (worker != "w2") {
            EXPECT_EQ(after.at(task), worker);
        }
    }
}

TEST(Workforce, AWorkerThatDoesNotSeeItselfDoesNothing) {
    EXPECT_FALSE(is_chosen(std::vector<std::string>{"w1"}, "w2", "sweep"));
    EXPECT_FALSE(is_chosen(std::vector<std::string>{}, "w2", "sweep"));
}

}  // namespace
}  // namespace sluice

// Sources of a gate's rows.

#include "ports/gate_image_stream.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "support/start_task.h"

namespace sluice {
namespace {

// The same piece for ever.
class EndlessRows final : public ImageSource {
public:
    Task<Result<ImageRows>> next(Deadline) override {
        ImageRows rows;
        rows.bought.push_back({BuyerId{"ann"}, 1});
        co_return rows;
    }
};

std::size_t rows_of_next(ImageSource& source) {
    boost::asio::io_context context;
    const auto value = start_task(context, source.next(Deadline::never()));
    context.run();
    return (*value)->value().bought.size();
}

TEST(EndingSource, GivesWhatItsSourceGivesUntilItIsTold) {
    bool over = false;
    EndingSource source(std::make_shared<EndlessRows>(), over);
    EXPECT_EQ(rows_of_next(source), 1U);
    EXPECT_EQ(rows_of_next(source), 1U);
    over = true;
    EXPECT_EQ(rows_of_next(source), 0U);
    EXPECT_EQ(rows_of_next(source), 0U);
}

}  // namespace
}  // namespace sluice

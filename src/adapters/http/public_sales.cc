// Sales for everybody.

#include "adapters/http/catalogue_json.h"
#include "adapters/http/etag.h"
#include "adapters/http/json_writer.h"
#include "adapters/http/platform_json.h"
#include "adapters/http/public_context.h"

namespace sluice::http {
namespace {

// A sale that the lease names can be answered without its page, so that is not waited for as long as another one would be.
constexpr Millis kPagePatience{250};

bool is_public(const Sale& sale) { return sale.state != SaleState::kDraft; }

}  // namespace

// From the catalogue lease, which is in memory.
Task<Response> list_sales(PublicContext& context, const Request& request) {
    const auto state = request.query_value("state");
    if (!state) co_return context.refuse(request, state.error());
    const std::string wanted = state->value_or("");
    const auto parsed = parse_sale_state(wanted);
    if (!wanted.empty() && wanted != "live" && !parsed) {
        co_return invalid_field(request, "state", "must be live, open, paused or closed");
    }
    const WallTime now = context.services.clock.wall();
    std::vector<std::string> items;
    for (const Sale& sale : context.lease.read().catalogue.sales) {
        const bool matches =
            wanted.empty() || (parsed ? sale.state == *parsed : is_live(sale, now));
        if (matches && is_public(sale)) items.push_back(sale_json(sale, now, Audience::kPublic));
    }
    JsonObject out;
    out.raw("sales", json_array(items));
    co_return json_response(200, std::move(out).str());
}

// State and stock come from the lease, which is younger than any copy of the page; goods and shop
// come from the page. A sale that the lease names is answered even when no store and no copy can be
// had: without its goods and its shop then.
Task<Response> show_sale(PublicContext& context, const Request& request) {
    const auto id = parse_sale_id(request.path_values[0]);
    if (!id) co_return context.refuse(request, fail(Code::kNotFound));
    const bool leased = context.lease.read().find(*id) != nullptr;
    const Deadline deadline = leased ? context.services.clock.in(kPagePatience) : context.work_deadline();
    const auto page = co_await context.services.pages.sale(*id, deadline);
    const Sale* live = context.lease.read().find(*id);
    const SalePage* known = page.ok() && page->has_value() ? &**page : nullptr;
    if (known == nullptr && live == nullptr) {
        co_return context.refuse(request, page.ok() ? fail(Code::kNotFound) : page.error());
    }
    const Sale& sale = live != nullptr ? *live : known->sale;
    if (!is_public(sale)) co_return context.refuse(request, fail(Code::kNotFound));
    const WallTime now = context.services.clock.wall();
    const Goods* goods = known == nullptr ? nullptr : &known->goods;
    const Shop* shop = known == nullptr ? nullptr : &known->shop;
    std::string body = sale_page_json(sale, goods, shop, now);
    std::string tag = entity_tag(body);
    body = with_time(std::move(body), now);
    co_return tagged_response(request, std::move(tag), std::move(body));
}

}  // namespace sluice::http

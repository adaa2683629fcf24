#pragma once
// What the operators' handlers share. Private to the admin_*.cc files.

#include <memory>
#include <optional>

#include "adapters/http/admin_api.h"
#include "adapters/http/problem.h"
#include "adapters/http/request_fields.h"

namespace sluice::http {

inline constexpr std::size_t kReasonBytesMax = 500;

struct AdminContext {
    explicit AdminContext(AdminServices s) : services(std::move(s)) {}

    Deadline work_deadline() const { return services.clock.in(services.work_time); }
    // Operators are told the detail of internal errors too.
    Response refuse(const Request& request, const Error& error, ProblemDetails details = {}) const;

    AdminServices services;
};

// The required field "reason" of every action; errors are recorded in the reader.
Actor read_actor(const AdminIdentity& who, JsonReader& body);

// The body of an action that takes its reason and nothing else. Not nullopt: what to answer instead
// of acting.
std::optional<Response> read_action(
    const AdminContext& context, const Request& request, const AdminIdentity& who, Actor& actor
);

using AdminHandler =
    Task<Response> (*)(AdminContext& context, const Request& request, AdminIdentity who);

// A currency that is wrong is recorded in the reader.
std::optional<Currency> read_currency(JsonReader& body, std::string_view fallback);

// admin_shops.cc
Task<Response> create_shop(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> edit_shop(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> create_goods(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> show_review(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> hide_review(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> reveal_review(AdminContext& context, const Request& request, AdminIdentity who);
// admin_sales.cc
Task<Response> create_sale(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> admin_list_sales(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> admin_show_sale(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> open_sale(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> pause_sale(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> close_sale(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> add_stock(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> warm_sale(AdminContext& context, const Request& request, AdminIdentity who);
// admin_orders.cc
Task<Response> search_orders(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> admin_show_order(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> admin_cancel_order(AdminContext& context, const Request& request, AdminIdentity who);
// admin_desk.cc
Task<Response> list_dead_letters(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> show_dead_order(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> show_dead_work(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> redrive_order(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> discard_order(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> redrive_work(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> discard_work(AdminContext& context, const Request& request, AdminIdentity who);
// admin_checks.cc
Task<Response> run_reconcile(AdminContext& context, const Request& request, AdminIdentity who);
Task<Response> run_audit(AdminContext& context, const Request& request, AdminIdentity who);
Response ready_response(const AdminContext& context);
Response health_response(const AdminContext& context);

}  // namespace sluice::http

// Reconciliation, audit and health for operators.

#include "adapters/http/admin_context.h"
#include "adapters/http/json_writer.h"

namespace sluice::http {
namespace {

constexpr std::size_t kPathBytesMax = 4'096;

std::string reconcile_json(const ReconcileReport& report) {
    std::vector<std::string> findings;
    for (const ReconcileFinding& finding : report.findings) {
        JsonObject item;
        item.integer("sale_id", finding.sale.value())
            .text("finding", finding.finding)
            .text("cause", finding.cause);
        item.text("repair", finding.repair).integer("drift_units", finding.drift);
        findings.push_back(std::move(item).str());
    }
    JsonObject out;
    out.integer("sales_examined", static_cast<std::int64_t>(report.sales_examined));
    out.integer("sales_skipped", static_cast<std::int64_t>(report.sales_skipped));
    out.raw("findings", json_array(findings));
    return std::move(out).str();
}

std::string audit_json(const audit::AuditReport& report) {
    std::vector<std::string> laws;
    for (const audit::LawReport& law : report.laws) {
        std::vector<std::string> orders;
        for (const std::string& order : law.orders) orders.push_back(json_string(order));
        JsonObject item;
        item.text("law", law.law)
            .text("statement", law.statement)
            .text("verdict", audit::to_string(law.verdict));
        item.integer("examined", static_cast<std::int64_t>(law.examined))
            .text_or_null("detail", law.detail);
        item.raw("orders", json_array(orders));
        laws.push_back(std::move(item).str());
    }
    JsonObject out;
    out.integer("exit_code", report.exit_code()).raw("laws", json_array(laws));
    return std::move(out).str();
}

}  // namespace

Task<Response> run_reconcile(AdminContext& context, const Request& request, AdminIdentity) {
    auto body = read_optional_body(request);
    if (!body) co_return context.refuse(request, body.error());
    const bool fix = body->boolean_or("fix", false);
    auto wrong = body->finish();
    if (!wrong.empty()) co_return invalid_fields(request, std::move(wrong));
    const auto report = co_await context.services.reconcile(fix);
    if (!report) co_return context.refuse(request, report.error());
    co_return json_response(200, reconcile_json(*report));
}

Task<Response> run_audit(AdminContext& context, const Request& request, AdminIdentity) {
    auto body = read_optional_body(request);
    if (!body) co_return context.refuse(request, body.error());
    const std::string path = body->text_or("journal", kPathBytesMax, "");
    auto wrong = body->finish();
    if (!wrong.empty()) co_return invalid_fields(request, std::move(wrong));
    std::optional<std::string> journal;
    if (!path.empty()) journal = path;
    const auto report = co_await context.services.audit(std::move(journal));
    if (!report) co_return context.refuse(request, report.error());
    co_return json_response(200, audit_json(*report));
}

Response ready_response(const AdminContext& context) {
    return context.services.health().ready ? text_response(200, "ready\n")
                                           : text_response(503, "not ready\n");
}

Response health_response(const AdminContext& context) {
    const Health health = context.services.health();
    std::vector<std::string> dependencies;
    bool all_up = true;
    for (const DependencyHealth& dependency : health.dependencies) {
        JsonObject item;
        item.text("name", dependency.name)
            .boolean("up", dependency.up)
            .text_or_null("detail", dependency.detail);
        dependencies.push_back(std::move(item).str());
        all_up = all_up && dependency.up;
    }
    JsonObject out;
    out.boolean("ready", health.ready).raw("dependencies", json_array(dependencies));
    return json_response(health.ready && all_up ? 200 : 503, std::move(out).str());
}

}  // namespace sluice::http

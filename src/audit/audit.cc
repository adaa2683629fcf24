#include "audit/audit.h"

#include "audit/facts.h"
#include "audit/judges.h"

namespace sluice::audit {

AuditReport run_audit(AuditInput input) {
    const Facts facts(input);
    return AuditReport{{
        judge_no_oversell(facts),
        judge_conservation(facts),
        judge_movements(facts),
        judge_limits(facts),
        judge_projection(facts),
        judge_no_loss(facts),
        judge_no_leak(facts),
        judge_money(facts),
        judge_room(facts),
        judge_promise(facts),
        judge_once(facts),
        judge_honest_refusal(facts),
    }};
}

}  // namespace sluice::audit

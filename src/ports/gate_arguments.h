#pragma once
// The argument checks of a gate call, made before its first write: a script has no rollback. Pure.
// Errors: kInvalidField naming the field.

#include <vector>

#include "base/result.h"
#include "domain/admission.h"
#include "ports/gate_image_stream.h"

namespace sluice {

Result<Done> check_reserve(SaleId sale, const std::vector<ReserveRequest>& requests);
Result<Done> check_truth(const LedgerTruth& truth);
Result<Done> check_park(SaleId sale, const std::vector<ParkedOrder>& orders);
Result<Done> check_image(SaleId sale, const GateImage& image);
Result<Done> check_rows(SaleId sale, const ImageRows& rows);

}  // namespace sluice

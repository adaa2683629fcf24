#pragma once
// Every subcommand adds itself to the program. One file each.

#include "cli/command.h"

namespace sluice::cli {

void add_demo(Program& program);
void add_serve(Program& program);
void add_sale(Program& program);
void add_order(Program& program);
void add_dlq(Program& program);
void add_reconcile(Program& program);
void add_audit(Program& program);
void add_config(Program& program);
void add_token(Program& program);
void add_migrate(Program& program);
void add_seed(Program& program);
void add_bench(Program& program);
void add_doctor(Program& program);
void add_stack(Program& program);
void add_version(Program& program);

// Understands the command line and runs the command; what main() returns.
int run(int argc, const char* const* argv);

}  // namespace sluice::cli

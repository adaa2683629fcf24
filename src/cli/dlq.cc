#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>

#include "cli/admin_client.h"
#include "cli/commands.h"
#include "cli/render.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;

struct Options {
    Place place;
    std::vector<std::string> orders;  // order ids
    std::string kind;                 // of deferred work
    std::string key;
    std::uint32_t sale = 0;
    bool all = false;
    std::string reason;
    bool yes = false;
    Output output = Output::kTable;
};

struct Letter {        // one row of the desk
    std::string path;  // below /v1/dead-letters
    json::object row;
};

std::string text_of(const json::object& row, const char* name) {
    const json::value* found = row.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

void add_rows(const json::object& answer, const char* list, std::vector<Letter>& out) {
    const json::value* rows = answer.if_contains(list);
    if (rows == nullptr || !rows->is_array()) return;
    for (const json::value& value : rows->get_array()) {
        if (!value.is_object()) continue;
        const json::object& row = value.get_object();
        const std::string path = row.contains("kind")
                                     ? "/work/" + path_segment(text_of(row, "kind")) + "/" +
                                           path_segment(text_of(row, "key"))
                                     : "/orders/" + path_segment(text_of(row, "order_id"));
        out.push_back(Letter{path, row});
    }
}

Result<std::vector<Letter>> letters(const AdminClient& client, const Options& options) {
    std::string path = "/v1/dead-letters?limit=200";
    if (options.sale != 0) path += "&sale_id=" + std::to_string(options.sale);
    if (!options.kind.empty()) path += "&kind=" + path_segment(options.kind);
    auto answer = client.call("GET", path);
    if (!answer) return answer.error();
    std::vector<Letter> out;
    if (const json::object* object = answer->if_object()) {
        if (options.kind.empty()) add_rows(*object, "orders", out);
        add_rows(*object, "work", out);
    }
    return out;
}

json::array rows_of(const std::vector<Letter>& all) {
    json::array rows;
    for (const Letter& letter : all) rows.push_back(letter.row);
    return rows;
}

Exit run_ls(const Options& options) {
    Exit exit = Exit::kOk;
    const auto client = connect(options.place, exit);
    if (!client) return exit;
    auto all = letters(*client, options);
    if (!all) return report(all.error());
    show(rows_of(*all), options.output);
    return Exit::kOk;
}

Exit run_export(const Options& options) {
    Options lines = options;
    lines.output = Output::kJsonLines;
    return run_ls(lines);
}

bool chosen(const Letter& letter, const Options& options) {
    if (text_of(letter.row, "state") != "buried" && options.all) return false;
    if (options.all) return true;
    if (!options.key.empty()) return text_of(letter.row, "key") == options.key;
    const std::string order = text_of(letter.row, "order_id");
    return std::find(options.orders.begin(), options.orders.end(), order) != options.orders.end();
}

Exit run_show(const Options& options) {
    Exit exit = Exit::kOk;
    const auto client = connect(options.place, exit);
    if (!client) return exit;
    auto all = letters(*client, options);
    if (!all) return report(all.error());
    for (const Letter& letter : *all) {
        if (!chosen(letter, options)) continue;
        show(letter.row, options.output);
        return Exit::kOk;
    }
    complain("no such dead letter");
    return Exit::kUsage;
}

// Shows the selection and, once confirmed, acts on exactly that selection.
Exit act(const Options& options, const std::string& action) {
    Exit exit = Exit::kOk;
    const auto client = connect(options.place, exit);
    if (!client) return exit;
    auto all = letters(*client, options);
    if (!all) return report(all.error());
    std::erase_if(*all, [&](const Letter& letter) { return !chosen(letter, options); });
    if (all->empty()) {
        complain(
            "nothing is selected: name order ids, or --kind with --key, or --all for everything "
            "buried"
        );
        return Exit::kUsage;
    }
    say(render(rows_of(*all), Output::kTable) +
        fmt::format("{} would be {}ed.", all->size(), action == "redrive" ? "redriv" : action));
    if (!confirmed(options.yes, fmt::format("{} {}?", action, all->size()))) return Exit::kOk;
    for (const Letter& letter : *all) {
        const std::string path = "/v1/dead-letters" + letter.path + "/" + action;
        auto done = client->call("POST", path, json::object{{"reason", options.reason}});
        if (!done) return report(done.error());
        say(action + " " + letter.path.substr(1) + ": done");
    }
    return Exit::kOk;
}

Exit run_redrive(const Options& options) { return act(options, "redrive"); }
Exit run_discard(const Options& options) { return act(options, "discard"); }

void add_leaf(
    Program& program, CLI::App& group, const char* name, const char* help,
    Exit (*run)(const Options&)
) {
    auto options = std::make_shared<Options>();
    CLI::App* command = program.leaf(group, name, help, options, run);
    options->place.add_to(*command);
    command->add_option("--sale", options->sale, "only of this sale");
    command
        ->add_option(
            "--kind", options->kind, "only failed work: expiry, cancel, payment or webhook"
        )
        ->check(CLI::IsMember({"expiry", "cancel", "payment", "webhook"}));
    if (run == run_ls) add_output(*command, options->output);
    if (run == run_ls || run == run_export) return;
    command->add_option("orders", options->orders, "order ids");
    command->add_option("--key", options->key, "of failed work");
    if (run == run_show) return add_output(*command, options->output);
    command->add_flag("--all", options->all, "everything buried");
    command->add_option("--reason", options->reason, "recorded with the action")->required();
    command->add_flag("--yes", options->yes, "do not ask");
}

}  // namespace

void add_dlq(Program& program) {
    CLI::App* group = program.app.add_subcommand("dlq", "the dead-letter desk");
    group->require_subcommand(1);
    add_leaf(program, *group, "ls", "what waits for a retry or a person", run_ls);
    add_leaf(program, *group, "show", "one dead letter", run_show);
    add_leaf(program, *group, "redrive", "try again now", run_redrive);
    add_leaf(program, *group, "discard", "give up; the units become sellable again", run_discard);
    add_leaf(program, *group, "export", "all as JSON lines", run_export);
}

}  // namespace sluice::cli

// Reads the command line, calls the command, turns what goes wrong into words and an exit code.
#include "base/text.hpp"
#include "cli.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <functional>

namespace coterie::cli {

namespace {

/// The commands as the parser knows them, and the one that was chosen.
struct CommandLine {
    CLI::App app{
        "Coterie: one roster of influencers out of CRMs, agency rosters and manual searches",
        "coterie"};
    Context context;
    std::function<int()> chosen;

    /// Before the command and behind it: people write both.
    void add_config_option(CLI::App& to) {
        to.add_option("-c,--config", context.config_file, "the config file (./coterie.yaml)");
    }

    CLI::App* command(const std::string& name, const std::string& what, std::function<int()> act) {
        CLI::App* made = app.add_subcommand(name, what);
        add_config_option(*made);
        made->add_flag("--json", context.json, "one JSON document on stdout");
        made->add_flag("-q,--quiet", context.quiet, "no progress");
        made->add_flag("-v,--verbose", context.verbose, "also what the sources note in passing");
        made->callback([this, act = std::move(act)] { chosen = act; });
        return made;
    }
};

/// decide, decisions, review: who is who.
void add_decision_commands(CommandLine& line) {
    Context& context = line.context;
    static DecideFlags decided;
    auto* decide_command =
        line.command("decide", "say for ever who is, or is not, one person", [&context] {
            return decided.verdict == "undo" ? undo_decision(context, decided)
                                             : decide(context, decided);
        });
    // What stands behind the words below, such as --json, is the command's too.
    decide_command->require_subcommand(1);
    const auto add_verdict = [&](const std::string& verdict, const std::string& what) {
        auto* made = decide_command->add_subcommand(verdict, what);
        made->fallthrough()->callback([verdict] { decided.verdict = verdict; });
        made->add_option("--who", decided.who, "who says so (the login name)");
        return made;
    };
    for (const char* verdict : {"same", "different"}) {
        auto* made =
            add_verdict(verdict, fmt::format("two records are {}", std::string(verdict) == "same"
                                                                       ? "one person"
                                                                       : "different people"));
        const char* const named =
            "SOURCE/RECORD_ID, or a golden id, which stands for its eldest record";
        made->add_option("A", decided.a, named)->required();
        made->add_option("B", decided.b, named)->required();
        made->add_option("--note", decided.note, "why");
    }
    add_verdict("undo", "a decision holds no more; it stays in the list")
        ->add_option("NUMBER", decided.number, "the decision's number")
        ->required();

    static std::string action, file;
    auto* decisions_command =
        line.command("decisions", "list, export or import what people decided", [&context] {
            return action == "export"   ? export_decisions(context, file)
                   : action == "import" ? import_decisions(context, file)
                                        : list_decisions(context);
        });
    decisions_command->require_subcommand(0, 1);
    const auto add_action = [&](const std::string& name, const std::string& what) {
        auto* made = decisions_command->add_subcommand(name, what);
        made->fallthrough()->callback([name] { action = name; });
        return made;
    };
    add_action("export", "write all of them to a CSV file")
        ->add_option("-o,--output", file, "the file (stdout, also as -)")
        ->transform([](const std::string& name) { return name == "-" ? std::string() : name; });
    add_action("import", "add those of a CSV file that are not there")
        ->add_option("FILE", file, "a file that export wrote, or with the same columns")
        ->required();

    static ReviewFlags reviewed;
    auto* review_command = line.command("review", "judge the pairs that may be one person",
                                        [&context] { return review(context, reviewed); });
    review_command->add_option("--limit", reviewed.pairs_max, "only so many pairs (all)");
    review_command->add_option("--who", reviewed.who, "who judges (the login name)");
}

void add_commands(CommandLine& line) {
    Context& context = line.context;

    static std::string folder = ".";
    line.command("init", "write a commented starter workspace",
                 [&context] { return init(context, folder); })
        ->add_option("DIR", folder, "where (this folder)");

    static bool connects = false;
    line.command("check", "validate config, mappings and plugins",
                 [&context] { return check(context, connects); })
        ->add_flag("--connect", connects,
                   "also try the credentials, and read one record of each stream");

    static std::string connector;
    line.command("connectors", "list the connectors, or show one",
                 [&context] { return connectors(context, connector); })
        ->add_option("NAME", connector, "the connector to show");

    static PreviewFlags previewed;
    auto* preview_command = line.command("preview", "show what a source's records become",
                                         [&context] { return preview(context, previewed); });
    preview_command->add_option("SOURCE", previewed.source, "a source of the config")->required();
    preview_command->add_option("-n,--records", previewed.records, "how many records (5)")
        ->check(CLI::Range(1, 1000));
    preview_command
        ->add_option_function<std::string>(
            "--write",
            [](const std::string& file) {
                previewed.is_writing = true;
                previewed.file = file;
            },
            "write the mapping that the columns give to FILE (mapping-SOURCE.yaml)")
        ->expected(0, 1)
        ->type_name("[FILE]");
    preview_command->add_flag("--force", previewed.is_forced, "write over a file that is there");

    static RunFlags flags;
    auto* run_command = line.command("run", "merge all sources into the roster",
                                     [&context] { return run(context, flags); });
    run_command->add_option("--source", flags.sources, "only this source (may be repeated)");
    run_command->add_option("--accept-deletions", flags.accept_deletions,
                            "this source's lost records are rightly gone: release a held source");
    run_command->add_option("--accept-drift", flags.accept_drift,
                            "this source's changed columns are right: release a held source");
    run_command->add_option(
        "--accept-changes", flags.accept_changes,
        "this destination's many changes are right: release a held destination");
    run_command->add_flag("--full", flags.is_full, "read everything, not only what changed");
    run_command->add_flag("--dry-run", flags.is_dry_run, "tell what would change; keep nothing");

    static std::uint32_t run_number = 0;
    line.command("diff", "what the last run (or RUN) changed, and why",
                 [&context] { return diff(context, run_number); })
        ->add_option("RUN", run_number, "a run's number");

    static std::string id;
    line.command("show", "a golden record with where each value comes from",
                 [&context] { return show(context, id); })
        ->add_option("ID", id, "a golden id, or SOURCE/RECORD_ID")
        ->required();

    static std::string a, b, page;
    auto* explain_command = line.command("explain", "why records are, or are not, one person",
                                         [&context] { return explain(context, a, b, page); });
    explain_command->add_option("A", a, "a golden id, or SOURCE/RECORD_ID")->required();
    explain_command->add_option("B", b, "another SOURCE/RECORD_ID");
    explain_command->add_option("--html", page, "also draw the two as a page in this FILE");

    add_decision_commands(line);

    static EvaluateFlags evaluated;
    auto* evaluate_command =
        line.command("evaluate", "how good the links are beside a truth",
                     [&context] { return evaluate_links(context, evaluated); });
    evaluate_command
        ->add_option("TRUTH", evaluated.truth, "a CSV file: columns source, record_id, entity")
        ->required();
    evaluate_command
        ->add_option("--worst", evaluated.worst,
                     "how many false links and misses are listed (10 of each)")
        ->check(CLI::Range(0, 1000));
    evaluate_command->add_option("--html", evaluated.page, "also write a page to this file");

    static ExportFlags exported;
    auto* export_command = line.command("export", "write the roster to a file",
                                        [&context] { return export_roster(context, exported); });
    export_command->add_option("--format", exported.format,
                               "jsonl, csv, or one that a destination writes, such as xlsx (by the "
                               "file's ending; jsonl)");
    export_command->add_option("--what", exported.what, "golden, links or quarantine (golden)");
    export_command->add_option("-o,--output", exported.file, "the file (stdout, also as -)")
        ->transform([](const std::string& file) { return file == "-" ? std::string() : file; });
    export_command->add_option("--dialect", exported.dialect,
                               "of CSV: rfc4180, excel or excel-da (rfc4180)");
    export_command->add_option("--delimiter", exported.delimiter,
                               "of CSV: a character, or comma, semicolon, tab, pipe");
    export_command->add_option("--decimal", exported.decimal, "of CSV: point or comma");
    export_command->add_option("--encoding", exported.encoding,
                               "of CSV: utf-8, utf-8-bom, windows-1252, utf-16le, …");
    export_command->add_option("--line-end", exported.line_end, "of CSV: lf or crlf");
    export_command->add_option("--formulas", exported.formulas,
                               "of CSV: guard text that a spreadsheet would take for a formula "
                               "with a ', or keep it (guard)");
    export_command->add_option("--missing", exported.missing,
                               "characters that the encoding lacks: replace them by ?, or refuse "
                               "(replace)");

    static QuarantineFlags quarantine_flags;
    auto* quarantine_command =
        line.command("quarantine", "what could not be used, and why",
                     [&context] { return quarantine(context, quarantine_flags); });
    quarantine_command->add_option("--source", quarantine_flags.source, "only this source's");
    quarantine_command->add_option("--stage", quarantine_flags.stage,
                                   "only those of extract, land or normalize");
    quarantine_command->add_option("--reason", quarantine_flags.reason,
                                   "only those whose reason holds this text");
    quarantine_command->add_option("-n,--entries", quarantine_flags.entries_max,
                                   "how many are listed (20); all are counted");

    static CorrectFlags correct_flags;
    auto* correct_command =
        line.command("correct", "take over what a person corrected in an exported quarantine",
                     [&context] { return correct(context, correct_flags); });
    correct_command->add_option("FILE", correct_flags.file,
                                "the export, corrected: .csv or .jsonl");
    correct_command->add_option("--connector", correct_flags.connector,
                                "the connector that reads FILE, where it is another format");
    correct_command->add_flag("--list", correct_flags.list, "the corrections in force");
    correct_command->add_option("--remove", correct_flags.remove,
                                "take the correction of this entry back (may be repeated)");

    line.command("doctor", "look for what is wrong with this installation",
                 [&context] { return doctor(context); });
}

/// "unknown command 'rnu'; did you mean 'run'? allowed: …"
std::string usage_message(const CLI::App& app, const CLI::ParseError& error, int argc,
                          char** argv) {
    std::vector<std::string> names;
    for (const auto* command : app.get_subcommands(nullptr)) {
        names.push_back(command->get_name());
    }
    if (argc > 1 && argv[1][0] != '-' &&
        std::find(names.begin(), names.end(), argv[1]) == names.end()) {
        return fmt::format("unknown command '{}'{}", printable(argv[1], 40),
                           config::suggestion(argv[1], names));
    }
    std::string message = error.what();
    const CLI::App* command = nullptr;
    for (const auto* each : app.get_subcommands(nullptr)) {
        if (argc > 1 && each->get_name() == argv[1]) {
            command = each;
        }
    }
    if (command != nullptr && !command->get_subcommands(nullptr).empty() && argc > 2 &&
        argv[2][0] != '-') {
        std::vector<std::string> words;
        for (const auto* below : command->get_subcommands(nullptr)) {
            words.push_back(below->get_name());
        }
        if (std::find(words.begin(), words.end(), argv[2]) == words.end()) {
            return fmt::format("unknown word '{}' behind '{}'{}", printable(argv[2], 40),
                               command->get_name(), config::suggestion(argv[2], words));
        }
    }
    if (command != nullptr &&
        error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) {
        std::vector<std::string> options;
        std::vector<const CLI::App*> levels{command};
        for (const auto* below : command->get_subcommands(nullptr)) {
            if (argc > 2 && below->get_name() == argv[2]) {
                levels.push_back(below);
            }
        }
        for (const auto* level : levels) {
            for (const auto* option : level->get_options()) {
                for (const auto& name : option->get_lnames()) {
                    if (std::find(options.begin(), options.end(), "--" + name) == options.end()) {
                        options.push_back("--" + name);
                    }
                }
            }
        }
        for (int i = 2; i < argc; ++i) {
            const std::string word = argv[i];
            const std::string name = word.substr(0, word.find('='));
            if (word.starts_with("--") &&
                std::find(options.begin(), options.end(), name) == options.end()) {
                return fmt::format("unknown option '{}'{}", printable(name, 40),
                                   config::suggestion(name, options));
            }
        }
    }
    std::replace(message.begin(), message.end(), '\n', ' ');
    return message + fmt::format("; see 'coterie {}--help'",
                                 command != nullptr ? command->get_name() + " " : "");
}

int fail(const Context& context, ExitCode code, const std::string& message,
         const std::vector<config::Fault>& faults = {}) {
    const std::string_view red = context.colour ? "\x1b[31m" : "";
    const std::string_view plain = context.colour ? "\x1b[0m" : "";
    if (faults.empty()) {
        fmt::print(stderr, "{}error{}: {}\n", red, plain, message);
    }
    for (const config::Fault& fault : faults) {
        fmt::print(stderr, "{}error{}: {}\n", red, plain, fault.text());
    }
    if (context.json) {
        nlohmann::json list = nlohmann::json::array();
        for (const config::Fault& fault : faults) {
            list.push_back({{"file", fault.place.file},
                            {"line", fault.place.line},
                            {"column", fault.place.column},
                            {"message", fault.message}});
        }
        print_json({{"error", message}, {"exit_code", static_cast<int>(code)}, {"faults", list}});
    }
    return code;
}

int call(const Context& context, const std::function<int()>& command) {
    try {
        return command();
    } catch (const config::ConfigError& error) {
        return fail(context, Invalid, error.what(), error.faults());
    } catch (const CommandError& error) {
        return fail(context, error.code(), error.what());
    } catch (const std::exception& error) {
        return fail(context, Bug,
                    fmt::format("{} (a bug in Coterie; please report it)", error.what()));
    }
}

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    // A core dump would hold secrets and the data of persons; what is started inherits this.
    if (rlimit cores{}; ::getrlimit(RLIMIT_CORE, &cores) == 0) {
        cores.rlim_cur = 0;
        ::setrlimit(RLIMIT_CORE, &cores);
    }
    CommandLine line;
    line.app.set_version_flag("--version", "coterie " COTERIE_VERSION);
    line.app.require_subcommand(1);
    line.app.set_help_flag("-h,--help", "this help");
    line.app.failure_message(CLI::FailureMessage::simple);
    line.add_config_option(line.app);
    add_commands(line);
    line.context.colour = isatty(STDERR_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
    try {
        line.app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {
            return line.app.exit(error);  // --help, --version
        }
        if (argc <= 1) {
            fmt::print(stderr, "{}", line.app.help());
            return Usage;
        }
        // A line that could not be read has set nothing; who asked for JSON gets it all the same.
        line.context.json = std::find(argv, argv + argc, std::string_view("--json")) != argv + argc;
        return fail(line.context, Usage, usage_message(line.app, error, argc, argv));
    }
    return call(line.context, line.chosen);
}

}  // namespace

}  // namespace coterie::cli

int main(int argc, char** argv) {
    return coterie::cli::main(argc, argv);
}

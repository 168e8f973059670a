// export: the roster as a file.
#include "base/text.hpp"
#include "cli.hpp"
#include "pipeline/publish/export.hpp"
#include "pipeline/publish/export_by_plugin.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace coterie::cli {

namespace {

namespace fs = std::filesystem;

publish::What what_of(const std::string& word) {
    for (const auto what :
         {publish::What::Golden, publish::What::Links, publish::What::Quarantine}) {
        if (publish::name_of(what) == word) {
            return what;
        }
    }
    throw CommandError(Usage,
                       fmt::format("--what {}: no such thing{}", word,
                                   config::suggestion(word, {"golden", "links", "quarantine"})));
}

/// The format that was asked for, or that the file's ending says.
std::string format_of(const ExportFlags& flags, const plugin::Catalog& catalog) {
    auto known = catalog.formats();
    known.insert(known.begin(), {"jsonl", "csv"});
    const auto is_known = [&](const std::string& format) {
        return std::find(known.begin(), known.end(), format) != known.end();
    };
    if (flags.format.empty()) {
        const std::string ending = ascii_lower(fs::path(flags.file).extension().string());
        return !ending.empty() && is_known(ending.substr(1)) ? ending.substr(1) : "jsonl";
    }
    if (!is_known(flags.format)) {
        throw CommandError(Usage, fmt::format("--format {}: no plugin writes it{}",
                                              printable(flags.format, 40),
                                              config::suggestion(flags.format, known)));
    }
    return flags.format;
}

/// One of the words of an option.
template <class T>
T choice(const char* option, const std::string& word,
         const std::vector<std::pair<std::string, T>>& choices) {
    std::vector<std::string> words;
    for (const auto& [name, value] : choices) {
        if (name == word) {
            return value;
        }
        words.push_back(name);
    }
    throw CommandError(Usage, fmt::format("{} {}: no such choice{}", option, printable(word, 40),
                                          config::suggestion(word, words)));
}

publish::CsvDialect dialect_of(const ExportFlags& flags) {
    publish::CsvDialect dialect;
    if (!flags.dialect.empty()) {
        std::vector<std::pair<std::string, publish::CsvDialect>> dialects;
        for (const auto& name : publish::CsvDialect::names()) {
            dialects.emplace_back(name, or_end(publish::CsvDialect::named(name)));
        }
        dialect = choice("--dialect", flags.dialect, dialects);
    }
    if (flags.delimiter.size() == 1) {
        dialect.delimiter = flags.delimiter.front();
    } else if (!flags.delimiter.empty()) {
        dialect.delimiter =
            choice<char>("--delimiter", flags.delimiter,
                         {{"comma", ','}, {"semicolon", ';'}, {"tab", '\t'}, {"pipe", '|'}});
    }
    if (!flags.decimal.empty()) {
        dialect.decimal =
            choice<char>("--decimal", flags.decimal, {{"point", '.'}, {"comma", ','}});
    }
    if (!flags.encoding.empty()) {
        dialect.encoding = ascii_lower(flags.encoding);
    }
    if (!flags.line_end.empty()) {
        dialect.line_end =
            choice<std::string>("--line-end", flags.line_end, {{"lf", "\n"}, {"crlf", "\r\n"}});
    }
    if (!flags.formulas.empty()) {
        dialect.guards_formulas =
            choice<bool>("--formulas", flags.formulas, {{"guard", true}, {"keep", false}});
    }
    if (!flags.missing.empty()) {
        dialect.replaces_unencodable =
            choice<bool>("--missing", flags.missing, {{"replace", true}, {"refuse", false}});
    }
    // Told before anything is written.
    if (const auto writer = publish::CsvWriter::create(dialect); !writer) {
        throw CommandError(Usage, writer.error().message);
    }
    return dialect;
}

/// Writes by what the program brings along: jsonl, csv.
publish::Exported write_built_in(const store::Store& store, publish::What what,
                                 publish::Format format, const publish::CsvDialect& dialect,
                                 const std::string& file) {
    // A new file takes the old one's place only when it is whole.
    // What is no file (a device, a pipe) is written to as it is.
    const bool takes_place = !fs::exists(file) || fs::is_regular_file(file);
    const std::string temporary = takes_place ? file + ".part" : file;
    std::FILE* out = file.empty() ? stdout : std::fopen(temporary.c_str(), "wb");
    if (out == nullptr) {
        throw CommandError(
            Nothing, fmt::format("'{}' cannot be written: {}", temporary, std::strerror(errno)));
    }
    auto written = publish::export_to(store, what, format, dialect, out);
    if (!file.empty()) {
        if (std::fclose(out) != 0 && written) {
            written = Error{ErrorKind::Fatal, fmt::format("'{}' cannot be written: {}", temporary,
                                                          std::strerror(errno))};
        }
        std::error_code error;
        if (takes_place && written) {
            fs::rename(temporary, file, error);
        } else if (takes_place) {
            fs::remove(temporary, error);
        }
        if (written && error) {
            throw CommandError(Nothing,
                               fmt::format("'{}' cannot be written: {}", file, error.message()));
        }
    }
    return or_end(std::move(written));
}

/// Writes by the destination plugin that knows the format.
publish::PluginExport write_by_plugin(const Context& context, const config::Config& config,
                                      const store::Store& store, publish::What what,
                                      const plugin::Installed& plugin, const std::string& file) {
    plugin::SessionOptions options;
    options.workspace = fs::current_path();
    options.secrets = config.secrets;
    const nlohmann::json plugin_config{{"path", fs::absolute(file).string()}};
    const auto told = [&context](LogLevel level, std::string_view message) {
        if (level >= LogLevel::Warning || context.verbose) {
            fmt::print(stderr, "{}: {}\n", level >= LogLevel::Warning ? "warning" : "note",
                       printable(message, 4096));
        }
    };
    return or_end(publish::export_by_plugin(store, what, plugin, plugin_config, options, told));
}

}  // namespace

int export_roster(const Context& context, const ExportFlags& flags) {
    const publish::What what = what_of(flags.what);
    const config::Config config = load_config(context);
    const plugin::Catalog catalog = load_catalog(config);
    const std::string format = format_of(flags, catalog);
    const bool is_built_in = format == "jsonl" || format == "csv";
    if (context.json && flags.file.empty()) {
        throw CommandError(Usage,
                           "--json prints one document on stdout, so the export needs -o FILE");
    }
    if (!is_built_in && flags.file.empty()) {
        throw CommandError(Usage, fmt::format("--format {} needs -o FILE", format));
    }
    if (flags.shapes_csv() && format != "csv") {
        throw CommandError(Usage,
                           fmt::format("dialect options shape CSV, and the format is {}; add "
                                       "--format csv",
                                       format));
    }
    const auto dialect = dialect_of(flags);
    const auto store = open_store(config, store::Store::Access::ReadOnly);
    nlohmann::json document{{"file", flags.file}, {"what", flags.what}, {"format", format}};
    std::string text;
    if (is_built_in) {
        const auto written = write_built_in(
            *store, what, format == "csv" ? publish::Format::Csv : publish::Format::JsonLines,
            dialect, flags.file);
        document["rows"] = written.rows;
        document["replaced"] = written.replaced;
        text = fmt::format("{}: {} rows\n", flags.file, written.rows);
        if (written.replaced > 0) {
            fmt::print(stderr,
                       "warning: {} characters that {} lacks were replaced by ?; --encoding utf-8 "
                       "keeps them, --missing refuse makes it an error\n",
                       written.replaced, dialect.encoding);
        }
    } else {
        const auto written = write_by_plugin(context, config, *store, what,
                                             *catalog.find_format(format), flags.file);
        document["rows"] = written.rows;
        document["rejected"] = written.rejected;
        text = fmt::format("{}: {} rows\n", flags.file, written.rows);
        if (written.rejected > 0) {
            fmt::print(stderr, "warning: {} rows were left out: {}\n", written.rejected,
                       printable(written.rejected_because, 400));
        }
    }
    if (!flags.file.empty()) {
        print_text(context, text);
    }
    if (context.json) {
        print_json(document);
    }
    return Done;
}

}  // namespace coterie::cli

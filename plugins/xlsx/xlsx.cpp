#include "xlsx.hpp"

#include "sheets.hpp"
#include "workbook.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

namespace xlsx {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

/// Rows between two signs of life.
constexpr std::uint64_t kRowsBetweenProgress = 1000;

/// One stream on its way into a workbook.
class Sheets {
  public:
    virtual ~Sheets() = default;
    virtual Result<void> begin(Workbook& workbook) = 0;
    virtual Result<void> append(const json& record) = 0;
    /// What the sheet About says of the tables: name and rows.
    [[nodiscard]] virtual std::vector<std::pair<std::string, std::uint64_t>> counts() const = 0;
};

class GoldenSheets final : public Sheets {
  public:
    explicit GoldenSheets(bool with_provenance) : with_provenance_(with_provenance) {}

    Result<void> begin(Workbook& workbook) override {
        COTERIE_TRY(influencers_, workbook.add_table("Influencers", influencer_columns()));
        COTERIE_TRY(profiles_, workbook.add_table("Profiles", profile_columns()));
        if (with_provenance_) {
            COTERIE_TRY(provenance_, workbook.add_table("Provenance", provenance_columns()));
        }
        return {};
    }

    Result<void> append(const json& golden) override {
        COTERIE_TRY_VOID(influencers_->append(influencer_row(golden)));
        for (const auto& row : profile_rows(golden)) {
            COTERIE_TRY_VOID(profiles_->append(row));
        }
        if (with_provenance_) {
            for (const auto& row : provenance_rows(golden)) {
                COTERIE_TRY_VOID(provenance_->append(row));
            }
        }
        return {};
    }

    [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counts() const override {
        std::vector<std::pair<std::string, std::uint64_t>> all{
            {"Influencers", influencers_->rows()}, {"Profiles", profiles_->rows()}};
        if (with_provenance_) {
            all.emplace_back("Provenance", provenance_->rows());
        }
        return all;
    }

  private:
    bool with_provenance_;
    Table* influencers_ = nullptr;
    Table* profiles_ = nullptr;
    Table* provenance_ = nullptr;
};

/// A flat stream: its members are its columns, and all are text.
class FlatSheet final : public Sheets {
  public:
    FlatSheet(const std::string& stream, const json& about)
        : name_(stream == "links" ? "Links" : "Quarantine"),
          columns_(about.value("columns", std::vector<std::string>())) {}

    Result<void> begin(Workbook& workbook) override {
        if (columns_.empty()) {
            return Error{ErrorKind::Fatal, "nothing says which columns '" + name_ + "' has"};
        }
        COTERIE_TRY(table_, workbook.add_table(name_, columns_));
        return {};
    }
    Result<void> append(const json& record) override {
        std::vector<Cell> cells;
        for (const auto& column : columns_) {
            const auto value = record.value(column, json());
            cells.push_back(Cell::of_text(value.is_string() ? value.get<std::string>()
                                          : value.is_null() ? std::string()
                                                            : value.dump()));
        }
        return table_->append(cells);
    }
    [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counts() const override {
        return {{name_, table_->rows()}};
    }

  private:
    std::string name_;
    std::vector<std::string> columns_;
    Table* table_ = nullptr;
};

Result<void> add_about(Workbook& workbook, const json& about, const Sheets& sheets) {
    COTERIE_TRY(auto* const table, workbook.add_table("About", {"What", "Value"}));
    const auto add = [&](const char* what, Cell value) {
        return table->append({Cell::of_text(what), std::move(value)});
    };
    COTERIE_TRY_VOID(add("Written by", Cell::of_text("Coterie")));
    if (about.contains("run")) {
        COTERIE_TRY_VOID(add("Run", Cell::of_number(about.at("run").get<double>())));
    }
    COTERIE_TRY_VOID(add("Run began (UTC)", Cell::of_moment(about.value("time", ""))));
    for (const auto& [name, rows] : sheets.counts()) {
        COTERIE_TRY_VOID(
            add((name + " (rows)").c_str(), Cell::of_count(static_cast<double>(rows))));
    }
    const Losses& losses = workbook.losses();
    COTERIE_TRY_VOID(add("Texts cut, or with characters replaced",
                         Cell::of_count(static_cast<double>(losses.texts_changed))));
    return add("Links written as text (a sheet holds 65,530)",
               Cell::of_count(static_cast<double>(losses.links_dropped)));
}

}  // namespace

Result<void> Xlsx::check() {
    const fs::path folder = fs::path(path_).parent_path();
    const std::string shown = folder.empty() ? "." : folder.string();
    if (::access(shown.c_str(), W_OK | X_OK) != 0) {
        return Error{ErrorKind::Config, "the folder '" + shown + "' of the workbook cannot be " +
                                            "written to: " + std::strerror(errno)};
    }
    std::error_code failed;
    if (fs::is_directory(path_, failed)) {
        return Error{ErrorKind::Config, "'" + path_ + "' is a folder; name a file in it"};
    }
    return {};
}

Result<void> Xlsx::write(const coterie::WriteRequest& request, coterie::Deliveries& deliveries) {
    std::error_code failed;
    if (request.is_unchanged && fs::is_regular_file(path_, failed)) {
        return {};
    }
    if (!request.is_complete) {
        return Error{ErrorKind::Fatal, "a workbook is written whole, not change by change"};
    }
    COTERIE_TRY_VOID(check());
    Workbook::Options options;
    options.title = request.stream == "golden" ? "Influencers" : request.stream;
    options.created = request.about.value("time", "");
    COTERIE_TRY(const auto workbook, Workbook::create(path_, options));
    std::unique_ptr<Sheets> sheets;
    if (request.stream == "golden") {
        sheets = std::make_unique<GoldenSheets>(with_provenance_);
    } else {
        sheets = std::make_unique<FlatSheet>(request.stream, request.about);
    }
    COTERIE_TRY_VOID(sheets->begin(*workbook));
    std::uint64_t done = 0;
    while (const auto delivery = deliveries.next()) {
        if (delivery->action == coterie::Delivery::Action::Remove) {
            deliveries.delivered(delivery->id);  // what is not in the file is gone from it
            continue;
        }
        const auto record = json::parse(delivery->json, nullptr, false);
        if (!record.is_object()) {
            deliveries.rejected(delivery->id, "the record is no JSON object");
            continue;
        }
        COTERIE_TRY_VOID(sheets->append(record));
        deliveries.delivered(delivery->id);
        if (++done % kRowsBetweenProgress == 0) {
            deliveries.progress(done, request.total, "records");
        }
    }
    // The quarantine is fed back once it is corrected: one sheet, so that nothing else is read.
    if (request.stream != "quarantine") {
        COTERIE_TRY_VOID(add_about(*workbook, request.about, *sheets));
    }
    const Losses losses = workbook->losses();
    COTERIE_TRY_VOID(workbook->close());
    if (losses.texts_changed > 0) {
        deliveries.log(coterie::LogLevel::Warning,
                       std::to_string(losses.texts_changed) +
                           " texts were cut, or had characters replaced, to fit into a cell");
    }
    if (losses.links_dropped > 0) {
        deliveries.log(coterie::LogLevel::Info,
                       std::to_string(losses.links_dropped) +
                           " links are written as text: a sheet holds 65,530");
    }
    return {};
}

}  // namespace xlsx

COTERIE_EXPORT_DESTINATION(xlsx::Xlsx, "xlsx");

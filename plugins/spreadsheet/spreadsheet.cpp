#include "spreadsheet.hpp"

#include "csv/csv_workbook.hpp"
#include "record.hpp"
#include "settings.hpp"
#include "table/follower.hpp"
#include "workbook/grid.hpp"

#include "coterie/files.hpp"
#include "coterie/location.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spreadsheet {

using coterie::Error;
using coterie::ErrorKind;
using coterie::LogLevel;
using coterie::Result;
namespace files = coterie::files;

namespace {

constexpr std::uint64_t kCheckpointRecords = 5000;
constexpr std::uint64_t kProgressRows = 4096;

std::string hex(std::uint64_t value) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
    return text;
}

/// An open file and what it is.
struct OpenFile {
    std::unique_ptr<Workbook> workbook;
    CsvWorkbook* csv = nullptr;  ///< the same, where it is delimited text
};

Result<OpenFile> open_file(const Settings& settings, const files::Found& found) {
    COTERIE_TRY(auto workbook, open_workbook(found.path, found.name, WorkbookLimits{}));
    OpenFile file;
    if (workbook.has_value()) {
        file.workbook = std::move(*workbook);
        return file;
    }
    COTERIE_TRY(auto csv, CsvWorkbook::open(found, settings.csv));
    file.csv = csv.get();
    file.workbook = std::move(csv);
    return file;
}

/// What reading is at, so that a read that resumes passes over what was handed over before.
struct Progress {
    std::uint64_t handed_over = 0;  ///< records and quarantined rows of this file
    std::uint64_t to_skip = 0;

    [[nodiscard]] bool is_skipping() const { return handed_over < to_skip; }
};

/// Takes one sheet's findings to the sink.
class SheetTaker final : public Taker {
  public:
    SheetTaker(const Settings& settings, coterie::Sink& sink, std::string where, Place place,
               Progress& progress)
        : settings_(settings), sink_(sink), where_(std::move(where)), place_(place),
          progress_(progress) {}

    void table(const Table& table, const std::string& about) override {
        log(LogLevel::Info, about);
        finish_table();
        writer_ = std::make_unique<RecordWriter>(
            tables_.emplace_back(std::make_unique<Table>(table)).operator*(), settings_.nulls);
        key_.clear();
        for (const std::string& name : settings_.key) {
            const auto column = std::find(table.names.begin(), table.names.end(), name);
            if (column == table.names.end()) {
                std::string message = "key: there is no column '" + name + "'; columns: ";
                for (std::size_t i = 0; i < table.names.size(); ++i) {
                    message.append(i == 0 ? "" : ", ").append(table.names[i]);
                }
                fault_ = fault_.has_value()
                             ? fault_
                             : Error{ErrorKind::Config, where_ + ": " + std::move(message) +
                                                            "; leave out what has no such column "
                                                            "by sheets: or tables: first"};
                return;
            }
            key_.push_back((table.is_turned ? 0 : table.first_column) +
                           static_cast<std::uint32_t>(column - table.names.begin()));
        }
    }

    bool record(const Table& table, const Row& row, std::string_view section) override {
        if (fault_.has_value()) {
            return false;
        }
        place_.section = section;
        ++progress_.handed_over;
        const bool skips = progress_.handed_over <= progress_.to_skip;
        if (const Cell* const bad = not_utf8(row)) {
            if (!skips) {
                sink_.quarantine(files::printable(bad->text), where(table, row),
                                 "column " + column_letters(bad->column) + " is not valid UTF-8");
            }
            return false;
        }
        const std::string_view json = writer_->write(row, place_);
        if (json.empty()) {
            // Errors and null texts alone: nothing to keep, but it is said.
            if (!skips) {
                sink_.quarantine(raw(row), where(table, row), "no cell of the row holds a value");
            }
            return false;
        }
        if (!skips) {
            sink_.record(json, id_of(row), where(table, row));
        }
        return true;
    }

    void quarantine(const Row& row, std::string_view why) override {
        ++progress_.handed_over;
        if (progress_.handed_over > progress_.to_skip) {
            sink_.quarantine(raw(row), where_ + ", row " + std::to_string(row.number), why);
        }
    }

    void quarantine_raw(std::uint64_t row, std::string_view text, std::string_view why) {
        ++progress_.handed_over;
        if (progress_.handed_over > progress_.to_skip) {
            sink_.quarantine(text, where_ + ", row " + std::to_string(row), why);
        }
    }

    void refused(std::uint64_t rows, const std::string& why) override {
        ++progress_.handed_over;
        if (progress_.handed_over > progress_.to_skip) {
            sink_.quarantine(std::to_string(rows) + " rows", where_, why);
        }
        log(LogLevel::Warning, "not read: " + why);
    }

    void log(LogLevel level, const std::string& message) {
        if (!progress_.is_skipping()) {
            sink_.log(level, where_ + ": " + message);
        }
    }

    void finish_table() {
        if (writer_ != nullptr && writer_->errors() > 0) {
            log(LogLevel::Warning, std::to_string(writer_->errors()) +
                                       " cells hold errors such as #N/A and are left out");
        }
    }

    [[nodiscard]] const std::optional<Error>& fault() const { return fault_; }

  private:
    static const Cell* not_utf8(const Row& row) {
        if (row.is_known_utf8) {
            return nullptr;
        }
        for (const Cell& cell : row.cells) {
            if (files::utf8_valid_bytes(cell.text) != cell.text.size()) {
                return &cell;
            }
        }
        return nullptr;
    }

    static std::string raw(const Row& row) {
        std::string text;
        for (const Cell& cell : row.cells) {
            text.append(text.empty() ? "" : " | ").append(files::printable(cell.text));
        }
        return text;
    }

    /// Lives until the next call.
    [[nodiscard]] std::string_view where(const Table& table, const Row& row) {
        row_where_.assign(where_);
        if (table.is_turned) {
            row_where_.append(", column ");
            row_where_.append(column_letters(static_cast<std::uint32_t>(row.number - 1)));
        } else {
            row_where_.append(", row ");
            char digits[20];
            row_where_.append(digits, std::to_chars(digits, std::end(digits), row.number).ptr);
        }
        return row_where_;
    }

    /// The key's cells; several as a JSON array, so that no two keys look the same.
    std::string_view id_of(const Row& row) {
        id_.clear();
        std::vector<std::string> parts;
        bool any = false;
        for (const std::uint32_t column : key_) {
            const Cell* const cell = cell_at(row, column);
            const auto text = cell != nullptr ? writer_->text_of(*cell) : std::nullopt;
            parts.emplace_back(text.value_or(""));
            any |= text.has_value();
        }
        if (any) {
            id_ = parts.size() == 1 ? parts.front() : nlohmann::json(parts).dump();
        }
        return id_;
    }

    const Settings& settings_;
    coterie::Sink& sink_;
    std::string where_;
    std::string row_where_;
    Place place_;
    Progress& progress_;
    std::vector<std::unique_ptr<Table>> tables_;
    std::unique_ptr<RecordWriter> writer_;
    std::vector<std::uint32_t> key_;
    std::string id_;
    std::optional<Error> fault_;
};

/// One read of the location.
class Read {
  public:
    Read(const Settings& settings, std::vector<files::Found> found, coterie::Sink& sink)
        : settings_(settings), found_(std::move(found)), sink_(sink) {
        for (const files::Found& file : found_) {
            bytes_total_ += file.stamp.bytes;
        }
    }

    Result<void> run(const std::optional<nlohmann::json>& cursor) {
        std::size_t first = 0;
        if (cursor.has_value()) {
            const auto resumed = resume(*cursor);
            if (resumed.has_value()) {
                first = resumed->first;
                progress_.to_skip = resumed->second;
            } else {
                sink_.restarted();
            }
        }
        for (std::size_t i = 0; i < found_.size(); ++i) {
            if (i >= first) {
                const Result<void> read = read_file(i);
                // The other files are read all the same; that nothing of this one is taken for
                // deleted, the read as a whole fails in the end.
                if (!read && read.error().kind != ErrorKind::Config &&
                    read.error().kind != ErrorKind::Data) {
                    return read.error();
                }
                if (!read && !failed_) {
                    failed_ = read.error();
                } else if (!read) {
                    sink_.log(LogLevel::Error, read.error().message);
                }
                progress_ = {};
            }
            bytes_before_ += found_[i].stamp.bytes;
        }
        sink_.progress(bytes_total_, bytes_total_, "bytes");
        if (failed_.has_value()) {
            return *failed_;
        }
        return {};
    }

  private:
    /// The files up to this one: if any of them is another one, so are the places behind it.
    [[nodiscard]] std::string stamps_until(std::size_t index) const {
        std::uint64_t hash = files::text_hash("");
        for (std::size_t i = 0; i <= index; ++i) {
            hash = files::text_hash(found_[i].name + '\n' + std::to_string(found_[i].stamp.bytes) +
                                        '\n' + std::to_string(found_[i].stamp.modified_ns) + '\n',
                                    hash);
        }
        return hex(hash);
    }

    void checkpoint(std::size_t index) {
        if (progress_.is_skipping()) {
            return;
        }
        sink_.checkpoint({{"file", found_[index].name},
                          {"handed_over", progress_.handed_over},
                          {"files", stamps_until(index)},
                          {"config", hex(settings_.hash)},
                          {"failed", failed_.has_value()}});
        checkpoint_at_ = progress_.handed_over + kCheckpointRecords;
    }

    /// The file to go on with and how much of it was handed over; nothing where the cursor fits no
    /// more, or where a file before it could not be read: that one must not be passed over.
    [[nodiscard]] std::optional<std::pair<std::size_t, std::uint64_t>>
    resume(const nlohmann::json& cursor) const {
        const auto text = [&](const char* name) {
            return cursor.is_object() && cursor.contains(name) && cursor.at(name).is_string()
                       ? cursor.at(name).get<std::string>()
                       : std::string();
        };
        const std::string name = text("file");
        const auto named =
            std::find_if(found_.begin(), found_.end(),
                         [&](const files::Found& file) { return file.name == name; });
        const bool whole = cursor.is_object() && cursor.contains("handed_over") &&
                           cursor.at("handed_over").is_number_unsigned() &&
                           cursor.contains("failed") && cursor.at("failed") == false;
        if (named == found_.end() || !whole || text("config") != hex(settings_.hash)) {
            return std::nullopt;
        }
        const auto index = static_cast<std::size_t>(named - found_.begin());
        if (text("files") != stamps_until(index)) {
            return std::nullopt;
        }
        return std::pair(index, cursor.at("handed_over").get<std::uint64_t>());
    }

    Error within_file(std::size_t index, Error error) const {
        const std::string& name = found_[index].name;
        return error.message.find(name) < 2 ? error : std::move(error).within(name);
    }

    Result<void> read_file(std::size_t index) {
        auto opened = open_file(settings_, found_[index]);
        if (!opened) {
            return within_file(index, std::move(opened).error());
        }
        const std::vector<Sheet>& sheets = opened->workbook->sheets();
        std::vector<std::size_t> wanted;
        for (std::size_t i = 0; i < sheets.size(); ++i) {
            const bool hidden = sheets[i].is_hidden && !settings_.hidden_sheets &&
                                std::find(settings_.sheets.begin(), settings_.sheets.end(),
                                          sheets[i].name) == settings_.sheets.end();
            if (settings_.wants_sheet(sheets[i].name) && !hidden) {
                wanted.push_back(i);
            } else if (!progress_.is_skipping()) {
                sink_.log(LogLevel::Info, found_[index].name + ", sheet '" + sheets[i].name +
                                              "': not read, " +
                                              (hidden ? "it is hidden (hidden: include reads it)"
                                                      : "sheets: does not name it"));
            }
        }
        if (wanted.empty() && !sheets.empty()) {
            std::string message = found_[index].name + ": sheets: names none of its sheets; "
                                                       "there are:";
            for (const Sheet& sheet : sheets) {
                message.append(" '" + sheet.name + "'" + (sheet.is_hidden ? " (hidden)" : ""));
            }
            return Error{ErrorKind::Config, std::move(message)};
        }
        checkpoint_at_ = progress_.to_skip + kCheckpointRecords;
        for (const std::size_t sheet : wanted) {
            const Result<void> read = read_sheet(index, *opened, sheet, wanted.size() > 1);
            if (!read) {
                return within_file(index, read.error());
            }
        }
        COTERIE_TRY(const auto after, files::Reader::open(found_[index]));
        COTERIE_TRY_VOID(after.unchanged());
        checkpoint(index);
        return {};
    }

    Result<void> read_sheet(std::size_t index, OpenFile& file, std::size_t number,
                            bool one_of_several) {
        const Sheet& sheet = file.workbook->sheets()[number];
        std::string where = found_[index].name;
        if (!sheet.name.empty()) {
            where.append(", sheet '" + sheet.name + "'");
        }
        Place place;
        place.file = found_.size() > 1 ? std::string_view(found_[index].name) : "";
        place.sheet = one_of_several ? std::string_view(sheet.name) : "";
        SheetTaker taker(settings_, sink_, std::move(where), place, progress_);
        if (file.csv != nullptr) {
            for (const std::string& note : file.csv->notes()) {
                taker.log(LogLevel::Info, note);
            }
            file.csv->on_fault([&](std::uint64_t row, std::string_view raw, std::string_view why) {
                taker.quarantine_raw(row, raw, why);
            });
        }
        COTERIE_TRY(auto reader, file.workbook->open(number));
        SheetFollower follower(settings_.table, sheet.tables, taker);
        Row row;
        for (std::uint64_t rows = 1;; ++rows) {
            COTERIE_TRY(const bool more, reader->next(row));
            if (!more) {
                break;
            }
            follower.take(row);
            if (taker.fault().has_value()) {
                return *taker.fault();
            }
            if (rows % kProgressRows == 0) {
                sink_.progress(std::min(bytes_total_, bytes_before_ + reader->bytes_done()),
                               bytes_total_, "bytes");
            }
            if (progress_.handed_over >= checkpoint_at_) {
                checkpoint(index);
            }
        }
        follower.finish();
        if (taker.fault().has_value()) {
            return *taker.fault();
        }
        taker.finish_table();
        taker.log(LogLevel::Info, follower.summary());
        return {};
    }

    const Settings& settings_;
    const std::vector<files::Found> found_;
    coterie::Sink& sink_;
    std::uint64_t bytes_total_ = 0;
    std::uint64_t bytes_before_ = 0;
    Progress progress_;
    std::uint64_t checkpoint_at_ = 0;
    std::optional<Error> failed_;
};

}  // namespace

Result<void> Spreadsheet::check() {
    COTERIE_TRY(const Settings settings, Settings::parse(config_));
    return coterie::location::check(
        config_, [&](const std::vector<files::Found>& found) -> Result<void> {
            for (const files::Found& file : found) {
                const auto opened = open_file(settings, file);
                if (!opened) {
                    const Error& error = opened.error();
                    return error.message.find(file.name) < 2 ? error
                                                             : Error(error).within(file.name);
                }
            }
            return {};
        });
}

Result<void> Spreadsheet::read(const coterie::ReadRequest& request, coterie::Sink& sink) {
    COTERIE_TRY(const Settings settings, Settings::parse(config_));
    return coterie::location::read(config_, request, sink,
                                   [&](const std::vector<files::Found>& found) {
                                       return Read(settings, found, sink).run(request.resume_from);
                                   });
}

}  // namespace spreadsheet

COTERIE_EXPORT_SOURCE(spreadsheet::Spreadsheet, "spreadsheet");

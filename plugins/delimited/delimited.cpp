#include "delimited.hpp"

#include "record.hpp"
#include "settings.hpp"

#include "coterie/files.hpp"
#include "coterie/location.hpp"
#include "coterie/text/reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace delimited {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;
using coterie::text::Cell;
using coterie::text::Encoding;
using coterie::text::Found;
using coterie::text::Input;
using coterie::text::is_ascii;
using coterie::text::kSampleBytesMax;
using coterie::text::Position;
using coterie::text::Row;
using coterie::text::RowCutter;
using coterie::text::RowReader;
namespace files = coterie::files;

namespace {

constexpr std::uint64_t kCheckpointRows = 5000;
constexpr std::uint64_t kProgressBytes = 1U << 20;

std::string hex(std::uint64_t value) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
    return text;
}

/// One file, ready to be read.
struct OpenFile {
    const files::Found* found;
    Encoding encoding;
    Layout layout;
    std::vector<std::size_t> key;  ///< columns
    RowReader rows;
};

Result<std::vector<std::size_t>> key_columns(const Settings& settings, const Layout& layout) {
    std::vector<std::size_t> indexes;
    for (const std::string& name : settings.key) {
        const auto column = std::find(layout.columns.begin(), layout.columns.end(), name);
        if (column == layout.columns.end()) {
            std::string message = "key: there is no column '" + name + "'; columns: ";
            for (std::size_t i = 0; i < layout.columns.size(); ++i) {
                message.append(i == 0 ? "" : ", ").append(layout.columns[i]);
            }
            return Error{ErrorKind::Config, std::move(message)};
        }
        indexes.push_back(static_cast<std::size_t>(column - layout.columns.begin()));
    }
    return indexes;
}

Result<OpenFile> open_file(const Settings& settings, const files::Found& found) {
    COTERIE_TRY(auto probe, files::Reader::open(found));
    COTERIE_TRY(Encoding encoding, coterie::text::settle_encoding(probe, settings.encoding));
    COTERIE_TRY(Input input, Input::open(found, encoding));
    std::string sample(kSampleBytesMax, '\0');
    COTERIE_TRY(const std::size_t got, input.read(sample.data(), sample.size()));
    const bool at_end = got < sample.size();
    sample.resize(got);
    COTERIE_TRY(Layout layout, settle_layout(settings, std::move(sample), at_end));
    std::vector<std::size_t> key;
    if (!(at_end && layout.columns.empty())) {  // an empty file has no columns to miss
        COTERIE_TRY(key, key_columns(settings, layout));
    }
    RowReader rows(std::move(input), RowCutter(layout.dialect), settings.record_bytes_max,
                   found.stamp.bytes);
    COTERIE_TRY_VOID(rows.go_to(layout.start));
    return OpenFile{&found, std::move(encoding), std::move(layout), std::move(key),
                    std::move(rows)};
}

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
        std::optional<OpenFile> resumed;
        if (cursor.has_value()) {
            COTERIE_TRY(resumed, resume(*cursor));
            if (resumed.has_value()) {
                first = static_cast<std::size_t>(resumed->found - found_.data());
            } else {
                sink_.restarted();
            }
        }
        for (std::size_t i = 0; i < first; ++i) {
            bytes_before_ += found_[i].stamp.bytes;
        }
        for (std::size_t i = first; i < found_.size(); ++i) {
            COTERIE_TRY_VOID(read_file(i, std::exchange(resumed, std::nullopt)));
            bytes_before_ += found_[i].stamp.bytes;
        }
        sink_.progress(bytes_total_, bytes_total_, "bytes");
        return {};
    }

  private:
    Result<OpenFile> open(std::size_t index) {
        return open_file(settings_, found_[index]).transform_error([&](Error error) {
            return within_file(index, std::move(error));
        });
    }

    Error within_file(std::size_t index, Error error) const {
        const std::string& name = found_[index].name;
        return error.message.starts_with(name) ? error : std::move(error).within(name);
    }

    /// The files up to this one: if any of them is another one, so are the places behind it.
    std::string stamps_until(std::size_t index) const {
        std::uint64_t hash = files::text_hash("");
        for (std::size_t i = 0; i <= index; ++i) {
            hash = files::text_hash(found_[i].name + '\n' + std::to_string(found_[i].stamp.bytes) +
                                        '\n' + std::to_string(found_[i].stamp.modified_ns) + '\n',
                                    hash);
        }
        return hex(hash);
    }

    nlohmann::json cursor_at(std::size_t index, const OpenFile& file) const {
        const Position& position = file.rows.position();
        const files::Stamp& stamp = found_[index].stamp;
        return {
            {"file", found_[index].name},    {"offset", position.offset},
            {"line", position.line},         {"size", stamp.bytes},
            {"mtime_ns", stamp.modified_ns}, {"header", hex(files::text_hash(file.layout.header))},
            {"files", stamps_until(index)},  {"config", hex(settings_.hash)}};
    }

    /// The file to go on with, at its place; nothing where the cursor fits no more.
    Result<std::optional<OpenFile>> resume(const nlohmann::json& cursor) {
        const auto text = [&](const char* name) {
            return cursor.is_object() && cursor.contains(name) && cursor.at(name).is_string()
                       ? cursor.at(name).get<std::string>()
                       : std::string();
        };
        const auto number = [&](const char* name) -> std::optional<std::uint64_t> {
            if (!cursor.is_object() || !cursor.contains(name) ||
                !cursor.at(name).is_number_unsigned()) {
                return std::nullopt;
            }
            return cursor.at(name).get<std::uint64_t>();
        };
        const auto offset = number("offset");
        const auto line = number("line");
        const std::string name = text("file");
        const auto named =
            std::find_if(found_.begin(), found_.end(),
                         [&](const files::Found& file) { return file.name == name; });
        if (named == found_.end() || !offset || !line || text("config") != hex(settings_.hash)) {
            return std::optional<OpenFile>{};
        }
        const auto index = static_cast<std::size_t>(named - found_.begin());
        if (text("files") != stamps_until(index)) {
            return std::optional<OpenFile>{};
        }
        COTERIE_TRY(OpenFile file, open(index));
        if (text("header") != hex(files::text_hash(file.layout.header))) {
            return std::optional<OpenFile>{};
        }
        COTERIE_TRY_VOID(file.rows.go_to({*offset, *line}));
        return std::optional<OpenFile>{std::move(file)};
    }

    Result<void> read_file(std::size_t index, std::optional<OpenFile> resumed) {
        if (!resumed.has_value()) {
            COTERIE_TRY(resumed, open(index));
            log_layout(*resumed);
        }
        OpenFile& file = *resumed;
        RecordWriter writer(file.layout.columns, settings_.nulls);
        std::uint64_t since_checkpoint = 0;
        std::uint64_t repeated_headers = 0;
        std::uint64_t progress_at = 0;
        while (true) {
            auto next = file.rows.next();
            if (!next) {
                return within_file(index, std::move(next).error());
            }
            if (*next == Found::End) {
                break;
            }
            if (*next == Found::Row) {
                repeated_headers += take_row(file, writer) ? 0 : 1;
            } else if (*next == Found::Fault) {
                quarantine(file, file.rows.fault().raw, file.rows.fault().why);
            }
            if (file.rows.input().file_bytes() >= progress_at) {
                progress_at = file.rows.input().file_bytes() + kProgressBytes;
                sink_.progress(
                    std::min(bytes_total_, bytes_before_ + file.rows.input().file_bytes()),
                    bytes_total_, "bytes");
            }
            if (++since_checkpoint >= kCheckpointRows && file.rows.can_resume_here()) {
                since_checkpoint = 0;
                sink_.checkpoint(cursor_at(index, file));
            }
        }
        if (repeated_headers > 0) {
            sink_.log(coterie::LogLevel::Info, found_[index].name + ": the header is repeated " +
                                                   std::to_string(repeated_headers) +
                                                   " times; these lines are skipped");
        }
        COTERIE_TRY_VOID(file.rows.input().unchanged());
        sink_.checkpoint(cursor_at(index, file));
        return {};
    }

    void log_layout(const OpenFile& file) {
        const std::string& name = file.found->name;
        if (!file.encoding.why.empty() && !file.encoding.is_utf8()) {
            sink_.log(coterie::LogLevel::Info,
                      name + ": read as " + file.encoding.name + ": " + file.encoding.why);
        }
        for (const std::string& note : file.layout.notes) {
            sink_.log(coterie::LogLevel::Info, name + ": " + note);
        }
    }

    void quarantine(const OpenFile& file, std::string_view raw, std::string_view why) {
        const std::string_view where = where_of(file);
        if (files::utf8_valid_bytes(raw) == raw.size()) {
            sink_.quarantine(raw, where, why);
        } else {
            sink_.quarantine(files::printable(raw), where, why);
        }
    }

    /// \return False for the header once more.
    bool take_row(const OpenFile& file, RecordWriter& writer) {
        const Row& row = file.rows.row();
        if (row.blank()) {
            return true;
        }
        if (!file.layout.header.empty() && row.text() == file.layout.header) {
            return false;
        }
        const std::string fault = fault_of(file, row);
        if (!fault.empty()) {
            quarantine(file, row.text(), fault);
            return true;
        }
        const std::string_view json = writer.write(file.rows.cutter(), row);
        if (!json.empty()) {
            sink_.record(json, id_of(file, writer, row), where_of(file));
        }
        return true;
    }

    /// Why the row cannot be a record; empty where it can.
    std::string fault_of(const OpenFile& file, const Row& row) const {
        const std::size_t columns = file.layout.columns.size();
        // Empty cells too many are harmless, but not where a guess may have split a cell in two.
        const bool more =
            row.cells.size() > columns &&
            (row.guessed || std::any_of(row.cells.begin() + static_cast<std::ptrdiff_t>(columns),
                                        row.cells.end(), [](const Cell& c) { return !c.empty(); }));
        const bool fewer = row.cells.size() < file.layout.cells_min &&
                           settings_.short_rows == ShortRows::Quarantine;
        if (more || fewer) {
            return std::to_string(row.cells.size()) + " cells where there are " +
                   std::to_string(columns) + " columns";
        }
        if (!is_ascii(row.begin, row.text_end)) {
            const std::size_t good = files::utf8_valid_bytes(row.text());
            if (good != row.text().size()) {
                return "byte " + std::to_string(good + 1) + " of it is not valid " +
                       file.encoding.name + "; set encoding: if the file is written in another one";
            }
        }
        return {};
    }

    std::string_view where_of(const OpenFile& file) {
        where_.assign(file.found->name).append(1, ':');
        std::array<char, 20> digits{};
        const auto end = std::to_chars(digits.begin(), digits.end(), file.rows.at().line).ptr;
        return where_.append(digits.begin(), end);
    }

    /// The key's cells; several as a JSON array, so that no two keys look the same.
    std::string_view id_of(const OpenFile& file, const RecordWriter& writer, const Row& row) {
        id_.clear();
        const auto text_of = [&](std::size_t column, std::string& out) {
            if (column < row.cells.size() && !writer.is_null(row.cells[column])) {
                file.rows.cutter().unescape(row.cells[column], out);
            }
        };
        if (file.key.size() == 1) {
            text_of(file.key.front(), id_);
        } else if (file.key.size() > 1) {
            std::vector<std::string> parts(file.key.size());
            bool any = false;
            for (std::size_t i = 0; i < parts.size(); ++i) {
                text_of(file.key[i], parts[i]);
                any |= !parts[i].empty();
            }
            id_ = any ? nlohmann::json(parts).dump() : "";
        }
        return id_;
    }

    const Settings& settings_;
    const std::vector<files::Found> found_;
    coterie::Sink& sink_;
    std::uint64_t bytes_total_ = 0;
    std::uint64_t bytes_before_ = 0;
    std::string id_;
    std::string where_;
};

}  // namespace

Result<void> Delimited::check() {
    COTERIE_TRY(const Settings settings, Settings::parse(config_));
    return coterie::location::check(
        config_, [&](const std::vector<files::Found>& found) -> Result<void> {
            for (const files::Found& file : found) {
                COTERIE_TRY_VOID(
                    open_file(settings, file).transform_error(coterie::within(file.name)));
            }
            return {};
        });
}

Result<void> Delimited::read(const coterie::ReadRequest& request, coterie::Sink& sink) {
    COTERIE_TRY(const Settings settings, Settings::parse(config_));
    return coterie::location::read(config_, request, sink,
                                   [&](const std::vector<files::Found>& found) {
                                       return Read(settings, found, sink).run(request.resume_from);
                                   });
}

}  // namespace delimited

COTERIE_EXPORT_SOURCE(delimited::Delimited, "delimited");

#include "pipeline/publish/export.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "pipeline/publish/quarantine.hpp"
#include "pipeline/publish/read_golden.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <map>
#include <span>
#include <vector>

namespace coterie::publish {

namespace {

using record::FieldId;

constexpr std::size_t kBufferBytesMax = 1U << 20;

/// Buffered writing that remembers the first failure.
class Writer {
  public:
    explicit Writer(std::FILE* out) : out_(out) {}
    std::string& line() { return buffer_; }
    void end_row() {
        ++rows_;
        if (buffer_.size() >= kBufferBytesMax) {
            flush();
        }
    }
    Result<std::uint64_t> finish() {
        flush();
        if (failure_ == 0 && std::fflush(out_) != 0) {
            failure_ = errno;
        }
        if (failure_ != 0) {
            return Error{ErrorKind::Fatal, fmt::format("the export could not be written: {}",
                                                       std::strerror(failure_))};
        }
        return rows_;
    }

  private:
    void flush() {
        if (failure_ == 0 &&
            std::fwrite(buffer_.data(), 1, buffer_.size(), out_) != buffer_.size()) {
            failure_ = errno;
        }
        buffer_.clear();
    }
    std::FILE* out_;
    std::string buffer_;
    std::uint64_t rows_ = 0;
    int failure_ = 0;
};

void append_row(std::string& out, std::span<const std::string> cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i > 0) {
            out.push_back(',');
        }
        out += csv_cell(cells[i]);
    }
    out.push_back('\n');
}

/// One column of the golden CSV.
struct Column {
    const char* header;
    std::function<std::string(const GoldenView&)> cell;
};

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) {
        text += (text.empty() ? "" : "; ") + part;
    }
    return text;
}

std::function<std::string(const GoldenView&)> values_of(FieldId field) {
    return [field](const GoldenView& golden) {
        std::vector<std::string> values;
        for (const auto& fact : golden.record.facts) {
            if (fact.field == field) {
                values.push_back(fact.value);
            }
        }
        return joined(values);
    };
}

/// The value of a field of one list item; "" where it has none.
std::string value_of(const GoldenView& golden, FieldId field, std::uint32_t item) {
    const auto found = std::find_if(
        golden.record.facts.begin(), golden.record.facts.end(),
        [&](const merge::GoldenFact& fact) { return fact.field == field && fact.item == item; });
    return found == golden.record.facts.end() ? std::string() : found->value;
}

/// "idaholm", of the platform's largest account.
std::function<std::string(const GoldenView&)> profile_value(const char* platform, FieldId field) {
    return [platform, field](const GoldenView& golden) {
        std::vector<std::pair<long long, std::uint32_t>> accounts;  // -followers, item
        for (const auto& fact : golden.record.facts) {
            if (fact.field == FieldId::ProfilePlatform && fact.value == platform) {
                const std::string followers =
                    value_of(golden, FieldId::ProfileFollowers, fact.item);
                accounts.emplace_back(followers.empty() ? 1 : -std::stoll(followers), fact.item);
            }
        }
        if (accounts.empty()) {
            return std::string();
        }
        const std::uint32_t item = std::min_element(accounts.begin(), accounts.end())->second;
        std::string value = value_of(golden, field, item);
        return value.empty() && field == FieldId::ProfileHandle
                   ? value_of(golden, FieldId::ProfileUrl, item)
                   : value;
    };
}

const std::vector<Column>& golden_columns() {
    static const std::vector<Column> columns = [] {
        std::vector<Column> made{
            {"id", [](const GoldenView& golden) { return golden.heading.id; }},
            {"kind", values_of(FieldId::Kind)},
            {"name", values_of(FieldId::NameDisplay)},
            {"given_name", values_of(FieldId::NameGiven)},
            {"family_name", values_of(FieldId::NameFamily)},
            {"aliases", values_of(FieldId::NameAlias)},
            {"emails", values_of(FieldId::EmailAddress)},
            {"phones", values_of(FieldId::PhoneE164)},
        };
        for (const char* platform : {"instagram", "tiktok", "youtube", "x", "facebook"}) {
            made.push_back({platform, profile_value(platform, FieldId::ProfileHandle)});
        }
        made.insert(
            made.end(),
            {{"profiles", values_of(FieldId::ProfileUrl)},
             {"total_followers", values_of(FieldId::AudienceTotalFollowers)},
             {"tier", values_of(FieldId::AudienceTier)},
             {"country", values_of(FieldId::LocationCountry)},
             {"region", values_of(FieldId::LocationRegion)},
             {"city", values_of(FieldId::LocationCity)},
             {"languages", values_of(FieldId::Language)},
             {"topics", values_of(FieldId::Topic)},
             {"agency", values_of(FieldId::RepresentationAgency)},
             {"status", values_of(FieldId::RelationshipStatus)},
             {"owner", values_of(FieldId::RelationshipOwner)},
             {"last_contact", values_of(FieldId::RelationshipLastContact)},
             {"next_step", values_of(FieldId::RelationshipNextStep)},
             {"consent", values_of(FieldId::ConsentStatus)},
             {"notes", values_of(FieldId::Note)},
             {"sources",
              [](const GoldenView& golden) {
                  std::vector<std::string> names;
                  for (const auto& key : golden.keys) {
                      if (std::find(names.begin(), names.end(), key.source) == names.end()) {
                          names.push_back(key.source);
                      }
                  }
                  std::sort(names.begin(), names.end());
                  return joined(names);
              }},
             {"source_records",
              [](const GoldenView& golden) { return fmt::format("{}", golden.keys.size()); }},
             {"revision",
              [](const GoldenView& golden) { return fmt::format("{}", golden.heading.revision); }},
             {"created_at",
              [](const GoldenView& golden) { return to_rfc3339(golden.heading.created_at); }},
             {"updated_at",
              [](const GoldenView& golden) { return to_rfc3339(golden.heading.updated_at); }}});
        return made;
    }();
    return columns;
}

Result<void> export_golden(const store::Store& store, Format format, Writer& writer) {
    COTERIE_TRY(const auto reader, GoldenReader::create(store));
    if (format == Format::JsonLines) {
        return reader.for_each([&](const GoldenView& golden) -> Result<void> {
            merge::write_json(golden.heading, golden.record, golden.keys, writer.line());
            writer.line().push_back('\n');
            writer.end_row();
            return {};
        });
    }
    std::vector<std::string> cells;
    for (const Column& column : golden_columns()) {
        cells.emplace_back(column.header);
    }
    append_row(writer.line(), cells);
    return reader.for_each([&](const GoldenView& golden) -> Result<void> {
        cells.clear();
        for (const Column& column : golden_columns()) {
            cells.push_back(column.cell(golden));
        }
        append_row(writer.line(), cells);
        writer.end_row();
        return {};
    });
}

/// A flat row: CSV cells, or a JSON object of the non-empty ones.
void append_flat(Writer& writer, Format format, std::span<const char* const> headers,
                 std::span<const std::string> cells) {
    if (format == Format::Csv) {
        append_row(writer.line(), cells);
    } else {
        JsonWriter json(writer.line());
        json.begin_object();
        for (std::size_t i = 0; i < cells.size(); ++i) {
            json.key(headers[i]);
            json.string(cells[i]);
        }
        json.end_object();
        writer.line().push_back('\n');
    }
    writer.end_row();
}

void append_header(Writer& writer, Format format, std::span<const char* const> headers) {
    if (format == Format::Csv) {
        const std::vector<std::string> cells(headers.begin(), headers.end());
        append_row(writer.line(), cells);
    }
}

Result<void> export_links(const store::Store& store, Format format, Writer& writer) {
    static constexpr std::array kHeaders{"source", "stream", "record_id", "golden_id"};
    append_header(writer, format, kHeaders);
    std::array<std::string, kHeaders.size()> cells;
    return store.for_each_link_by_key([&](const store::Store::Link& link) {
        cells = {std::string(link.source), std::string(link.stream), std::string(link.record_id),
                 std::string(link.golden_id)};
        append_flat(writer, format, kHeaders, cells);
    });
}

/// JSON Lines hold, beside the columns that are no field, the record itself.
void append_entry(Writer& writer, const store::QuarantineEntry& entry,
                  std::span<const std::string> columns, std::span<const std::string> cells) {
    nlohmann::ordered_json line;
    const auto put = [&](const std::string& name, const std::string& text) {
        // A quarantined text may be any bytes; JSON holds UTF-8 alone.
        line[name] = is_utf8(text) ? text : printable(text, text.size() * 4);
    };
    for (std::size_t i = 0; i < QuarantineTable::own_columns_before(); ++i) {
        put(columns[i], cells[i]);
    }
    put(columns.back(), cells.back());
    auto record = nlohmann::ordered_json::parse(entry.raw, nullptr, false);
    if (record.is_object()) {
        line["record"] = std::move(record);
    }
    writer.line() += line.dump();
    writer.line().push_back('\n');
    writer.end_row();
}

Result<void> export_quarantine(const store::Store& store, Format format, Writer& writer) {
    COTERIE_TRY(const auto table, QuarantineTable::create(store));
    if (format == Format::Csv) {
        append_row(writer.line(), table.columns());
    }
    return table.for_each(
        [&](const store::QuarantineEntry& entry, std::span<const std::string> cells) {
            if (format == Format::JsonLines) {
                append_entry(writer, entry, table.columns(), cells);
                return;
            }
            append_row(writer.line(), cells);
            writer.end_row();
        });
}

/// "+4512345678", "-3", "12.5": no formula, and needed as they stand.
bool is_number(std::string_view text) {
    const std::string_view digits = text.substr(text.front() == '+' || text.front() == '-' ? 1 : 0);
    return !digits.empty() && digits.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

std::string csv_cell(std::string_view text) {
    std::string cell;
    if (!text.empty() && std::strchr("=+-@\t\r", text.front()) != nullptr && !is_number(text)) {
        cell.push_back('\'');
    }
    cell += text;
    if (cell.find_first_of(",\"\n\r") == std::string::npos &&
        (cell.empty() || (cell.front() != ' ' && cell.back() != ' '))) {
        return cell;
    }
    std::string quoted = "\"";
    for (const char c : cell) {
        quoted.push_back(c);
        if (c == '"') {
            quoted.push_back('"');
        }
    }
    quoted.push_back('"');
    return quoted;
}

Result<std::uint64_t> export_to(const store::Store& store, What what, Format format,
                                std::FILE* out) {
    Writer writer(out);
    switch (what) {
    case What::Golden:
        COTERIE_TRY_VOID(export_golden(store, format, writer));
        break;
    case What::Links:
        COTERIE_TRY_VOID(export_links(store, format, writer));
        break;
    case What::Quarantine:
        COTERIE_TRY_VOID(export_quarantine(store, format, writer));
        break;
    }
    return writer.finish();
}

}  // namespace coterie::publish

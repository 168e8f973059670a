#include "pipeline/publish/export.hpp"

#include "base/check.hpp"
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
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace coterie::publish {

namespace {

using record::FieldId;

constexpr std::size_t kBufferBytesMax = 1U << 20;

/// Buffered writing of rows, as JSON Lines or CSV, that remembers the first failure.
class Writer {
  public:
    Writer(std::FILE* out, Format format, CsvWriter csv)
        : out_(out), format_(format), csv_(std::move(csv)) {
        if (format_ == Format::Csv) {
            buffer_ += csv_.preamble();
        }
    }
    [[nodiscard]] bool is_csv() const { return format_ == Format::Csv; }
    /// Where a JSON line is put together; end_row closes it.
    std::string& line() { return buffer_; }
    void end_row() {
        buffer_.push_back('\n');
        count_row();
    }
    void header(std::span<const CsvCell> cells) { append(cells); }
    void row(std::span<const CsvCell> cells) {
        append(cells);
        count_row();
    }
    Result<Exported> finish() {
        flush();
        if (!failure_ && std::fflush(out_) != 0) {
            fail(errno);
        }
        if (failure_) {
            return *std::move(failure_);
        }
        return Exported{rows_, csv_.replaced()};
    }

  private:
    void append(std::span<const CsvCell> cells) {
        if (auto written = csv_.append(buffer_, cells); !written && !failure_) {
            failure_ = std::move(written).error();
        }
    }
    void count_row() {
        ++rows_;
        if (buffer_.size() >= kBufferBytesMax) {
            flush();
        }
    }
    void flush() {
        if (!failure_ && std::fwrite(buffer_.data(), 1, buffer_.size(), out_) != buffer_.size()) {
            fail(errno);
        }
        buffer_.clear();
    }
    void fail(int code) {
        failure_ = Error{ErrorKind::Fatal,
                         fmt::format("the export could not be written: {}", std::strerror(code))};
    }

    std::FILE* out_;
    Format format_;
    CsvWriter csv_;
    std::string buffer_;
    std::uint64_t rows_ = 0;
    std::optional<Error> failure_;
};

/// One column of the golden CSV.
struct Column {
    const char* header;
    std::function<std::string(const GoldenView&)> cell;
    bool is_number = false;
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

/// Of the largest account that says one.
std::string engagement_rate(const GoldenView& golden) {
    std::string rate;
    long long most = -1;
    for (const auto& fact : golden.record.facts) {
        if (fact.field == FieldId::ProfileEngagementRate) {
            const std::string text = value_of(golden, FieldId::ProfileFollowers, fact.item);
            const long long followers = text.empty() ? 0 : std::stoll(text);
            if (followers > most) {
                most = followers;
                rate = fact.value;
            }
        }
    }
    return rate;
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
             {"total_followers", values_of(FieldId::AudienceTotalFollowers), true},
             {"engagement_rate", engagement_rate, true},
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
              [](const GoldenView& golden) { return fmt::format("{}", golden.keys.size()); }, true},
             {"revision",
              [](const GoldenView& golden) { return fmt::format("{}", golden.heading.revision); },
              true},
             {"created_at",
              [](const GoldenView& golden) { return to_rfc3339(golden.heading.created_at); }},
             {"updated_at",
              [](const GoldenView& golden) { return to_rfc3339(golden.heading.updated_at); }}});
        return made;
    }();
    return columns;
}

Result<void> export_golden(const store::Store& store, Writer& writer) {
    COTERIE_TRY(const auto reader, GoldenReader::create(store));
    if (!writer.is_csv()) {
        return reader.for_each([&](const GoldenView& golden) -> Result<void> {
            merge::write_json(golden.heading, golden.record, golden.keys, writer.line());
            writer.end_row();
            return {};
        });
    }
    std::vector<CsvCell> cells;
    for (const Column& column : golden_columns()) {
        cells.push_back({column.header});
    }
    writer.header(cells);
    return reader.for_each([&](const GoldenView& golden) -> Result<void> {
        cells.clear();
        for (const Column& column : golden_columns()) {
            cells.push_back({column.cell(golden), column.is_number});
        }
        writer.row(cells);
        return {};
    });
}

constexpr std::array kLinkColumns{"source", "stream", "record_id", "golden_id"};

/// A quarantined text may be any bytes; what is written holds UTF-8 alone.
std::string as_utf8(const std::string& text) {
    return is_utf8(text) ? text : printable(text, text.size() * 4);
}

/// A flat row: CSV cells, or a JSON object.
void append_flat(Writer& writer, std::span<const std::string> columns,
                 std::span<const std::string> cells) {
    if (writer.is_csv()) {
        writer.row(std::vector<CsvCell>(cells.begin(), cells.end()));
        return;
    }
    JsonWriter json(writer.line());
    json.begin_object();
    for (std::size_t i = 0; i < cells.size(); ++i) {
        json.key(columns[i]);
        json.string(as_utf8(cells[i]));
    }
    json.end_object();
    writer.end_row();
}

void append_header(Writer& writer, const std::vector<std::string>& columns) {
    if (writer.is_csv()) {
        writer.header(std::vector<CsvCell>(columns.begin(), columns.end()));
    }
}

std::vector<std::string> link_columns() {
    return {kLinkColumns.begin(), kLinkColumns.end()};
}

Result<void> export_links(const store::Store& store, Writer& writer) {
    const auto columns = link_columns();
    append_header(writer, columns);
    return store.for_each_link_by_key([&](const store::Store::Link& link) {
        const std::array<std::string, kLinkColumns.size()> cells{
            std::string(link.source), std::string(link.stream), std::string(link.record_id),
            std::string(link.golden_id)};
        append_flat(writer, columns, cells);
    });
}

/// JSON Lines hold, beside the columns that are no field, the record itself.
void append_entry(Writer& writer, const std::vector<std::string>& columns,
                  std::span<const std::string> cells) {
    nlohmann::ordered_json line;
    for (std::size_t i = 0; i < QuarantineTable::own_columns_before(); ++i) {
        line[columns[i]] = as_utf8(cells[i]);
    }
    line[columns.back()] = as_utf8(cells.back());
    auto record = nlohmann::ordered_json::parse(cells.back(), nullptr, false);
    if (record.is_object()) {
        line["record"] = std::move(record);
    }
    writer.line() += line.dump();
    writer.end_row();
}

Result<void> export_quarantine(const store::Store& store, Format format, Writer& writer) {
    COTERIE_TRY(const auto table, QuarantineTable::create(store));
    append_header(writer, table.columns());
    const auto put = [&](std::span<const std::string> cells) {
        if (format == Format::JsonLines) {
            append_entry(writer, table.columns(), cells);
        } else {
            append_flat(writer, table.columns(), cells);
        }
    };
    COTERIE_TRY_VOID(table.for_each(
        [&](const store::QuarantineEntry&, std::span<const std::string> cells) { put(cells); }));
    return store.for_each_rejection(
        [&](const store::Rejection& rejection) { put(table.cells_of(rejection)); });
}

}  // namespace

std::string_view name_of(What what) {
    return what == What::Golden ? "golden" : what == What::Links ? "links" : "quarantine";
}

Result<std::vector<std::string>> columns_of(const store::Store& store, What what) {
    COTERIE_CHECK(what != What::Golden);
    if (what == What::Links) {
        return link_columns();
    }
    COTERIE_TRY(const auto table, QuarantineTable::create(store));
    return table.columns();
}

Result<Exported> export_to(const store::Store& store, What what, Format format,
                           const CsvDialect& dialect, std::FILE* out) {
    COTERIE_TRY(auto csv, CsvWriter::create(dialect));
    Writer writer(out, format, std::move(csv));
    switch (what) {
    case What::Golden:
        COTERIE_TRY_VOID(export_golden(store, writer));
        break;
    case What::Links:
        COTERIE_TRY_VOID(export_links(store, writer));
        break;
    case What::Quarantine:
        COTERIE_TRY_VOID(export_quarantine(store, format, writer));
        break;
    }
    return writer.finish();
}

}  // namespace coterie::publish

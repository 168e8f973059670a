#include "xlsx_parts.hpp"

#include "ooxml_text.hpp"
#include "xml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <unordered_map>
#include <utility>

namespace spreadsheet {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;

namespace {

/// Excel's own limit is 65,490.
constexpr std::size_t kStylesMax = 1'000'000;

std::uint32_t number_of(std::string_view text, std::uint32_t otherwise) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && !text.empty() ? value : otherwise;
}

Error too_much_text(std::string_view part, const WorkbookLimits& limits) {
    return {ErrorKind::Config, fmt::format("part '{}' holds more than text_bytes_max = {} bytes of "
                                           "text; split the workbook",
                                           part, limits.text_bytes_max)};
}

class FormatsHandler final : public XmlHandler {
  public:
    void start(std::string_view name, const XmlAttributes& attributes) override {
        if (name == "numFmt") {
            if (codes_.size() < kStylesMax) {
                codes_.insert_or_assign(number_of(attributes.get("numFmtId"), 0),
                                        format_of_code(attributes.get("formatCode")));
            }
        } else if (name == "cellXfs") {
            is_in_cells_ = true;
        } else if (name == "xf" && is_in_cells_ && formats.size() < kStylesMax) {
            const std::uint32_t id = number_of(attributes.get("numFmtId"), 0);
            const auto code = codes_.find(id);
            formats.push_back(code == codes_.end() ? format_of_builtin(id) : code->second);
        }
    }
    void end(std::string_view name) override { is_in_cells_ = is_in_cells_ && name != "cellXfs"; }
    void text(std::string_view) override {}

    std::vector<CellFormat> formats;

  private:
    std::unordered_map<std::uint32_t, CellFormat> codes_;
    bool is_in_cells_ = false;
};

/// An item's texts one after the other; what tells its pronunciation (rPh) is left out.
class StringsHandler final : public XmlHandler {
  public:
    explicit StringsHandler(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

    void start(std::string_view name, const XmlAttributes& attributes) override {
        if (skipped_ > 0) {
            ++skipped_;
        } else if (name == "si") {
            is_in_item_ = true;
            item_.clear();
        } else if (is_in_item_ && name == "rPh") {
            skipped_ = 1;
        } else if (is_in_item_ && name == "t") {
            is_in_text_ = true;
            is_preserved_ = attributes.get("xml:space") == "preserve";
            piece_.clear();
        }
    }
    void end(std::string_view name) override {
        if (skipped_ > 0) {
            --skipped_;
        } else if (is_in_text_ && name == "t") {
            is_in_text_ = false;
            append_unescaped(item_,
                             is_preserved_ ? std::string_view(piece_) : without_blanks(piece_));
        } else if (is_in_item_ && name == "si") {
            is_in_item_ = false;
            strings.add(item_);
            check();
        }
    }
    void text(std::string_view piece) override {
        if (is_in_text_ && skipped_ == 0) {
            piece_ += piece;
            check();
        }
    }

    TextPool strings;
    XmlParser* parser = nullptr;
    Error error;

  private:
    void check() {
        if (strings.bytes() + item_.size() + piece_.size() > bytes_max_) {
            parser->fail(error);
        }
    }

    std::uint64_t bytes_max_;
    std::uint32_t skipped_ = 0;
    bool is_in_item_ = false;
    bool is_in_text_ = false;
    bool is_preserved_ = false;
    std::string piece_;
    std::string item_;
};

/// Leaves out what stands between <sheetData> and </sheetData>, which is nearly all of a sheet.
class WithoutRows final : public ByteSource {
  public:
    explicit WithoutRows(ByteSource& source) : source_(source) {}

    Result<std::size_t> read(char* buffer, std::size_t size) override {
        while (out_.empty() && !is_at_end_) {
            COTERIE_TRY_VOID(refill());
        }
        const std::size_t taken = std::min(size, out_.size());
        std::memcpy(buffer, out_.data(), taken);
        out_.erase(0, taken);
        return taken;
    }

  private:
    enum class Where { Before, Inside, Behind };

    static constexpr std::string_view kName = "sheetData";
    static constexpr std::size_t kChunkBytes = 64U << 10;
    /// The longest that a tag around the name may be: "</prefix:sheetData >".
    static constexpr std::size_t kTagBytesMax = 256;

    Result<void> refill() {
        const std::size_t kept = held_.size();
        held_.resize(kept + kChunkBytes);
        COTERIE_TRY(const std::size_t got, source_.read(held_.data() + kept, kChunkBytes));
        held_.resize(kept + got);
        if (is_first_) {
            is_first_ = false;
            // UTF-16 shows itself by a mark or a NUL; it is rare enough to be parsed whole.
            const std::string_view head = std::string_view(held_).substr(0, 2);
            if (head.find_first_of(std::string_view("\0\xFE\xFF", 3)) != std::string_view::npos) {
                where_ = Where::Behind;
            }
        }
        is_at_end_ = got == 0;
        while (step()) {
        }
        if (is_at_end_ && where_ != Where::Inside) {
            flush(held_.size());
        }
        return {};
    }

    /// \return Whether there may be more to do with what is held.
    bool step() {
        if (where_ == Where::Behind) {
            flush(held_.size());
            return false;
        }
        const std::size_t name = find_name();
        const std::size_t close =
            name == std::string::npos ? std::string::npos : held_.find('>', name);
        if (name != std::string::npos && close == std::string::npos &&
            held_.size() - name > kTagBytesMax) {
            drop_or_flush(name + kName.size());
            return true;
        }
        if (close == std::string::npos) {
            // A tag may have begun in what is held.
            const std::size_t done = std::min(name == std::string::npos ? held_.size() : name,
                                              held_.size() - std::min(held_.size(), kTagBytesMax));
            drop_or_flush(done);
            return false;
        }
        const std::size_t open = held_.rfind('<', name);
        const std::string_view tag = open == std::string::npos
                                         ? std::string_view()
                                         : std::string_view(held_).substr(open, close + 1 - open);
        if (where_ == Where::Before && is_tag(tag, 1)) {
            flush(close + 1);
            where_ = tag_ends_itself_ ? Where::Behind : Where::Inside;
            return true;
        }
        if (where_ == Where::Inside && tag.starts_with("</") && is_tag(tag, 2)) {
            held_.erase(0, open);
            where_ = Where::Behind;
            return true;
        }
        drop_or_flush(name + kName.size());
        return true;
    }

    /// By memmem, which is several times as fast as std::string's search.
    [[nodiscard]] std::size_t find_name() const {
        const void* const found = ::memmem(held_.data(), held_.size(), kName.data(), kName.size());
        return found == nullptr
                   ? std::string::npos
                   : static_cast<std::size_t>(static_cast<const char*>(found) - held_.data());
    }

    /// Whether the tag's name is the one that is looked for, with or without a prefix.
    bool is_tag(std::string_view tag, std::size_t name_at) {
        if (tag.size() <= name_at) {
            return false;
        }
        tag_ends_itself_ = tag.ends_with("/>");
        const std::string_view rest = tag.substr(name_at);
        const std::string_view name = rest.substr(0, rest.find_first_of(" \t\r\n/>"));
        return local_name(name) == kName;
    }

    void drop_or_flush(std::size_t size) {
        if (where_ == Where::Inside) {
            held_.erase(0, size);
        } else {
            flush(size);
        }
    }
    void flush(std::size_t size) {
        out_.append(held_, 0, size);
        held_.erase(0, size);
    }

    ByteSource& source_;
    std::string held_;
    std::string out_;
    Where where_ = Where::Before;
    bool is_first_ = true;
    bool is_at_end_ = false;
    bool tag_ends_itself_ = false;
};

class LayoutHandler final : public XmlHandler {
  public:
    LayoutHandler(const Relationships& relationships, std::uint64_t bytes_max)
        : relationships_(relationships), bytes_left_(bytes_max) {}

    void start(std::string_view name, const XmlAttributes& attributes) override {
        if (name == "col") {
            const std::uint32_t first = number_of(attributes.get("min"), 0);
            const std::uint32_t last =
                std::min(number_of(attributes.get("max"), first), kColumnsMax);
            if (attributes.is_true("hidden") && first > 0 && first <= last) {
                pay(sizeof(SheetLayout::Columns));
                layout.hidden_columns.push_back({.first = first - 1, .last = last - 1});
            }
        } else if (name == "mergeCell") {
            if (const auto range = parse_range(attributes.get("ref"))) {
                pay(sizeof(CellRange));
                layout.merges.push_back(*range);
            }
        } else if (name == "hyperlink") {
            link(attributes);
        }
    }
    void end(std::string_view) override {}
    void text(std::string_view) override {}

    SheetLayout layout;
    XmlParser* parser = nullptr;
    Error error;

  private:
    /// What leads elsewhere inside the workbook leads nowhere for us.
    void link(const XmlAttributes& attributes) {
        const auto range = parse_range(attributes.get("ref"));
        const auto id = attributes.find_prefixed("id");
        const auto found = id ? relationships_.find(std::string(*id)) : relationships_.end();
        if (!range || found == relationships_.end() || !found->second.is_external) {
            return;
        }
        std::string target = found->second.target;
        if (const std::string_view location = attributes.get("location"); !location.empty()) {
            target += "#";
            target += location;
        }
        pay(sizeof(SheetLayout::Link) + target.size());
        layout.links.push_back({.range = *range, .target = std::move(target)});
    }

    void pay(std::size_t bytes) {
        if (bytes > bytes_left_) {
            parser->fail(error);
        } else {
            bytes_left_ -= bytes;
        }
    }

    const Relationships& relationships_;
    std::uint64_t bytes_left_;
};

class TableHandler final : public XmlHandler {
  public:
    void start(std::string_view name, const XmlAttributes& attributes) override {
        if (name != "table" || is_found) {
            return;
        }
        const auto range = parse_range(attributes.get("ref"));
        if (!range) {
            return;
        }
        is_found = true;
        const std::string_view shown = attributes.get("displayName");
        table = {.name = std::string(shown.empty() ? attributes.get("name") : shown),
                 .first_column = range->first_column,
                 .last_column = range->last_column,
                 .first_row = range->first_row,
                 .last_row = range->last_row,
                 .header_rows = number_of(attributes.get("headerRowCount"), 1),
                 .totals_rows = number_of(attributes.get("totalsRowCount"), 0)};
    }
    void end(std::string_view) override {}
    void text(std::string_view) override {}

    NamedTable table;
    bool is_found = false;
};

}  // namespace

Result<std::vector<CellFormat>> read_formats(Archive& archive, const std::string& part,
                                             const WorkbookLimits&) {
    const auto index = find_part(archive, part);
    if (!index) {
        return std::vector<CellFormat>();
    }
    COTERIE_TRY(const auto stream, archive.stream(*index));
    FormatsHandler handler;
    COTERIE_TRY_VOID(parse_xml(*stream, handler, part));
    return std::move(handler.formats);
}

Result<TextPool> read_shared_strings(Archive& archive, const std::string& part,
                                     const WorkbookLimits& limits) {
    const auto index = find_part(archive, part);
    if (!index) {
        return TextPool();
    }
    COTERIE_TRY(const auto stream, archive.stream(*index));
    StringsHandler handler(limits.text_bytes_max);
    XmlParser parser(*stream, handler, part);
    handler.parser = &parser;
    handler.error = too_much_text(part, limits);
    COTERIE_TRY([[maybe_unused]] const bool is_paused, parser.run());
    return std::move(handler.strings);
}

Result<SheetLayout> read_layout(Archive& archive, PartIndex part, const std::string& part_name,
                                const Relationships& relationships, const WorkbookLimits& limits) {
    const auto scan = [&](ByteSource& source, SheetLayout& layout) -> Result<bool> {
        LayoutHandler handler(relationships, limits.text_bytes_max);
        XmlParser parser(source, handler, part_name);
        handler.parser = &parser;
        handler.error = too_much_text(part_name, limits);
        const auto result = parser.run();
        layout = std::move(handler.layout);
        if (!result && parser.is_refused()) {
            return result.error();
        }
        return result.has_value();
    };
    SheetLayout layout;
    COTERIE_TRY(const auto stream, archive.stream(part));
    WithoutRows without_rows(*stream);
    COTERIE_TRY(const bool is_whole, scan(without_rows, layout));
    if (!is_whole) {  // the rows' end may stand where none is meant; parsed whole, it is not
                      // mistaken
        COTERIE_TRY(const auto again, archive.stream(part));
        COTERIE_TRY([[maybe_unused]] const bool ignored, scan(*again, layout));
    }
    return layout;
}

Result<NamedTable> read_table(Archive& archive, PartIndex part, const std::string& name) {
    COTERIE_TRY(const auto stream, archive.stream(part));
    TableHandler handler;
    COTERIE_TRY_VOID(parse_xml(*stream, handler, name));
    if (!handler.is_found) {
        return Error{ErrorKind::Data, fmt::format("part '{}' is no table", name)};
    }
    return std::move(handler.table);
}

}  // namespace spreadsheet

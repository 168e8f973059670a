#include "xlsx.hpp"

#include "xlsx_parts.hpp"
#include "xlsx_sheet.hpp"
#include "xml.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

namespace spreadsheet {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;

namespace {

constexpr std::size_t kSheetsMax = 10'000;

/// The main part: which sheets there are, in the order that a person sees.
class WorkbookHandler final : public XmlHandler {
  public:
    struct Entry {
        Sheet sheet;
        std::string relationship;
    };

    void start(std::string_view name, const XmlAttributes& attributes) override {
        if (root.empty()) {
            root = name;
        }
        if (name == "workbookPr") {
            epoch = attributes.is_true("date1904") ? Epoch::Year1904 : Epoch::Year1900;
        } else if (name == "sheet" && entries.size() <= kSheetsMax) {
            const std::string_view state = attributes.get("state");
            entries.push_back({.sheet = {.name = std::string(attributes.get("name")),
                                         .is_hidden = state == "hidden" || state == "veryHidden",
                                         .tables = {}},
                               .relationship = std::string(
                                   attributes.find_prefixed("id").value_or(std::string_view()))});
        }
    }
    void end(std::string_view) override {}
    void text(std::string_view) override {}

    std::string root;
    Epoch epoch = Epoch::Year1900;
    std::vector<Entry> entries;
};

class XlsxWorkbook final : public Workbook {
  public:
    XlsxWorkbook(std::shared_ptr<Archive> archive, std::string name, const WorkbookLimits& limits)
        : archive_(std::move(archive)), name_(std::move(name)), limits_(limits) {}

    Result<void> load() {
        COTERIE_TRY(const std::string main, find_main_part(*archive_, limits_));
        COTERIE_TRY(const Relationships relationships,
                    read_relationships(*archive_, main, limits_));
        if (main.ends_with(".bin")) {
            return Error{ErrorKind::Config,
                         "it is a binary workbook (.xlsb), which is not read; open it and save it "
                         "as .xlsx"};
        }
        COTERIE_TRY(const auto stream, archive_->stream(*find_part(*archive_, main)));
        WorkbookHandler handler;
        COTERIE_TRY_VOID(parse_xml(*stream, handler, main));
        if (handler.root != "workbook") {
            return Error{
                ErrorKind::Config,
                fmt::format("it is no workbook but a {}; save the table in it as .xlsx",
                            handler.root == "presentation" ? "presentation" : "text document")};
        }
        if (handler.entries.size() > kSheetsMax) {
            return Error{ErrorKind::Config, fmt::format("it has more than {} sheets", kSheetsMax)};
        }
        shared_->epoch = handler.epoch;
        for (WorkbookHandler::Entry& entry : handler.entries) {
            COTERIE_TRY_VOID(add_sheet(std::move(entry), relationships));
        }
        for (const auto& [id, relationship] : relationships) {
            if (relationship.type == "styles") {
                styles_part_ = relationship.target;
            } else if (relationship.type == "sharedStrings") {
                strings_part_ = relationship.target;
            }
        }
        return {};
    }

    [[nodiscard]] const std::vector<Sheet>& sheets() const override { return sheets_; }
    [[nodiscard]] std::uint64_t bytes_total() const override { return bytes_total_; }

    Result<std::unique_ptr<SheetReader>> open(std::size_t index) override {
        const std::string place = fmt::format("'{}', sheet '{}'", name_, sheets_[index].name);
        return open_sheet(index, place).transform_error(coterie::within(place));
    }

  private:
    struct Part {
        std::string name;
        std::optional<PartIndex> index;
        std::uint64_t bytes_before = 0;
    };

    /// Sheets that are charts or dialogs have no cells and are passed over.
    Result<void> add_sheet(WorkbookHandler::Entry entry, const Relationships& relationships) {
        const auto found = relationships.find(entry.relationship);
        if (found != relationships.end() && found->second.type != "worksheet") {
            return {};
        }
        Part part;
        part.bytes_before = bytes_total_;
        if (found != relationships.end()) {
            part.name = found->second.target;
            part.index = find_part(*archive_, part.name);
        }
        if (part.index) {
            bytes_total_ += archive_->packed_bytes(*part.index);
            COTERIE_TRY(entry.sheet.tables, read_tables(part.name));
        }
        sheets_.push_back(std::move(entry.sheet));
        parts_.push_back(std::move(part));
        return {};
    }

    Result<std::vector<NamedTable>> read_tables(const std::string& sheet_part) {
        std::vector<NamedTable> tables;
        COTERIE_TRY(const Relationships relationships,
                    read_relationships(*archive_, sheet_part, limits_));
        for (const auto& [id, relationship] : relationships) {
            if (relationship.type != "table" || relationship.is_external) {
                continue;
            }
            const auto index = find_part(*archive_, relationship.target);
            if (!index) {
                continue;
            }
            // A table only helps to find what the cells say anyway, so a broken one is passed over.
            if (auto table = read_table(*archive_, *index, relationship.target)) {
                tables.push_back(*std::move(table));
            }
        }
        std::sort(tables.begin(), tables.end(), [](const NamedTable& a, const NamedTable& b) {
            return std::tie(a.first_row, a.first_column, a.name) <
                   std::tie(b.first_row, b.first_column, b.name);
        });
        return tables;
    }

    Result<std::unique_ptr<SheetReader>> open_sheet(std::size_t index, const std::string& place) {
        const Part& part = parts_[index];
        if (!part.index) {
            return Error{ErrorKind::Data,
                         "the file names this sheet but does not hold it; open the file in a "
                         "spreadsheet program and save it anew as .xlsx"};
        }
        COTERIE_TRY_VOID(load_shared());
        COTERIE_TRY(const Relationships relationships,
                    read_relationships(*archive_, part.name, limits_));
        COTERIE_TRY(SheetLayout layout,
                    read_layout(*archive_, *part.index, part.name, relationships, limits_));
        COTERIE_TRY(auto stream, archive_->stream(*part.index));
        return std::make_unique<XlsxSheet>(XlsxSheet::Source{.archive = archive_,
                                                             .shared = shared_,
                                                             .stream = std::move(stream),
                                                             .part = part.name,
                                                             .place = place,
                                                             .bytes_before = part.bytes_before},
                                           std::move(layout), limits_);
    }

    /// Formats and shared strings, which only reading a sheet needs.
    Result<void> load_shared() {
        if (is_shared_loaded_) {
            return {};
        }
        COTERIE_TRY(shared_->formats, read_formats(*archive_, styles_part_, limits_));
        COTERIE_TRY(shared_->strings, read_shared_strings(*archive_, strings_part_, limits_));
        is_shared_loaded_ = true;
        return {};
    }

    std::shared_ptr<Archive> archive_;
    std::string name_;
    WorkbookLimits limits_;
    std::vector<Sheet> sheets_;
    std::vector<Part> parts_;
    std::uint64_t bytes_total_ = 0;
    std::string styles_part_;
    std::string strings_part_;
    bool is_shared_loaded_ = false;
    std::shared_ptr<XlsxShared> shared_ = std::make_shared<XlsxShared>();
};

}  // namespace

Result<std::unique_ptr<Workbook>> open_xlsx(std::shared_ptr<Archive> archive,
                                            const std::string& name, const WorkbookLimits& limits) {
    auto workbook = std::make_unique<XlsxWorkbook>(std::move(archive), name, limits);
    COTERIE_TRY_VOID(workbook->load());
    return std::unique_ptr<Workbook>(std::move(workbook));
}

}  // namespace spreadsheet

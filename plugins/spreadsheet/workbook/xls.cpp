#include "xls.hpp"

#include "little_endian.hpp"
#include "xls_records.hpp"
#include "xls_sheet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

namespace spreadsheet {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;

namespace {

constexpr std::uint16_t kBof = 0x0809;
constexpr std::uint16_t kEof = 0x000A;
constexpr std::uint16_t kFilePass = 0x002F;
constexpr std::uint16_t kCodePage = 0x0042;
constexpr std::uint16_t kDateMode = 0x0022;
constexpr std::uint16_t kFormat = 0x041E;
constexpr std::uint16_t kXf = 0x00E0;
constexpr std::uint16_t kBoundSheet = 0x0085;
constexpr std::uint16_t kSst = 0x00FC;

constexpr std::uint16_t kBiff5 = 0x0500;
constexpr std::uint16_t kBiff8 = 0x0600;
constexpr std::uint8_t kWorksheet = 0;

class XlsWorkbook final : public Workbook {
  public:
    XlsWorkbook(std::string stream, std::string name, const WorkbookLimits& limits)
        : name_(std::move(name)), limits_(limits) {
        shared_->stream = std::move(stream);
    }

    Result<void> load() {
        XlsRecords records(shared_->stream, 0);
        XlsRecord record;
        if (!records.next(record) || record.type != kBof) {
            return Error{ErrorKind::Config,
                         "the file is damaged (it does not begin as a workbook); "
                         "get it again, or open it and save it as .xlsx"};
        }
        const std::uint16_t version = u16_at(record.data, 0);
        if (version != kBiff5 && version != kBiff8) {
            return Error{ErrorKind::Config,
                         "it is a workbook of Excel 4 or older, which is not read; open it and "
                         "save it as .xlsx"};
        }
        shared_->is_biff8 = version == kBiff8;
        bool is_whole = false;
        while (!is_whole && records.next(record)) {
            is_whole = record.type == kEof || record.type == kBof;
            COTERIE_TRY_VOID(take(record));
        }
        if (!is_whole) {
            return Error{ErrorKind::Config, "the file is cut short; get it again, or open it and "
                                            "save it as .xlsx"};
        }
        for (const std::uint16_t id : format_ids_) {
            const auto code = formats_.find(id);
            shared_->formats.push_back(code == formats_.end() ? format_of_builtin(id)
                                                              : code->second);
        }
        return {};
    }

    [[nodiscard]] const std::vector<Sheet>& sheets() const override { return sheets_; }
    [[nodiscard]] std::uint64_t bytes_total() const override { return shared_->stream.size(); }

    Result<std::unique_ptr<SheetReader>> open(std::size_t index) override {
        const std::string place = fmt::format("'{}', sheet '{}'", name_, sheets_[index].name);
        COTERIE_TRY(auto sheet, XlsSheet::open(shared_, positions_[index], place, limits_));
        return std::unique_ptr<SheetReader>(std::move(sheet));
    }

  private:
    Result<void> take(const XlsRecord& record) {
        switch (record.type) {
        case kFilePass:
            return Error{ErrorKind::Config,
                         "the file is protected by a password; open it and save it as .xlsx "
                         "without one"};
        case kCodePage:
            shared_->code_page.choose(u16_at(record.data, 0));
            return {};
        case kDateMode:
            shared_->epoch = u16_at(record.data, 0) == 1 ? Epoch::Year1904 : Epoch::Year1900;
            return {};
        case kFormat:
            formats_.insert_or_assign(u16_at(record.data, 0),
                                      format_of_code(text_of(record, 2, shared_->is_biff8)));
            return {};
        case kXf:
            format_ids_.push_back(u16_at(record.data, 2));
            return {};
        case kBoundSheet:
            if (u8_at(record.data, 5) == kWorksheet) {
                positions_.push_back(u32_at(record.data, 0));
                sheets_.push_back({.name = text_of(record, 6, false),
                                   .is_hidden = (u8_at(record.data, 4) & 3U) != 0,
                                   .tables = {}});
            }
            return {};
        case kSst:
            return take_strings(record);
        default:
            return {};
        }
    }

    /// \param is_long  Whether its length takes two bytes.
    std::string text_of(const XlsRecord& record, std::size_t offset, bool is_long) {
        XlsBytes bytes(shared_->stream, record.at);
        bytes.skip(offset);
        const std::size_t count = is_long ? bytes.u16() : bytes.u8();
        std::string text;
        if (shared_->is_biff8) {
            bytes.append_text(text, count, bytes.u8());
            return text;
        }
        for (std::size_t i = 0; i < count && !bytes.is_at_end(); ++i) {
            text += static_cast<char>(bytes.u8());
        }
        return shared_->code_page.decode(text);
    }

    /// Texts may carry the places where their look changes, and their pronunciation, behind them.
    Result<void> take_strings(const XlsRecord& record) {
        constexpr unsigned kHasPhonetic = 4;
        constexpr unsigned kHasRuns = 8;
        XlsBytes bytes(shared_->stream, record.at);
        bytes.skip(4);
        const std::uint32_t count = bytes.u32();
        std::string text;
        for (std::uint32_t i = 0; i < count && !bytes.is_at_end(); ++i) {
            const std::size_t characters = bytes.u16();
            const std::uint8_t flags = bytes.u8();
            const std::size_t runs = (flags & kHasRuns) != 0 ? bytes.u16() : 0;
            const std::size_t phonetic = (flags & kHasPhonetic) != 0 ? bytes.u32() : 0;
            text.clear();
            bytes.append_text(text, characters, flags);
            bytes.skip(runs * 4 + phonetic);
            shared_->strings.add(text);
            if (shared_->strings.bytes() > limits_.text_bytes_max) {
                return Error{ErrorKind::Config,
                             fmt::format("it holds more than text_bytes_max = {} bytes of text; "
                                         "split the workbook",
                                         limits_.text_bytes_max)};
            }
        }
        return {};
    }

    std::shared_ptr<XlsShared> shared_ = std::make_shared<XlsShared>();
    std::string name_;
    WorkbookLimits limits_;
    std::vector<Sheet> sheets_;
    std::vector<std::uint32_t> positions_;
    std::vector<std::uint16_t> format_ids_;
    std::unordered_map<std::uint16_t, CellFormat> formats_;
};

}  // namespace

Result<std::unique_ptr<Workbook>> open_xls(std::string stream, const std::string& name,
                                           const WorkbookLimits& limits) {
    auto workbook = std::make_unique<XlsWorkbook>(std::move(stream), name, limits);
    COTERIE_TRY_VOID(workbook->load());
    return std::unique_ptr<Workbook>(std::move(workbook));
}

}  // namespace spreadsheet

#include "ods.hpp"

#include "ods_content.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>
#include <vector>

namespace spreadsheet {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;

namespace {

constexpr std::string_view kContent = "content.xml";
constexpr std::size_t kManifestBytesMax = 16U << 20;

class OdsSheet final : public SheetReader {
  public:
    OdsSheet(std::shared_ptr<OdsContent> content, std::string place)
        : content_(std::move(content)), place_(std::move(place)) {}

    Result<bool> next(Row& row) override {
        return content_->next(row).transform_error(coterie::within(place_));
    }
    [[nodiscard]] std::uint64_t bytes_done() const override { return content_->bytes_done(); }
    [[nodiscard]] std::uint64_t formulas_without_value() const override {
        return content_->formulas_without_value();
    }

  private:
    std::shared_ptr<OdsContent> content_;
    std::string place_;
};

class OdsWorkbook final : public Workbook {
  public:
    OdsWorkbook(std::shared_ptr<Archive> archive, std::string name, const WorkbookLimits& limits)
        : archive_(std::move(archive)), name_(std::move(name)), limits_(limits) {}

    Result<void> load() {
        COTERIE_TRY_VOID(check_not_encrypted());
        const auto part = archive_->find(kContent);
        if (!part) {
            return Error{ErrorKind::Config,
                         "it has no part 'content.xml'; open it in a spreadsheet program and save "
                         "it anew as .xlsx"};
        }
        part_ = *part;
        COTERIE_TRY(const auto stream, archive_->stream(part_));
        COTERIE_TRY(sheets_, read_ods_index(*stream, std::string(kContent), limits_));
        return {};
    }

    [[nodiscard]] const std::vector<Sheet>& sheets() const override { return sheets_; }
    [[nodiscard]] std::uint64_t bytes_total() const override {
        return archive_->packed_bytes(part_);
    }

    Result<std::unique_ptr<SheetReader>> open(std::size_t index) override {
        if (!content_ || !content_->is_ahead(index)) {
            COTERIE_TRY(auto stream, archive_->stream(part_));
            content_ =
                std::make_shared<OdsContent>(std::move(stream), std::string(kContent), limits_);
        }
        content_->want(index);
        return std::make_unique<OdsSheet>(
            content_, fmt::format("'{}', sheet '{}'", name_, sheets_[index].name));
    }

  private:
    /// Encrypted parts look like damage; the manifest says what they are.
    Result<void> check_not_encrypted() {
        const auto manifest = archive_->find("META-INF/manifest.xml");
        if (!manifest) {
            return {};
        }
        COTERIE_TRY(const std::string text, archive_->read_all(*manifest, kManifestBytesMax));
        if (text.find("encryption-data") != std::string::npos ||
            text.find("encrypted-package") != std::string::npos) {
            return Error{ErrorKind::Config,
                         "the file is protected by a password; open it and save it as .xlsx "
                         "without one"};
        }
        return {};
    }

    std::shared_ptr<Archive> archive_;
    std::string name_;
    WorkbookLimits limits_;
    PartIndex part_ = 0;
    std::vector<Sheet> sheets_;
    std::shared_ptr<OdsContent> content_;
};

}  // namespace

Result<std::unique_ptr<Workbook>> open_ods(std::shared_ptr<Archive> archive,
                                           const std::string& name, const WorkbookLimits& limits) {
    auto workbook = std::make_unique<OdsWorkbook>(std::move(archive), name, limits);
    COTERIE_TRY_VOID(workbook->load());
    return std::unique_ptr<Workbook>(std::move(workbook));
}

}  // namespace spreadsheet

#include "vcard.hpp"

#include "assembler.hpp"
#include "jcard.hpp"
#include "lines.hpp"
#include "record.hpp"

#include "coterie/files.hpp"
#include "coterie/location.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vcard {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;
namespace files = coterie::files;

namespace {

constexpr std::uint64_t kCheckpointCards = 1000;
constexpr std::uint64_t kProgressBytes = 1U << 20;

std::string hex(std::uint64_t value) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
    return text;
}

/// The config; the manifest says what each key means.
struct Settings {
    Limits limits;
    std::uint64_t hash = 0;

    static Result<Settings> parse(const nlohmann::json& config) {
        Settings settings;
        settings.limits.fallback = config.value("encoding", settings.limits.fallback);
        settings.limits.card_bytes_max =
            config.value("card_bytes_max", settings.limits.card_bytes_max);
        settings.hash = files::text_hash(config.dump());
        if (!is_encoding(settings.limits.fallback)) {
            return Error{ErrorKind::Config,
                         "unknown encoding '" + files::printable(settings.limits.fallback) +
                             "'; allowed: windows-1252, iso-8859-1, shift_jis, windows-1251 and "
                             "ICU's other names"};
        }
        return settings;
    }
};

/// One read of the location.
class Read {
  public:
    Read(const Settings& settings, std::vector<files::Found> found, coterie::Sink* sink)
        : settings_(settings), found_(std::move(found)), sink_(sink) {
        for (const files::Found& file : found_) {
            bytes_total_ += file.stamp.bytes;
        }
    }

    Result<void> check() {
        for (const files::Found& file : found_) {
            COTERIE_TRY(const Lines lines, open(file));
            COTERIE_TRY_VOID(refuse_xml(file, lines.head()));
        }
        return {};
    }

    Result<void> run(const std::optional<nlohmann::json>& cursor) {
        std::optional<Start> start;
        if (cursor.has_value()) {
            start = start_of(*cursor);
            if (!start.has_value()) {
                sink_->restarted();
            }
        }
        for (std::size_t i = 0; i < found_.size(); ++i) {
            if (!start.has_value() || i >= start->file) {
                file_ = i;
                const bool resumes = start.has_value() && i == start->file;
                COTERIE_TRY_VOID(read_file(resumes ? start : std::nullopt));
            }
            bytes_before_ += found_[i].stamp.bytes;
        }
        sink_->progress(bytes_total_, bytes_total_, "bytes");
        return {};
    }

  private:
    /// Where to go on: behind so many lines, or elements of a jCard document.
    struct Start {
        std::size_t file = 0;
        std::uint64_t offset = 0;
        std::uint64_t count = 0;
        bool done = false;  ///< nothing is left of the file
    };

    Result<Lines> open(const files::Found& file) const {
        return Lines::open(file, settings_.limits.card_bytes_max);
    }

    static Result<void> refuse_xml(const files::Found& file, std::string_view head) {
        const auto first = head.find_first_not_of(" \t\r\n");
        if (first != std::string_view::npos && head[first] == '<') {
            return Error{ErrorKind::Config,
                         file.name + " is XML; save the contacts as vCard (.vcf)"};
        }
        return {};
    }

    // --- Places ------------------------------------------------------------------------------

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

    void checkpoint(std::uint64_t offset, std::uint64_t count, bool done) {
        sink_->checkpoint({{"file", found_[file_].name},
                           {"offset", offset},
                           {"count", count},
                           {"done", done},
                           {"files", stamps_until(file_)},
                           {"config", hex(settings_.hash)}});
        since_checkpoint_ = 0;
    }

    /// \return Nothing where the cursor fits no more.
    std::optional<Start> start_of(const nlohmann::json& cursor) const {
        const auto is = [&](const char* name, nlohmann::json::value_t type) {
            return cursor.is_object() && cursor.contains(name) && cursor.at(name).type() == type;
        };
        using Type = nlohmann::json::value_t;
        if (!is("file", Type::string) || !is("files", Type::string) ||
            !is("config", Type::string) || !is("offset", Type::number_unsigned) ||
            !is("count", Type::number_unsigned) || !is("done", Type::boolean) ||
            cursor.at("config") != hex(settings_.hash)) {
            return std::nullopt;
        }
        const auto found = std::find_if(found_.begin(), found_.end(), [&](const auto& file) {
            return file.name == cursor.at("file").get_ref<const std::string&>();
        });
        if (found == found_.end()) {
            return std::nullopt;
        }
        const auto index = static_cast<std::size_t>(found - found_.begin());
        if (cursor.at("files") != stamps_until(index)) {
            return std::nullopt;
        }
        return Start{index, cursor.at("offset").get<std::uint64_t>(),
                     cursor.at("count").get<std::uint64_t>(), cursor.at("done").get<bool>()};
    }

    void progress(std::uint64_t offset) {
        if (offset >= progress_at_) {
            progress_at_ = offset + kProgressBytes;
            sink_->progress(std::min(bytes_total_, bytes_before_ + offset), bytes_total_, "bytes");
        }
    }

    // --- Reading -----------------------------------------------------------------------------

    Result<void> read_file(const std::optional<Start>& start) {
        if (start.has_value() && start->done) {
            return {};
        }
        progress_at_ = 0;
        const files::Found& file = found_[file_];
        COTERIE_TRY(Lines lines, open(file));
        if (looks_like_json(lines.head())) {
            return read_jcards(start.has_value() ? start->count : 0);
        }
        COTERIE_TRY_VOID(refuse_xml(file, lines.head()));
        if (start.has_value()) {
            COTERIE_TRY_VOID(lines.go_to(start->offset, start->count));
        }
        COTERIE_TRY_VOID(read_cards(lines));
        COTERIE_TRY_VOID(lines.unchanged());
        checkpoint(lines.offset(), lines.count(), true);
        return {};
    }

    Result<void> read_cards(Lines& lines) {
        const bool from_the_start = lines.count() == 0;
        Assembler cards(settings_.limits);
        Line line;
        Part part;
        while (true) {
            COTERIE_TRY(const bool more, lines.next(line));
            if (!more) {
                break;
            }
            cards.feed(line);
            while (cards.has_seen_card() && cards.take(part)) {
                hand_over(part, "");
            }
            progress(lines.offset());
            if (since_checkpoint_ >= kCheckpointCards && cards.is_idle()) {
                checkpoint(lines.offset(), lines.count(), false);
            }
        }
        cards.finish();
        const bool is_empty = !cards.take(part);
        if (from_the_start && !is_empty && !cards.has_seen_card()) {
            return Error{ErrorKind::Config,
                         found_[file_].name + " holds no vCard: no line says BEGIN:VCARD"};
        }
        if (!is_empty) {
            hand_over(part, "");
            while (cards.take(part)) {
                hand_over(part, "");
            }
        }
        return {};
    }

    Result<void> read_jcards(std::uint64_t skipped) {
        const files::Found& file = found_[file_];
        if (file.stamp.bytes > kJcardBytesMax) {
            return Error{ErrorKind::Config, file.name + " is JSON of more than " +
                                                std::to_string(kJcardBytesMax) +
                                                " bytes; save the contacts as vCard (.vcf)"};
        }
        COTERIE_TRY(auto reader, files::Reader::open(file));
        std::string document(static_cast<std::size_t>(file.stamp.bytes), '\0');
        COTERIE_TRY(const std::size_t got, reader.read(document.data(), document.size()));
        document.resize(got);
        COTERIE_TRY_VOID(reader.unchanged());
        COTERIE_TRY(const JcardDocument cards,
                    JcardDocument::parse(document).transform_error(coterie::within(file.name)));
        for (std::size_t i = skipped; i < cards.size(); ++i) {
            hand_over(cards.part(i), "element ");
            if (since_checkpoint_ >= kCheckpointCards) {
                checkpoint(0, i + 1, false);
            }
        }
        checkpoint(file.stamp.bytes, cards.size(), true);
        return {};
    }

    void hand_over(const Part& part, const std::string& unit) {
        ++since_checkpoint_;
        const std::string where = found_[file_].name + ":" + unit + std::to_string(part.line);
        if (!part.why.empty()) {
            sink_->quarantine(files::printable(part.raw), where, part.why);
            return;
        }
        sink_->record(record_of(part.card).dump(), id_of(part.card), where);
    }

    const Settings& settings_;
    const std::vector<files::Found> found_;
    coterie::Sink* sink_;  ///< none while checking
    std::size_t file_ = 0;
    std::uint64_t bytes_total_ = 0;
    std::uint64_t bytes_before_ = 0;
    std::uint64_t progress_at_ = 0;
    std::uint64_t since_checkpoint_ = 0;
};

}  // namespace

Result<void> Vcard::check() {
    COTERIE_TRY(const Settings settings, Settings::parse(config_));
    return coterie::location::check(config_, [&](const std::vector<files::Found>& found) {
        return Read(settings, found, nullptr).check();
    });
}

Result<void> Vcard::read(const coterie::ReadRequest& request, coterie::Sink& sink) {
    COTERIE_TRY(const Settings settings, Settings::parse(config_));
    return coterie::location::read(config_, request, sink,
                                   [&](const std::vector<files::Found>& found) {
                                       return Read(settings, found, &sink).run(request.resume_from);
                                   });
}

}  // namespace vcard

COTERIE_EXPORT_SOURCE(vcard::Vcard, "vcard");

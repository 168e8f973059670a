#include "jsonl.hpp"

#include "document.hpp"
#include "window.hpp"

#include "coterie/files.hpp"
#include "coterie/location.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace jsonl {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;
using namespace std::string_view_literals;
namespace files = coterie::files;

namespace {

constexpr std::uint64_t kCheckpointRecords = 5000;
constexpr std::uint64_t kProgressBytes = 1U << 20;
constexpr std::size_t kDepthMax = 1024;
static_assert(Window::kPadding >= simdjson::SIMDJSON_PADDING);

std::string hex(std::uint64_t value) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
    return text;
}

/// The config; the manifest says what each key means.
struct Settings {
    std::optional<std::vector<std::string>> pointer;  ///< nothing: JSON Lines
    bool entries = false;
    std::vector<std::string> key;
    std::size_t record_bytes_max = 4U << 20;
    std::uint64_t hash = 0;

    static Result<Settings> parse(const nlohmann::json& config) {
        Settings settings;
        settings.entries = config.value("entries", false);
        if (config.contains("pointer") || settings.entries) {
            COTERIE_TRY(settings.pointer, pointer_tokens(config.value("pointer", "")));
        }
        if (config.contains("key")) {
            const nlohmann::json& key = config.at("key");
            settings.key = key.is_string() ? std::vector<std::string>{key.get<std::string>()}
                                           : key.get<std::vector<std::string>>();
        }
        settings.record_bytes_max = config.value("record_bytes_max", settings.record_bytes_max);
        settings.hash = files::text_hash(config.dump());
        return settings;
    }
};

/// Asks nlohmann's parser where a text breaks, which simdjson does not say.
struct FaultPlace : nlohmann::json_sax<nlohmann::json> {
    std::size_t at = 0;

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return true; }
    bool key(string_t&) override { return true; }
    bool end_object() override { return true; }
    bool start_array(std::size_t) override { return true; }
    bool end_array() override { return true; }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception&) override {
        at = position;
        return false;
    }
};

/// The byte, from 1, at which the text is no JSON any more; 0 where it is.
std::size_t fault_place(std::string_view json) {
    FaultPlace place;
    nlohmann::json::sax_parse(json, &place);
    return place.at;
}

std::string reason_of(simdjson::error_code error) {
    if (error == simdjson::DEPTH_ERROR) {
        return "nested deeper than " + std::to_string(kDepthMax) + " levels";
    }
    if (error == simdjson::UTF8_ERROR) {
        return "not valid UTF-8";
    }
    if (error == simdjson::NUMBER_ERROR) {
        return "not valid JSON: a number is broken or too large";
    }
    return "not valid JSON";
}

/// One read of the location.
class Read {
  public:
    Read(const Settings& settings, std::vector<files::Found> found, coterie::Sink* sink)
        : settings_(settings), found_(std::move(found)), sink_(sink), parser_(kCapacityMax) {
        for (const files::Found& file : found_) {
            bytes_total_ += file.stamp.bytes;
        }
    }

    Result<void> check() {
        for (std::size_t i = 0; i < found_.size(); ++i) {
            COTERIE_TRY(Window window, open(i));
            if (settings_.pointer.has_value()) {
                COTERIE_TRY_VOID(named(i, document_of(window).enter()));
            }
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
                COTERIE_TRY_VOID(named(i, read_file(resumes ? start : std::nullopt)));
            }
            bytes_before_ += found_[i].stamp.bytes;
        }
        sink_->progress(bytes_total_, bytes_total_, "bytes");
        return {};
    }

  private:
    static constexpr std::size_t kCapacityMax = 64U << 20;

    /// Where to go on.
    struct Start {
        std::size_t file = 0;
        std::uint64_t offset = 0;
        std::uint64_t count = 0;  ///< lines or elements before it
        bool done = false;        ///< nothing is left of the file
    };

    template <class T>
    Result<T> named(std::size_t index, Result<T> result) const {
        return std::move(result).transform_error([&](Error error) {
            const std::string& name = found_[index].name;
            return error.message.starts_with(name) ? error : std::move(error).within(name);
        });
    }

    Document document_of(Window& window) {
        return Document(window, *settings_.pointer, settings_.entries, settings_.record_bytes_max,
                        [this](std::uint64_t offset) { progress(offset); });
    }

    /// Opens a file and goes behind its byte order mark.
    Result<Window> open(std::size_t index) {
        const files::Found& file = found_[index];
        COTERIE_TRY(auto reader, files::Reader::open(file));
        Window window(std::move(reader), settings_.record_bytes_max + 1);
        COTERIE_TRY_VOID(window.fill());
        std::string_view head(window.at(), std::min<std::size_t>(window.size(), 4096));
        if (head.starts_with("\xFF\xFE"sv) || head.starts_with("\xFE\xFF"sv)) {
            return Error{ErrorKind::Config,
                         file.name + " is UTF-16, JSON must be UTF-8; convert it, as with: iconv "
                                     "-f utf-16 -t utf-8"};
        }
        if (head.starts_with("\xEF\xBB\xBF"sv)) {
            window.drop(3);
            head.remove_prefix(3);
        }
        const auto first = head.find_first_not_of(" \t\r\n");
        if (!settings_.pointer.has_value() && first != std::string_view::npos &&
            head[first] == '[') {
            return Error{ErrorKind::Config, file.name + " holds a JSON array, not JSON Lines; set "
                                                        "pointer: \"\""};
        }
        return window;
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
        const auto is = [&](const char* name, auto check) {
            return cursor.is_object() && cursor.contains(name) && check(cursor.at(name));
        };
        const auto text = [](const nlohmann::json& value) { return value.is_string(); };
        const auto number = [](const nlohmann::json& value) { return value.is_number_unsigned(); };
        if (!is("file", text) || !is("files", text) || !is("config", text) ||
            !is("offset", number) || !is("count", number) ||
            !is("done", [](const nlohmann::json& value) { return value.is_boolean(); }) ||
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
        if (sink_ != nullptr && offset >= progress_at_) {
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
        COTERIE_TRY(Window window, open(file_));
        std::uint64_t count = 0;
        if (start.has_value()) {
            COTERIE_TRY_VOID(window.go_to(start->offset));
            count = start->count;
        }
        if (settings_.pointer.has_value()) {
            COTERIE_TRY(count, read_document(window, start));
        } else {
            COTERIE_TRY(count, read_lines(window, count));
        }
        COTERIE_TRY_VOID(window.unchanged());
        checkpoint(window.offset(), count, true);
        return {};
    }

    Result<std::uint64_t> read_document(Window& window, const std::optional<Start>& start) {
        Document document = document_of(window);
        if (start.has_value()) {
            document.resume(start->count);
        } else {
            COTERIE_TRY_VOID(document.enter());
        }
        Element element;
        while (true) {
            COTERIE_TRY(const bool more, document.next(element));
            if (!more) {
                break;
            }
            const std::string number = "element " + std::to_string(element.index);
            if (element.why.empty()) {
                take(element.json, element.name, number, false);
            } else {
                quarantine(element.json, number, element.why);
            }
            progress(window.offset());
            if (++since_checkpoint_ >= kCheckpointRecords && document.can_resume_here()) {
                checkpoint(window.offset(), document.index(), false);
            }
        }
        COTERIE_TRY(const std::string rest, document.finish());
        if (!rest.empty()) {
            quarantine(rest, "byte " + std::to_string(window.offset() + 1),
                       "text behind the end of the document");
        }
        return document.index();
    }

    Result<std::uint64_t> read_lines(Window& window, std::uint64_t lines) {
        while (true) {
            const char* const begin = window.at();
            const auto* const end =
                static_cast<const char*>(std::memchr(begin, '\n', window.size()));
            const auto size =
                end != nullptr ? static_cast<std::size_t>(end - begin) : window.size();
            if (end == nullptr && !window.ended() && size <= settings_.record_bytes_max) {
                COTERIE_TRY_VOID(window.fill());
                continue;
            }
            if (size == 0 && end == nullptr) {
                return lines;
            }
            ++lines;
            if (size > settings_.record_bytes_max) {
                COTERIE_TRY_VOID(skip_long_line(window, lines));
            } else {
                take_line({begin, size}, lines);
                window.drop(size + (end != nullptr ? 1 : 0));
            }
            progress(window.offset());
            if (++since_checkpoint_ >= kCheckpointRecords) {
                checkpoint(window.offset(), lines, false);
            }
        }
    }

    void take_line(std::string_view line, std::uint64_t number) {
        const auto last = line.find_last_not_of(" \t\r");
        line = line.substr(0, last == std::string_view::npos ? 0 : last + 1);
        if (!line.empty()) {
            take(line, {}, std::to_string(number), true);
        }
    }

    Result<void> skip_long_line(Window& window, std::uint64_t number) {
        quarantine({window.at(), std::min<std::size_t>(window.size(), 4096)},
                   std::to_string(number),
                   "the line is longer than record_bytes_max (" +
                       std::to_string(settings_.record_bytes_max) + " bytes)");
        while (true) {
            const auto* const end =
                static_cast<const char*>(std::memchr(window.at(), '\n', window.size()));
            if (end != nullptr) {
                window.drop(static_cast<std::size_t>(end - window.at()) + 1);
                return {};
            }
            window.drop(window.size());
            if (window.ended()) {
                return {};
            }
            progress(window.offset());
            COTERIE_TRY_VOID(window.fill());
        }
    }

    void quarantine(std::string_view raw, const std::string& where, std::string_view why) {
        const std::string place = found_[file_].name + ":" + where;
        if (files::utf8_valid_bytes(raw) == raw.size()) {
            sink_->quarantine(raw, place, why);
        } else {
            sink_->quarantine(files::printable(raw), place, why);
        }
    }

    /// Hands over what is a JSON object. \pre Window::kPadding readable bytes behind `json`.
    void take(std::string_view json, std::string_view name, const std::string& where, bool line) {
        simdjson::dom::element value;
        const simdjson::error_code error =
            parser_.parse(json.data(), json.size(), false).get(value);
        if (error != simdjson::SUCCESS) {
            const std::size_t column = fault_place(json);
            const std::string place =
                column == 0 ? where : where + (line ? ":" : ", byte ") + std::to_string(column);
            quarantine(json, place, reason_of(error));
            return;
        }
        simdjson::dom::object object;
        if (value.get(object) != simdjson::SUCCESS) {
            quarantine(json, where, "not a JSON object");
            return;
        }
        sink_->record(json, settings_.key.empty() ? name : id_of(value),
                      place_.assign(found_[file_].name).append(1, ':').append(where));
    }

    std::string_view id_of(simdjson::dom::element record) {
        id_.clear();
        if (settings_.key.size() == 1) {
            append_key(record, settings_.key.front(), id_);
            return id_;
        }
        // Several as a JSON array, so that no two keys look the same.
        std::vector<std::string> parts(settings_.key.size());
        bool any = false;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            append_key(record, settings_.key[i], parts[i]);
            any |= !parts[i].empty();
        }
        id_ = any ? nlohmann::json(parts).dump() : "";
        return id_;
    }

    /// A string or a number; anything else identifies nothing.
    static void append_key(simdjson::dom::element record, const std::string& key,
                           std::string& out) {
        simdjson::dom::element value;
        const auto found = key.starts_with('/') ? record.at_pointer(key) : record.at_key(key);
        if (found.get(value) != simdjson::SUCCESS) {
            return;
        }
        std::string_view text;
        if (value.get(text) == simdjson::SUCCESS) {
            out.append(text);
        } else if (value.is_number()) {
            out.append(simdjson::to_string(value));
        }
    }

    const Settings& settings_;
    const std::vector<files::Found> found_;
    coterie::Sink* sink_;  ///< none while checking
    simdjson::dom::parser parser_;
    std::size_t file_ = 0;
    std::uint64_t bytes_total_ = 0;
    std::uint64_t bytes_before_ = 0;
    std::uint64_t progress_at_ = 0;
    std::uint64_t since_checkpoint_ = 0;
    std::string id_;
    std::string place_;
};

}  // namespace

Result<void> Jsonl::check() {
    COTERIE_TRY(const Settings settings, Settings::parse(config_));
    return coterie::location::check(config_, [&](const std::vector<files::Found>& found) {
        return Read(settings, found, nullptr).check();
    });
}

Result<void> Jsonl::read(const coterie::ReadRequest& request, coterie::Sink& sink) {
    COTERIE_TRY(const Settings settings, Settings::parse(config_));
    return coterie::location::read(config_, request, sink,
                                   [&](const std::vector<files::Found>& found) {
                                       return Read(settings, found, &sink).run(request.resume_from);
                                   });
}

}  // namespace jsonl

COTERIE_EXPORT_SOURCE(jsonl::Jsonl, "jsonl");

#include "assembler.hpp"

#include "coterie/files.hpp"

#include <algorithm>
#include <utility>

namespace vcard {

namespace {

/// "BEGIN:VCARD", however it is written: capitals, blanks, a group before it.
bool is_mark(std::string_view text, std::string_view word) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos ||
        !same_ignoring_case(trimmed(text.substr(colon + 1)), "VCARD")) {
        return false;
    }
    std::string_view name = trimmed(text.substr(0, colon));
    name.remove_prefix(std::min(name.size(), name.rfind('.') + 1));
    return same_ignoring_case(name, word);
}

bool is_blank(std::string_view text) {
    return trimmed(text).empty();
}

bool is_base64(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return is_base64_digit(c) || c == '=' || c == ' ' || c == '\t';
    });
}

/// Where the digits of "data:image/png;base64,…" start; npos where it is no such value.
std::size_t data_uri_digits(std::string_view value) {
    constexpr std::size_t kMediaTypeBytesMax = 200;
    const std::string head = lower(value.substr(0, kMediaTypeBytesMax));
    const auto found = head.starts_with("data:") ? head.find(";base64,") : std::string::npos;
    return found == std::string::npos ? found : found + 8;
}

std::uint64_t decoded_bytes(std::uint64_t base64_digits) {
    return base64_digits * 3 / 4;
}

}  // namespace

void Assembler::feed(const Line& line) {
    const bool begins = is_mark(line.text, "BEGIN");
    if (open_.empty()) {
        if (begins) {
            begin_card(line);
        } else if (!is_blank(line.text)) {
            add_to_stray(line);
        }
        return;
    }
    const bool is_indented = line.text.starts_with(' ') || line.text.starts_with('\t');
    const bool ends = is_mark(line.text, "END");
    if ((begins || ends) && !is_indented) {
        flush_current();
        if (ends) {
            end_card(line);
        } else if (awaits_agent_ && open_.size() <= kAgentsDeepMax) {
            awaits_agent_ = false;
            add_to_raw(line.text);
            open_.push_back({Version::V21, line.number, {}, {}});
        } else if (awaits_agent_) {
            break_card("cards stand deeper than " + std::to_string(kAgentsDeepMax) +
                       " inside of each other");
            open_.push_back({Version::V21, line.number, {}, {}});
        } else {
            close_part(why_.empty() ? "line " + std::to_string(line.number) +
                                          " begins another card before END:VCARD"
                                    : why_);
            begin_card(line);
        }
        return;
    }
    add_to_raw(line.text);
    if (!why_.empty()) {
        awaits_agent_ = same_ignoring_case(trimmed(line.text), "AGENT:");
        return;
    }
    if (has_current_ && continues_current(line)) {
        return;
    }
    flush_current();
    if (!is_blank(line.text)) {
        start_current(line);
    }
}

void Assembler::add_to_stray(const Line& line) {
    if (stray_.raw.empty()) {
        stray_.line = line.number;
    }
    if (stray_.raw.size() < kRawBytesMax) {
        stray_.raw.append(stray_.raw.empty() ? "" : "\n");
        stray_.raw.append(line.text.substr(0, kRawBytesMax));
    }
}

void Assembler::finish() {
    if (!open_.empty()) {
        flush_current();
        close_part(why_.empty() ? "the file ends before END:VCARD" : why_);
    }
    if (!stray_.raw.empty()) {
        stray_.why = "text outside of a card";
        done_.push_back(std::move(stray_));
        stray_ = {};
    }
}

bool Assembler::take(Part& part) {
    if (done_.empty()) {
        return false;
    }
    part = std::move(done_.front());
    done_.pop_front();
    return true;
}

void Assembler::begin_card(const Line& line) {
    finish();
    has_seen_card_ = true;
    open_.push_back({Version::V30, line.number, {}, {}});
    awaits_agent_ = false;
    why_.clear();
    bytes_ = 0;
    properties_ = 0;
    raw_.clear();
    card_line_ = line.number;
    add_to_raw(line.text);
}

void Assembler::end_card(const Line& line) {
    awaits_agent_ = false;
    add_to_raw(line.text);
    if (open_.size() == 1) {
        close_part(why_);
        return;
    }
    Card agent = std::move(open_.back());
    open_.pop_back();
    open_.back().agents.push_back(std::move(agent));
}

void Assembler::add_to_raw(std::string_view text) {
    if (raw_.size() < kRawBytesMax) {
        raw_.append(text.substr(0, kRawBytesMax - raw_.size())).push_back('\n');
    }
}

/// The first reason counts; the rest of the card is skipped.
void Assembler::break_card(const std::string& why) {
    if (why_.empty()) {
        why_ = why;
    }
}

void Assembler::close_part(std::string why) {
    Part part;
    part.line = card_line_;
    part.raw = std::move(raw_);
    part.why = std::move(why);
    if (part.why.empty()) {
        part.card = std::move(open_.front());
    }
    open_.clear();
    raw_.clear();
    why_.clear();
    done_.push_back(std::move(part));
}

void Assembler::start_current(const Line& line) {
    current_ = {};
    current_.line = line.number;
    has_current_ = true;
    append_to_current(line.text, line.left_out);
}

bool Assembler::continues_current(const Line& line) {
    if (current_.has_soft_break) {
        current_.text.pop_back();
        append_to_current(line.text, line.left_out);
        return true;
    }
    const bool is_indented = line.text.starts_with(' ') || line.text.starts_with('\t');
    if (is_indented && current_.drops_value) {
        append_to_current(line.text, line.left_out);
        return true;
    }
    if (is_indented) {
        // 2.1 folds where a blank stood and keeps it; 3.0 and 4.0 fold anywhere and drop one.
        const bool keeps_blank = open_.back().version == Version::V21 &&
                                 current_.header_bytes > 0 && !current_.is_base64;
        const auto first = line.text.find_first_not_of(" \t");
        const std::string text(
            line.text.substr(keeps_blank ? std::min(first, line.text.size()) : 1));
        append_to_current(keeps_blank ? " " + text : text, line.left_out);
        return true;
    }
    if (current_.is_base64 && !is_blank(line.text) && is_base64(line.text)) {
        append_to_current(line.text, line.left_out);
        return true;
    }
    return false;
}

void Assembler::append_to_current(std::string_view text, std::uint64_t left_out) {
    const std::size_t before = current_.text.size();
    current_.text.append(text);
    look_at_header();
    if (current_.drops_value) {
        count_base64(std::max(before, current_.header_bytes));
        current_.base64_digits += left_out;
    } else if (left_out > 0) {
        bytes_ += limits_.card_bytes_max;
    }
    bytes_ += current_.text.size() - std::min(before, current_.text.size());
    if (bytes_ > limits_.card_bytes_max) {
        break_card("line " + std::to_string(current_.line) +
                   ": the card is larger than card_bytes_max (" +
                   std::to_string(limits_.card_bytes_max) + " bytes)");
        current_.text.resize(std::min(current_.text.size(), current_.header_bytes));
    }
    current_.has_soft_break = current_.is_quoted_printable && current_.text.ends_with('=');
}

void Assembler::look_at_header() {
    if (current_.header_bytes > 0) {
        return;
    }
    const auto colon = header_end(current_.text);
    const bool is_endless =
        current_.text.size() > kHeaderBytesMax || ++current_.header_lines > kHeaderLinesMax;
    if (colon == std::string::npos && is_endless) {
        break_card("line " + std::to_string(current_.line) + " is no property: it has no colon");
    }
    if (colon == std::string::npos) {
        return;
    }
    current_.header_bytes = colon + 1;
    const std::string_view text = current_.text;
    const auto header = parse_header(text.substr(0, colon), open_.back().version, limits_.fallback);
    if (!header) {
        return;
    }
    const bool binary = holds_binary(header->property.name);
    current_.is_quoted_printable = header->is_quoted_printable;
    current_.is_base64 = header->is_base64;
    current_.drops_value = header->is_base64 && binary;
    const auto digits = data_uri_digits(text.substr(colon + 1));
    if (!current_.drops_value && binary && digits != std::string_view::npos) {
        current_.drops_value = true;
        current_.header_bytes += digits;
    }
}

/// Counts the digits behind `from` and drops them.
void Assembler::count_base64(std::size_t from) {
    const auto digits =
        std::count_if(current_.text.begin() + static_cast<std::ptrdiff_t>(from),
                      current_.text.end(), [](char c) { return is_base64_digit(c); });
    current_.base64_digits += static_cast<std::uint64_t>(digits);
    current_.text.resize(current_.header_bytes);
}

void Assembler::flush_current() {
    if (!has_current_) {
        return;
    }
    has_current_ = false;
    if (!why_.empty()) {
        return;
    }
    const auto broken = [&](const std::string& what) {
        break_card("line " + std::to_string(current_.line) + " " + what);
    };
    const auto colon = header_end(current_.text);
    if (colon == std::string::npos) {
        broken("is no property: it has no colon");
        return;
    }
    const std::string_view text = current_.text;
    auto header = parse_header(text.substr(0, colon), open_.back().version, limits_.fallback);
    if (!header) {
        broken(header.error().message);
        return;
    }
    Property property = std::move(header->property);
    property.line = current_.line;
    std::string value(text.substr(colon + 1));
    if (current_.drops_value) {
        property.is_binary = true;
        property.binary_bytes = decoded_bytes(current_.base64_digits);
        property.value.clear();
        if (data_uri_digits(value) != std::string::npos) {
            property.parameters.push_back({"MEDIATYPE", {value.substr(5, value.find(';') - 5)}});
        }
        add_property(std::move(property));
        return;
    }
    if (header->is_quoted_printable || header->is_base64) {
        auto plain = header->is_base64 ? from_base64(value) : from_quoted_printable(value);
        if (!plain) {
            broken(std::string("holds bad ") + (header->is_base64 ? "base64" : "quoted-printable") +
                   " in " + property.name);
            return;
        }
        value = *std::move(plain);
    }
    property.value = to_utf8(value, header->charset, limits_.fallback);
    add_property(std::move(property));
}

void Assembler::add_property(Property property) {
    if (++properties_ > kPropertiesMax) {
        break_card("line " + std::to_string(property.line) + ": more than " +
                   std::to_string(kPropertiesMax) + " properties");
        return;
    }
    Card& card = open_.back();
    if (property.name == "VERSION") {
        const std::string_view version = trimmed(property.value);
        card.version = version == "2.1"   ? Version::V21
                       : version == "4.0" ? Version::V40
                                          : Version::V30;
    }
    awaits_agent_ = property.name == "AGENT" && is_blank(property.value);
    if (awaits_agent_ || (property.name == "AGENT" && read_agent(property.value))) {
        return;
    }
    card.properties.push_back(std::move(property));
}

/// 3.0 writes the card inside as text: AGENT:BEGIN:VCARD\nFN:…\nEND:VCARD\n
bool Assembler::read_agent(const std::string& value) {
    const std::string text = unescaped(value, Version::V30);
    if (depth_ >= kAgentsDeepMax || !lower(text.substr(0, 6)).starts_with("begin:")) {
        return false;
    }
    Assembler inside(limits_, depth_ + 1);
    std::uint64_t number = 0;
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        inside.feed({rest.substr(0, end), ++number, 0});
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    inside.finish();
    Part part;
    if (!inside.take(part) || !part.why.empty()) {
        return false;
    }
    open_.back().agents.push_back(std::move(part.card));
    return true;
}

}  // namespace vcard

#include "plugin/frames.hpp"

#include <algorithm>

namespace coterie::plugin {
namespace {

/// What one read from the socket may bring; more costs cache misses, less costs system calls.
constexpr std::size_t kReceiveBytes = std::size_t{256} << 10;

template <class Number>
Number number_at(const char* at) {
    Number number = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
        number = static_cast<Number>(
            number |
            static_cast<Number>(static_cast<Number>(static_cast<std::uint8_t>(at[i])) << (8 * i)));
    }
    return number;
}

}  // namespace

template <class Number>
Number FieldReader::take_number() {
    if (!good_ || rest_.size() < sizeof(Number)) {
        good_ = false;
        return 0;
    }
    const auto number = number_at<Number>(rest_.data());
    rest_.remove_prefix(sizeof(Number));
    return number;
}

std::uint64_t FieldReader::number() {
    return take_number<std::uint64_t>();
}

std::string_view FieldReader::bytes() {
    const auto size = take_number<std::uint32_t>();
    if (!good_ || rest_.size() < size) {
        good_ = false;
        return {};
    }
    const auto bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
}

std::span<char> FrameDecoder::space() {
    if (taken_ > 0) {
        std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(taken_),
                  buffer_.begin() + static_cast<std::ptrdiff_t>(filled_), buffer_.begin());
        filled_ -= taken_;
        taken_ = 0;
    }
    // Grows with what really came, never with what a frame claims to hold.
    if (buffer_.size() < filled_ + kReceiveBytes) {
        buffer_.resize(std::max(filled_ + kReceiveBytes, filled_ + filled_ / 2));
    }
    return std::span(buffer_).subspan(filled_);
}

void FrameDecoder::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto room = space();
        const std::size_t part = std::min(room.size(), bytes.size());
        std::copy_n(bytes.begin(), part, room.begin());
        commit(part);
        bytes.remove_prefix(part);
    }
}

Result<std::optional<Frame>> FrameDecoder::next() {
    const std::size_t held = filled_ - taken_;
    if (held < kFrameHeaderBytes) {
        return std::optional<Frame>();
    }
    const char* header = buffer_.data() + taken_;
    const std::size_t payload = number_at<std::uint32_t>(header);
    if (payload > payload_bytes_max_) {
        return Error{ErrorKind::Fatal, "a frame of " + std::to_string(payload) +
                                           " bytes, allowed are " +
                                           std::to_string(payload_bytes_max_)};
    }
    if (held - kFrameHeaderBytes < payload) {
        return std::optional<Frame>();
    }
    taken_ += kFrameHeaderBytes + payload;
    return std::optional<Frame>(Frame{static_cast<FrameType>(static_cast<std::uint8_t>(header[4])),
                                      std::string_view(header + kFrameHeaderBytes, payload)});
}

}  // namespace coterie::plugin

/// The bytes between the core and a plugin's process: frames of a length, a type and fields.
///
///     frame  := length (u32) type (u8) field*     length: of the fields
///     field  := number (u64)  |  bytes: size (u32), that many bytes
///
/// Numbers are little-endian. Which fields a type has stands beside it. Encoding and decoding have
/// no state beyond their buffers: one thread at a time each.
#pragma once

#include "coterie/result.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::plugin {

enum class FrameType : std::uint8_t {
    // The core to the worker.
    Open = 1,        ///< config
    Check = 2,       ///< nothing
    Read = 3,        ///< stream, cursor, last_state
    Cancel = 4,      ///< nothing
    Close = 5,       ///< nothing
    Write = 6,       ///< numbers: is_complete, is_unchanged, total; stream, about
    Deliver = 7,     ///< number: action; id, json, previous. As many as the worker wants.
    DeliverEnd = 8,  ///< nothing: there are no more
    // The worker to the core.
    Record = 16,      ///< id, json, where
    Deleted = 17,     ///< id
    Quarantine = 18,  ///< raw, where, why
    Checkpoint = 19,  ///< cursor
    Restarted = 20,   ///< nothing
    Log = 21,         ///< number: level; message
    Progress = 22,    ///< numbers: done, total; unit
    Finished = 23,   ///< numbers: status, retry_after_ms; message. Closes Open, Check, Read, Write.
    KeepState = 26,  ///< state
    Unchanged = 27,  ///< nothing
    Report = 28,     ///< number: kind; subject, text
    Replaces = 29,   ///< id prefix
    Partial = 30,    ///< nothing
    Want = 32,       ///< number: so many more bytes of deliveries may come
    Answered = 33,   ///< number: outcome; id, message
    Held = 34,       ///< why
    // The core to the supervisor and back, on their own channel.
    Setup = 48,      ///< see host_protocol.hpp
    Terminate = 49,  ///< nothing: asks the worker's process group to end
    Kill = 50,       ///< nothing: ends the worker and all its descendants
    Ended = 51,      ///< numbers: how, value, resident bytes
};

inline constexpr std::size_t kFrameHeaderBytes = 5;
/// A writer hands its batch to the kernel when it is this long.
inline constexpr std::size_t kBatchBytes = std::size_t{64} << 10;
/// Beside a record, a frame holds an id and the fields' sizes.
inline constexpr std::size_t kFrameExtraBytesMax = std::size_t{64} << 10;
/// The least that any frame may hold, however small the records' limit is.
inline constexpr std::size_t kFrameBytesMaxLeast = std::size_t{2} << 20;
/// What the core sends: configs, cursors.
inline constexpr std::size_t kCommandBytesMax = std::size_t{32} << 20;
/// Bytes of deliveries that wait in the worker, one delivery more or less.
inline constexpr std::uint64_t kWantedBytes = std::uint64_t{1} << 20;

/// The longest payload that the core may send: a command, or a delivery of a record and the one
/// before it.
constexpr std::size_t command_bytes_max(std::uint64_t record_bytes_max) {
    const auto wanted = 2 * static_cast<std::size_t>(record_bytes_max) + kFrameExtraBytesMax;
    return wanted < kCommandBytesMax ? kCommandBytesMax : wanted;
}

/// The longest payload that a worker may send, given the longest record.
constexpr std::size_t frame_bytes_max(std::uint64_t record_bytes_max) {
    const auto wanted = static_cast<std::size_t>(record_bytes_max) + kFrameExtraBytesMax;
    return wanted < kFrameBytesMaxLeast ? kFrameBytesMaxLeast : wanted;
}

/// One frame. `payload` lives as long as the bytes that it was decoded from.
struct Frame {
    FrameType type = FrameType::Record;
    std::string_view payload;
};

namespace frame_detail {

inline std::size_t size_of(std::string_view bytes) {
    return 4 + bytes.size();
}
inline std::size_t size_of(std::uint64_t) {
    return 8;
}

template <class Number>
char* put_number(char* at, Number number) {
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
        at[i] = static_cast<char>(static_cast<std::uint8_t>(number >> (8 * i)));
    }
    return at + sizeof(Number);
}

inline char* put(char* at, std::uint64_t number) {
    return put_number(at, number);
}
inline char* put(char* at, std::string_view bytes) {
    at = put_number(at, static_cast<std::uint32_t>(bytes.size()));
    if (!bytes.empty()) {
        std::memcpy(at, bytes.data(), bytes.size());
    }
    return at + bytes.size();
}

}  // namespace frame_detail

/// Appends one frame; each field is a std::string_view or a std::uint64_t.
/// \pre The fields together stay under 4 GiB.
template <class... Fields>
void append_frame(std::string& out, FrameType type, Fields... fields) {
    const std::size_t payload = (std::size_t{0} + ... + frame_detail::size_of(fields));
    const std::size_t before = out.size();
    out.resize(before + kFrameHeaderBytes + payload);
    char* at = frame_detail::put_number(out.data() + before, static_cast<std::uint32_t>(payload));
    *at++ = static_cast<char>(type);
    ((at = frame_detail::put(at, fields)), ...);
}

/// Takes a payload apart, field by field; reading past its end gives empty fields and `complete`
/// false.
class FieldReader {
  public:
    explicit FieldReader(std::string_view payload) : rest_(payload) {}
    std::string_view bytes();
    std::uint64_t number();
    /// Whether all fields were there and nothing is left.
    [[nodiscard]] bool complete() const { return good_ && rest_.empty(); }

  private:
    template <class Number>
    Number take_number();
    std::string_view rest_;
    bool good_ = true;
};

/// Cuts a stream of bytes into frames, whatever the bytes are.
class FrameDecoder {
  public:
    explicit FrameDecoder(std::size_t payload_bytes_max) : payload_bytes_max_(payload_bytes_max) {}

    /// Room for more bytes; frames given out before are gone with it.
    std::span<char> space();
    /// So many of the bytes of `space` are filled.
    void commit(std::size_t bytes) { filled_ += bytes; }
    /// The same for bytes that lie elsewhere.
    void feed(std::string_view bytes);

    /// The next whole frame, nothing where bytes are missing.
    /// \return Fatal error where a frame is longer than allowed; the stream is then of no use.
    Result<std::optional<Frame>> next();
    /// Whether a frame has begun and not ended.
    [[nodiscard]] bool has_partial_frame() const { return taken_ < filled_; }

  private:
    std::size_t payload_bytes_max_;
    std::vector<char> buffer_;
    std::size_t taken_ = 0;   ///< given out
    std::size_t filled_ = 0;  ///< received
};

}  // namespace coterie::plugin

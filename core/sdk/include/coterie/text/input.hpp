/// A file's text as UTF-8, whatever it was written in.
#pragma once

#include "coterie/files.hpp"
#include "coterie/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct UConverter;

namespace coterie::text {

/// How a file's bytes become text.
struct Encoding {
    std::string name = "utf-8";    ///< "utf-8", or a name that ICU knows
    std::uint64_t mark_bytes = 0;  ///< of the byte order mark to skip
    std::string why;               ///< how it was found out; empty where the config says it

    [[nodiscard]] bool is_utf8() const { return name == "utf-8"; }
};

/// Settles the encoding of an open file, which is left somewhere in the middle.
///
/// "auto": a byte order mark; NULs in every other byte (UTF-16); UTF-8 where more bytes are valid
/// multi-byte text than are not, so that one damaged byte does not turn a whole file to mojibake;
/// else by its letters Windows-1252 (which Latin-1 is a part of) or Mac Roman, or what ICU's
/// detector takes it for. Looks at the first kEncodingProbeBytesMax bytes.
/// \return Config error for a name that ICU does not know.
coterie::Result<Encoding> settle_encoding(coterie::files::Reader& file, const std::string& wanted);

constexpr std::uint64_t kEncodingProbeBytesMax = 16ULL << 20;

/// Text from one file, in order. One thread.
class Input {
  public:
    static coterie::Result<Input> open(const coterie::files::Found& found,
                                       const Encoding& encoding);
    Input(Input&&) noexcept;
    Input& operator=(Input&&) noexcept;
    ~Input();

    /// Fills `out` as far as the text goes. What cannot be decoded becomes the byte FF, which no
    /// UTF-8 holds, so that its row is found. \return Bytes; less than asked only at the end.
    coterie::Result<std::size_t> read(char* out, std::size_t bytes);
    /// Goes to a place in the UTF-8 text. Cost: UTF-8 O(1); else all before is decoded again.
    coterie::Result<void> go_to(std::uint64_t offset);
    /// Bytes of the file that were read, for progress.
    [[nodiscard]] std::uint64_t file_bytes() const { return file_bytes_; }
    [[nodiscard]] coterie::Result<void> unchanged() const { return file_.unchanged(); }

  private:
    struct CloseConverter {
        void operator()(UConverter* converter) const;
    };

    Input(coterie::files::Reader file, Encoding encoding);
    coterie::Result<void> rewind();
    coterie::Result<void> decode_more();
    void append_utf8(const char16_t* at, const char16_t* end);

    coterie::files::Reader file_;
    Encoding encoding_;
    std::unique_ptr<UConverter, CloseConverter> converter_;
    std::unique_ptr<char[]> raw_;  ///< not cleared, nor wide_: small files should not pay for it
    std::unique_ptr<char16_t[]> wide_;
    char16_t high_surrogate_ = 0;  ///< waits for its other half
    std::string decoded_;
    std::size_t decoded_at_ = 0;
    bool ended_ = false;
    std::uint64_t file_bytes_ = 0;
};

}  // namespace coterie::text

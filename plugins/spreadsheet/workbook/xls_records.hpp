/// The records that an XLS workbook is made of, and the texts in them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct UConverter;

namespace spreadsheet {

/// What follows a record's type and length in the stream.
struct XlsRecord {
    std::uint16_t type = 0;
    std::string_view data;
    std::size_t at = 0;  ///< of the record in the stream
};

constexpr std::uint16_t kXlsContinue = 0x003C;

/// Walks over records one after the other.
class XlsRecords {
  public:
    XlsRecords(std::string_view stream, std::size_t at) : stream_(stream), at_(at) {}

    /// \return false at the stream's end, or where a record is cut short.
    bool next(XlsRecord& record);
    /// Where the record that next() gives begins.
    [[nodiscard]] std::size_t at() const { return at_; }

  private:
    std::string_view stream_;
    std::size_t at_;
};

/// A record with those that continue it. A text that goes on in the next says anew how wide its
/// characters are.
class XlsBytes {
  public:
    /// \param at  Of the record in the stream.
    XlsBytes(std::string_view stream, std::size_t at);

    [[nodiscard]] bool is_at_end() const;
    std::uint8_t u8();
    std::uint16_t u16();
    std::uint32_t u32();
    void skip(std::size_t bytes);
    /// Appends `count` characters of the width that `flags` tell, as UTF-8.
    void append_text(std::string& out, std::size_t count, std::uint8_t flags);

  private:
    /// What is left of the current piece; opens the next where none is.
    std::string_view rest();

    std::vector<std::string_view> pieces_;
    std::size_t piece_ = 0;
    std::size_t at_ = 0;
};

/// Turns bytes of a code page into UTF-8. One thread.
class XlsCodePage {
  public:
    XlsCodePage() = default;
    XlsCodePage(const XlsCodePage&) = delete;
    XlsCodePage& operator=(const XlsCodePage&) = delete;
    ~XlsCodePage();

    /// As CODEPAGE numbers it; what is unknown is read as windows-1252.
    void choose(std::uint16_t code_page);
    std::string decode(std::string_view bytes);

  private:
    UConverter* converter_ = nullptr;
};

}  // namespace spreadsheet

/// A file seen through a buffer that slides over it.
#pragma once

#include "coterie/files.hpp"
#include "coterie/result.hpp"

#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

namespace jsonl {

/// Views into it live until fill() or drop(). One thread.
class Window {
  public:
    /// Bytes readable behind end(), whatever they are: what simdjson wants.
    static constexpr std::size_t kPadding = 64;

    /// \param keep_max  The most bytes that the owner keeps between drop() and fill().
    Window(coterie::files::Reader file, std::size_t keep_max)
        : file_(std::move(file)), bytes_(keep_max + kBlockBytes + kPadding),
          buffer_(std::make_unique_for_overwrite<char[]>(bytes_)) {}

    /// The first byte not dropped.
    [[nodiscard]] const char* at() const { return buffer_.get() + at_; }
    [[nodiscard]] const char* end() const { return buffer_.get() + end_; }
    [[nodiscard]] std::size_t size() const { return end_ - at_; }
    /// at()'s place in the file.
    [[nodiscard]] std::uint64_t offset() const { return offset_; }
    /// Whether nothing follows end().
    [[nodiscard]] bool ended() const { return ended_; }
    /// \pre bytes <= size()
    void drop(std::size_t bytes) {
        at_ += bytes;
        offset_ += bytes;
    }
    /// Keeps [at, end) and adds to it. \pre !ended(), size() <= keep_max
    coterie::Result<void> fill() {
        std::memmove(buffer_.get(), at(), size());
        end_ = size();
        at_ = 0;
        const std::size_t room = bytes_ - kPadding - end_;
        COTERIE_TRY(const std::size_t got, file_.read(buffer_.get() + end_, room));
        ended_ = got < room;
        end_ += got;
        return {};
    }
    coterie::Result<void> go_to(std::uint64_t offset) {
        at_ = end_ = 0;
        offset_ = offset;
        ended_ = false;
        return file_.seek(offset);
    }
    [[nodiscard]] coterie::Result<void> unchanged() const { return file_.unchanged(); }

  private:
    static constexpr std::size_t kBlockBytes = 1U << 20;

    coterie::files::Reader file_;
    std::size_t bytes_;
    std::unique_ptr<char[]> buffer_;  ///< not cleared: small files should not pay for its size
    std::size_t at_ = 0;
    std::size_t end_ = 0;
    std::uint64_t offset_ = 0;
    bool ended_ = false;
};

}  // namespace jsonl

/// Many texts in one piece of memory, by index: a workbook's shared strings.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

namespace spreadsheet {

/// Eight bytes a text beyond its own. Grows by realloc, which moves pages instead of bytes, so that
/// there are never two copies.
class TextPool {
  public:
    void add(std::string_view text) {
        if (size_ + text.size() > capacity_) {
            grow(size_ + text.size());
        }
        if (!text.empty()) {
            std::memcpy(bytes_.get() + size_, text.data(), text.size());
        }
        size_ += text.size();
        ends_.push_back(size_);
    }
    [[nodiscard]] std::size_t count() const { return ends_.size(); }
    [[nodiscard]] std::uint64_t bytes() const { return size_ + ends_.size() * sizeof(ends_[0]); }
    /// \pre index < count()
    [[nodiscard]] std::string_view at(std::size_t index) const {
        const std::uint64_t first = index == 0 ? 0 : ends_[index - 1];
        return {bytes_.get() + first, static_cast<std::size_t>(ends_[index] - first)};
    }

  private:
    struct Free {
        void operator()(char* bytes) const { std::free(bytes); }
    };

    void grow(std::uint64_t wanted) {
        const std::uint64_t capacity = std::max<std::uint64_t>(wanted + wanted / 2, 4096);
        char* const bytes = static_cast<char*>(std::realloc(bytes_.get(), capacity));
        if (bytes == nullptr) {
            throw std::bad_alloc();
        }
        static_cast<void>(bytes_.release());
        bytes_.reset(bytes);
        capacity_ = capacity;
    }

    std::unique_ptr<char, Free> bytes_;
    std::uint64_t size_ = 0;
    std::uint64_t capacity_ = 0;
    std::vector<std::uint64_t> ends_;
};

}  // namespace spreadsheet

/// Ownership of a file descriptor, and waiting calls that signals do not break.
#pragma once

#include <unistd.h>

#include <string_view>
#include <utility>

namespace coterie::plugin {

/// Closes its descriptor; -1 is none.
class FileDescriptor {
  public:
    FileDescriptor() = default;
    explicit FileDescriptor(int number) : number_(number) {}
    FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        reset(std::exchange(other.number_, -1));
        return *this;
    }
    ~FileDescriptor() { reset(); }

    [[nodiscard]] int get() const { return number_; }
    explicit operator bool() const { return number_ >= 0; }
    void reset(int number = -1) {
        if (number_ >= 0) {
            ::close(number_);
        }
        number_ = number;
    }

  private:
    int number_ = -1;
};

/// Sends all of the bytes to a socket, waiting for room as long as it takes; never raises SIGPIPE.
/// \return false when the other side is gone (errno says more).
bool send_all(int socket, std::string_view bytes);

}  // namespace coterie::plugin

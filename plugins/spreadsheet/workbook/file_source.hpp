/// A file as it is, for workbooks that are plain XML.
#pragma once

#include "byte_source.hpp"

#include <fstream>
#include <string>

namespace spreadsheet {

class FileSource final : public ByteSource {
  public:
    explicit FileSource(const std::string& path) : in_(path, std::ios::binary) {}

    coterie::Result<std::size_t> read(char* buffer, std::size_t size) override {
        in_.read(buffer, static_cast<std::streamsize>(size));
        if (in_.bad() || (!in_ && !in_.eof())) {
            return coterie::Error{coterie::ErrorKind::Config, "the file cannot be read"};
        }
        done_ += static_cast<std::uint64_t>(in_.gcount());
        return static_cast<std::size_t>(in_.gcount());
    }
    [[nodiscard]] std::uint64_t bytes_done() const override { return done_; }

  private:
    std::ifstream in_;
    std::uint64_t done_ = 0;
};

}  // namespace spreadsheet

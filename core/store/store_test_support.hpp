/// What the store's tests share; no part of the library.
#pragma once

#include "store/store.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace coterie::store {

/// A folder of its own, gone with it.
class TestFolder {
  public:
    TestFolder() {
        auto pattern = (std::filesystem::temp_directory_path() / "coterie-store-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error("no folder for the test: " + pattern);
        }
        path_ = pattern;
    }
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;
    ~TestFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
        return path_ / name;
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

/// The value, or an exception that fails the test with the error's sentence.
template <class T>
auto must(Result<T> result) {
    if (!result) {
        throw std::runtime_error(result.error().message);
    }
    if constexpr (!std::is_void_v<T>) {
        return std::move(result).value();
    }
}

inline Timestamp moment(std::int64_t seconds) {
    return Timestamp(std::chrono::seconds(seconds));
}

inline std::string uri_of(const std::filesystem::path& path) {
    return "sqlite:" + path.string();
}

inline std::unique_ptr<Store> open_store(const std::filesystem::path& path,
                                         Store::Access access = Store::Access::ReadWrite) {
    return must(Store::open(uri_of(path), access));
}

/// Made-up raw JSON, different for each `number` and `version`.
inline std::string raw_json(std::uint64_t number, std::uint64_t version = 0) {
    const auto digits = std::to_string(number);
    const auto word = to_hex(hash128(digits)).substr(0, 8);
    return R"({"id":")" + digits + R"(","name":"Person )" + word + R"(","email":"p)" + word +
           R"(@gmail.com","instagram":"https://www.instagram.com/)" + word + R"(","followers":)" +
           std::to_string(1000 + version) + R"(,"country":"DK"})";
}

inline LandedRecord landed(std::uint64_t number, Row row = 0, std::uint64_t version = 0) {
    Codec codec;
    const auto raw = raw_json(number, version);
    return {row, "id-" + std::to_string(number), hash64(raw), codec.compress(raw)};
}

/// `count` new records, numbered from `first`.
inline std::vector<LandedRecord> landed_range(std::uint64_t first, std::uint64_t count) {
    std::vector<LandedRecord> records;
    for (std::uint64_t i = 0; i < count; ++i) {
        records.push_back(landed(first + i));
    }
    return records;
}

}  // namespace coterie::store

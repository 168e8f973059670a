/// What comes as a body: out of its encoding, into memory or a file, and not more than allowed.
#pragma once

#include "sdk/net/folder.hpp"
#include "sdk/net/target.hpp"

#include "coterie/result.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace coterie::http {

/// The temporary files of a client. Any thread.
class Files {
  public:
    /// A file that goes with the last copy of `owner`, which also keeps the folder.
    struct File {
        std::string path;
        std::shared_ptr<void> owner;
    };
    Result<File> next();

  private:
    std::mutex mutex_;
    std::shared_ptr<net::TemporaryFolder> folder_;
};

/// Takes gzip apart, piece by piece. curl could, but takes one that is cut short for whole.
class Gunzip {
  public:
    Gunzip();
    ~Gunzip();
    Gunzip(const Gunzip&) = delete;
    Gunzip& operator=(const Gunzip&) = delete;

    /// Calls `take(std::string_view)` with what comes out, which returns whether to go on.
    /// \return Whether it is gzip so far and was taken.
    template <class Take>
    bool feed(std::string_view bytes, Take&& take);
    /// Whether it came to its end.
    [[nodiscard]] bool is_whole() const { return is_whole_; }
    [[nodiscard]] bool is_broken() const { return is_broken_; }

  private:
    /// \return What came out; empty: more is needed.
    std::string_view step(std::string_view& bytes);
    struct State;
    std::unique_ptr<State> state_;
    bool is_whole_ = false;
    bool is_broken_ = false;
};

template <class Take>
bool Gunzip::feed(std::string_view bytes, Take&& take) {
    while (!is_broken_) {
        const std::string_view out = step(bytes);
        if (out.empty()) {
            return !is_broken_;
        }
        if (!take(out)) {
            return false;
        }
    }
    return false;
}

/// A body that is being received. One thread.
class Body {
  public:
    enum class Fault { None, TooLarge, DiskFailed, BadEncoding, UnknownEncoding };

    /// \param encoding  Content-Encoding. \param target  Null: memory.
    Body(std::string_view encoding, std::uint64_t bytes_max, net::Target* target);

    bool take(std::string_view bytes);
    /// After the last byte. \return Whether it is whole.
    bool finish();
    [[nodiscard]] Fault fault() const { return fault_; }
    [[nodiscard]] std::string& text() { return text_; }
    [[nodiscard]] std::uint64_t bytes_received() const { return received_; }

  private:
    bool keep(std::string_view bytes);

    const std::uint64_t bytes_max_;
    net::Target* const target_;
    std::optional<Gunzip> gunzip_;
    std::string text_;
    std::uint64_t received_ = 0;
    Fault fault_ = Fault::None;
};

}  // namespace coterie::http

#include "sdk/http/body.hpp"

#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace coterie::http {

Result<Files::File> Files::next() {
    const std::lock_guard lock(mutex_);
    if (folder_ == nullptr) {
        COTERIE_TRY(net::TemporaryFolder made, net::TemporaryFolder::create());
        folder_ = std::make_shared<net::TemporaryFolder>(std::move(made));
    }
    std::string path = folder_->next_path();
    std::shared_ptr<void> owner(nullptr, [path, folder = folder_](void*) {
        ::unlink(path.c_str());  // else it goes with the folder
    });
    return File{std::move(path), std::move(owner)};
}

// --- Gunzip --------------------------------------------------------------------------------------

struct Gunzip::State {
    z_stream stream{};
    std::array<char, std::size_t{64} << 10> out{};
    bool is_ready = false;
};

Gunzip::Gunzip() : state_(std::make_unique<State>()) {
    constexpr int kGzipOrZlib = 32;
    state_->is_ready = ::inflateInit2(&state_->stream, MAX_WBITS + kGzipOrZlib) == Z_OK;
    is_broken_ = !state_->is_ready;
}

Gunzip::~Gunzip() {
    if (state_->is_ready) {
        ::inflateEnd(&state_->stream);
    }
}

std::string_view Gunzip::step(std::string_view& bytes) {
    z_stream& stream = state_->stream;
    while (true) {
        if (is_whole_ && bytes.empty()) {
            return {};
        }
        if (is_whole_) {  // gzip may be followed by gzip
            if (bytes.front() == '\0') {
                bytes.remove_prefix(1);  // padding
                continue;
            }
            is_broken_ = ::inflateReset(&stream) != Z_OK;
            is_whole_ = false;
        }
        const auto given = static_cast<uInt>(std::min<std::size_t>(bytes.size(), 1U << 30U));
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream.avail_in = given;
        stream.next_out = reinterpret_cast<Bytef*>(state_->out.data());
        stream.avail_out = static_cast<uInt>(state_->out.size());
        const int code = ::inflate(&stream, Z_NO_FLUSH);
        bytes.remove_prefix(given - stream.avail_in);
        const std::size_t came = state_->out.size() - stream.avail_out;
        is_whole_ = code == Z_STREAM_END;
        is_broken_ = code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR;
        if (is_broken_) {
            return {};
        }
        if (came > 0) {
            return {state_->out.data(), came};
        }
        if (bytes.empty() || code == Z_BUF_ERROR) {
            return {};
        }
    }
}

// --- Body ----------------------------------------------------------------------------------------

Body::Body(std::string_view encoding, std::uint64_t bytes_max, net::Target* target)
    : bytes_max_(bytes_max), target_(target) {
    std::string name(encoding);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (name == "gzip" || name == "x-gzip" || name == "deflate") {
        gunzip_.emplace();
    } else if (!name.empty() && name != "identity") {
        fault_ = Fault::UnknownEncoding;
    }
}

bool Body::take(std::string_view bytes) {
    received_ += bytes.size();
    if (fault_ != Fault::None) {
        return false;
    }
    if (!gunzip_) {
        return keep(bytes);
    }
    if (!gunzip_->feed(bytes, [this](std::string_view out) { return keep(out); })) {
        fault_ = fault_ == Fault::None ? Fault::BadEncoding : fault_;
        return false;
    }
    return true;
}

bool Body::keep(std::string_view bytes) {
    const std::uint64_t held = target_ != nullptr ? target_->bytes() : text_.size();
    if (bytes.size() > bytes_max_ - std::min(bytes_max_, held)) {
        fault_ = Fault::TooLarge;
        return false;
    }
    if (target_ == nullptr) {
        text_.append(bytes);
    } else if (!target_->append(bytes)) {
        fault_ = Fault::DiskFailed;
        return false;
    }
    return true;
}

bool Body::finish() {
    if (fault_ == Fault::UnknownEncoding && received_ == 0) {
        fault_ = Fault::None;  // HEAD, 204
    }
    if (fault_ == Fault::None && gunzip_ && received_ > 0 && !gunzip_->is_whole()) {
        fault_ = Fault::BadEncoding;
    }
    return fault_ == Fault::None;
}

}  // namespace coterie::http

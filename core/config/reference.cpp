#include "config/reference.hpp"

#include "base/environment.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace coterie::config {

namespace {

constexpr std::string_view kAllowed =
    "allowed: ${env:NAME}, ${env:NAME:-default}, ${file:PATH}; for the text ${ itself, write $${";

class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) {
            ::close(number_);
        }
    }
    [[nodiscard]] int number() const { return number_; }

  private:
    int number_;
};

Error unreadable(int error) {
    return {ErrorKind::Config, fmt::format("cannot be read: {}", std::strerror(error))};
}

bool is_variable_name(std::string_view name) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    return !name.empty() && is_letter(name.front()) &&
           std::all_of(name.begin(), name.end(),
                       [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

/// Why the text cannot be a scalar's; empty when it can.
std::string_view unfit(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) {
        return "holds a zero byte";
    }
    return is_utf8(text) ? "" : "is no UTF-8";
}

/// One scalar while its references are put in.
class Scalar {
  public:
    Scalar(Node& node, const std::filesystem::path& folder, std::vector<Fault>& faults)
        : node_(node), folder_(folder), faults_(faults) {}

    void resolve() {
        const std::string text = std::move(node_.scalar);
        node_.scalar.clear();
        std::size_t done = 0;
        for (std::size_t dollar = text.find('$'); dollar != std::string::npos;
             dollar = text.find('$', dollar + 1)) {
            const std::string_view rest = std::string_view(text).substr(dollar);
            if (rest.starts_with("$${")) {
                node_.scalar.append(text, done, dollar - done).append("${");
                done = dollar + 3;
                dollar += 2;
            } else if (rest.starts_with("${")) {
                const std::size_t close = rest.find('}');
                node_.scalar.append(text, done, dollar - done);
                if (close == std::string_view::npos) {
                    fault(fmt::format("'${{' without its '}}'; {}", kAllowed));
                    return;
                }
                put(rest.substr(2, close - 2));
                dollar += close;
                done = dollar + 1;
            }
        }
        node_.scalar.append(text, done);
    }

  private:
    void fault(std::string message) { faults_.push_back({node_.place, std::move(message)}); }

    void put(std::string_view reference) {
        node_.is_secret = true;
        if (reference.starts_with("env:")) {
            put_variable(reference.substr(4));
        } else if (reference.starts_with("file:")) {
            put_file(trim(reference.substr(5)));
        } else {
            fault(
                fmt::format("unknown reference '${{{}}}'; {}", printable(reference, 60), kAllowed));
        }
    }

    void put_variable(std::string_view reference) {
        const std::size_t minus = reference.find(":-");
        const std::string name(trim(reference.substr(0, minus)));
        if (!is_variable_name(name)) {
            fault(fmt::format("'{}' is no name of an environment variable; allowed: letters, "
                              "digits and _, as in ${{env:NAME}} or ${{env:NAME:-default}}",
                              printable(name, 60)));
            return;
        }
        const char* value = std::getenv(name.c_str());
        if (value != nullptr && *value != '\0') {
            withhold_from_children(name);
            put_text(value, fmt::format("environment variable '{}'", name));
        } else if (minus != std::string_view::npos) {
            node_.scalar += reference.substr(minus + 2);
        } else {
            fault(fmt::format("environment variable '{0}' is {1}; allowed: one that is set (export "
                              "{0}=…), or a default (${{env:{0}:-default}})",
                              name, value == nullptr ? "not set" : "empty"));
        }
    }

    void put_file(std::string_view path) {
        if (path.empty()) {
            fault(fmt::format("'${{file:}}' names no file; {}", kAllowed));
            return;
        }
        const std::string what = fmt::format("file '{}'", printable(path));
        auto text = read_text_file(folder_ / path, kSecretBytesMax);
        if (!text) {
            fault(fmt::format("{} {}; allowed: a file that this user may read, relative to this "
                              "config file",
                              what, text.error().message));
            return;
        }
        if (text->ends_with('\n')) {
            text->pop_back();
            if (text->ends_with('\r')) {
                text->pop_back();
            }
        }
        put_text(*text, what);
    }

    void put_text(const std::string& text, const std::string& what) {
        if (const auto why = unfit(text); !why.empty()) {
            fault(fmt::format("{} {}; allowed: text in UTF-8", what, why));
            return;
        }
        node_.scalar += text;
        node_.secrets.push_back(text);
    }

    Node& node_;
    const std::filesystem::path& folder_;
    std::vector<Fault>& faults_;
};

}  // namespace

Result<std::string> read_text_file(const std::filesystem::path& file, std::size_t bytes_max) {
    // Without O_NONBLOCK, opening a pipe nobody writes to would wait for ever.
    const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (descriptor.number() < 0) {
        return unreadable(errno);
    }
    struct stat status {};
    if (::fstat(descriptor.number(), &status) != 0) {
        return unreadable(errno);
    }
    if (!S_ISREG(status.st_mode)) {
        return Error{ErrorKind::Config, "cannot be read: it is no regular file"};
    }
    std::string text;
    char block[16384];
    for (;;) {
        const ssize_t bytes = ::read(descriptor.number(), block, sizeof block);
        if (bytes == 0) {
            return text;
        }
        if (bytes < 0 && errno == EINTR) {
            continue;
        }
        if (bytes < 0) {
            return unreadable(errno);
        }
        text.append(block, static_cast<std::size_t>(bytes));
        if (text.size() > bytes_max) {
            return Error{ErrorKind::Config, fmt::format("is larger than {} bytes", bytes_max)};
        }
    }
}

void resolve_references(Node& node, const std::filesystem::path& folder,
                        std::vector<Fault>& faults) {
    if (node.is_scalar() && node.scalar.find("${") != std::string::npos) {
        Scalar(node, folder, faults).resolve();
    }
    for (Node& item : node.items) {
        resolve_references(item, folder, faults);
    }
    for (auto& member : node.members) {
        resolve_references(member.second, folder, faults);
    }
}

}  // namespace coterie::config

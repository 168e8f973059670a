/// An HTTP server of a test's own, on a free port of this machine, that answers byte for byte what
/// the test says: also what no proper server would.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace coterie::test {

struct Received {
    std::string method;
    std::string target;                          ///< path and query
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::string body;
    unsigned connection = 0;  ///< which, from 1

    [[nodiscard]] std::string header(const std::string& name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string() : found->second;
    }
};

struct Sent {
    std::string bytes;
    bool closes = false;  ///< the connection, after them
    bool hangs = false;   ///< sends them and then nothing until the server ends
};

/// A whole answer.
inline Sent answer(int status, std::string_view body,
                   const std::vector<std::string>& headers = {"Content-Type: application/json"}) {
    std::string text = "HTTP/1.1 " + std::to_string(status) + " Whatever\r\n";
    for (const std::string& header : headers) {
        text += header + "\r\n";
    }
    if (status != 204 && status != 304) {
        text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
    return {text + "\r\n" + std::string(body)};
}

class LoopbackServer {
  public:
    using Handler = std::function<Sent(const Received&)>;

    /// \param handler  Called by several threads, one a connection.
    explicit LoopbackServer(Handler handler) : handler_(std::move(handler)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (listener_ < 0 ||
            ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(listener_, 64) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            throw std::runtime_error("no port to listen on");
        }
        port_ = ntohs(address.sin_port);
        accepting_ = std::thread([this] { accept_all(); });
    }
    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;
    ~LoopbackServer() {
        ends_ = true;
        accepting_.join();
        for (std::thread& thread : threads_) {
            thread.join();
        }
        ::close(listener_);
    }

    [[nodiscard]] int port() const { return port_; }
    [[nodiscard]] std::string url(std::string_view path = "",
                                  std::string_view host = "127.0.0.1") const {
        return "http://" + std::string(host) + ":" + std::to_string(port_) + std::string(path);
    }
    /// What came, in order.
    [[nodiscard]] std::vector<Received> received() const {
        const std::lock_guard lock(mutex_);
        return received_;
    }

  private:
    void accept_all() {
        unsigned connections = 0;
        while (!ends_) {
            if (!is_readable(listener_)) {
                continue;
            }
            const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (connection >= 0) {
                threads_.emplace_back(
                    [this, connection, number = ++connections] { serve(connection, number); });
            }
        }
    }

    static bool is_readable(int descriptor) {
        pollfd waiting{descriptor, POLLIN, 0};
        return ::poll(&waiting, 1, 20) > 0;
    }

    void serve(int connection, unsigned number) {
        std::string pending;
        Received request;
        request.connection = number;
        while (read_request(connection, pending, request)) {
            {
                const std::lock_guard lock(mutex_);
                received_.push_back(request);
            }
            const Sent sent = handler_(request);
            std::string_view left = sent.bytes;
            while (!left.empty() && !ends_) {
                const ssize_t put = ::send(connection, left.data(), left.size(), MSG_NOSIGNAL);
                if (put <= 0) {
                    break;
                }
                left.remove_prefix(static_cast<std::size_t>(put));
            }
            while (sent.hangs && !ends_ && !is_closed(connection)) {
            }
            if (sent.closes || sent.hangs || !left.empty()) {
                break;
            }
        }
        ::close(connection);
    }

    static bool is_closed(int connection) {
        char byte = 0;
        return is_readable(connection) && ::recv(connection, &byte, 1, MSG_PEEK) <= 0;
    }

    bool read_more(int connection, std::string& pending) const {
        while (!ends_) {
            if (is_readable(connection)) {
                char piece[16384];
                const ssize_t got = ::recv(connection, piece, sizeof piece, 0);
                if (got <= 0) {
                    return false;
                }
                pending.append(piece, static_cast<std::size_t>(got));
                return true;
            }
        }
        return false;
    }

    bool read_request(int connection, std::string& pending, Received& request) const {
        std::size_t end = 0;
        while ((end = pending.find("\r\n\r\n")) == std::string::npos) {
            if (!read_more(connection, pending)) {
                return false;
            }
        }
        const std::string head = pending.substr(0, end + 2);
        pending.erase(0, end + 4);
        const auto space = head.find(' ');
        const auto second = head.find(' ', space + 1);
        request.method = head.substr(0, space);
        request.target = head.substr(space + 1, second - space - 1);
        request.headers.clear();
        for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
            const auto line_end = head.find("\r\n", at);
            const std::string line = head.substr(at, line_end - at);
            at = line_end + 2;
            const auto colon = line.find(':');
            std::string name = line.substr(0, colon);
            std::transform(name.begin(), name.end(), name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
            const auto first = line.find_first_not_of(' ', colon + 1);
            request.headers[name] = first == std::string::npos ? "" : line.substr(first);
        }
        const std::string length = request.header("content-length");
        const std::size_t size = length.empty() ? 0 : std::stoul(length);
        while (pending.size() < size) {
            if (!read_more(connection, pending)) {
                return false;
            }
        }
        request.body = pending.substr(0, size);
        pending.erase(0, size);
        return true;
    }

    const Handler handler_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<bool> ends_ = false;
    mutable std::mutex mutex_;  ///< guards received_
    std::vector<Received> received_;
    std::vector<std::thread> threads_;  ///< of accepting_ until it ends
    std::thread accepting_;
};

}  // namespace coterie::test

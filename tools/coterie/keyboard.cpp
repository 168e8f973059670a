#include "keyboard.hpp"

#include "cli.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

namespace coterie::cli {

namespace {

constexpr std::array kEndings{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
/// So long the rest of an arrow key may take to come.
constexpr int kEscapeWaitMs = 25;

// Handlers of signals see nothing else.
termios before{};
termios raw{};
struct sigaction on_ending {};
std::array<struct sigaction, kEndings.size()> endings_before{};
struct sigaction going_on_before {};

/// Gives the terminal back, then lets the signal do what it does: end the program, or stop it.
extern "C" void give_back(int signal) {
    const int kept = errno;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    errno = kept;
}

/// It was stopped, and goes on.
extern "C" void take_again(int) {
    const int kept = errno;
    ::sigaction(SIGTSTP, &on_ending, nullptr);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    errno = kept;
}

/// Whether another byte comes at once, as those of one key do.
bool read_rest(char& c) {
    pollfd waiting{STDIN_FILENO, POLLIN, 0};
    return ::poll(&waiting, 1, kEscapeWaitMs) > 0 && ::read(STDIN_FILENO, &c, 1) == 1;
}

/// What follows the escape of an arrow or function key (ECMA-48: "[", parameters, a letter), which
/// means nothing here.
void pass_over_escape() {
    char c = 0;
    if (!read_rest(c)) {
        return;
    }
    if (c == 'O') {
        read_rest(c);
    } else if (c == '[') {
        const auto is_last = [](char byte) { return byte >= '@' && byte <= '~'; };
        while (read_rest(c) && !is_last(c)) {
        }
    }
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

Keyboard::Keyboard() : is_terminal_(::isatty(STDIN_FILENO) != 0) {
    if (!is_terminal_) {
        return;
    }
    if (::tcgetattr(STDIN_FILENO, &before) != 0) {
        throw CommandError(Nothing,
                           fmt::format("the terminal cannot be used: {}", std::strerror(errno)));
    }
    raw = before;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    on_ending.sa_handler = give_back;
    sigemptyset(&on_ending.sa_mask);
    for (std::size_t i = 0; i < kEndings.size(); ++i) {
        ::sigaction(kEndings[i], &on_ending, &endings_before[i]);
    }
    struct sigaction on_going_on {};
    on_going_on.sa_handler = take_again;
    sigemptyset(&on_going_on.sa_mask);
    ::sigaction(SIGCONT, &on_going_on, &going_on_before);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

Keyboard::~Keyboard() {
    if (is_terminal_) {
        ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
        for (std::size_t i = 0; i < kEndings.size(); ++i) {
            ::sigaction(kEndings[i], &endings_before[i], nullptr);
        }
        ::sigaction(SIGCONT, &going_on_before, nullptr);
    }
}

Keyboard::Press Keyboard::next() {
    return is_terminal_ ? next_of_terminal() : next_line();
}

Keyboard::Press Keyboard::next_of_terminal() {
    constexpr char kEscape = '\x1b';
    constexpr char kEndOfInput = '\x04';
    for (;;) {
        char c = 0;
        const ssize_t count = ::read(STDIN_FILENO, &c, 1);
        if (count < 0 && errno == EINTR) {
            return Press::Again;
        }
        if (count <= 0 || c == kEndOfInput) {
            return Press::End;
        }
        if (c != kEscape) {
            key_ = lower(c);
            return Press::Key;
        }
        pass_over_escape();
    }
}

Keyboard::Press Keyboard::next_line() {
    key_ = ' ';
    for (bool is_first = true;;) {
        const int c = std::fgetc(stdin);
        if (c == EOF) {
            return is_first ? Press::End : Press::Key;
        }
        if (c == '\n') {
            return Press::Key;
        }
        is_first = false;
        if (key_ == ' ') {
            key_ = c == '\r' || c == '\t' ? ' ' : lower(static_cast<char>(c));
        }
    }
}

}  // namespace coterie::cli

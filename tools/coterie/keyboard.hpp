/// Answers of one key: pressed on a terminal, or the first of each line of anything else.
#pragma once

#include <memory>

namespace coterie::cli {

/// Reads standard input. While one lives a terminal gives keys at once and does not show them; it
/// is as before when it goes, and when a signal ends or stops the program.
class Keyboard {
  public:
    enum class Press { Key, Again, End };

    Keyboard();
    ~Keyboard();
    Keyboard(const Keyboard&) = delete;
    Keyboard& operator=(const Keyboard&) = delete;

    /// Waits for the next one. Again: the program was stopped and goes on, so what was shown may be
    /// gone from the screen.
    Press next();
    /// In lower case; a blank for an empty line.
    [[nodiscard]] char key() const { return key_; }
    [[nodiscard]] bool is_terminal() const { return is_terminal_; }

  private:
    Press next_of_terminal();
    Press next_line();

    bool is_terminal_ = false;
    char key_ = 0;
};

}  // namespace coterie::cli

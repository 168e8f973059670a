/// What of this program's environment those that it starts are not to see.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace coterie {

/// The config has taken a value out of this variable: it is whoever's the config gives it to, and
/// no other's. Variables that every program needs (HOME, PATH, …) are left as they are. Any thread.
void withhold_from_children(std::string_view variable);

/// This program's environment, "NAME=value" each, without what is withheld. Any thread.
std::vector<std::string> environment_of_children();

}  // namespace coterie

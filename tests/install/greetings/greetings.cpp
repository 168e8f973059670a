#include "greetings.hpp"

#include <fstream>

namespace greetings {

std::string greeting(const std::string& name) {
    return "Hello, " + name;
}

coterie::Result<void> Greetings::read(const coterie::ReadRequest& request, coterie::Sink& sink) {
    std::ifstream file(location_);
    if (!file) {
        return coterie::Error{coterie::ErrorKind::Config, location_ + ": cannot be opened"};
    }
    const std::size_t skip = request.resume_from ? request.resume_from->get<std::size_t>() : 0;
    std::string line;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
        if (number > skip) {
            sink.record(nlohmann::json{{"name", line}, {"greeting", greeting(line)}}.dump(),
                        std::to_string(number));
            sink.checkpoint(number);
        }
    }
    return {};
}

}  // namespace greetings

COTERIE_EXPORT_SOURCE(greetings::Greetings, "greetings");

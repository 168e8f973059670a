#include "coterie/connector.hpp"

#include <fstream>
#include <string>

namespace {

class Lines final : public coterie::Source {
  public:
    explicit Lines(const nlohmann::json& config) : location_(config.at("location")) {}

    coterie::Result<void> check() override {
        if (!std::ifstream(location_)) {
            return coterie::Error{coterie::ErrorKind::Config,
                                  "the file '" + location_ + "' cannot be opened"};
        }
        return {};
    }

    coterie::Result<void> read(const coterie::ReadRequest& request, coterie::Sink& sink) override {
        COTERIE_TRY_VOID(check());
        std::ifstream file(location_);
        const std::size_t skip = request.resume_from ? request.resume_from->get<std::size_t>() : 0;
        std::string line;
        for (std::size_t number = 1; std::getline(file, line); ++number) {
            if (number <= skip) {
                continue;
            }
            if (line.empty()) {
                sink.quarantine(line, location_ + ":" + std::to_string(number), "an empty line");
            } else {
                sink.record(nlohmann::json{{"name", line}}.dump(), std::to_string(number));
            }
            sink.checkpoint(number);
        }
        return {};
    }

  private:
    std::string location_;
};

}  // namespace

COTERIE_EXPORT_SOURCE(Lines, "lines");

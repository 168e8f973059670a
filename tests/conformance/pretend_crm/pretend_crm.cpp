// A CRM whose API is files: what the core does for such connectors is tested with it.
#include "coterie/connector.hpp"

#include <fstream>
#include <string>

namespace {

class PretendCrm final : public coterie::Source {
  public:
    explicit PretendCrm(const nlohmann::json& config) : config_(config) {}

    coterie::Result<void> read(const coterie::ReadRequest& request, coterie::Sink& sink) override {
        const std::string path = config_.at("streams").at(request.stream).at("file");
        std::ifstream file(path);
        if (!file) {
            return coterie::Error{coterie::ErrorKind::Fatal, "cannot read '" + path + "'"};
        }
        const auto behind = request.resume_from ? request.resume_from->get<std::size_t>() : 0;
        std::string line;
        for (std::size_t number = 1; std::getline(file, line); ++number) {
            if (number > behind) {
                const auto record = nlohmann::json::parse(line);
                sink.record(line, record.at("id").get<std::string>());
                sink.checkpoint(number);
            }
        }
        return {};
    }

  private:
    nlohmann::json config_;
};

}  // namespace

COTERIE_EXPORT_SOURCE(PretendCrm, "pretend_crm");

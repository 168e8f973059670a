// A CRM's feed of changes, played from a log. A line is {"id", "record"}, {"id", "deleted": true},
// {"walk": true} (from here on the log lists all that there is; a read that stands before the line
// starts the stream anew) or {"fail": FILE} (a transient failure, until the file is there: it is
// made by the first failure).
#include "coterie/connector.hpp"

#include <fstream>
#include <string>
#include <vector>

class Feed final : public coterie::Source {
  public:
    explicit Feed(const nlohmann::json& config)
        : folder_(config.at("path").get<std::string>()),
          every_(config.value("checkpoint_every", 1U)) {}

    coterie::Result<void> read(const coterie::ReadRequest& request, coterie::Sink& sink) override {
        const std::vector<nlohmann::json> lines = read_log(request.stream);
        std::size_t walk = 0;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            walk = lines[i].contains("walk") ? i + 1 : walk;
        }
        std::size_t at = walk;
        if (request.resume_from) {
            const auto cursor = request.resume_from->get<std::size_t>();
            if (cursor < walk) {
                sink.restarted();
            } else {
                at = cursor;
            }
        }
        for (; at < lines.size(); ++at) {
            if (lines[at].contains("fail") && fails(lines[at]["fail"].get<std::string>())) {
                return coterie::Error{coterie::ErrorKind::Transient, "cut off"};
            }
            hand_over(lines[at], sink);
            if ((at + 1) % every_ == 0) {
                sink.checkpoint(at + 1);
            }
        }
        sink.checkpoint(lines.size());
        return {};
    }

  private:
    [[nodiscard]] std::vector<nlohmann::json> read_log(const std::string& stream) const {
        std::vector<nlohmann::json> lines;
        std::ifstream file(folder_ + "/" + stream + ".log");
        for (std::string line; std::getline(file, line);) {
            lines.push_back(nlohmann::json::parse(line));
        }
        return lines;
    }

    [[nodiscard]] bool fails(const std::string& name) const {
        const std::string mark = folder_ + "/" + name;
        if (std::ifstream(mark).good()) {
            return false;
        }
        const std::ofstream made(mark);
        return true;
    }

    static void hand_over(const nlohmann::json& line, coterie::Sink& sink) {
        if (line.contains("record")) {
            sink.record(line["record"].dump(), line["id"].get<std::string>());
        } else if (line.contains("deleted")) {
            sink.deleted(line["id"].get<std::string>());
        }
    }

    std::string folder_;
    unsigned every_;
};

COTERIE_EXPORT_SOURCE(Feed, "feed");

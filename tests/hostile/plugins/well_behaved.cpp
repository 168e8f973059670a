// The measure of the others: yields as many records as it is told, with checkpoints.
#include "coterie/connector.hpp"

class WellBehaved final : public coterie::Source {
  public:
    explicit WellBehaved(const nlohmann::json& config)
        : records_(config.value("records", 10U)), every_(config.value("checkpoint_every", 1U)),
          padding_(config.value("record_bytes", 0U), 'x') {}

    coterie::Result<void> read(const coterie::ReadRequest& request, coterie::Sink& sink) override {
        std::string json;
        for (auto number = request.resume_from ? request.resume_from->get<unsigned>() : 0U;
             number < records_; ++number) {
            const std::string id = std::to_string(number);
            json.assign("{\"id\":")
                .append(id)
                .append(",\"text\":\"")
                .append(padding_)
                .append("\"}");
            sink.record(json, id, "line " + id);
            if ((number + 1) % every_ == 0) {
                sink.checkpoint(number + 1);
            }
        }
        return {};
    }

  private:
    unsigned records_;
    unsigned every_;
    std::string padding_;
};

COTERIE_EXPORT_SOURCE(WellBehaved, HOSTILE_NAME);

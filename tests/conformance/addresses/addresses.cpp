#include "coterie/connector.hpp"

#include <filesystem>
#include <fstream>
#include <string>

namespace {

class Addresses final : public coterie::Destination {
  public:
    explicit Addresses(const nlohmann::json& config) : path_(config.at("path")) {}

    coterie::Result<void> write(const coterie::WriteRequest& request,
                                coterie::Deliveries& deliveries) override {
        if (request.is_unchanged && std::filesystem::exists(path_)) {
            return {};
        }
        std::string list;
        while (const auto delivery = deliveries.next()) {
            const auto golden = nlohmann::json::parse(delivery->json);
            for (const auto& email : golden.value("emails", nlohmann::json::array())) {
                list += email.at("address").get<std::string>() + "\n";
            }
            deliveries.delivered(delivery->id);
        }
        return replace_file(list);
    }

  private:
    /// Under another name first, so that nobody ever sees half of it.
    coterie::Result<void> replace_file(const std::string& content) const {
        const std::string part = path_ + ".part";
        std::ofstream file(part, std::ios::binary);
        file << content;
        file.close();
        std::error_code failed;
        if (file) {
            std::filesystem::rename(part, path_, failed);
        }
        if (!file || failed) {
            return coterie::Error{coterie::ErrorKind::Fatal,
                                  "the file '" + path_ + "' cannot be written"};
        }
        return {};
    }

    std::string path_;
};

}  // namespace

COTERIE_EXPORT_DESTINATION(Addresses, "addresses");

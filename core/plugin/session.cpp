#include "plugin/session.hpp"

#include "plugin/in_process_session.hpp"
#include "plugin/process_session.hpp"

namespace coterie::plugin {

Result<std::unique_ptr<Session>>
Session::open(const Installed& plugin, const nlohmann::json& config, SessionOptions options) {
    return options.isolation == Isolation::Process
               ? open_isolated(plugin, config, std::move(options))
               : open_in_process(plugin, config, std::move(options));
}

}  // namespace coterie::plugin

#include "greenfly.hpp"

#include "person.hpp"
#include "roster.hpp"

#include "coterie/location.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace greenfly {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

/// Rows between two signs of life.
constexpr std::uint64_t kRowsBetweenProgress = 1000;

}  // namespace

Result<void> Greenfly::check() {
    const fs::path folder = fs::path(settings_.path).parent_path();
    const std::string shown = folder.empty() ? "." : folder.string();
    if (::access(shown.c_str(), W_OK | X_OK) != 0) {
        return Error{ErrorKind::Config, "the folder '" + shown + "' of the file cannot be " +
                                            "written to: " + std::strerror(errno)};
    }
    return settings_.upload ? coterie::location::check_put(*settings_.upload) : Result<void>();
}

Result<void> Greenfly::write(const coterie::WriteRequest& request,
                             coterie::Deliveries& deliveries) {
    std::error_code failed;
    if (request.is_unchanged && fs::is_regular_file(settings_.path, failed)) {
        return {};
    }
    if (!request.is_complete) {
        return Error{ErrorKind::Fatal, "a roster file is written whole, not change by change"};
    }
    std::set<std::string> gone;
    if (settings_.list_removed && settings_.header_of("status")) {
        COTERIE_TRY(gone, external_ids(settings_.path, settings_));
    }
    COTERIE_TRY(const auto roster, Roster::create(settings_));
    Taken taken;
    std::uint64_t done = 0;
    while (const auto delivery = deliveries.next()) {
        const std::string id(delivery->id);
        if (delivery->action == coterie::Delivery::Action::Remove) {
            deliveries.delivered(id);  // who is not in the file is gone from it
            continue;
        }
        const auto golden = json::parse(delivery->json, nullptr, false);
        if (!golden.is_object()) {
            deliveries.rejected(id, "the record is no JSON object");
            continue;
        }
        const auto person = person_of(golden, settings_, taken);
        if (!person) {
            deliveries.rejected(id, person.error().message);
            continue;
        }
        COTERIE_TRY_VOID(roster->append(*person));
        gone.erase(id);
        deliveries.delivered(id);
        if (++done % kRowsBetweenProgress == 0) {
            deliveries.progress(done, request.total, "records");
        }
    }
    for (const auto& id : gone) {
        COTERIE_TRY_VOID(roster->append({{"external_id", id}, {"status", settings_.removed}}));
    }
    COTERIE_TRY_VOID(roster->close());
    // First there, then here: where the server cannot be reached, both keep the file they had.
    if (settings_.upload) {
        COTERIE_TRY_VOID(
            coterie::location::put(*settings_.upload, roster->part(), &deliveries.words()));
    }
    return roster->put_in_place();
}

}  // namespace greenfly

COTERIE_EXPORT_DESTINATION(greenfly::Greenfly, "greenfly");

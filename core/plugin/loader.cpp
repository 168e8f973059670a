#include "plugin/loader.hpp"

#include "base/text.hpp"
#include "plugin/abi_note.hpp"
#include "plugin/host_calls.hpp"
#include "plugin/permissions.hpp"

// Boost.DLL 1.74 with BOOST_DLL_USE_STD_FS needs <vector> before it.
#include <boost/dll/shared_library.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace coterie::plugin {
namespace {

/// The tables of functions end here as of ABI 1.0.
constexpr std::size_t kPluginBytesMin =
    offsetof(coterie_plugin, close) + sizeof(coterie_plugin::close);
/// A destination's, as of ABI 1.1.
constexpr std::size_t kDestinationBytesMin =
    offsetof(coterie_plugin, write) + sizeof(coterie_plugin::write);

Error config_error(std::string message) {
    return Error{ErrorKind::Config, std::move(message)};
}

/// Loaded libraries by path, kept for the life of the process (on purpose never destroyed).
struct Registry {
    std::mutex mutex;  ///< guards `libraries`
    std::map<std::string, boost::dll::shared_library> libraries;
};

Registry& registry() {
    static auto* const kept = new Registry();
    return *kept;
}

Result<coterie_plugin_entry_function> load_entry(const std::filesystem::path& library) {
    auto& [mutex, libraries] = registry();
    const std::scoped_lock lock(mutex);
    auto& loaded = libraries[library.string()];
    if (!loaded.is_loaded()) {
        boost::dll::fs::error_code error;
        // Without rtld_now Boost falls back to lazy binding: a missing symbol would end the process
        // at its first call.
        using boost::dll::load_mode::type;
        loaded.load(
            library, error,
            static_cast<type>(boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local));
        if (error) {
            const char* reason = ::dlerror();
            return config_error(fmt::format("it cannot be loaded: {}",
                                            reason != nullptr ? reason : error.message()));
        }
    }
    if (!loaded.has(COTERIE_ENTRY_SYMBOL)) {
        return config_error(fmt::format("it exports no function {}; build it with "
                                        "COTERIE_EXPORT_SOURCE or COTERIE_EXPORT_DESTINATION",
                                        COTERIE_ENTRY_SYMBOL));
    }
    return &loaded.get<const coterie_plugin*(const coterie_host*)>(COTERIE_ENTRY_SYMBOL);
}

Result<const coterie_plugin*> call_entry(coterie_plugin_entry_function entry) {
    HostCalls calls;
    const coterie_plugin* table = nullptr;
    try {
        table = entry(calls.host());
    } catch (const std::exception& error) {
        return config_error(
            fmt::format("its entry point let an exception escape: {}", error.what()));
    } catch (...) {
        return config_error("its entry point let an exception escape");
    }
    if (table == nullptr) {
        return config_error(fmt::format("its entry point gave no table of functions: {}",
                                        calls.error_message().empty() ? "it did not say why"
                                                                      : calls.error_message()));
    }
    return table;
}

std::string_view view(coterie_bytes bytes) {
    return bytes.data == nullptr ? std::string_view() : std::string_view(bytes.data, bytes.size);
}

/// Whether the library says that it is of this kind.
bool is_kind(const coterie_plugin& table, std::string_view kind) {
    const auto kinds = split(view(table.kinds), ',');
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

Result<void> check_functions(const coterie_plugin& table) {
    std::vector<std::string_view> missing;
    const auto need = [&missing](bool is_there, std::string_view name) {
        if (!is_there) {
            missing.push_back(name);
        }
    };
    need(table.open != nullptr, "open");
    need(table.check != nullptr, "check");
    // What is neither source nor destination is held to the older kind's rules.
    const bool says_destination = is_kind(table, "destination");
    need(table.read != nullptr || (says_destination && !is_kind(table, "source")), "read");
    need(table.close != nullptr, "close");
    need(!says_destination || is_destination(table), "write");
    if (!missing.empty()) {
        return config_error(
            fmt::format("its table of functions lacks {}", fmt::join(missing, ", ")));
    }
    return {};
}

Result<void> check_identity(const coterie_plugin& table, const Manifest& manifest) {
    const auto expect = [](std::string_view what, std::string_view library,
                           const std::string& stated) -> Result<void> {
        if (library == stated) {
            return {};
        }
        return config_error(fmt::format(
            "its {} is '{}', and manifest.json says '{}'; they must come from one build", what,
            library, stated));
    };
    COTERIE_TRY_VOID(expect("name", view(table.name), manifest.name));
    COTERIE_TRY_VOID(expect("version", view(table.version), manifest.version));
    return expect("list of kinds", view(table.kinds),
                  fmt::format("{}", fmt::join(manifest.kinds, ",")));
}

Result<const coterie_plugin*> load_checked(const Installed& plugin) {
    COTERIE_TRY_VOID(refuse_writable_by_others(plugin.library.parent_path()));
    COTERIE_TRY_VOID(refuse_writable_by_others(plugin.library));
    COTERIE_TRY(const auto note, read_abi_note(plugin.library));
    COTERIE_TRY_VOID(check_abi(note));
    COTERIE_TRY(const auto entry, load_entry(plugin.library));
    COTERIE_TRY(const auto table, call_entry(entry));
    if (table->size < kPluginBytesMin) {
        return config_error(fmt::format("its table of functions has {} bytes, ABI {}.0 needs {}",
                                        table->size, COTERIE_ABI_MAJOR, kPluginBytesMin));
    }
    COTERIE_TRY_VOID(check_abi({{}, table->abi_major, table->abi_minor}));
    COTERIE_TRY_VOID(check_functions(*table));
    COTERIE_TRY_VOID(check_identity(*table, plugin.manifest));
    return table;
}

}  // namespace

bool is_destination(const coterie_plugin& table) {
    return table.size >= kDestinationBytesMin && table.write != nullptr;
}

Result<const coterie_plugin*> load_plugin(const Installed& plugin) {
    return load_checked(plugin).transform_error(
        within(fmt::format("plugin '{}': {}", plugin.manifest.name, plugin.library.string())));
}

}  // namespace coterie::plugin

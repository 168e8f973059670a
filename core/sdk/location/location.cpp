#include "coterie/location.hpp"

#include "sdk/location/archive.hpp"
#include "sdk/location/pattern.hpp"
#include "sdk/location/remote.hpp"
#include "sdk/location/settings.hpp"
#include "sdk/location/transfer.hpp"
#include "sdk/net/folder.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <tuple>

namespace coterie::location {

namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

constexpr unsigned kStateForm = 1;
/// A file that changed so shortly before it was looked at may change again unseen: a clock has
/// ticks, and a server's time whole seconds.
constexpr seconds kSettlesAfter{2};
constexpr seconds kRemoteSettlesAfter{5};
/// Larger local files are not hashed: their time and size have to do.
constexpr std::uint64_t kHashedBytesMax = std::uint64_t{256} << 20;
constexpr std::size_t kStateBytesMax = std::size_t{1} << 20;

/// One file as the state has it.
struct Known {
    std::string key;
    std::string tag, since, hash;
    std::int64_t bytes = -1;
    std::int64_t modified = -1;
    bool settled = false;
};

void to_json(nlohmann::json& json, const Known& known) {
    json = {{"key", known.key},        {"tag", known.tag},     {"since", known.since},
            {"hash", known.hash},      {"bytes", known.bytes}, {"modified", known.modified},
            {"settled", known.settled}};
}

void from_json(const nlohmann::json& json, Known& known) {
    json.at("key").get_to(known.key);
    json.at("tag").get_to(known.tag);
    json.at("since").get_to(known.since);
    json.at("hash").get_to(known.hash);
    json.at("bytes").get_to(known.bytes);
    json.at("modified").get_to(known.modified);
    json.at("settled").get_to(known.settled);
}

/// What the last read kept; empty where it is none of ours.
std::vector<Known> known_files(const std::optional<nlohmann::json>& state) {
    try {
        if (state && state->at("form") == kStateForm) {
            return state->at("files").get<std::vector<Known>>();
        }
    } catch (const nlohmann::json::exception&) {
        return {};  // another version of this library kept it
    }
    return {};
}

nlohmann::json state_of(const std::vector<Known>& files) {
    const bool can_tell = std::all_of(files.begin(), files.end(), [](const Known& known) {
        return !known.tag.empty() || !known.hash.empty() || !known.since.empty() || known.settled;
    });
    nlohmann::json state = {{"form", kStateForm}, {"files", files}};
    return can_tell && state.dump().size() <= kStateBytesMax ? state : nlohmann::json();
}

bool is_settled(nanoseconds modified, seconds after) {
    return system_clock::now().time_since_epoch() - modified >= after;
}

std::unique_ptr<Remote> remote_of(Connection connection) {
    switch (connection.settings().scheme) {
    case Scheme::Sftp:
    case Scheme::Ftp:
        return file_server(std::move(connection));
    case Scheme::Imap:
        return mailbox(std::move(connection));
    case Scheme::S3:
        return bucket(std::move(connection));
    case Scheme::Sheet:
        return sheet(std::move(connection));
    case Scheme::Http:
    case Scheme::Local:
        break;
    }
    return web_file(std::move(connection));
}

/// Of several versions the newest: by the date in its name, then by when it was changed, then by
/// name.
template <class File, class Leaf, class Modified>
void keep_newest(std::vector<File>& files, Leaf leaf, Modified modified) {
    const auto age = [&](const File& file) {
        return std::tuple(date_in_name(leaf(file)), modified(file), leaf(file));
    };
    const auto newest =
        std::max_element(files.begin(), files.end(), [&](const File& left, const File& right) {
            return age(left) < age(right);
        });
    File kept = std::move(*newest);
    files.clear();
    files.push_back(std::move(kept));
}

}  // namespace

struct Fetched::Impl {
    std::vector<files::Found> files;
    nlohmann::json state;
    bool unchanged = false;
    std::optional<net::TemporaryFolder> folder;
};

Fetched::Fetched(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Fetched::Fetched(Fetched&&) noexcept = default;
Fetched& Fetched::operator=(Fetched&&) noexcept = default;
Fetched::~Fetched() = default;

const std::vector<files::Found>& Fetched::files() const {
    return impl_->files;
}
bool Fetched::unchanged() const {
    return impl_->unchanged;
}
const nlohmann::json& Fetched::state() const {
    return impl_->state;
}

/// One call of fetch().
class Fetching {
  public:
    Fetching(Settings settings, const std::optional<nlohmann::json>& last_state, Sink* sink)
        : settings_(std::move(settings)), last_(known_files(last_state)), sink_(sink) {}

    Result<Fetched> run() {
        COTERIE_TRY_VOID(settings_.scheme == Scheme::Local ? find_local() : fetch_remote());
        made_->state = state_of(now_);
        if (made_->unchanged) {
            made_->files.clear();
        } else {
            COTERIE_TRY_VOID(unpack_archives());
        }
        std::sort(made_->files.begin(), made_->files.end(),
                  [](const auto& left, const auto& right) { return left.name < right.name; });
        return Fetched(std::move(made_));
    }

  private:
    [[nodiscard]] const Known* last(const std::string& key) const {
        const auto found = std::find_if(last_.begin(), last_.end(),
                                        [&](const Known& known) { return known.key == key; });
        return found == last_.end() ? nullptr : &*found;
    }

    // --- Local -----------------------------------------------------------------------------------

    Result<void> find_local() {
        COTERIE_TRY(made_->files, files::find(settings_.location));
        if (settings_.newest_only) {
            keep_newest(
                made_->files, [](const files::Found& file) { return leaf_of(file.path); },
                [](const files::Found& file) { return file.stamp.modified_ns; });
        }
        bool all_same = made_->files.size() == last_.size();
        for (const files::Found& file : made_->files) {
            Known known;
            known.key = file.name;
            known.bytes = static_cast<std::int64_t>(file.stamp.bytes);
            known.modified = file.stamp.modified_ns;
            known.settled = is_settled(nanoseconds(known.modified), kSettlesAfter);
            COTERIE_TRY(const bool same, take_local(file, known));
            all_same = all_same && same;
            now_.push_back(std::move(known));
        }
        made_->unchanged = all_same;
        return {};
    }

    /// Completes what is known of a file. \return Whether it is as at the last read.
    Result<bool> take_local(const files::Found& file, Known& known) {
        const Known* const before = last(known.key);
        const bool same_stamp = before != nullptr && before->bytes == known.bytes &&
                                before->modified == known.modified && before->settled;
        if (same_stamp) {
            known.hash = before->hash;
            return true;
        }
        if (file.stamp.bytes <= kHashedBytesMax) {
            COTERIE_TRY(known.hash, content_hash(file));
        }
        return before != nullptr && before->bytes == known.bytes && !known.hash.empty() &&
               before->hash == known.hash;
    }

    // --- Remote ----------------------------------------------------------------------------------

    Result<void> fetch_remote() {
        COTERIE_TRY(auto connection, Connection::create(settings_, sink_));
        const auto remote = remote_of(std::move(connection));
        COTERIE_TRY(std::vector<Item> items, remote->list());
        if (settings_.newest_only) {
            keep_newest(
                items, [](const Item& item) { return item.leaf; },
                [](const Item& item) { return item.modified.value_or(-1); });
        }
        if (all_as_listed(items)) {
            made_->unchanged = true;
            now_ = last_;
            return {};
        }
        COTERIE_TRY(made_->folder, net::TemporaryFolder::create());
        const Item* const only = items.size() == 1 ? known_item(items.front()) : nullptr;
        bool all_same = items.size() == last_.size();
        for (Item& item : items) {
            COTERIE_TRY(const bool fetched, fetch_one(*remote, item, only));
            if (!fetched) {
                made_->unchanged = true;
                now_ = last_;
                return {};
            }
            const Known* const before = last(item.ref);
            all_same = all_same && before != nullptr && before->hash == now_.back().hash;
        }
        // Other times or tags, and yet the same bytes.
        made_->unchanged = all_same;
        return {};
    }

    /// Whether the list alone shows that nothing changed.
    [[nodiscard]] bool all_as_listed(const std::vector<Item>& items) const {
        return items.size() == last_.size() &&
               std::all_of(items.begin(), items.end(), [&](const Item& item) {
                   const Known* const before = last(item.ref);
                   if (before == nullptr) {
                       return false;
                   }
                   if (!item.tag.empty() || !before->tag.empty()) {
                       return !item.tag.empty() && item.tag == before->tag;
                   }
                   return item.bytes && item.modified && before->settled &&
                          static_cast<std::int64_t>(*item.bytes) == before->bytes &&
                          *item.modified == before->modified;
               });
    }

    const Item* known_item(const Item& item) {
        const Known* const before = last_.size() == 1 ? last(item.ref) : nullptr;
        if (before == nullptr || (before->tag.empty() && before->since.empty())) {
            return nullptr;
        }
        // A time of whole seconds says nothing of what happened within one.
        before_.tag = before->tag;
        before_.since = before->settled ? before->since : "";
        return &before_;
    }

    Result<bool> fetch_one(Remote& remote, Item& item, const Item* known) {
        files::Found file{made_->folder->next_path(), {}, {}};
        COTERIE_TRY(Target target, Target::create(file.path));
        COTERIE_TRY(const bool fetched, remote.fetch(item, known, target));
        if (!fetched) {
            return false;
        }
        COTERIE_TRY_VOID(target.close());
        file.name = item.name;
        Known now;
        now.key = item.ref;
        now.tag = item.tag;
        now.since = item.since;
        now.bytes = item.bytes ? static_cast<std::int64_t>(*item.bytes) : -1;
        now.modified = item.modified.value_or(-1);
        now.settled = item.modified && is_settled(seconds(*item.modified), kRemoteSettlesAfter);
        COTERIE_TRY(now.hash, stamp_by_content(file));
        now_.push_back(std::move(now));
        made_->files.push_back(std::move(file));
        return true;
    }

    // --- Archives --------------------------------------------------------------------------------

    Result<void> unpack_archives() {
        std::vector<files::Found> all;
        bool any = false;
        for (files::Found& file : made_->files) {
            if (!is_archive(file)) {
                all.push_back(std::move(file));
                continue;
            }
            any = true;
            if (!made_->folder) {
                COTERIE_TRY(made_->folder, net::TemporaryFolder::create());
            }
            const ArchiveLimits limits{settings_.inside, settings_.fetch_bytes_max};
            COTERIE_TRY(auto unpacked, unpack(file, limits, *made_->folder));
            COTERIE_TRY_VOID(refuse_a_changed(file));
            all.insert(all.end(), std::make_move_iterator(unpacked.begin()),
                       std::make_move_iterator(unpacked.end()));
        }
        if (any && settings_.newest_only) {
            keep_newest(
                all, [](const files::Found& file) { return leaf_of(file.name); },
                [](const files::Found&) { return 0; });
        }
        made_->files = std::move(all);
        return {};
    }

    /// The connector sees that of the files that it reads; of an archive nobody else would.
    static Result<void> refuse_a_changed(const files::Found& file) {
        COTERIE_TRY(const auto reader, files::Reader::open(file));
        return reader.unchanged();
    }

    const Settings settings_;
    const std::vector<Known> last_;
    Sink* const sink_;
    Item before_;
    std::vector<Known> now_;
    std::unique_ptr<Fetched::Impl> made_ = std::make_unique<Fetched::Impl>();
};

Result<Fetched> fetch(const nlohmann::json& config, const std::optional<nlohmann::json>& last_state,
                      Sink* sink) {
    COTERIE_TRY(Settings settings, Settings::parse(config));
    return Fetching(std::move(settings), last_state, sink).run();
}

}  // namespace coterie::location

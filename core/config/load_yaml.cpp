#include "config/load_yaml.hpp"

#include "base/text.hpp"
#include "config/reference.hpp"
#include "config/yaml_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace coterie::config {

namespace {

namespace fs = std::filesystem;

/// The same file whatever way leads to it.
std::string identity_of(const fs::path& file) {
    std::error_code error;
    const fs::path real = fs::weakly_canonical(file, error);
    return error ? file.lexically_normal().string() : real.string();
}

/// Key by key: what `over` does not say comes from `under`.
void merge_under(Node& over, Node&& under) {
    if (!over.is_map() || !under.is_map()) {
        return;
    }
    for (std::size_t i = 0; i < under.members.size(); ++i) {
        std::string& key = under.members[i].first;
        Node& value = under.members[i].second;
        const auto mine = std::find_if(over.members.begin(), over.members.end(),
                                       [&](const auto& member) { return member.first == key; });
        if (mine == over.members.end()) {
            over.members.emplace_back(std::move(key), std::move(value));
            over.key_places.push_back(std::move(under.key_places[i]));
        } else {
            merge_under(mine->second, std::move(value));
        }
    }
}

std::optional<Node> take_member(Node& map, std::string_view key) {
    for (std::size_t i = 0; map.is_map() && i < map.members.size(); ++i) {
        if (map.members[i].first == key) {
            Node taken = std::move(map.members[i].second);
            map.members.erase(map.members.begin() + static_cast<std::ptrdiff_t>(i));
            map.key_places.erase(map.key_places.begin() + static_cast<std::ptrdiff_t>(i));
            return taken;
        }
    }
    return std::nullopt;
}

/// Loads a file and what it includes.
class Loader {
  public:
    explicit Loader(std::vector<Fault>& faults) : faults_(faults) {}

    std::optional<Node> load(const std::string& name, const Place& from) {
        if (++files_ > kFilesMax) {
            faults_.push_back({from, fmt::format("more than {} files; allowed: at most that many "
                                                 "(kFilesMax)",
                                                 kFilesMax)});
            return std::nullopt;
        }
        const auto text = read_text_file(name, kFileBytesMax);
        if (!text) {
            faults_.push_back({from, unreadable(name, from, text.error().message)});
            return std::nullopt;
        }
        return parse(*text, name);
    }

    std::optional<Node> parse(std::string_view text, const std::string& name) {
        auto root = build_tree(text, name, nodes_left_, faults_);
        if (!root) {
            return root;
        }
        const fs::path folder = fs::path(name).parent_path();
        resolve_references(*root, folder, faults_);
        chain_.push_back({name, identity_of(name)});
        if (const auto include = take_member(*root, "include")) {
            merge_includes(*root, *include, folder);
        }
        chain_.pop_back();
        return root;
    }

  private:
    struct Link {
        std::string name;
        std::string identity;
    };

    static std::string unreadable(const std::string& name, const Place& from,
                                  const std::string& why) {
        return from.line == 0 ? why + "; allowed: a YAML file that this user may read"
                              : fmt::format("included file '{}' {}; allowed: a YAML file, relative "
                                            "to this one",
                                            printable(name), why);
    }

    void merge_includes(Node& root, const Node& include, const fs::path& folder) {
        std::vector<const Node*> names;
        if (include.is_list()) {
            for (const Node& item : include.items) {
                names.push_back(&item);
            }
        } else {
            names.push_back(&include);
        }
        // The last one first: it wins over those before it, and the including file over all.
        for (auto name = names.rbegin(); name != names.rend(); ++name) {
            if (auto included = load_included(**name, folder)) {
                merge_under(root, std::move(*included));
            }
        }
    }

    std::optional<Node> load_included(const Node& name, const fs::path& folder) {
        if (!name.is_scalar() || name.scalar.empty()) {
            faults_.push_back({name.place, "'include' names no file; allowed: a file, or a list of "
                                           "files"});
            return std::nullopt;
        }
        const std::string file = (folder / name.scalar).lexically_normal().string();
        const std::string identity = identity_of(file);
        const bool is_cycle = std::any_of(chain_.begin(), chain_.end(), [&](const Link& link) {
            return link.identity == identity;
        });
        if (is_cycle) {
            std::string chain;
            for (const Link& link : chain_) {
                chain += link.name + " → ";
            }
            faults_.push_back({name.place, fmt::format("includes go in a circle: {}{}; allowed: a "
                                                       "file that does not include this one",
                                                       chain, file)});
            return std::nullopt;
        }
        auto included = load(file, name.place);
        if (included && !included->is_map() && included->type != Node::Type::Null) {
            faults_.push_back({included->place, "an included file that is no map; allowed: "
                                                "'key: value' lines, as in the including file"});
            return std::nullopt;
        }
        return included;
    }

    std::vector<Fault>& faults_;
    std::vector<Link> chain_;
    std::size_t files_ = 0;
    std::size_t nodes_left_ = kNodesMax;
};

Node or_throw(std::optional<Node> tree, std::vector<Fault> faults) {
    if (!faults.empty() || !tree) {
        throw ConfigError(std::move(faults));
    }
    return std::move(*tree);
}

}  // namespace

std::optional<Node> load_tree(const std::string& path, std::vector<Fault>& faults) {
    return Loader(faults).load(path, {path, 0, 0});
}

std::optional<Node> parse_tree(std::string_view text, const std::string& name,
                               std::vector<Fault>& faults) {
    return Loader(faults).parse(text, name);
}

Node load_yaml(const std::string& path) {
    std::vector<Fault> faults;
    auto tree = load_tree(path, faults);
    return or_throw(std::move(tree), std::move(faults));
}

Node parse_yaml(std::string_view text, const std::string& name) {
    std::vector<Fault> faults;
    auto tree = parse_tree(text, name, faults);
    return or_throw(std::move(tree), std::move(faults));
}

}  // namespace coterie::config

#include "ooxml_package.hpp"

#include "xml.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace spreadsheet {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;

namespace {

/// "xl/worksheets/" of "xl/worksheets/sheet1.xml".
std::string_view folder_of(std::string_view part) {
    const std::size_t slash = part.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : part.substr(0, slash + 1);
}

/// A target as the part that points to it means it, without "." and "..".
std::string resolve(std::string_view part, std::string target) {
    for (char& c : target) {
        c = c == '\\' ? '/' : c;
    }
    const std::string path =
        target.starts_with('/') ? target : std::string(folder_of(part)) + target;
    std::vector<std::string_view> steps;
    std::string_view rest = path;
    while (!rest.empty()) {
        const std::size_t slash = rest.find('/');
        const std::string_view step = rest.substr(0, slash);
        rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
        if (step == ".." && !steps.empty()) {
            steps.pop_back();
        } else if (!step.empty() && step != "." && step != "..") {
            steps.push_back(step);
        }
    }
    std::string out;
    for (const std::string_view step : steps) {
        out += out.empty() ? "" : "/";
        out += step;
    }
    return out;
}

class RelationshipsHandler final : public XmlHandler {
  public:
    RelationshipsHandler(std::string_view part, std::uint64_t bytes_max)
        : part_(part), bytes_left_(bytes_max) {}

    void start(std::string_view name, const XmlAttributes& attributes) override {
        if (name != "Relationship" || is_full) {
            return;
        }
        const std::string_view type = attributes.get("Type");
        const std::string_view target = attributes.get("Target");
        const std::size_t cost =
            type.size() + target.size() + attributes.get("Id").size() + sizeof(Relationship);
        if (cost > bytes_left_) {
            is_full = true;
            return;
        }
        bytes_left_ -= cost;
        const bool is_external = attributes.get("TargetMode") == "External";
        found.emplace(attributes.get("Id"),
                      Relationship{.type = std::string(type.substr(type.rfind('/') + 1)),
                                   .target = is_external ? std::string(target)
                                                         : resolve(part_, std::string(target)),
                                   .is_external = is_external});
    }
    void end(std::string_view) override {}
    void text(std::string_view) override {}

    Relationships found;
    bool is_full = false;

  private:
    std::string_view part_;
    std::uint64_t bytes_left_;
};

/// Finds the part whose content type is a workbook's.
class ContentTypesHandler final : public XmlHandler {
  public:
    void start(std::string_view name, const XmlAttributes& attributes) override {
        const std::string_view type = attributes.get("ContentType");
        const bool is_workbook = type.ends_with("spreadsheetml.sheet.main+xml") ||
                                 type.ends_with("spreadsheetml.template.main+xml") ||
                                 type.ends_with(".macroEnabled.main+xml");
        if (name == "Override" && is_workbook && workbook.empty()) {
            workbook = resolve({}, std::string(attributes.get("PartName")));
        }
    }
    void end(std::string_view) override {}
    void text(std::string_view) override {}

    std::string workbook;
};

std::string percent_decoded(std::string_view text) {
    const auto digit = [](char c) {
        return c >= '0' && c <= '9'   ? c - '0'
               : c >= 'A' && c <= 'F' ? c - 'A' + 10
               : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                      : -1;
    };
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 &&
            digit(text[i + 2]) >= 0) {
            out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

}  // namespace

std::optional<PartIndex> find_part(const Archive& archive, const std::string& name) {
    const auto found = archive.find(name);
    return found ? found : archive.find(percent_decoded(name));
}

Result<Relationships> read_relationships(Archive& archive, const std::string& part,
                                         const WorkbookLimits& limits) {
    const std::string_view folder = folder_of(part);
    const std::string name = fmt::format("{}_rels/{}.rels", folder, part.substr(folder.size()));
    const auto index = find_part(archive, name);
    if (!index) {
        return Relationships();
    }
    COTERIE_TRY(const auto stream, archive.stream(*index));
    RelationshipsHandler handler(part, limits.text_bytes_max);
    COTERIE_TRY_VOID(parse_xml(*stream, handler, name));
    if (handler.is_full) {
        return Error{ErrorKind::Config,
                     fmt::format("part '{}' holds more than text_bytes_max = {} bytes; split the "
                                 "workbook",
                                 name, limits.text_bytes_max)};
    }
    return std::move(handler.found);
}

Result<std::string> find_main_part(Archive& archive, const WorkbookLimits& limits) {
    COTERIE_TRY(const Relationships relationships, read_relationships(archive, {}, limits));
    for (const auto& [id, relationship] : relationships) {
        if (relationship.type == "officeDocument" && find_part(archive, relationship.target)) {
            return relationship.target;
        }
    }
    if (const auto index = archive.find("[Content_Types].xml")) {
        COTERIE_TRY(const auto stream, archive.stream(*index));
        ContentTypesHandler handler;
        COTERIE_TRY_VOID(parse_xml(*stream, handler, "[Content_Types].xml"));
        if (!handler.workbook.empty() && find_part(archive, handler.workbook)) {
            return handler.workbook;
        }
    }
    if (archive.find("xl/workbook.xml")) {
        return std::string("xl/workbook.xml");
    }
    return Error{ErrorKind::Config,
                 "it is a zip archive without a workbook in it; give the path of a workbook"};
}

}  // namespace spreadsheet

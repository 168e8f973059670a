#include "record/facts.hpp"

#include "base/binary.hpp"

namespace coterie::record {

namespace {

constexpr char kVersion = 1;

}  // namespace

void encode_facts(std::span<const Fact> facts, std::string& out) {
    out.push_back(kVersion);
    for (const Fact& fact : facts) {
        append_varint(out, static_cast<std::uint64_t>(fact.field));
        append_varint(out, fact.item);
        append_sized_text(out, fact.value);
        append_sized_text(out, fact.from);
    }
}

Result<std::vector<FactView>> decode_facts(std::string_view encoded) {
    if (encoded.empty() || encoded.front() != kVersion) {
        return Error{ErrorKind::Fatal, "stored facts are damaged or of another version"};
    }
    BinaryReader reader(encoded.substr(1));
    std::vector<FactView> facts;
    facts.reserve(encoded.size() / 16);
    while (!reader.left() == 0) {
        std::uint64_t field = 0;
        std::uint64_t item = 0;
        FactView fact;
        if (!reader.number(field) || !reader.number(item) || !reader.text(fact.value) ||
            !reader.text(fact.from) || field >= static_cast<std::uint64_t>(FieldId::Count_) ||
            item > 0xffff) {
            return Error{ErrorKind::Fatal, "stored facts are damaged"};
        }
        fact.field = static_cast<FieldId>(field);
        fact.item = static_cast<std::uint16_t>(item);
        facts.push_back(fact);
    }
    return facts;
}

}  // namespace coterie::record

// Any bytes as an API's answer. The first byte chooses where its records are. What must hold: no
// crash; each record stands in the answer; what is cut out and the rest are together what a JSON
// parser reads.
#include "sdk/rest/page.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using coterie::rest::Pointer;
    if (size < 1) {
        return 0;
    }
    static const Pointer kPointers[] = {Pointer(""), Pointer("/data"), Pointer("/a/0/b"),
                                        Pointer("/~1~0")};
    const Pointer& records = kPointers[data[0] & 3U];
    const bool entries = (data[0] & 4U) != 0;
    const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto page = coterie::rest::cut_page(body, records, entries);
    if (!page) {
        return 0;
    }
    coterie::rest::RecordView view;
    std::size_t objects = 0;
    for (const std::string_view record : page->records) {
        require(body.find(record) != std::string_view::npos);
        if (view.assign(record)) {
            ++objects;
            require(view.tree().is_object());
            static_cast<void>(view.find(Pointer("/id")));
        }
    }
    const auto whole = nlohmann::json::parse(body, nullptr, false);
    const auto* found = whole.is_discarded() ? nullptr : records.locate(whole);
    if (found != nullptr && found->is_array()) {
        require(found->size() == page->records.size());
    }
    // Times come from outside too.
    static_cast<void>(coterie::rest::parse_time(body));
    static_cast<void>(coterie::rest::parse_http_date(body));
    return 0;
}

#include "store/store.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <new>
#include <vector>

namespace coterie::store {

namespace {

/// The first byte of a compressed text says how the rest is to be read. Frames lie in people's
/// stores for years: a meaning is never changed, only added.
enum class Frame : char { Stored = 0, Dictionary1 = 1 };

/// Against level 1, a generated CRM record takes half the time to compress, a quarter to
/// decompress, and 6 % more bytes.
constexpr int kLevel = -1;
/// No longer text was ever compressed; a frame that claims so is damaged.
constexpr unsigned long long kTextBytesMax = 1'000'000'000;

/// What a codec keeps between two texts; after a huge one it starts small again.
constexpr std::size_t kBufferBytesMax = 1 << 20;

/// Raw text that compressing may refer to: keys and values that this field's JSON is full of, in
/// the forms that CRMs, agencies and spreadsheets write. What is likeliest stands last, since
/// near references cost least. It is part of the format: see the test that pins its hash.
std::string dictionary_text() {
    constexpr std::array kPlatforms = {"https://www.linkedin.com/in/",
                                       "https://www.facebook.com/",
                                       "https://x.com/",
                                       "https://twitter.com/",
                                       "https://www.twitch.tv/",
                                       "https://www.threads.net/@",
                                       "https://www.youtube.com/channel/UC",
                                       "https://www.youtube.com/@",
                                       "https://www.tiktok.com/@",
                                       "https://www.instagram.com/"};
    constexpr std::array kRareKeys = {"last_modified_date",
                                      "hs_object_id",
                                      "associations",
                                      "lifecyclestage",
                                      "archived",
                                      "campaign",
                                      "deliverable",
                                      "currency",
                                      "fee",
                                      "notes",
                                      "Bemærkninger",
                                      "engagement_rate",
                                      "audience_countries",
                                      "agent_email",
                                      "agent_phone",
                                      "agency",
                                      "Bureau",
                                      "owner",
                                      "relationship_status",
                                      "last_contact",
                                      "first_contact",
                                      "next_step",
                                      "consent",
                                      "opted_out",
                                      "verified",
                                      "language",
                                      "languages",
                                      "topics",
                                      "Emner",
                                      "Kategori",
                                      "category",
                                      "occupation",
                                      "company",
                                      "Adresse",
                                      "Postnr",
                                      "By",
                                      "Land",
                                      "region",
                                      "city",
                                      "country"};
    std::string text;
    for (const char* key : kRareKeys) {
        text += fmt::format("\"{}\":\"\",", key);
    }
    for (const char* word : {"booking@",     "management",      "contact@",    "info@",
                             "@outlook.com", "@hotmail.com",    "@icloud.com", "@yahoo.com",
                             "@live.dk",     "København",       "Aarhus",      "Odense",
                             "Aalborg",      "Frederiksberg",   "Copenhagen",  "Danmark",
                             "Denmark",      "Deutschland",     "Germany",     "Sweden",
                             "Norway",       "United Kingdom",  "politics",    "lifestyle",
                             "fashion",      "beauty",          "fitness",     "food",
                             "travel",       "gaming",          "music",       "comedy",
                             "journalist",   "author",          "politician",  "creator",
                             "influencer",   "content creator", "podcast",     "newsletter",
                             "unknown"}) {
        text += fmt::format("\"{}\",", word);
    }
    for (const char* platform : kPlatforms) {
        text += fmt::format("{{\"platform\":\"\",\"url\":\"{}\",\"followers\":12500}},", platform);
    }
    for (const char* name : {"linkedin", "facebook", "twitter", "youtube", "tiktok", "instagram"}) {
        text += fmt::format("{{\"platform\":\"{0}\",\"handle\":\"@\"}},\"{0}_handle\":\"@\","
                            "\"{0}_url\":\"\",\"{0}_followers\":\"10000\",\"{0}\":\"@",
                            name);
        text += "\",";
    }
    text += "{\"Navn\":\"\",\"Fornavn\":\"\",\"Efternavn\":\"\",\"E-mail\":\"@gmail.com\","
            "\"Telefon\":\"+45 20 00 00 00\",\"Insta\":\"@\",\"Følgere\":\"12.500\"}";
    text += "{\"id\":\"1001\",\"createdAt\":\"2025-01-01T00:00:00.000Z\",\"updatedAt\":"
            "\"2026-01-01T00:00:00.000Z\",\"properties\":{\"firstname\":\"\",\"lastname\":\"\","
            "\"email\":\"@gmail.com\",\"phone\":\"+4520000000\",\"website\":\"https://www.\"}}";
    text += "{\"record_id\":\"\",\"name\":\"\",\"full_name\":\"\",\"display_name\":\"\","
            "\"first_name\":\"\",\"last_name\":\"\",\"email\":\"@gmail.com\",\"phone\":\"+45\","
            "\"country\":\"DK\",\"city\":\"København\",\"tiktok\":\"\",\"youtube\":\"\","
            "\"instagram\":\"\",\"followers\":\"\",\"notes\":\"\",\"updated_at\":\"2026-01-01\"}";
    return text;
}

template <class T>
T* allocated(T* pointer) {
    if (pointer == nullptr) {
        throw std::bad_alloc();  // zstd's makers fail for want of memory only
    }
    return pointer;
}

/// The digested dictionary; made once, shared by all threads, which only read it.
struct Dictionary {
    Dictionary() {
        const auto text = dictionary_text();
        compressing = allocated(ZSTD_createCDict(text.data(), text.size(), kLevel));
        decompressing = allocated(ZSTD_createDDict(text.data(), text.size()));
    }
    ~Dictionary() {
        ZSTD_freeCDict(compressing);
        ZSTD_freeDDict(decompressing);
    }
    Dictionary(const Dictionary&) = delete;
    Dictionary& operator=(const Dictionary&) = delete;
    ZSTD_CDict* compressing = nullptr;
    ZSTD_DDict* decompressing = nullptr;
};

const Dictionary& dictionary() {
    static const Dictionary the_one;
    return the_one;
}

Error damaged(std::string_view how) {
    return Error{
        ErrorKind::Fatal,
        fmt::format("a compressed text is damaged ({}); restore the store from a backup", how)};
}

}  // namespace

struct Codec::Impl {
    ZSTD_CCtx* compressing = nullptr;
    ZSTD_DCtx* decompressing = nullptr;
    std::vector<char> buffer;  ///< what a frame is written into before its size is known
    ~Impl() {
        ZSTD_freeCCtx(compressing);
        ZSTD_freeDCtx(decompressing);
    }
};

Codec::Codec() : impl_(std::make_unique<Impl>()) {
    impl_->compressing = allocated(ZSTD_createCCtx());
    impl_->decompressing = allocated(ZSTD_createDCtx());
    // A checksum of 4 bytes: a flipped bit on the disk is found, not read as somebody's name.
    ZSTD_CCtx_setParameter(impl_->compressing, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(impl_->compressing, ZSTD_c_dictIDFlag, 0);
    ZSTD_CCtx_refCDict(impl_->compressing, dictionary().compressing);
    ZSTD_DCtx_refDDict(impl_->decompressing, dictionary().decompressing);
}

Codec::~Codec() = default;

std::string Codec::compress(std::string_view raw) {
    auto& buffer = impl_->buffer;
    buffer.resize(std::max(buffer.size(), ZSTD_compressBound(raw.size())));
    const auto size =
        ZSTD_compress2(impl_->compressing, buffer.data(), buffer.size(), raw.data(), raw.size());
    const bool smaller = ZSTD_isError(size) == 0 && size < raw.size();
    const auto rest = smaller ? std::string_view(buffer.data(), size) : raw;
    std::string out;
    out.reserve(1 + rest.size());
    out += static_cast<char>(smaller ? Frame::Dictionary1 : Frame::Stored);
    out += rest;
    if (buffer.size() > kBufferBytesMax) {
        buffer = {};
    }
    return out;
}

Result<std::string> Codec::decompress(std::string_view compressed) {
    if (compressed.empty()) {
        return damaged("it is empty");
    }
    const auto frame = static_cast<Frame>(compressed.front());
    compressed.remove_prefix(1);
    if (frame == Frame::Stored) {
        return std::string(compressed);
    }
    if (frame != Frame::Dictionary1) {
        return damaged("its kind is unknown, or newer than this Coterie");
    }
    const auto size = ZSTD_getFrameContentSize(compressed.data(), compressed.size());
    if (size > kTextBytesMax) {  // the two error values are the largest numbers
        return damaged("its size is not to be believed");
    }
    std::string raw(static_cast<std::size_t>(size), '\0');
    const auto read = ZSTD_decompressDCtx(impl_->decompressing, raw.data(), raw.size(),
                                          compressed.data(), compressed.size());
    if (ZSTD_isError(read) != 0 || read != raw.size()) {
        return damaged(ZSTD_isError(read) != 0 ? ZSTD_getErrorName(read) : "it is too short");
    }
    return raw;
}

}  // namespace coterie::store

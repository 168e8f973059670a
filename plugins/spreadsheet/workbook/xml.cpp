#include "xml.hpp"

#include <expat.h>
#include <fmt/format.h>

#include <new>
#include <utility>

namespace spreadsheet {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;

namespace {

constexpr int kChunkBytes = 64 << 10;
constexpr std::uint32_t kDepthMax = 256;
/// A tag, comment or instruction is held in memory whole. Checked where a chunk ends, so roughly.
constexpr std::uint64_t kTokenBytesMax = 4ULL << 20;

}  // namespace

struct XmlParser::Callbacks {
    static XmlParser& of(void* user) {
        XmlParser& self = *static_cast<XmlParser*>(user);
        self.fed_at_event_ = self.fed_bytes_;
        return self;
    }

    static void XMLCALL start(void* user, const XML_Char* name, const XML_Char** attributes) {
        XmlParser& self = of(user);
        if (++self.depth_ > kDepthMax) {
            self.fail(self.broken(fmt::format("elements nest deeper than {}", kDepthMax)));
        }
        if (!self.refusal_) {
            self.handler_.start(local_name(name), XmlAttributes(attributes));
        }
    }
    static void XMLCALL end(void* user, const XML_Char* name) {
        XmlParser& self = of(user);
        --self.depth_;
        if (!self.refusal_) {
            self.handler_.end(local_name(name));
        }
    }
    static void XMLCALL text(void* user, const XML_Char* piece, int size) {
        XmlParser& self = of(user);
        if (!self.refusal_) {
            self.handler_.text(std::string_view(piece, static_cast<std::size_t>(size)));
        }
    }
    static void XMLCALL doctype(void* user, const XML_Char*, const XML_Char*, const XML_Char*,
                                int) {
        XmlParser& self = of(user);
        self.fail(self.broken("it declares a document type, which no spreadsheet program writes"));
    }
};

XmlParser::XmlParser(ByteSource& source, XmlHandler& handler, std::string part)
    : source_(source), handler_(handler), part_(std::move(part)),
      parser_(XML_ParserCreate(nullptr)) {
    if (parser_ == nullptr) {
        throw std::bad_alloc();
    }
    XML_SetUserData(parser_, this);
    XML_SetElementHandler(parser_, &Callbacks::start, &Callbacks::end);
    XML_SetCharacterDataHandler(parser_, &Callbacks::text);
    XML_SetStartDoctypeDeclHandler(parser_, &Callbacks::doctype);
}

XmlParser::~XmlParser() {
    XML_ParserFree(parser_);
}

Result<bool> XmlParser::run() {
    if (refusal_) {
        return *refusal_;
    }
    if (is_paused_) {
        is_paused_ = false;
        const XML_Status status = XML_ResumeParser(parser_);
        if (refusal_) {
            return *refusal_;
        }
        if (status == XML_STATUS_ERROR) {
            return broken(XML_ErrorString(XML_GetErrorCode(parser_)));
        }
        if (status == XML_STATUS_SUSPENDED) {
            return true;
        }
        is_done_ = is_last_;
    }
    while (!is_done_) {
        COTERIE_TRY(const bool is_paused, feed());
        if (is_paused) {
            return true;
        }
    }
    return false;
}

/// \return Whether the handler paused it.
Result<bool> XmlParser::feed() {
    void* const buffer = XML_GetBuffer(parser_, kChunkBytes);
    if (buffer == nullptr) {
        return broken(XML_ErrorString(XML_GetErrorCode(parser_)));
    }
    COTERIE_TRY(const std::size_t got, source_.read(static_cast<char*>(buffer), kChunkBytes));
    fed_bytes_ += got;
    is_last_ = got == 0;
    const XML_Status status =
        XML_ParseBuffer(parser_, static_cast<int>(got), is_last_ ? XML_TRUE : XML_FALSE);
    if (refusal_) {
        return *refusal_;
    }
    if (status == XML_STATUS_ERROR) {
        return broken(XML_ErrorString(XML_GetErrorCode(parser_)));
    }
    if (status == XML_STATUS_SUSPENDED) {
        return true;
    }
    is_done_ = is_last_;
    COTERIE_TRY_VOID(check_token());
    return false;
}

Result<void> XmlParser::check_token() {
    if (fed_bytes_ - fed_at_event_ > kTokenBytesMax) {
        return broken(fmt::format("a tag or comment is longer than {} bytes", kTokenBytesMax));
    }
    return {};
}

void XmlParser::pause() {
    is_paused_ = XML_StopParser(parser_, XML_TRUE) == XML_STATUS_OK;
}

void XmlParser::fail(Error error) {
    if (!refusal_) {
        refusal_ = std::move(error);
        XML_StopParser(parser_, XML_FALSE);
    }
}

Error XmlParser::broken(std::string_view why) const {
    return {ErrorKind::Data,
            fmt::format("part '{}', line {}: {}; the file is damaged: open it in a spreadsheet "
                        "program and save it anew as .xlsx",
                        part_, XML_GetCurrentLineNumber(parser_), why)};
}

Result<void> parse_xml(ByteSource& source, XmlHandler& handler, std::string part) {
    XmlParser parser(source, handler, std::move(part));
    COTERIE_TRY([[maybe_unused]] const bool is_paused, parser.run());
    return {};
}

}  // namespace spreadsheet

#include "sdk/http/url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace coterie::http {
namespace {

using testing::HasSubstr;
using testing::Not;

Url url(const std::string& text) {
    const auto parsed = Url::parse(text);
    EXPECT_TRUE(parsed) << text;
    return parsed ? *parsed : Url();
}

Hosts hosts(const std::string& base, const std::vector<std::string>& more) {
    auto made = Hosts::create(base, more);
    EXPECT_TRUE(made);
    return *made;
}

TEST(Url, IsTakenApartAndPutTogether) {
    const Url parsed = url("HTTPS://API.Example.com/crm/v3?limit=100&q=a%20b");
    EXPECT_EQ(parsed.host, "api.example.com");
    EXPECT_EQ(parsed.port, "443");
    EXPECT_EQ(parsed.text(), "https://api.example.com/crm/v3?limit=100&q=a%20b");
    EXPECT_EQ(url("http://127.0.0.1:8080").text(), "http://127.0.0.1:8080/");
    EXPECT_EQ(url("http://[::1]:8080/x").host, "[::1]");
}

TEST(Url, WhatIsShownHasNeitherQueryNorAddressesOfPeople) {
    EXPECT_EQ(url("https://a.example/p/jane@b.example/x?email=jane").shown(), "a.example/p/***/x");
    EXPECT_EQ(url("https://a.example:8443/p/jane%40b.example").shown(), "a.example:8443/p/***");
}

TEST(Url, WhatIsNoneOrHoldsCredentialsIsRefusedWithoutShowingThem) {
    for (const char* const text :
         {"", "api.example.com", "ftp://a.example/x", "https://", "file:///etc/passwd",
          "https://user:hunter22@a.example/", "javascript:alert(1)"}) {
        const auto parsed = Url::parse(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().kind, ErrorKind::Config);
        EXPECT_THAT(parsed.error().message, Not(HasSubstr("hunter22")));
    }
}

TEST(Url, AReferenceIsResolved) {
    const Url base = url("https://a.example/x/y?z=1");
    EXPECT_EQ(base.resolve("/w?q=1")->text(), "https://a.example/w?q=1");
    EXPECT_EQ(base.resolve("w")->text(), "https://a.example/x/w");
    EXPECT_EQ(base.resolve("//b.example/w")->text(), "https://b.example/w");
    EXPECT_EQ(base.resolve("http://b.example/a b")->text(), "http://b.example/a%20b");
    EXPECT_FALSE(base.resolve("file:///etc/passwd"));
}

TEST(Url, ThisMachineIsThisMachineAlone) {
    for (const char* const text : {"http://127.0.0.1/", "http://127.8.8.8:1/", "http://localhost/",
                                   "http://[::1]/", "http://0x7f000001/"}) {
        EXPECT_TRUE(url(text).is_loopback()) << text;
    }
    for (const char* const text : {"http://127.0.0.1.example.com/", "http://localhost.example/",
                                   "http://128.0.0.1/", "http://[::2]/", "http://0.0.0.0/"}) {
        EXPECT_FALSE(url(text).is_loopback()) << text;
    }
}

TEST(Hosts, TheBaseAndThoseNamedAreAllowedAndNoOthers) {
    const Hosts allowed =
        hosts("https://api.example.com", {"files.example.net", "*.cdn.example", "x.example:8443"});
    for (const char* const text :
         {"https://api.example.com/a", "https://files.example.net/", "https://a.cdn.example/",
          "https://a.b.cdn.example/", "https://x.example:8443/"}) {
        EXPECT_TRUE(allowed.check(url(text))) << text;
    }
    for (const char* const text :
         {"https://example.com/", "https://evilapi.example.com/", "https://api.example.com.evil/",
          "https://cdn.example/", "https://evilcdn.example/", "https://x.example/",
          "https://api.example.com:8443/", "https://169.254.169.254/"}) {
        EXPECT_FALSE(allowed.check(url(text))) << text;
    }
}

TEST(Hosts, WithoutEncryptionThereIsOnlyThisMachine) {
    const Hosts allowed = hosts("http://localhost:8080", {"api.example.com"});
    EXPECT_TRUE(allowed.check(url("http://localhost:8080/")));
    const auto refused = allowed.check(url("http://api.example.com/"));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("not encrypted"));
    EXPECT_FALSE(Hosts::create("http://api.example.com", {}));
}

TEST(Hosts, WhatIsNoHostIsRefused) {
    for (const char* const text : {"", "*", "*.com", "a/b", "https://a.example", "a b", "a:port",
                                   "user@a.example", "-a.example"}) {
        EXPECT_FALSE(Hosts::create("", {text})) << text;
    }
}

}  // namespace
}  // namespace coterie::http

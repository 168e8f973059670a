#include "plugin/output_capture.hpp"
#include "plugin/redactor.hpp"

#include <gtest/gtest.h>

#include <random>

namespace coterie::plugin {
namespace {

TEST(Redactor, ReplacesEverySecretTheLongestFirst) {
    const Redactor redactor({"abc", "abcdef", ""});
    EXPECT_EQ(redactor.redact("x abcdef y abc z"), "x *** y *** z");
}

TEST(Redactor, FindsSecretsOverTheEdgesOfPieces) {
    const std::string text = "token=s3cr3t-token; again s3cr3t-token and s3cr3t-toke";
    for (std::uint32_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        Redactor redactor({"s3cr3t-token"});
        std::string shown;
        for (std::string_view rest = text; !rest.empty();) {
            const std::size_t part = std::min<std::size_t>(1 + random() % 7, rest.size());
            shown += redactor.push(rest.substr(0, part));
            rest.remove_prefix(part);
        }
        shown += redactor.finish();
        EXPECT_EQ(shown, "token=***; again *** and s3cr3t-toke");
    }
}

TEST(OutputKeeper, KeepsTheLastBytesAndCountsTheRest) {
    OutputKeeper keeper({}, 10);
    for (char letter = 'a'; letter <= 'z'; ++letter) {
        keeper.append(std::string(1, letter));
    }
    keeper.finish();
    EXPECT_EQ(keeper.output().text, "qrstuvwxyz");
    EXPECT_EQ(keeper.output().dropped_bytes, 16U);
}

}  // namespace
}  // namespace coterie::plugin

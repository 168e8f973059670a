// Whatever bytes a plugin's process sends: they are frames or an error, and the same however they
// are cut into pieces.
#include "plugin/abi_note.hpp"
#include "plugin/events.hpp"
#include "plugin/frames.hpp"
#include "plugin/host_protocol.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace coterie::plugin;

/// Touches all bytes that it is given, so that sanitizers see those that do not exist.
class SummingSink final : public EventSink {
  public:
    void record(std::string_view id, std::string_view json, std::string_view where) override {
        add(id), add(json), add(where);
    }
    void deleted(std::string_view id) override { add(id); }
    void replaces(std::string_view id_prefix) override { add(id_prefix); }
    void quarantine(std::string_view raw, std::string_view where, std::string_view why) override {
        add(raw), add(where), add(why);
    }
    void checkpoint(std::string_view cursor) override { add(cursor); }
    void partial() override { add("partial"); }
    void restarted() override { add("restarted"); }
    void log(coterie::LogLevel level, std::string_view message) override {
        sum_ += static_cast<std::uint64_t>(level);
        add(message);
    }
    void progress(std::uint64_t done, std::uint64_t total, std::string_view unit) override {
        sum_ += done ^ total;
        add(unit);
    }
    void keep_state(std::string_view state) override { add(state); }
    void unchanged() override { add("unchanged"); }
    [[nodiscard]] std::uint64_t sum() const { return sum_; }

  private:
    void add(std::string_view bytes) {
        for (const char byte : bytes) {
            sum_ = sum_ * 31 + static_cast<std::uint8_t>(byte);
        }
    }
    std::uint64_t sum_ = 0;
};

/// The same for what a destination answers.
class SummingFeed final : public DeliveryFeed {
  public:
    explicit SummingFeed(SummingSink& sink) : sink_(sink) {}
    coterie::Result<std::optional<coterie::Delivery>> next() override {
        return std::optional<coterie::Delivery>();
    }
    void answered(std::string_view id, Outcome outcome, std::string_view message) override {
        sink_.progress(static_cast<std::uint64_t>(outcome), 0, id);
        sink_.record(id, message, {});
    }
    void log(coterie::LogLevel level, std::string_view message) override {
        sink_.log(level, message);
    }
    void progress(std::uint64_t done, std::uint64_t total, std::string_view unit) override {
        sink_.progress(done, total, unit);
    }

  private:
    SummingSink& sink_;
};

std::uint64_t sum_of(std::string_view bytes, std::size_t piece_bytes) {
    constexpr std::size_t kPayloadBytesMax = 4096;
    FrameDecoder decoder(kPayloadBytesMax);
    SummingSink sink;
    SummingFeed feed(sink);
    std::uint64_t wanted_bytes = 0;
    for (bool is_good = true; is_good && !bytes.empty();) {
        const auto piece = bytes.substr(0, std::min(piece_bytes, bytes.size()));
        decoder.feed(piece);
        bytes.remove_prefix(piece.size());
        auto frame = decoder.next();
        for (; frame && *frame; frame = decoder.next()) {
            deliver(**frame, sink);
            answer(**frame, feed, wanted_bytes);
            if (const auto delivery = parse_delivery((*frame)->payload)) {
                sink.record(delivery->id, delivery->json, delivery->previous);
            }
            static_cast<void>(parse_worker_end(**frame));
            static_cast<void>(parse_setup(**frame));
        }
        is_good = frame.has_value();
    }
    return sink.sum();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (sum_of(bytes, size + 1) != sum_of(bytes, 1 + size % 7)) {
        std::abort();
    }
    static_cast<void>(find_abi_note(bytes));
    return 0;
}

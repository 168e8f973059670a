/// What becomes of one record of a page: which it is, whether it is gone, what it is completed
/// with.
#pragma once

#include "sdk/rest/api.hpp"

#include "coterie/connector.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::rest {

/// What joins found for a page's records, by the records' keys.
struct Joined {
    std::map<std::string, nlohmann::json, std::less<>> lists;
    std::map<std::string, bool, std::less<>> gone;
};

/// The names that templates of one record may use.
class RecordScope final : public Scope {
  public:
    explicit RecordScope(const Scope& outer) : outer_(outer) {}
    /// \return false where it is no JSON object.
    bool assign(std::string_view json);
    void set_joined(std::map<std::string, nlohmann::json, std::less<>> joined) {
        joined_ = std::move(joined);
    }
    void set(const std::string& name, nlohmann::json value) { names_[name] = std::move(value); }
    void add(const std::string& name, nlohmann::json value) { added_[name] = std::move(value); }
    [[nodiscard]] const nlohmann::json& added() const { return added_; }
    [[nodiscard]] const RecordView& view() const { return view_; }

    [[nodiscard]] std::optional<nlohmann::json> find(std::string_view name) const override;
    [[nodiscard]] std::optional<nlohmann::json> find(const Pointer& pointer) const override {
        return view_.find(pointer);
    }

  private:
    const Scope& outer_;
    RecordView view_;
    std::map<std::string, nlohmann::json, std::less<>> joined_, names_;
    nlohmann::json added_ = nlohmann::json::object();
};

/// Counts of one pass.
struct Counts {
    std::uint64_t records = 0;      ///< that the API listed
    std::uint64_t of_nobody = 0;    ///< `each` gave nothing
    std::uint64_t passed_over = 0;  ///< `where`
    std::optional<Millis> newest;   ///< greatest changed_at
};

/// Hands a page's records to the sink. One thread.
class RecordMaker {
  public:
    /// \param is_of_changes  What the read does not bring may be there still.
    /// \param since  What `since: true` compares with.
    RecordMaker(Api& api, const Pass& pass, const Scope& names, bool is_of_changes,
                std::optional<Millis> since, Sink& sink)
        : api_(api), pass_(pass), names_(names), is_of_changes_(is_of_changes), since_(since),
          sink_(sink), scope_(names) {}

    /// What the page that was handed over last tells of the next one.
    struct Last {
        std::optional<nlohmann::json> value;  ///< what Paging::last names
        std::uint64_t ids_hash = 0;
    };
    /// \param envelope  The page without its records, for joins whose elements come with it.
    Result<Last> take(const std::vector<std::string_view>& records, const nlohmann::json& envelope);
    [[nodiscard]] const Counts& counts() const { return counts_; }
    /// Ids of the records that were taken last (where pages are looked at again).
    [[nodiscard]] const std::set<std::string>& page_ids() const { return page_ids_; }
    /// Records with these ids are known already and are passed over.
    void leave_out(std::set<std::string> ids) { left_out_ = std::move(ids); }

  private:
    using Lists = std::map<std::string, Joined, std::less<>>;

    Result<Lists> join(const std::vector<std::string_view>& records,
                       const nlohmann::json& envelope);
    Result<void> ask_join(const Join& join, const std::vector<std::string>& keys, Joined& into);
    void collect(const Join& join, const nlohmann::json& body, const std::string* key,
                 Joined& into);
    [[nodiscard]] std::vector<std::string> keys_of(const Join& join) const;
    /// \return What is missing, for people; nothing where the id was found or there is to be none.
    std::optional<std::string> find_id(std::string& id) const;
    void take_one(std::string_view json, const Lists& lists, std::string& id);
    [[nodiscard]] bool any_gone(const Lists& lists) const;
    void add_members();
    [[nodiscard]] std::string text_of_record() const;
    void decode(nlohmann::json& record, const Decode& decode) const;
    static void gather(nlohmann::json& record, const Gather& gather);
    void hand_over(const std::string& id, const std::string& json, bool is_gone);
    /// The elements that the record is yielded for, with what they add to its id.
    [[nodiscard]] std::vector<std::pair<std::string, nlohmann::json>> elements() const;

    Api& api_;
    const Pass& pass_;
    const Scope& names_;
    bool is_of_changes_;
    std::optional<Millis> since_;
    Sink& sink_;
    RecordScope scope_;
    std::string replaced_;  ///< what `record` put in a record's place
    Counts counts_;
    std::set<std::string> page_ids_, left_out_;
};

}  // namespace coterie::rest

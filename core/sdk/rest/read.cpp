#include "sdk/rest/read.hpp"

#include "sdk/rest/records.hpp"

#include "coterie/files.hpp"
#include "coterie/text/dialect.hpp"
#include "coterie/text/reader.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace coterie::rest {

namespace {

using Json = nlohmann::json;
using std::chrono::steady_clock;

constexpr unsigned kRestartsMax = 3;
constexpr std::size_t kCsvBatchRows = 1000;
constexpr std::size_t kCsvRowBytesMax = std::size_t{16} << 20;
constexpr Millis kDayMillis = Millis{24} * 60 * 60 * 1000;

Millis local_now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// Where a read stands: what its checkpoints hold.
struct Place {
    std::optional<Millis> since;    ///< changes from here on; nothing: a full read
    std::optional<Millis> full_at;  ///< when the last full read began, by this machine's clock
    std::optional<Millis> read_at;  ///< when the last read that came to its end began, by it too
    std::optional<Millis> begun;    ///< when this one began, by it too
    std::optional<Millis> started;  ///< when this read began, by the server
    std::optional<Millis> newest;   ///< the newest change seen in this read
    Json resume = Json::object();   ///< by pass: what the next read of changes goes on from
    Json resume_next = Json::object();
    bool is_full = true;
    bool is_first = true;  ///< nothing was read before
    bool is_under_way = false;
    std::size_t pass = 0;
    Json page;

    [[nodiscard]] Json stored() const {
        Json json = {{"resume", resume}};
        const auto put = [&json](const char* key, const std::optional<Millis>& time) {
            if (time) {
                json[key] = format_time(*time);
            }
        };
        put("since", since);
        put("full_at", full_at);
        put("read_at", read_at);
        if (is_under_way) {
            put("begun", begun);
            put("started", started);
            put("newest", newest);
            json["full"] = is_full;
            json["first"] = is_first;
            json["pass"] = pass;
            json["page"] = page;
            json["resume_next"] = resume_next;
        }
        return json;
    }
    static Place from(const Json& json) {
        Place place;
        const auto get = [&json](const char* key) -> std::optional<Millis> {
            return json.contains(key) ? parse_time(json.at(key)) : std::nullopt;
        };
        place.since = get("since");
        place.full_at = get("full_at");
        place.read_at = get("read_at");
        place.resume = json.value("resume", Json::object());
        place.is_under_way = json.contains("pass");
        place.is_first = false;
        place.is_full = false;
        if (place.is_under_way) {
            place.begun = get("begun");
            place.started = get("started");
            place.newest = get("newest");
            place.is_full = json.value("full", false);
            place.is_first = json.value("first", false);
            place.pass = json.value("pass", std::size_t{0});
            place.page = json.value("page", Json());
            place.resume_next = json.value("resume_next", Json::object());
        }
        return place;
    }
};

/// The feed of changes is lost; all must be read.
struct NeedsFullRead {};

/// Rows of a table as JSON objects.
class TableRows {
  public:
    explicit TableRows(std::vector<std::string> header) : header_(std::move(header)) {}

    /// \param cells  As texts; of a `rows` answer as JSON.
    void add(const std::vector<Json>& cells) {
        Json row = Json::object();
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (!is_empty(cells[i])) {
                row[name_of(i)] = cells[i];
            }
        }
        if (!row.empty()) {  // a blank row is none
            texts_.push_back(row.dump(-1, ' ', false, Json::error_handler_t::replace));
        }
    }
    [[nodiscard]] std::vector<std::string_view> views() const {
        return {texts_.begin(), texts_.end()};
    }
    [[nodiscard]] std::size_t size() const { return texts_.size(); }
    void clear() { texts_.clear(); }

    /// Names for each column, each of them once.
    static std::vector<std::string> header_of(const std::vector<Json>& cells) {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            std::string name = text_of(cells[i]);
            if (name.empty()) {
                name = "column " + std::to_string(i + 1);
            }
            std::string unique = name;
            for (int n = 2; std::find(names.begin(), names.end(), unique) != names.end(); ++n) {
                unique = name + " (" + std::to_string(n) + ")";
            }
            names.push_back(std::move(unique));
        }
        return names;
    }

  private:
    [[nodiscard]] std::string name_of(std::size_t i) const {
        return i < header_.size() ? header_[i] : "column " + std::to_string(i + 1);
    }
    std::vector<std::string> header_;
    std::vector<std::string> texts_;
};

class StreamReader {
  public:
    StreamReader(Api& api, const Stream& stream, const ReadRequest& request, const Json& config,
                 Sink& sink)
        : api_(api), stream_(stream), request_(request), config_(config), sink_(sink),
          begun_(steady_clock::now()) {
        if (request.resume_from && request.resume_from->is_object()) {
            place_ = Place::from(*request.resume_from);
        }
    }

    Result<void> run() {
        if (!stream_.when.holds(api_)) {
            return {};
        }
        settle_kind();
        COTERIE_TRY(const Json state, tell_state());
        if (!state.is_null() && is_as_before(state)) {
            sink_.unchanged();
            sink_.keep_state(state);
            return {};
        }
        COTERIE_TRY_VOID(walk_or_start_anew());
        if (!state.is_null()) {
            sink_.keep_state(state);
        }
        return {};
    }

  private:
    /// What tells this state of the stream from another; null where nothing does.
    Result<Json> tell_state() {
        if (!stream_.unchanged) {
            return Json();
        }
        Names names(api_);
        auto response =
            api_.send(api_.request(stream_.unchanged->request, names), {400, 401, 403, 404});
        if (!response) {
            return std::move(response).error();
        }
        if (!response->ok()) {
            api_.log(LogLevel::Info, "stream '" + stream_.name +
                                         "': whether it changed is not told (http status " +
                                         std::to_string(response->status) + "); it is read");
            return Json();
        }
        return stream_.unchanged->at.find(Json::parse(response->body, nullptr, false))
            .value_or(Json());
    }
    [[nodiscard]] bool is_as_before(const Json& state) const {
        return request_.last_state && *request_.last_state == state && !request_.resume_from;
    }

    Result<void> walk_or_start_anew() {
        try {
            return walk_all();
        } catch (const NeedsFullRead&) {
            api_.log(LogLevel::Info, "stream '" + stream_.name +
                                         "': the API no longer tells what changed since the last "
                                         "read; all is read");
            start_anew();
            return walk_all();
        }
    }

    [[nodiscard]] double days(const char* key, double otherwise) const {
        const auto found = config_.find(key);
        return found != config_.end() && found->is_number() ? found->get<double>() : otherwise;
    }

    /// Whether this is a read of all or of changes.
    void settle_kind() {
        if (place_.is_under_way) {
            // Of a later full read the core does not know that it goes on, and would keep what is
            // gone.
            if (place_.is_full && !place_.is_first) {
                start_anew();
            }
            return;
        }
        const double full_every = days("full_every_days", stream_.full_every_days);
        const auto now = local_now();
        const bool is_due = full_every > 0 && place_.full_at &&
                            now - *place_.full_at >= static_cast<Millis>(full_every * kDayMillis);
        const bool is_too_old =
            stream_.changes_days_max > 0 && place_.read_at &&
            now - *place_.read_at >= static_cast<Millis>(stream_.changes_days_max * kDayMillis);
        if (!place_.is_full && (is_due || is_too_old || !stream_.is_incremental)) {
            start_anew();
        }
        place_.is_under_way = true;
        place_.begun = now;
    }

    void start_anew() {
        const auto full_at = place_.full_at;
        place_ = Place{};
        place_.is_first = false;
        place_.full_at = full_at;
        place_.begun = local_now();
        place_.is_under_way = true;
        sink_.restarted();
    }

    Result<void> walk_all() {
        const auto& passes = place_.is_full ? stream_.full : stream_.changes;
        std::set<std::string> lookups;
        for (const Pass& pass : passes) {
            lookup_names(stream_, pass, lookups);
        }
        std::set<std::string> names_of_whole;
        stream_.whole.names(names_of_whole);
        lookup_names(names_of_whole, lookups);
        COTERIE_TRY_VOID(api_.load_lookups(lookups));
        if (!place_.started) {
            place_.started = api_.server_time();
        }
        Names of_stream(api_);
        is_whole_ = place_.is_full && stream_.whole.holds(of_stream);
        if (place_.is_full && !is_whole_) {
            sink_.partial();
        }
        for (; place_.pass < passes.size(); ++place_.pass, place_.page = nullptr) {
            const Pass& pass = passes[place_.pass];
            Names names(api_);
            fill(names);
            if (!pass.when.holds(names)) {
                continue;
            }
            auto walked = pass.for_each.empty() ? walk(pass, names) : walk_each(pass, names);
            if (!walked) {
                return std::move(walked).transform_error(
                    within("stream '" + stream_.name + "': " + pass.name));
            }
        }
        finish();
        return {};
    }

    void fill(Names& names) const {
        if (place_.since && !place_.is_full) {
            names.set("since", format_time(*place_.since));
        }
        names.set("until", format_time(place_.started.value_or(local_now())));
        const auto key = std::to_string(place_.pass);
        if (!place_.is_full && place_.resume.contains(key)) {
            names.set("resume", place_.resume.at(key));
        }
        Json with = Json::object();
        for (const auto& [name, value] : stream_.with) {
            if (auto filled = value.evaluate(names)) {
                with[name] = std::move(*filled);
            }
        }
        names.set("with", std::move(with));
    }

    /// The end: what the next read of changes begins with.
    void finish() {
        Place next;
        next.is_first = false;
        next.resume = place_.resume_next;
        next.read_at = place_.begun.value_or(local_now());
        next.full_at = place_.is_full ? next.read_at : place_.full_at;
        next.since = next_since();
        if (stream_.is_incremental) {
            sink_.checkpoint(next.stored());
        }
    }

    /// Where the next read of changes begins. The server's clock at this one's start, or the newest
    /// change that it told, whichever is earlier: its Date header may come from another machine's
    /// clock than its records' times. What changed while this read went on is in both cases later.
    [[nodiscard]] std::optional<Millis> next_since() const {
        const Millis overlap = stream_.overlap_seconds * 1000;
        if (stream_.in_order && !place_.is_full && place_.newest) {
            return *place_.newest - overlap;
        }
        const Millis took = std::max<Millis>(
            std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begun_)
                .count(),
            ended_ && place_.started ? *ended_ - *place_.started : 0);
        std::optional<Millis> since = place_.since;
        if (place_.newest && place_.started) {
            since = std::min(*place_.started, *place_.newest - took) - overlap;
        } else if (place_.newest) {
            since = *place_.newest - took - overlap;
        } else if (place_.started && !place_.since) {
            since = *place_.started - overlap;
        }
        // Nothing is asked for again that an earlier read was sure to have seen.
        return place_.since && since ? std::max(*place_.since, *since) : since;
    }

    void note_time(const http::Response& response) {
        const auto time = response.server_time();
        if (time) {
            ended_ = *time * 1000;
            if (!place_.started) {
                place_.started = *time * 1000;
            }
        }
    }

    void checkpoint(const PageState& state, const Json& extra) {
        place_.page = state.stored();
        place_.page.update(extra);
        if (item_) {
            place_.page["item"] = *item_;
        }
        sink_.checkpoint(place_.stored());
        sink_.progress(records_before_ + records_, 0, "records");
    }

    /// One pass, once for each element of its lookup, in the order of the keys, from place_.page
    /// on.
    Result<void> walk_each(const Pass& pass, Names& names) {
        const LookupTable* table = api_.lookup(pass.for_each);
        if (table == nullptr) {
            return Error{ErrorKind::Config, "for_each: there is no lookup '" + pass.for_each + "'"};
        }
        const std::string first =
            place_.page.is_object() ? place_.page.value("item", std::string()) : std::string();
        const auto since = place_.is_full ? std::nullopt : place_.since;
        for (const auto& [key, value] : table->values) {
            if (key < first) {
                continue;
            }
            const ElementScope element(names, value);
            if (!std::all_of(
                    pass.for_each_where.begin(), pass.for_each_where.end(),
                    [&](const Condition& condition) { return condition.holds(element, since); })) {
                continue;
            }
            if (key != first) {
                place_.page = nullptr;
            }
            item_ = key;
            Json item = value.is_object() ? value : Json{{"value", value}};
            item["key"] = key;
            names.set("item", std::move(item));
            auto walked = walk(pass, names);
            item_.reset();
            if (!walked) {
                return std::move(walked).transform_error(within("'" + key + "'"));
            }
        }
        return {};
    }

    /// One pass, from place_.page on.
    Result<void> walk(const Pass& pass, Names& names) {
        for (unsigned restarts = 0;; ++restarts) {
            RecordMaker maker(api_, pass, names, !is_whole_,
                              place_.is_full ? std::nullopt : place_.since, sink_);
            COTERIE_TRY(const bool is_done, walk_once(pass, names, maker));
            records_before_ += records_;
            records_ = 0;
            if (is_done) {
                if (maker.counts().of_nobody > 0) {
                    api_.log(LogLevel::Info, "stream '" + stream_.name +
                                                 "': " + std::to_string(maker.counts().of_nobody) +
                                                 " of " + std::to_string(maker.counts().records) +
                                                 " concern nobody and are left out");
                }
                return {};
            }
            if (restarts == kRestartsMax) {
                return Error{ErrorKind::Transient, "the API gave up its cursor " +
                                                       std::to_string(restarts + 1) +
                                                       " times before the pages came to their end"};
            }
            place_.page = nullptr;
        }
    }

    /// \return false: the cursor died, and the pass is to be walked again.
    Result<bool> walk_once(const Pass& pass, Names& names, RecordMaker& maker) {
        if (!pass.job) {
            return walk_pages(pass, names, maker, Json::object());
        }
        COTERIE_TRY(const Json job, run_job(pass, names));
        if (job.is_null()) {
            return false;
        }
        if (pass.job->files) {
            return walk_files(pass, names, maker, job);
        }
        COTERIE_TRY(const bool is_done, walk_pages(pass, names, maker, {{"job", job.at("id")}}));
        if (is_done) {
            COTERIE_TRY_VOID(remove_job(pass, names));
        }
        return is_done;
    }

    Result<void> remove_job(const Pass& pass, const Names& names) {
        if (pass.job->remove) {
            auto removed = api_.send(api_.request(*pass.job->remove, names), {404});
            if (!removed) {  // it dies by itself
                api_.log(LogLevel::Warning, removed.error().message);
            }
        }
        return {};
    }

    /// Makes the job, or goes on with the one of the checkpoint, and waits for it.
    /// \return Its last state with `id`; null where an old one is no more.
    Result<Json> run_job(const Pass& pass, Names& names) {
        const Job& job = *pass.job;
        const bool is_old = place_.page.is_object() && place_.page.contains("job");
        Json id = is_old ? place_.page.at("job") : Json();
        Json state;
        if (!is_old) {
            COTERIE_TRY(state, api_.ask(job.create, names));
            const auto found = job.id.find(state);
            if (!found || is_empty(*found)) {
                return Error{ErrorKind::Fatal,
                             "the job's answer has no id at '" + job.id.text() + "'"};
            }
            id = *found;
            place_.page = {{"job", id}};
        }
        names.set("job", id);
        const auto until = steady_clock::now() + std::chrono::seconds(job.seconds_max);
        std::int64_t wait_ms = std::min<std::int64_t>(job.every_seconds * 1000, 250);
        while (job.poll) {
            COTERIE_TRY(const auto response,
                        api_.send(api_.request(*job.poll, names),
                                  is_old ? std::vector<long>{404, 410} : std::vector<long>{}));
            note_time(response);
            if (!response.ok()) {
                place_.page = nullptr;
                return Json();
            }
            state = Json::parse(response.body, nullptr, false);
            const auto word = job.state.find(state);
            const auto is_among = [&](const std::vector<Json>& words) {
                return word && std::any_of(words.begin(), words.end(), [&](const Json& one) {
                           return text_of(one) == text_of(*word);
                       });
            };
            if (is_among(job.done)) {
                break;
            }
            if (is_among(job.failed)) {
                const auto message = job.message ? job.message->find(state) : std::nullopt;
                return Error{ErrorKind::Transient, "the job ended as '" + text_of(*word) + "'" +
                                                       (message ? ": " + text_of(*message) : "")};
            }
            if (steady_clock::now() > until) {
                return Error{ErrorKind::Transient, "the job is not done after " +
                                                       std::to_string(job.seconds_max) +
                                                       " s (seconds_max)"};
            }
            api_.client().wait(std::chrono::milliseconds(wait_ms));
            sink_.progress(records_before_, 0, "records");
            wait_ms = std::min<std::int64_t>(wait_ms * 2,
                                             std::max<std::int64_t>(job.every_seconds * 1000, 1));
        }
        state["id"] = id;
        return state;
    }

    Result<bool> walk_files(const Pass& pass, const Names& names, RecordMaker& maker,
                            const Json& job) {
        const auto found = pass.job->files->find(job);
        const Json files = !found              ? Json::array()
                           : found->is_array() ? *found
                                               : Json::array({*found});
        const auto first = place_.page.value("file", std::size_t{0});
        std::uint64_t rows = place_.page.value("rows", std::uint64_t{0});
        for (std::size_t i = first; i < files.size(); ++i) {
            http::Request request;
            request.url = text_of(files[i]);
            request.to_file = true;
            request.is_signed_in = false;
            COTERIE_TRY(const auto response, api_.send(request));
            COTERIE_TRY(const auto count, take_table(response, pass, maker));
            rows += count;
            place_.page = {{"job", job.at("id")}, {"file", i + 1}, {"rows", rows}};
            sink_.checkpoint(place_.stored());
        }
        if (pass.job->rows) {
            const auto wanted = pass.job->rows->find(job);
            if (wanted && !is_empty(*wanted) && text_of(*wanted) != std::to_string(rows)) {
                return Error{ErrorKind::Transient, "the job's files have " + std::to_string(rows) +
                                                       " rows, and the job says " +
                                                       text_of(*wanted)};
            }
        }
        static_cast<void>(names);
        return true;
    }

    Result<bool> walk_pages(const Pass& pass, Names& names, RecordMaker& maker, const Json& extra) {
        PageState state(pass.paging, place_.page, names);
        Again again(place_.page);
        for (;;) {
            state.fill(names);
            http::Request request = api_.request(pass.request, names);
            if (!state.url().empty()) {
                api_.follow(request, state.url());
            }
            request.to_file = pass.format == Format::Csv;
            COTERIE_TRY(const auto response, api_.send(request, accepted(pass)));
            note_time(response);
            fill_until(names);
            COTERIE_TRY(auto taken, take_answer(response, pass, maker));
            if (taken.is_dead) {
                return false;
            }
            if (pass.paging.again) {
                COTERIE_TRY_VOID(look_again(pass, maker, again));
                again.request = request;
            }
            records_ += taken.records;
            if (maker.counts().newest) {
                place_.newest = std::max(place_.newest.value_or(*maker.counts().newest),
                                         *maker.counts().newest);
            }
            COTERIE_TRY_VOID(state.note(taken.last.ids_hash, taken.records));
            COTERIE_TRY(const bool goes_on,
                        state.advance(response, taken.envelope, taken.records, taken.last.value));
            if (pass.resume) {
                if (const auto resume = pass.resume->find(taken.envelope)) {
                    place_.resume_next[resume_key(pass)] = *resume;
                }
            }
            if (!goes_on) {
                return true;
            }
            Json more = extra;
            if (again.request) {
                more["again"] = {{"url", again.request->url}, {"query", again.request->query}};
            }
            checkpoint(state, more);
        }
    }

    /// The page before, to be asked for once more.
    struct Again {
        explicit Again(const Json& stored) {
            if (stored.is_object() && stored.contains("again")) {
                request.emplace();
                request->url = stored.at("again").value("url", std::string());
                request->query = stored.at("again").value("query", http::Pairs());
            }
        }
        std::optional<http::Request> request;
        std::set<std::string> ids;  ///< of its records
    };

    /// Where pages are numbered, what goes away from a page that was read moves the first records
    /// of the next one onto it before that is asked for. They are there when it is looked at again.
    Result<void> look_again(const Pass& pass, RecordMaker& maker, Again& again) {
        std::set<std::string> ids = maker.page_ids();
        if (again.request) {
            again.ids.insert(ids.begin(), ids.end());
            maker.leave_out(std::move(again.ids));
            COTERIE_TRY(const auto response, api_.send(*again.request, accepted(pass)));
            COTERIE_TRY(const auto taken, take_answer(response, pass, maker));
            static_cast<void>(taken);
            maker.leave_out({});
        }
        again.ids = std::move(ids);
        return {};
    }

    /// Which pass of the changes a full read's last page is the beginning of: the one that asks
    /// for {resume}; its own place otherwise.
    [[nodiscard]] std::string resume_key(const Pass& pass) const {
        for (std::size_t i = 0; i < stream_.changes.size(); ++i) {
            std::set<std::string> names;
            stream_.changes[i].request.names(names);
            if (names.contains("resume") && pass.id && stream_.changes[i].id &&
                stream_.changes[i].id->source() == pass.id->source()) {
                return std::to_string(i);
            }
        }
        return std::to_string(place_.pass);
    }

    void fill_until(Names& names) const {
        if (place_.started) {
            names.set("until", format_time(*place_.started));
        }
    }

    static std::vector<long> accepted(const Pass& pass) {
        std::vector<long> statuses = pass.empty_statuses;
        for (const auto* condition : {&pass.restart_when, &pass.full_when}) {
            if (*condition) {
                const auto& more = (*condition)->statuses;
                statuses.insert(statuses.end(), more.begin(), more.end());
            }
        }
        return statuses;
    }

    struct Taken {
        bool is_dead = false;
        std::uint64_t records = 0;
        Json envelope;
        RecordMaker::Last last;
    };

    Result<Taken> take_answer(const http::Response& response, const Pass& pass,
                              RecordMaker& maker) {
        Taken taken;
        const auto may_hold = [&response](const std::optional<Condition>& condition) {
            return condition && condition->is_of(response.status);
        };
        if (may_hold(pass.restart_when) || may_hold(pass.full_when)) {
            const Json body = Json::parse(response.body, nullptr, false);
            if (pass.full_when && !place_.is_full && pass.full_when->holds(response, body)) {
                throw NeedsFullRead{};
            }
            if (pass.restart_when && pass.restart_when->holds(response, body)) {
                taken.is_dead = true;
                return taken;
            }
        }
        const auto is_empty_status = [&](long status) {
            return status == 204 ||
                   std::find(pass.empty_statuses.begin(), pass.empty_statuses.end(), status) !=
                       pass.empty_statuses.end();
        };
        if (is_empty_status(response.status)) {
            return taken;
        }
        if (!response.ok()) {
            return api_.client().error_of({}, response);
        }
        if (pass.format == Format::Csv) {
            COTERIE_TRY(taken.records, take_table(response, pass, maker));
            if (!pass.rows_header.empty()) {
                const auto wanted = response.header(pass.rows_header);
                if (!wanted.empty() && wanted != std::to_string(taken.records)) {
                    return Error{ErrorKind::Transient,
                                 "the page has " + std::to_string(taken.records) +
                                     " rows, and its header says " + std::string(wanted)};
                }
            }
            return taken;
        }
        COTERIE_TRY(const Page page, cut_page(response.body, pass.records, pass.entries));
        if (!page.has_records && pass.records_optional) {
            taken.envelope = page.envelope;
            return taken;
        }
        if (!page.has_records) {
            return Error{ErrorKind::Transient, "the answer has nothing at '" + pass.records.text() +
                                                   "', where its records should be"};
        }
        if (pass.format == Format::Rows) {
            return take_rows(page, maker);
        }
        taken.records = page.records.size();
        taken.envelope = page.envelope;
        COTERIE_TRY(taken.last, maker.take(page.records, page.envelope));
        return taken;
    }

    static std::vector<Json> cells_of(std::string_view row) {
        const Json cells = Json::parse(row, nullptr, false);
        return cells.is_array() ? cells.get<std::vector<Json>>() : std::vector<Json>();
    }

    static Result<Taken> take_rows(const Page& page, RecordMaker& maker) {
        Taken taken;
        taken.envelope = page.envelope;
        if (page.records.empty()) {
            return taken;
        }
        TableRows rows(TableRows::header_of(cells_of(page.records.front())));
        for (std::size_t i = 1; i < page.records.size(); ++i) {
            rows.add(cells_of(page.records[i]));
        }
        taken.records = rows.size();
        COTERIE_TRY(taken.last, maker.take(rows.views(), page.envelope));
        return taken;
    }

    /// A CSV file, row by row. \return How many there were.
    Result<std::uint64_t> take_table(const http::Response& response, const Pass& pass,
                                     RecordMaker& maker) {
        static_cast<void>(pass);
        const files::Found found{response.file, "the answer", {}};
        COTERIE_TRY(auto probe, text::Input::open(found, text::Encoding{}));
        std::string head(4096 + text::kPadding, '\0');
        COTERIE_TRY(const std::size_t got, probe.read(head.data(), 4096));
        const std::string_view first = std::string_view(head).substr(0, got);
        const auto line = first.substr(0, first.find('\n'));
        text::Dialect dialect;
        dialect.trim = false;
        if (std::count(line.begin(), line.end(), '\t') >
            std::count(line.begin(), line.end(), ',')) {
            dialect.delimiter = "\t";
        }
        COTERIE_TRY(auto input, text::Input::open(found, text::Encoding{}));
        text::RowReader reader(std::move(input), text::RowCutter(dialect), kCsvRowBytesMax,
                               std::max<std::uint64_t>(got, 4096));
        std::optional<TableRows> rows;
        std::uint64_t count = 0;
        const auto hand_over = [&]() -> Result<void> {
            if (rows && rows->size() > 0) {
                COTERIE_TRY(const auto last, maker.take(rows->views(), Json()));
                static_cast<void>(last);
                rows->clear();
            }
            return {};
        };
        for (;;) {
            COTERIE_TRY(const auto kind, reader.next());
            if (kind == text::Found::End) {
                break;
            }
            if (kind == text::Found::Fault) {
                ++count;
                sink_.quarantine(files::printable(reader.fault().raw.substr(0, 4096)),
                                 "line " + std::to_string(reader.at().line), reader.fault().why);
                continue;
            }
            if (kind != text::Found::Row || reader.row().blank()) {
                continue;
            }
            std::vector<Json> cells;
            for (const text::Cell& cell : reader.row().cells) {
                std::string text;
                reader.cutter().unescape(cell, text);
                cells.emplace_back(std::move(text));
            }
            if (!rows) {
                if (!cells.empty() &&
                    cells.front().get_ref<std::string&>().starts_with("\xEF\xBB\xBF")) {
                    cells.front() = cells.front().get<std::string>().substr(3);
                }
                rows.emplace(TableRows::header_of(cells));
                continue;
            }
            ++count;
            rows->add(cells);
            if (rows->size() == kCsvBatchRows) {
                COTERIE_TRY_VOID(hand_over());
                sink_.progress(records_before_ + count, 0, "records");
            }
        }
        COTERIE_TRY_VOID(hand_over());
        return count;
    }

    Api& api_;
    const Stream& stream_;
    const ReadRequest& request_;
    const Json& config_;
    Sink& sink_;
    steady_clock::time_point begun_;
    Place place_;
    std::optional<Millis> ended_;
    std::uint64_t records_ = 0, records_before_ = 0;
    bool is_whole_ = true;             ///< what it does not bring is gone
    std::optional<std::string> item_;  ///< of for_each
};

}  // namespace

Result<void> read_stream(Api& api, const Stream& stream, const ReadRequest& request,
                         const nlohmann::json& config, Sink& sink) {
    try {
        return StreamReader(api, stream, request, config, sink).run();
    } catch (const std::runtime_error& error) {  // a template without a value
        return Error{ErrorKind::Config, "stream '" + stream.name + "': " + error.what()};
    }
}

}  // namespace coterie::rest

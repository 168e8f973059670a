#include "pipeline/steps/settle_mappings.hpp"

#include "pipeline/normalize/auto/write.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace coterie::pipeline {

namespace automap = normalize::automap;

namespace {

std::vector<std::string_view> views_of(const std::vector<std::string>& texts) {
    return {texts.begin(), texts.end()};
}

}  // namespace

std::string to_text(const KeptAuto& kept) {
    const nlohmann::ordered_json document{{"mapping", kept.mapping},
                                          {"known_export", kept.known_export},
                                          {"mapped", kept.mapped},
                                          {"asked", kept.asked},
                                          {"custom", kept.custom}};
    return document.dump();
}

std::optional<KeptAuto> kept_auto_from(std::string_view text) {
    const auto document = nlohmann::ordered_json::parse(text, nullptr, false);
    try {
        KeptAuto kept;
        kept.mapping = document.at("mapping");
        document.at("known_export").get_to(kept.known_export);
        document.at("mapped").get_to(kept.mapped);
        document.at("asked").get_to(kept.asked);
        document.at("custom").get_to(kept.custom);
        return kept;
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    }
}

Result<void> MappingKeeper::load() {
    for (PreparedSource& source : workspace_.sources) {
        const std::string& name = source.config->name;
        COTERIE_TRY(const auto id, store_.source_id(name));
        ids_[name] = id;
        reports_[name].is_auto = source.is_auto;
        COTERIE_TRY_VOID(load_kept(source, id));
        if (source.mapping) {
            COTERIE_TRY_VOID(store_.set_mapping_version(id, source.mapping_version()));
        }
    }
    return {};
}

Result<void> MappingKeeper::load_kept(PreparedSource& source, store::SourceId id) {
    const std::string& name = source.config->name;
    COTERIE_TRY(auto kept, store_.kept_mapping(id));
    if (!kept) {
        return {};
    }
    const auto made = kept_auto_from(kept->mapping);
    if (source.is_auto && made && !accepted_.contains(name)) {
        try {
            source.mapping = normalize::Mapping::compile(automap::to_node(made->mapping));
        } catch (const config::ConfigError&) {
            return {};  // a later version may refuse what an earlier one wrote: inferred anew
        }
        MappingReport& report = reports_[name];
        report.known_export = made->known_export;
        report.mapped = made->mapped;
        report.asked = made->asked;
        report.custom = made->custom;
    }
    // Whoever writes another mapping has looked at the columns.
    if (source.mapping && kept->version == source.mapping_version() && !accepted_.contains(name)) {
        kept_[name] = *std::move(kept);
    }
    return {};
}

extract::HoldCheck MappingKeeper::hold_check(const std::string& source) {
    return [this, source](std::span<const store::Row> gone) -> Result<std::string> {
        checked_.insert(source);
        return check(*workspace_.find(source), gone);
    };
}

bool MappingKeeper::is_held(const std::string& source) const {
    const auto found = reports_.find(source);
    return found != reports_.end() && !found->second.held.empty();
}

Result<std::string> MappingKeeper::check(const PreparedSource& source,
                                         std::span<const store::Row> gone) {
    const std::string& name = source.config->name;
    const auto kept = kept_.find(name);
    if (kept == kept_.end()) {
        return std::string();
    }
    if (kept->second.settled_run == run_) {
        // Killed after it had compared: what it found stands, and the columns are taken in.
        reports_[name].drift = nlohmann::json::parse(kept->second.drift);
        return std::string();
    }
    const auto before = automap::profile_from(kept->second.profile);
    COTERIE_TRY(const auto pending, store_.sample(ids_.at(name), store::Sampled::Pending,
                                                  automap::kSampleRecordsMax, gone));
    if (!before || pending.empty()) {
        return std::string();  // nothing is new, so nothing has drifted
    }
    COTERIE_TRY(const auto present, store_.sample(ids_.at(name), store::Sampled::Present,
                                                  automap::kSampleRecordsMax, gone));
    const auto drift = automap::compare(
        *before, automap::profile(views_of(present), *source.mapping, source.mapping_options),
        automap::profile(views_of(pending), *source.mapping, source.mapping_options));
    MappingReport& report = reports_[name];
    report.drift = drift.changes;
    if (!drift.holds.empty()) {
        report.held = fmt::format(
            "held: {}{}; nothing of it was normalized or deleted; if that is right: coterie run "
            "--accept-drift {}; else map it anew: coterie preview {} --write",
            drift.holds.front(),
            drift.holds.size() > 1 ? fmt::format(" (and {} more)", drift.holds.size() - 1) : "",
            name, name);
    }
    return report.held;
}

Result<void> MappingKeeper::settle(const std::vector<extract::SourceResult>& results) {
    for (PreparedSource& source : workspace_.sources) {
        const std::string& name = source.config->name;
        const auto result = std::find_if(results.begin(), results.end(),
                                         [&](const auto& each) { return each.name == name; });
        const bool has_failed =
            result != results.end() && result->state == extract::SourceState::Failed;
        if (!source.mapping) {
            // Half of a source may look like another one: its first whole read decides.
            if (result != results.end() && !has_failed) {
                COTERIE_TRY_VOID(infer(source));
            }
            continue;
        }
        if (!checked_.contains(name)) {
            COTERIE_TRY_VOID(check(source, {}));
        }
        if (!is_held(name) && !has_failed) {
            COTERIE_TRY_VOID(keep_profile(source));
        }
    }
    return {};
}

Result<void> MappingKeeper::infer(PreparedSource& source) {
    const std::string& name = source.config->name;
    const auto id = ids_.at(name);
    COTERIE_TRY(const auto records,
                store_.sample(id, store::Sampled::Present, automap::kSampleRecordsMax));
    if (records.empty()) {
        return {};
    }
    const auto proposal = automap::infer(views_of(records), source.mapping_options.context,
                                         automap::Lexicon::built_in(), source.hints());
    MappingReport& report = reports_[name];
    report.known_export = proposal.known_export;
    report.mapped = proposal.count(automap::Outcome::Mapped);
    report.asked = proposal.count(automap::Outcome::Asked);
    report.custom = proposal.count(automap::Outcome::Custom);
    if (!proposal.refusal.empty()) {
        report.held =
            fmt::format("held: {}; nothing of it was imported; see 'coterie preview {}', and "
                        "write a mapping by hand if there are people in it",
                        proposal.refusal, name);
        return {};
    }
    source.mapping = normalize::Mapping::compile(automap::to_node(proposal.mapping));
    store::KeptMapping kept;
    kept.version = source.mapping_version();
    kept.mapping = to_text(
        {proposal.mapping, proposal.known_export, report.mapped, report.asked, report.custom});
    kept.profile =
        to_json(automap::profile(views_of(records), *source.mapping, source.mapping_options))
            .dump();
    kept.run = run_;
    kept.settled_run = run_;
    kept.drift = "[]";
    return store_.transaction([&]() -> Result<void> {
        COTERIE_TRY_VOID(store_.keep_mapping(id, kept));
        COTERIE_TRY_VOID(store_.set_mapping_version(id, kept.version));
        return {};
    });
}

Result<void> MappingKeeper::keep_profile(const PreparedSource& source) {
    const std::string& name = source.config->name;
    const auto id = ids_.at(name);
    const auto known = kept_.find(name);
    COTERIE_TRY(const auto pending, store_.sample(id, store::Sampled::Pending, 1));
    if (pending.empty()) {
        return {};
    }
    COTERIE_TRY(const auto records,
                store_.sample(id, store::Sampled::Present, automap::kSampleRecordsMax));
    COTERIE_TRY(const auto stored, store_.kept_mapping(id));
    store::KeptMapping kept;
    kept.version = source.mapping_version();
    kept.mapping = source.is_auto && stored ? stored->mapping : std::string();
    kept.profile =
        to_json(automap::profile(views_of(records), *source.mapping, source.mapping_options))
            .dump();
    kept.run = known != kept_.end() ? known->second.run : run_;
    kept.settled_run = run_;
    kept.drift = nlohmann::json(reports_[name].drift).dump();
    return store_.keep_mapping(id, kept);
}

}  // namespace coterie::pipeline

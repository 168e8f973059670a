/// The keys that the loader knows, section by section; a test holds schemas/config.schema.json to
/// them.
#pragma once

#include <string>
#include <vector>

namespace coterie::config::keys {

using Keys = std::vector<std::string>;

inline const Keys kTop = {"version", "include", "store",        "defaults",
                          "plugins", "sources", "destinations", "schedule",
                          "merge",   "match",   "ids",          "performance"};
inline const Keys kDefaults = {"country", "timezone", "currency", "dates", "decimal"};
inline const Keys kPlugins = {"path"};
inline const Keys kSource = {"connector", "config", "mapping",      "trust",   "isolation",
                             "limits",    "brake",  "lawful_basis", "country", "timezone",
                             "currency",  "dates",  "decimal",      "enabled"};
inline const Keys kLimits = {"memory_mb", "file_mb", "record_mb", "silence_seconds",
                             "total_seconds"};
inline const Keys kBrake = {"share", "records"};
inline const Keys kDestination = {"connector", "config", "isolation", "limits", "enabled"};
inline const Keys kSchedule = {"cron", "timezone"};
inline const Keys kMerge = {"fields", "tiers"};
inline const Keys kTiers = {"micro", "mid", "macro", "mega"};
inline const Keys kMatch = {"link_probability", "review_probability", "shared_names_max"};
inline const Keys kIds = {"key"};
inline const Keys kPerformance = {"threads"};

inline const Keys kDates = {"day_first", "month_first"};
inline const Keys kDecimal = {"comma", "point"};
inline const Keys kIsolation = {"process", "in_process"};
/// The legal bases of GDPR article 6, then those of article 9 that special categories need.
inline const Keys kLawfulBases = {"consent",           "contract",
                                  "legal_obligation",  "vital_interests",
                                  "public_task",       "legitimate_interests",
                                  "explicit_consent",  "not_for_profit_body",
                                  "manifestly_public", "substantial_public_interest"};
/// merge::Rule's words that a person may choose from.
inline const Keys kRules = {"only", "trust", "recent", "frequent", "longest",
                            "max",  "min",   "union",  "strictest"};

}  // namespace coterie::config::keys

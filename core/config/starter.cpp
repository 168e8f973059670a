#include "config/config.hpp"

#include <fmt/format.h>

namespace coterie::config {

std::string starter_config(const std::string& schema_location) {
    return "# yaml-language-server: $schema=" + schema_location + R"(
# A Coterie workspace: which sources there are, and where the merged roster goes.
# "coterie check" tells what is wrong in here, "coterie run" merges.
version: 1

# One file in this folder holds all that Coterie remembers.
store: sqlite:coterie.db

# How a source's values are read where it does not say so itself: a phone number without a country
# code, a time without a zone, 3/4/2026.
defaults:
  country: DK
  timezone: Europe/Copenhagen
  dates: day_first

# Each source has a name of your choice (a-z, 0-9, _ and -) and a connector, the plugin that reads
# it. "coterie connectors" lists the connectors, "coterie connectors NAME" the keys of its config.
sources:
  crm:
    connector: jsonl
    config:
      location: crm.jsonl
      # Which field tells the records apart from night to night. Without one, an edited record is
      # known by what it still has in common with the old one.
      key: id
    # From 0 to 1: whose value wins where sources disagree.
    trust: 0.9

  manual:
    connector: delimited
    config:
      location: "search/*.csv"
    trust: 0.5
    # Which column is which field. Without it, the columns' names are matched as well as they can be;
    # "coterie preview manual" shows the outcome and writes nothing.
    # mapping:
    #   name.display: Navn
    #   profiles: [{platform: instagram, handle: Insta, followers: Følgere}]

  # Secrets stay out of this file: ${env:NAME} is an environment variable, ${file:PATH} a file.
  # hubspot:
  #   connector: hubspot
  #   config: {access_token: "${env:HUBSPOT_TOKEN}"}

# When "coterie daemon" merges: minute, hour, day, month, weekday.
# schedule: {cron: "30 2 * * *"}

# Where the merged roster is written after each run. Without one, "coterie export" writes it.
# destinations:
#   everyone: {connector: xlsx, config: {path: roster.xlsx}}
)";
}

}  // namespace coterie::config

/// The columns of a sample of raw records: what is in them, and what their values read as.
#pragma once

#include "pipeline/normalize/reading.hpp"

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::normalize::automap {

/// Records that are looked at; more are not better, and a phone number costs time to read.
inline constexpr std::size_t kSampleRecordsMax = 2000;
/// Columns of one sample; those beyond stay under custom.
inline constexpr std::size_t kColumnsMax = 1000;
/// Distinct values of one column that are read.
inline constexpr std::size_t kDistinctValuesMax = 300;
/// Of one value; what is longer is free text anyway.
inline constexpr std::size_t kValueBytesMax = 300;

/// Shares (0-1) of a column's distinct values that the project's normalizers read as something.
struct ValueShares {
    double email = 0;
    double link = 0;           ///< of a profile on a platform
    double web = 0;            ///< any address of the web, links of profiles among them
    double post = 0;           ///< of a post, a video, a status
    double at_handle = 0;      ///< "@idaholm"
    double handle = 0;         ///< could be a handle: "idaholm", "ida.holm", "@idaholm", a link
    double marked_handle = 0;  ///< one word with '@', '_', '.' or a digit, and a letter
    double phone = 0;          ///< 6 to 15 digits, and little else
    double international = 0;  ///< of them, with a +
    double count = 0;          ///< "1234", "12,5K"
    double count_suffix = 0;   ///< "12,5K", "1.2 mio."
    double number = 0;         ///< digits, with marks
    double percent = 0;        ///< with a %
    double share = 0;          ///< reads as a share, plain numbers as percentages
    double money = 0;          ///< with a currency
    double country = 0;
    double language = 0;
    double time = 0;
    double flag = 0;
    double status = 0;      ///< of a relationship
    double platform = 0;    ///< names one
    double name = 0;        ///< could be a person's: letters, no link, no address
    double full_name = 0;   ///< two to five words like a person's name
    double channel_id = 0;  ///< YouTube's "UC…"
    double text = 0;        ///< holds a letter
    double several = 0;     ///< has a separator: ; , | /
    double long_text = 0;   ///< over 60 characters, or over 8 words
};

/// One column: a field of the records, or a leaf of nested JSON by its path.
struct Column {
    std::string path;                  ///< as a mapping names it: "Navn", "social[*].name"
    std::string key;                   ///< its last part: "name"
    std::vector<std::string> parents;  ///< "social"
    std::string each;                  ///< "social[*]", where it lies in a list of objects; else ""
    std::string below;                 ///< ".name": as a mapping names it beneath `each`
    bool is_addressable = true;        ///< whether a mapping can name it
    std::size_t filled = 0;            ///< records that hold something in it
    std::size_t values = 0;
    std::size_t distinct = 0;  ///< among those that were looked at
    /// Record and text, the first kDistinctValuesMax distinct ones first seen there.
    std::vector<std::pair<std::size_t, std::string>> seen;
    ValueShares shares;
    std::map<std::string, double> link_platforms;  ///< platform → share of all values
};

struct Sample {
    std::size_t records = 0;
    std::vector<Column> columns;  ///< in the records' order of columns
    std::size_t left_out = 0;     ///< columns beyond kColumnsMax
};

/// Reads a sample. Records that are no JSON objects say nothing. The order of `records` does not
/// matter: they are taken by their contents' hashes, at most kSampleRecordsMax.
/// \par Cost Some 10 ms a thousand values. Any thread.
Sample read_sample(std::span<const std::string_view> records, const ReadingContext& context);

/// The share of a column's values that read as a handle or link of the platform.
double share_on(const Column& column, std::string_view platform);

}  // namespace coterie::normalize::automap

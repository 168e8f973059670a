/// What everything that uses libcurl needs.
#pragma once

#include <curl/curl.h>

#include <memory>

namespace coterie::net {

struct CloseEasy {
    void operator()(CURL* curl) const { ::curl_easy_cleanup(curl); }
};
struct FreeList {
    void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, CloseEasy>;
using List = std::unique_ptr<curl_slist, FreeList>;

/// Gets libcurl ready, once in a process. Any thread. \return Whether it is.
bool start_curl();

}  // namespace coterie::net

// Ends with 0 where the HTTP client is there and refuses a host that it was not given.
#include "coterie/http.hpp"

int main() {
    coterie::http::Options options;
    options.base_url = "https://api.example.com";
    auto client = coterie::http::Client::create(options, nullptr);
    coterie::http::Request request;
    request.url = "https://other.example.com/";
    return client && !client->send(request) ? 0 : 1;
}

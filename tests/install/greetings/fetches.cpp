// fetches FILE: ends with 0 where the location holds one file.
#include "coterie/location.hpp"

#include <cstdio>

int main(int count, char** arguments) {
    const auto fetched = coterie::location::fetch({{"location", count > 1 ? arguments[1] : ""}},
                                                  std::nullopt, nullptr);
    if (!fetched) {
        std::fprintf(stderr, "%s\n", fetched.error().message.c_str());
        return 1;
    }
    return fetched->files().size() == 1 ? 0 : 1;
}

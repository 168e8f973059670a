# Filled by cmake/CoterieAddPlugin.cmake in a later commit.

#include "plugin/abi_note.hpp"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>

namespace coterie::plugin {
namespace {

/// The smallest library that the reader takes: a header, a note, names and two section headers.
std::string small_elf(const coterie_abi_note& note) {
    const std::string names = std::string("\0.coterie_abi\0", 14);
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_DYN;
#if defined(__aarch64__)
    header.e_machine = EM_AARCH64;
#else
    header.e_machine = EM_X86_64;
#endif
    header.e_shoff = sizeof(header) + sizeof(note) + names.size();
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = 2;
    header.e_shstrndx = 1;
    Elf64_Shdr note_section{};
    note_section.sh_name = 1;
    note_section.sh_type = SHT_PROGBITS;
    note_section.sh_offset = sizeof(header);
    note_section.sh_size = sizeof(note);
    Elf64_Shdr name_section{};
    name_section.sh_type = SHT_STRTAB;
    name_section.sh_offset = sizeof(header) + sizeof(note);
    name_section.sh_size = names.size();
    const auto bytes_of = [](const auto& value) {
        return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
    };
    return bytes_of(header) + bytes_of(note) + names + bytes_of(note_section) +
           bytes_of(name_section);
}

constexpr coterie_abi_note kOurs{COTERIE_NOTE_MAGIC, COTERIE_ABI_MAJOR, COTERIE_ABI_MINOR};

TEST(AbiNote, IsFoundInALibrary) {
    const auto note = find_abi_note(small_elf(kOurs));
    ASSERT_TRUE(note) << note.error().message;
    EXPECT_EQ(note->abi_major, COTERIE_ABI_MAJOR);
    EXPECT_TRUE(check_abi(*note));
}

TEST(AbiNote, EveryTruncationOfALibraryIsRefusedOrReadWithoutHarm) {
    const auto elf = small_elf(kOurs);
    for (std::size_t size = 0; size < elf.size(); ++size) {
        EXPECT_FALSE(find_abi_note(std::string(elf, 0, size))) << size;
    }
}

TEST(AbiNote, AnyChangedByteIsReadWithoutHarm) {
    for (std::uint32_t seed = 1; seed <= 2000; ++seed) {
        std::mt19937 random(seed);
        auto elf = small_elf(kOurs);
        for (int change = 0; change < 4; ++change) {
            elf[random() % elf.size()] = static_cast<char>(random());
        }
        const auto note = find_abi_note(elf);
        EXPECT_TRUE(note || !note.error().message.empty());
    }
}

TEST(AbiNote, AFileThatIsNoLibraryIsSaidToBeNone) {
    EXPECT_EQ(find_abi_note("#!/bin/sh").error().message,
              "it is not a shared library (no ELF header)");
}

TEST(AbiNote, VersionsThatDoNotFitAreNamed) {
    EXPECT_EQ(
        check_abi({COTERIE_NOTE_MAGIC, 1, 7}).error().message,
        "it was built for ABI 1.7, and this Coterie speaks 1.2; install a newer Coterie, or an "
        "older build of the plugin");
    EXPECT_EQ(
        check_abi({COTERIE_NOTE_MAGIC, 2, 0}).error().message,
        "it was built for ABI 2.0, and this Coterie speaks 1.2; install a newer Coterie, or an "
        "older build of the plugin");
    EXPECT_EQ(check_abi({COTERIE_NOTE_MAGIC, 0, 9}).error().message,
              "it was built for ABI 0.9, and this Coterie speaks 1.2; build the plugin anew with "
              "this Coterie's SDK");
}

}  // namespace
}  // namespace coterie::plugin

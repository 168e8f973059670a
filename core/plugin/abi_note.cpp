#include "plugin/abi_note.hpp"

#include "plugin/file_descriptor.hpp"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

namespace coterie::plugin {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
#else
#error "add this machine's ELF number"
#endif
static_assert(sizeof(void*) == 8 && std::endian::native == std::endian::little);

Error config_error(std::string message) {
    return Error{ErrorKind::Config, std::move(message)};
}

/// The T at this offset, nothing where the file ends before.
template <class T>
std::optional<T> at(std::string_view file, std::uint64_t offset) {
    if (offset > file.size() || file.size() - offset < sizeof(T)) {
        return std::nullopt;
    }
    T value;
    std::memcpy(&value, file.data() + offset, sizeof(T));
    return value;
}

std::optional<Elf64_Shdr> section_header(std::string_view file, const Elf64_Ehdr& header,
                                         std::uint64_t index) {
    const std::uint64_t distance = index * header.e_shentsize;
    if (header.e_shoff > file.size() || distance > file.size()) {
        return std::nullopt;
    }
    return at<Elf64_Shdr>(file, header.e_shoff + distance);
}

bool is_named(std::string_view file, const Elf64_Shdr& names, const Elf64_Shdr& section,
              std::string_view wanted) {
    if (names.sh_offset > file.size()) {
        return false;
    }
    const std::string_view table = file.substr(names.sh_offset);
    if (section.sh_name >= table.size()) {
        return false;
    }
    const std::string_view name = table.substr(section.sh_name, wanted.size() + 1);
    return name.size() == wanted.size() + 1 && name.starts_with(wanted) && name.back() == '\0';
}

Result<coterie_abi_note> note_in(std::string_view file, const Elf64_Shdr& section) {
    const auto note = at<coterie_abi_note>(file, section.sh_offset);
    if (!note || section.sh_size < sizeof(coterie_abi_note) ||
        std::memcmp(note->magic, COTERIE_NOTE_MAGIC, sizeof(note->magic)) != 0) {
        return config_error(
            fmt::format("its section {} holds no ABI note of Coterie", COTERIE_NOTE_SECTION));
    }
    return *note;
}

}  // namespace

Result<coterie_abi_note> find_abi_note(std::string_view elf) {
    const auto header = at<Elf64_Ehdr>(elf, 0);
    if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) {
        return config_error("it is not a shared library (no ELF header)");
    }
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
        header->e_machine != kMachine) {
        return config_error("it was built for another kind of machine");
    }
    if (header->e_type != ET_DYN) {
        return config_error("it is not a shared library (another type of ELF file)");
    }
    const auto names = section_header(elf, *header, header->e_shstrndx);
    for (std::uint16_t index = 0; names && index < header->e_shnum; ++index) {
        const auto section = section_header(elf, *header, index);
        if (section && section->sh_type != SHT_NOBITS &&
            is_named(elf, *names, *section, COTERIE_NOTE_SECTION)) {
            return note_in(elf, *section);
        }
    }
    return config_error(fmt::format("it has no section {}, so it is no plugin of Coterie; build it "
                                    "with COTERIE_EXPORT_SOURCE",
                                    COTERIE_NOTE_SECTION));
}

Result<coterie_abi_note> read_abi_note(const std::filesystem::path& library) {
    const FileDescriptor file(::open(library.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) {
        return config_error(std::string("it cannot be opened: ") + std::strerror(errno));
    }
    if (!S_ISREG(status.st_mode) || status.st_size == 0) {
        return config_error("it is not a shared library (no ELF header)");
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    void* bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (bytes == MAP_FAILED) {
        return config_error(std::string("it cannot be read: ") + std::strerror(errno));
    }
    auto note = find_abi_note(std::string_view(static_cast<const char*>(bytes), size));
    ::munmap(bytes, size);
    return note;
}

Result<void> check_abi(const coterie_abi_note& note) {
    if (note.abi_major == COTERIE_ABI_MAJOR && note.abi_minor <= COTERIE_ABI_MINOR) {
        return {};
    }
    const bool newer = note.abi_major >= COTERIE_ABI_MAJOR;
    return config_error(
        fmt::format("it was built for ABI {}.{}, and this Coterie speaks {}.{}; {}", note.abi_major,
                    note.abi_minor, COTERIE_ABI_MAJOR, COTERIE_ABI_MINOR,
                    newer ? "install a newer Coterie, or an older build of the plugin"
                          : "build the plugin anew with this Coterie's SDK"));
}

}  // namespace coterie::plugin

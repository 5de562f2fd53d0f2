#include "api/kept_file.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace weir::api {

namespace {

/// A descriptor that is closed.
struct Descriptor {
    explicit Descriptor(int opened) : number(opened) {}
    ~Descriptor() {
        if (number >= 0) ::close(number);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    const int number;
};

std::string in_words(std::string_view what) { return std::string(what) + ": " + std::strerror(errno); }

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t taken = ::write(file, text.data(), text.size());
        if (taken < 0 && errno != EINTR) return false;
        if (taken > 0) text.remove_prefix(static_cast<std::size_t>(taken));
    }
    return ::fsync(file) == 0;
}

// So that the name is there too after the machine has stopped.
void keep_name(const std::filesystem::path& folder) {
    const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened.number >= 0) (void)::fsync(opened.number);
}

}  // namespace

std::expected<std::optional<std::string>, std::string> KeptFile::read() const {
    std::ifstream file(path_, std::ios::binary);
    if (!file.is_open()) {
        if (errno == ENOENT) return std::optional<std::string>();
        return std::unexpected(in_words("cannot be read"));
    }
    std::string text(most_.bytes() + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad()) return std::unexpected(in_words("cannot be read"));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > most_.bytes()) return std::unexpected("is larger than it may be");
    return std::optional(std::move(text));
}

std::expected<void, std::string> KeptFile::write(std::string_view text) const {
    std::error_code error;
    std::filesystem::create_directories(path_.parent_path(), error);
    const std::string fresh = path_.string() + ".new";
    {
        const Descriptor file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (file.number < 0 || !write_all(file.number, text)) return std::unexpected(in_words("cannot be written"));
    }
    if (::rename(fresh.c_str(), path_.c_str()) != 0) return std::unexpected(in_words("cannot be replaced"));
    keep_name(path_.parent_path());
    return {};
}

}  // namespace weir::api

#include "worker/resident.hpp"

#include <array>
#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

namespace weir::worker {

ResidentSize::ResidentSize() noexcept : file_(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC)) {}

ResidentSize::~ResidentSize() {
    if (file_ >= 0) ::close(file_);
}

std::uint64_t ResidentSize::read() const noexcept {
    std::array<char, 128> text{};
    if (file_ < 0 || ::pread(file_, text.data(), text.size() - 1, 0) <= 0) return 0;
    // "size resident ...", in pages.
    char* rest = nullptr;
    std::strtoull(text.data(), &rest, 10);
    return std::strtoull(rest, nullptr, 10) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace weir::worker

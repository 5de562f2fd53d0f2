// How much memory the process has resident, read from the kernel without opening anything: the file stays open, so that it can
// be read from inside the sandbox.
#pragma once

#include <cstdint>

namespace weir::worker {

class ResidentSize {
  public:
    ResidentSize() noexcept;
    ResidentSize(const ResidentSize&) = delete;
    ResidentSize& operator=(const ResidentSize&) = delete;
    ~ResidentSize();
    /// The file, to be kept open.
    [[nodiscard]] int descriptor() const noexcept { return file_; }
    /// Bytes; 0 where the kernel does not say.
    [[nodiscard]] std::uint64_t read() const noexcept;

  private:
    int file_;
};

}  // namespace weir::worker

// A small file that outlives the process: read whole, and replaced whole. A reader finds the old text or the new one, never a part
// of either, whenever the machine stops. Only this user reads it: it may hold keys.
#pragma once

#include "base/units.hpp"

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace weir::api {

class KeptFile {
  public:
    explicit KeptFile(std::filesystem::path path, base::ByteCount most) : path_(std::move(path)), most_(most) {}

    /// Nothing where there is no file. The error is in words.
    [[nodiscard]] std::expected<std::optional<std::string>, std::string> read() const;
    /// Makes its folder where that is missing. Waits for the disk.
    [[nodiscard]] std::expected<void, std::string> write(std::string_view text) const;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  private:
    const std::filesystem::path path_;
    const base::ByteCount most_;
};

}  // namespace weir::api

// What stands behind a stream's name in the addresses of all protocols: `?token=KEY&backup=1`. Each protocol takes its own form of
// address apart and tells the parameters here, the most specific place first.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::base {

class StreamParameters {
  public:
    /// One parameter as it is written. Of a name the first value counts that is one; other names are passed over.
    void take(std::string_view name, std::string_view value);
    /// All of `name=value&name=value`.
    void take_query(std::string_view query);

    /// Percent-decoded; empty when there is none.
    [[nodiscard]] const std::string& token() const noexcept { return token_; }
    /// Who publishes so is the backup of the stream: `backup` is 1.
    [[nodiscard]] bool is_backup() const noexcept { return backup_ == true; }

  private:
    std::string token_;
    std::optional<bool> backup_;
};

}  // namespace weir::base

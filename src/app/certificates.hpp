// The certificate of every TLS listener: read from the files that the configuration names, and again when they change. Connections that
// are open keep the one that they began with; those that come get the newest. What cannot be read changes nothing, and is said.
#pragma once

#include "base/journal.hpp"
#include "config/config.hpp"
#include "net/shard_value.hpp"
#include "net/tls_context.hpp"

#include <array>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>

namespace weir::app {

[[nodiscard]] net::TlsFiles tls_files(const config::Http& http);
/// Whether the files, where some are named, do. The error names the file and what is wrong with it.
[[nodiscard]] std::expected<void, std::string> check_certificate(const config::Http& http);

/// Changed by one thread; read on every shard.
class Certificates {
  public:
    Certificates(net::Shards& shards, base::Log log) : log_(std::move(log)), context_(shards, nullptr) {}

    /// Reads the files of this configuration, whether they changed or not. Without any, connections that come are turned away.
    std::expected<void, std::string> load(const config::Http& http);
    /// Reads them again if they changed and have been left alone since the last look: the two are not written at once.
    void look();

    /// There is a certificate.
    [[nodiscard]] bool has_one() const noexcept { return has_one_; }
    /// On that shard; null: there is none.
    [[nodiscard]] const net::TlsContextRef& context(const net::Shard& shard) const noexcept {
        return context_.get(shard);
    }

  private:
    using Stamp = std::array<std::optional<std::filesystem::file_time_type>, 2>;
    [[nodiscard]] Stamp stamp() const;

    base::Log log_;
    net::TlsFiles files_;
    Stamp loaded_;
    Stamp seen_;
    bool has_one_ = false;
    net::ShardValue<net::TlsContext> context_;
};

}  // namespace weir::app

#include "app/certificates.hpp"

#include <utility>

namespace weir::app {

namespace {

std::optional<std::filesystem::file_time_type> written_at(const std::string& file) {
    std::error_code error;
    const auto time = std::filesystem::last_write_time(file, error);
    return error ? std::nullopt : std::optional(time);
}

}  // namespace

net::TlsFiles tls_files(const config::Http& http) { return {.certificate = http.certificate, .key = http.key}; }

std::expected<void, std::string> check_certificate(const config::Http& http) {
    if (http.certificate.empty()) return {};
    if (auto made = net::TlsContext::server(tls_files(http)); !made) return std::unexpected(made.error());
    return {};
}

std::expected<void, std::string> Certificates::load(const config::Http& http) {
    files_ = tls_files(http);
    loaded_ = seen_ = stamp();
    if (files_.certificate.empty()) {
        has_one_ = false;
        context_.set(nullptr);
        return {};
    }
    auto made = net::TlsContext::server(files_);
    if (!made) return std::unexpected(made.error());
    log_.info("certificate",
              {{"file", files_.certificate}, {"subject", (*made)->subject()}, {"valid_until", (*made)->valid_until()}});
    has_one_ = true;
    context_.set(*std::move(made));
    return {};
}

void Certificates::look() {
    const Stamp now = stamp();
    if (now == loaded_ || std::exchange(seen_, now) != now) return;
    const config::Http http{.certificate = files_.certificate, .key = files_.key};
    if (const auto loaded = load(http); !loaded)
        log_.error("the certificate stays the one in force: the files cannot be used", {{"reason", loaded.error()}});
}

Certificates::Stamp Certificates::stamp() const { return {written_at(files_.certificate), written_at(files_.key)}; }

}  // namespace weir::app

// Many viewers of an endless stream on one thread and one epoll, since thousands of them on one core are the point: most throw
// away what they receive inside the kernel; the probes among them look into the media. What is asked and how the media is wrapped is the
// business of a `Watcher`, one per viewer.
#pragma once

#include "app/watch.hpp"
#include "base/bytes.hpp"
#include "format/flv_body_parser.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace weir::app {

/// What a probe reads out of the media: bodies of FLV tags, which are those of RTMP messages too.
class MediaProbe {
  public:
    explicit MediaProbe(WatchReport& report) noexcept : report_(report) {}

    void set_asked(base::Instant asked) noexcept { asked_ = asked; }
    /// Latency counts once the audience has settled.
    void set_settled(bool settled) noexcept { settled_ = settled; }
    void see(format::flv::TagType type, std::uint32_t timestamp, const base::Bytes& body, base::Now now);

  private:
    void see(const format::flv::Sample& sample, base::Now now);

    WatchReport& report_;
    format::flv::BodyParser bodies_;
    std::optional<media::Codec> codec_;
    base::Instant asked_{};
    bool seen_ = false;
    bool settled_ = false;
};

/// One viewer's protocol.
class Watcher {
  public:
    enum class State : std::uint8_t {
        asking,
        watching,  ///< the server has agreed: what comes is media
        ended,     ///< the server says that nothing follows
        failed,    ///< the server has refused, or is not understood; `refusal` has its words
    };
    virtual ~Watcher() = default;
    /// Takes what came. Media goes to the probe, where there is one.
    virtual State receive(base::ByteView bytes, base::Now now) = 0;
    /// That many bytes came while it was `watching`, and nobody looks at them; nothing is received from then on.
    virtual void skip(std::size_t /*count*/) {}
    /// What is to be sent: the request, at first.
    [[nodiscard]] virtual base::Bytes take_output() = 0;
    [[nodiscard]] virtual std::string refusal() const = 0;
};

/// `probe` outlives the watcher; null for one that looks at nothing.
using MakeWatcher = std::function<std::unique_ptr<Watcher>(MediaProbe* probe)>;

/// `tls` is null for an address without.
[[nodiscard]] base::Result<WatchReport> watch_endless(const Authority& server, const net::TlsContextRef& tls,
                                                      const WatchOptions& options, const MakeWatcher& make);

}  // namespace weir::app

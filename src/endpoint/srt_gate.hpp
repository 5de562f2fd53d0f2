// Whether a caller is let in: what its stream id asks for, who may publish, what can be played, and what there is room for. Decided in the
// handshake on a thread of the library, from snapshots; what changes between this and the connection is found by the session.
#pragma once

#include "config/config.hpp"
#include "endpoint/srt.hpp"
#include "proto/srt/stream_id.hpp"

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>

namespace weir::endpoint {

/// Why not; nothing: it is let in.
[[nodiscard]] std::optional<SrtRefusal> find_refusal(const SrtService& service, const config::Config& config,
                                                     const proto::srt::Request& request,
                                                     const boost::asio::ip::address& peer);

/// What encrypts connections of that stream; empty: nothing does.
[[nodiscard]] std::string passphrase_of(const config::Config& config, const base::StreamId& stream);

}  // namespace weir::endpoint

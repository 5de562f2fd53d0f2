// The media of one publication over RTMP, from the bodies of its messages to tracks and samples of its contribution. Owned by the
// session, anew for each publication.
#pragma once

#include "endpoint/contribution.hpp"
#include "format/flv_body_parser.hpp"
#include "format/flv_metadata.hpp"
#include "proto/rtmp/media_event.hpp"

namespace weir::endpoint {

class RtmpMedia {
  public:
    /// `unsupported`: there is no use in going on.
    [[nodiscard]] base::Result<void> receive(const proto::rtmp::Media& media, Contribution& into, base::Now now);
    void receive(const proto::rtmp::Metadata& metadata);

    [[nodiscard]] std::uint64_t leading_pictures_dropped() const noexcept { return bodies_.leading_pictures_dropped(); }

  private:
    [[nodiscard]] base::Result<void> take(format::flv::Event event, Contribution& into, base::Now now);

    format::flv::BodyParser bodies_;
    format::flv::Metadata metadata_;
};

}  // namespace weir::endpoint

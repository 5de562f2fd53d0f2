// The media of one publication over RTMP, from the bodies of its messages to mended packets. Owned by the session, anew for
// each publication.
#pragma once

#include "base/journal.hpp"
#include "format/flv_body_parser.hpp"
#include "format/flv_metadata.hpp"
#include "proto/rtmp/media_event.hpp"
#include "stream/intake.hpp"

namespace weir::endpoint {

class RtmpMedia {
  public:
    /// A track that is announced is told to `log`. `unsupported`: there is no use in going on.
    [[nodiscard]] base::Result<void> receive(const proto::rtmp::Media& media, base::Now now, const base::Log& log);
    void receive(const proto::rtmp::Metadata& metadata);

    [[nodiscard]] stream::Intake& intake() noexcept { return intake_; }
    [[nodiscard]] std::uint64_t leading_pictures_dropped() const noexcept { return bodies_.leading_pictures_dropped(); }

  private:
    [[nodiscard]] base::Result<void> take(format::flv::Event event, base::Now now, const base::Log& log);

    format::flv::BodyParser bodies_;
    format::flv::Metadata metadata_;
    stream::Intake intake_{stream::Intake::Limits{}};
};

}  // namespace weir::endpoint

// The frames of a video source out of its packets, whatever the codec: a frame is the packets of one timestamp, the last of which has
// the marker bit (RFC 3550 5.1), and it is whole when no packet is missing from its first to its last. A codec's part in this
// is a `FrameBuilder`. Here stands the rule that no damaged picture is passed on.
#pragma once

#include "format/rtp_depacketizer.hpp"
#include "media/nal.hpp"

#include <memory>
#include <optional>

namespace weir::format::rtp {

/// Puts the payloads of one frame together: what differs from codec to codec.
class FrameBuilder {
  public:
    virtual ~FrameBuilder() = default;
    /// A frame that begins with this payload is not missing anything before it.
    [[nodiscard]] virtual bool begins_frame(base::ByteView payload) const noexcept = 0;
    /// The next payload of the frame; never empty.
    [[nodiscard]] virtual base::Result<void> add(base::ByteView payload) = 0;
    /// The frame out of what was added, and another begins. Empty where it had nothing in it but parameters.
    [[nodiscard]] virtual base::Result<base::Bytes> finish() = 0;
    /// What was added is of no use; another frame begins.
    virtual void drop() = 0;
    /// The track by the parameter sets that came, when they are complete and changed since the last call. Codecs whose keyframes
    /// describe themselves have none.
    [[nodiscard]] virtual base::Result<std::optional<media::Track>> take_track() { return std::nullopt; }
};

class VideoDepacketizer final : public Depacketizer {
  public:
    VideoDepacketizer(Format format, std::unique_ptr<FrameBuilder> builder, const DepacketizerLimits& limits);

    void receive(const Packet& packet, bool gap) override;

  private:
    /// Of the group of pictures that comes in.
    enum class Group : std::uint8_t { awaited, whole, damaged };
    /// Of the frame that comes in.
    enum class Frame : std::uint8_t { none, whole, damaged };

    void open(const Packet& packet);
    void add(const Packet& packet);
    void close();
    void hand_on(base::Bytes payload);
    [[nodiscard]] bool begins_group(media::nal::Picture picture, base::ByteView frame);
    [[nodiscard]] bool leads_open_group(media::nal::Picture picture) const noexcept;
    [[nodiscard]] bool precedes_its_idr() const noexcept;
    [[nodiscard]] std::int32_t since(std::uint32_t timestamp) const noexcept;
    [[nodiscard]] base::Result<void> update_track(base::ByteView frame, bool keyframe);
    void announce(media::Track track);
    void damage() noexcept;
    void spoil(const base::Error& error);

    const Format format_;
    const std::unique_ptr<FrameBuilder> builder_;
    const DepacketizerLimits limits_;

    Group group_ = Group::awaited;
    Frame frame_ = Frame::none;
    std::uint32_t timestamp_ = 0;  ///< of the frame, or of the last one
    std::size_t frame_bytes_ = 0;
    std::size_t frame_packets_ = 0;
    bool begin_is_missing_ = true;      ///< of the next frame, unless its first payload says otherwise
    bool had_picture_ = false;          ///< the last frame
    bool markers_lie_ = false;          ///< they stand in the middle of frames as well
    std::optional<std::uint32_t> idr_;  ///< when the last was
    std::optional<std::uint32_t>
        open_group_;  ///< of H.264: when it is presented; what is before was coded with the group before
    std::optional<media::Track> track_;
};

}  // namespace weir::format::rtp

#include "av/video_encoder.hpp"

#include "av/error.hpp"
#include "av/faults.hpp"
#include "media/clock_sei.hpp"
#include "media/h264.hpp"
#include "media/track_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavutil/opt.h>
}

namespace weir::av {

using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;
using media::Ticks;

namespace {

/// The time base of the encoder: fine enough to rate every frame by its true duration, and one that all of them know.
constexpr int encoder_clock = 90'000;
constexpr int no_keyframes_of_its_own = 1 << 30;
constexpr double usual_frame_rate = 30;

using Options = std::vector<std::pair<std::string, std::string>>;

Options x264_options(const VideoSettings& settings) {
    Options options{{"preset", settings.preset},
                    {"forced-idr", "1"},
                    {"x264-params", "scenecut=0:repeat-headers=0:aud=0:sync-lookahead=0"}};
    if (settings.low_latency) options.emplace_back("tune", "zerolatency");
    if (!settings.profile.empty()) options.emplace_back("profile", settings.profile);
    if (settings.crf != 0) options.emplace_back("crf", fmt::format("{}", settings.crf));
    return options;
}

/// H.264 as everybody plays it: SPS and PPS of the Annex B header as a configuration record.
Result<base::Bytes> avc_record(ByteView header) {
    std::vector<base::Bytes> sps;
    std::vector<base::Bytes> pps;
    for (media::nal::AnnexBReader units(header); const auto unit = units.next();) {
        if (media::h264::nal_type(*unit) == media::h264::NalType::sps) sps.push_back(base::Bytes::copy_of(*unit));
        if (media::h264::nal_type(*unit) == media::h264::NalType::pps) pps.push_back(base::Bytes::copy_of(*unit));
    }
    base::ByteWriter record;
    const auto config = TRY(media::h264::config_from_parameter_sets(std::move(sps), std::move(pps)));
    media::h264::write_config(config, record);
    return record.to_bytes();
}

/// What one codec's encoder wants, and how its output is read.
struct EncoderKind {
    media::Codec codec;
    const char* name;           ///< of the encoder, in FFmpeg
    const char* header_filter;  ///< the bitstream filter that writes the true frame rate into the header
    Options (*options)(const VideoSettings& settings);
    Result<base::Bytes> (*record)(ByteView header);
    bool (*is_media)(ByteView unit);  ///< what stays in an access unit
};
constexpr std::array<EncoderKind, 1> kinds{{
    {media::Codec::h264, "libx264", "h264_metadata", x264_options, avc_record,
     [](ByteView unit) { return media::h264::is_picture(media::h264::nal_type(unit)); }},
}};
const EncoderKind* kind_of(media::Codec codec) {
    const auto row = std::ranges::find(kinds, codec, &EncoderKind::codec);
    return row == kinds.end() ? nullptr : &*row;
}

void release_filter(AVBSFContext* filter) noexcept { av_bsf_free(&filter); }
using Filter = Owned<AVBSFContext, Object::context, release_filter>;

Result<Filter> make_filter(const char* name) {
    AVBSFContext* made = nullptr;
    const int error = faults::strike() ? AVERROR(ENOMEM) : av_bsf_alloc(av_bsf_get_by_name(name), &made);
    if (error < 0) return av_fail(error, "the header of the encoder cannot be read");
    return Filter(made);
}

/// The encoder's header with the frame rate for which it was set up, where it would have its clock.
Result<base::Bytes> with_frame_rate(const Encoder& encoder, const EncoderKind& kind) {
    const Filter filter = TRY(make_filter(kind.header_filter));
    avcodec_parameters_from_context(filter->par_in, &encoder.context());
    filter->time_base_in = encoder.context().time_base;
    // A tick of H.264 is a field: two make a frame.
    const AVRational ticks = av_mul_q(encoder.context().framerate, {2, 1});
    av_opt_set_q(filter->priv_data, "tick_rate", ticks, 0);
    if (const int error = av_bsf_init(filter.get()); error < 0)
        return av_fail(error, "the header of the encoder cannot be read");
    return base::Bytes::copy_of(
        {filter->par_out->extradata, static_cast<std::size_t>(filter->par_out->extradata_size)});
}

void set_rate(const VideoSettings& settings, AVCodecContext& context) {
    const std::uint64_t maximum =
        settings.maximum_bitrate != 0 ? settings.maximum_bitrate : settings.bitrate + settings.bitrate / 5;
    if (settings.crf == 0) context.bit_rate = static_cast<std::int64_t>(settings.bitrate);
    context.rc_max_rate = static_cast<std::int64_t>(maximum);
    context.rc_buffer_size = static_cast<int>(std::min<std::uint64_t>(maximum, INT32_MAX));
}

void set_up(const VideoSettings& settings, AVCodecContext& context) {
    context.width = static_cast<int>(settings.width);
    context.height = static_cast<int>(settings.height);
    context.pix_fmt = AV_PIX_FMT_YUV420P;
    context.sample_aspect_ratio = {1, 1};
    context.color_range = AVCOL_RANGE_MPEG;
    context.colorspace = AVCOL_SPC_BT709;
    context.color_primaries = AVCOL_PRI_BT709;
    context.color_trc = AVCOL_TRC_BT709;
    context.chroma_sample_location = AVCHROMA_LOC_LEFT;
    context.time_base = {1, encoder_clock};
    context.framerate = av_d2q(settings.frame_rate > 0 ? settings.frame_rate : usual_frame_rate, 100'000);
    context.gop_size = no_keyframes_of_its_own;
    context.flags |= AV_CODEC_FLAG_CLOSED_GOP;
    context.thread_count = static_cast<int>(settings.threads);
    if (settings.threads > 1) context.thread_type = settings.low_latency ? FF_THREAD_SLICE : FF_THREAD_FRAME;
    set_rate(settings, context);
}

}  // namespace

Result<VideoEncoder> VideoEncoder::create(const VideoSettings& settings) {
    VideoEncoder encoder(settings);
    TRY(encoder.open());
    return encoder;
}

Result<void> VideoEncoder::open() {
    const EncoderKind* kind = kind_of(settings_.codec);
    if (kind == nullptr) return fail(ErrorKind::unsupported, "rungs of this codec are not made");
    TRY(encoder_.initialise(kind->name));
    set_up(settings_, encoder_.context());
    TRY(encoder_.open(kind->options(settings_)));
    reorder_depth_ = encoder_.context().has_b_frames;
    return read_header();
}

Result<void> VideoEncoder::read_header() {
    const EncoderKind& kind = *kind_of(settings_.codec);
    const base::Bytes header = TRY(with_frame_rate(encoder_, kind));
    const base::Bytes record = TRY(kind.record(header));
    track_ = TRY(media::track_from_config(settings_.codec, record));
    track_.announced_bitrate = settings_.bitrate;
    return {};
}

Result<void> VideoEncoder::send(const Frame& picture, const Marks& marks) {
    const Ticks pts = picture.pts();
    if (!inputs_.empty() && pts <= inputs_.back().pts)
        return fail(ErrorKind::malformed, "a picture comes out of order");
    Frame input = TRY(Frame::reference(picture));
    const std::int64_t clock =
        inputs_.empty() ? pts.to(encoder_clock) : std::max(pts.to(encoder_clock), inputs_.back().clock + 1);
    input.get()->pts = clock;
    input.get()->pict_type = marks.keyframe ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    inputs_.push_back({clock, pts, marks});
    ++sent_;
    return encoder_.send(*input.get());
}

const VideoEncoder::Input* VideoEncoder::find(std::int64_t clock) const noexcept {
    const auto found = std::ranges::lower_bound(inputs_, clock, {}, &Input::clock);
    return found != inputs_.end() && found->clock == clock ? &*found : nullptr;
}

Ticks VideoEncoder::frame_duration() const noexcept {
    if (inputs_.size() > 1) return inputs_.back().pts - inputs_[inputs_.size() - 2].pts;
    return media::frame_duration(track_);
}

Ticks VideoEncoder::time_of(std::int64_t index) const noexcept {
    const std::int64_t first = static_cast<std::int64_t>(sent_) - static_cast<std::int64_t>(inputs_.size());
    const std::int64_t at = index - first;
    if (at < 0) return inputs_.front().pts + frame_duration() * at;
    const std::int64_t last = static_cast<std::int64_t>(inputs_.size()) - 1;
    if (at > last) return inputs_.back().pts + frame_duration() * (at - last);
    return inputs_[static_cast<std::size_t>(at)].pts;
}

Result<base::Bytes> VideoEncoder::payload(const Marks& marks) const {
    const EncoderKind& kind = *kind_of(settings_.codec);
    std::size_t size = 0;
    for (media::nal::AnnexBReader units(encoder_.payload()); const auto unit = units.next();)
        if (kind.is_media(*unit)) size += 4 + unit->size();
    base::Buffer buffer(size);
    auto out = buffer.span().begin();
    for (media::nal::AnnexBReader units(encoder_.payload()); const auto unit = units.next();) {
        if (!kind.is_media(*unit)) continue;
        for (int shift = 24; shift >= 0; shift -= 8) *out++ = static_cast<std::uint8_t>(unit->size() >> shift);
        out = std::ranges::copy(*unit, out).out;
    }
    base::Bytes bytes = std::move(buffer).freeze();
    return marks.clock ? media::with_clock(settings_.codec, bytes, *marks.clock)
                       : Result<base::Bytes>(std::move(bytes));
}

Result<std::optional<media::Packet>> VideoEncoder::receive() {
    if (!TRY(encoder_.receive())) return std::nullopt;
    const Input* input = find(encoder_.packet().pts);
    if (input == nullptr) return fail(ErrorKind::internal, "a packet of the encoder belongs to no picture");
    const std::int64_t index = static_cast<std::int64_t>(received_++) - reorder_depth_;
    media::Packet packet;
    packet.track = track_.id;
    packet.pts = input->pts;
    packet.dts = std::min(time_of(index), packet.pts);
    if (last_dts_) packet.dts = std::max(packet.dts, *last_dts_ + Ticks(1));
    packet.duration = time_of(index + 1) - packet.dts;
    packet.keyframe = (encoder_.packet().flags & AV_PKT_FLAG_KEY) != 0;
    packet.segment_boundary = input->marks.segment_boundary;
    packet.discontinuity = input->marks.discontinuity;
    packet.payload = TRY(payload(input->marks));
    last_dts_ = packet.dts;
    // No later packet is of an earlier picture than this, nor takes its decode time from one.
    const std::int64_t first = static_cast<std::int64_t>(sent_) - static_cast<std::int64_t>(inputs_.size());
    for (std::int64_t i = first; i < index && inputs_.size() > 2; ++i) inputs_.pop_front();
    return packet;
}

}  // namespace weir::av

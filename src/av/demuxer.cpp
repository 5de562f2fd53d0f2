#include "av/demuxer.hpp"

#include "av/codec_context.hpp"
#include "av/codec_ids.hpp"
#include "av/error.hpp"

#include <algorithm>
#include <array>

#include <unistd.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace weir::av {

using base::ErrorKind;
using base::fail;
using base::Result;
using media::Ticks;

void detail::release_format(AVFormatContext* context) noexcept { avformat_close_input(&context); }
void detail::release_input(AVIOContext* context) noexcept {
    av_freep(static_cast<void*>(&context->buffer));
    avio_context_free(&context);
}

namespace {

constexpr int file_buffer = 64 << 10;
constexpr int most_streams = 64;

int read_file(void* opaque, std::uint8_t* into, int size) {
    const ssize_t count = ::read(*static_cast<int*>(opaque), into, static_cast<std::size_t>(size));
    if (count == 0) return AVERROR_EOF;
    return count < 0 ? AVERROR(errno) : static_cast<int>(count);
}

std::int64_t seek_file(void* opaque, std::int64_t offset, int whence) {
    const int file = *static_cast<int*>(opaque);
    if ((whence & AVSEEK_SIZE) == 0) return ::lseek(file, offset, whence & ~AVSEEK_FORCE);
    const off_t here = ::lseek(file, 0, SEEK_CUR);
    const off_t size = ::lseek(file, 0, SEEK_END);
    ::lseek(file, here, SEEK_SET);
    return size;
}

int is_cancelled(void* opaque) { return (*static_cast<std::function<bool()>*>(opaque))() ? 1 : 0; }

/// Options for FFmpeg; what it does not take of them goes with this.
class Dictionary {
  public:
    Dictionary() = default;
    Dictionary(const Dictionary&) = delete;
    Dictionary& operator=(const Dictionary&) = delete;
    ~Dictionary() { av_dict_free(&dictionary_); }
    void set(const std::string& key, const std::string& value) {
        av_dict_set(&dictionary_, key.c_str(), value.c_str(), 0);
    }
    [[nodiscard]] AVDictionary** get() noexcept { return &dictionary_; }

  private:
    AVDictionary* dictionary_ = nullptr;
};

Ticks to_ticks(std::int64_t value, AVRational base) { return Ticks(av_rescale_q(value, base, {1, ticks_per_second})); }

ElementaryStream description(const AVStream& stream) {
    const AVCodecParameters& codec = *stream.codecpar;
    ElementaryStream result{.index = static_cast<std::size_t>(stream.index),
                            .kind = codec.codec_type == AVMEDIA_TYPE_VIDEO ? media::Kind::video : media::Kind::audio,
                            .codec = codec_of(codec.codec_id),
                            .codec_name = avcodec_get_name(codec.codec_id)};
    if (codec.extradata_size > 0)
        result.record = base::Bytes::copy_of({codec.extradata, static_cast<std::size_t>(codec.extradata_size)});
    if (stream.avg_frame_rate.num > 0 && stream.avg_frame_rate.den > 0)
        result.frame_rate = av_q2d(stream.avg_frame_rate);
    if (stream.start_time != AV_NOPTS_VALUE) result.start = to_ticks(stream.start_time, stream.time_base);
    result.sample_rate = static_cast<std::uint32_t>(std::max(codec.sample_rate, 0));
    result.channels = static_cast<std::uint8_t>(std::clamp(codec.ch_layout.nb_channels, 0, 255));
    if (codec.bit_rate > 0) result.bitrate = static_cast<std::uint64_t>(codec.bit_rate);
    if (const auto* language = av_dict_get(stream.metadata, "language", nullptr, 0)) result.language = language->value;
    return result;
}

}  // namespace

struct Demuxer::Surroundings {
    explicit Surroundings(DemuxerSettings given) : settings(std::move(given)) {}

    DemuxerSettings settings;
    InputContext input;  ///< of a file; outlives the context that reads it
    FormatContext context;
    CodedPacket packet;
};

Demuxer::Demuxer(std::unique_ptr<Surroundings> around) : around_(std::move(around)) {}

Demuxer::Demuxer(Demuxer&&) noexcept = default;
Demuxer::~Demuxer() = default;

Result<Demuxer> Demuxer::create(DemuxerSettings settings) {
    Demuxer demuxer(std::make_unique<Surroundings>(std::move(settings)));
    demuxer.around_->packet = TRY(make_packet());
    TRY(demuxer.open());
    demuxer.list_streams();
    return demuxer;
}

Result<void> Demuxer::open() {
    Surroundings& around = *around_;
    const DemuxerSettings& settings = around.settings;
    AVFormatContext* context = avformat_alloc_context();
    if (context == nullptr) return fail(ErrorKind::too_large, "there is no memory for a source");
    context->interrupt_callback = {.callback = is_cancelled, .opaque = &around.settings.is_cancelled};
    context->probesize = static_cast<std::int64_t>(settings.probe_bytes);
    context->max_analyze_duration = settings.probe_time.to(AV_TIME_BASE);
    context->fps_probe_size = 0;
    context->max_streams = most_streams;
    if (settings.file >= 0) {
        auto* buffer = static_cast<std::uint8_t*>(av_malloc(file_buffer));
        around.input = InputContext(
            avio_alloc_context(buffer, file_buffer, 0, &around.settings.file, read_file, nullptr, seek_file));
        context->pb = around.input.get();
        context->flags |= AVFMT_FLAG_CUSTOM_IO;
    }
    Dictionary options;
    for (const auto& [key, value] : settings.options) options.set(key, value);
    options.set("protocol_whitelist", settings.protocols);
    if (!settings.formats.empty()) options.set("format_whitelist", settings.formats);
    const AVInputFormat* format = settings.format.empty() ? nullptr : av_find_input_format(settings.format.c_str());
    // It frees the context where it fails.
    const int opened = avformat_open_input(&context, settings.url.c_str(), format, options.get());
    if (opened < 0) return failed(opened, "the source cannot be opened");
    around.context = FormatContext(context);
    const int found = avformat_find_stream_info(context, nullptr);
    if (found < 0) return failed(found, "the source does not say what it is made of");
    return {};
}

std::unexpected<base::Error> Demuxer::failed(int number, std::string_view text) const {
    if (around_->settings.trouble != nullptr) *around_->settings.trouble = describe(number);
    return av_fail(number, text);
}

void Demuxer::list_streams() {
    const AVFormatContext& context = *around_->context.get();
    for (unsigned i = 0; i < context.nb_streams; ++i) {
        const AVMediaType type = context.streams[i]->codecpar->codec_type;
        if (type == AVMEDIA_TYPE_VIDEO || type == AVMEDIA_TYPE_AUDIO)
            streams_.push_back(description(*context.streams[i]));
    }
}

std::string_view Demuxer::format() const noexcept { return around_->context->iformat->name; }

std::vector<ElementaryStream> Demuxer::take_best() {
    AVFormatContext& context = *around_->context.get();
    const int video = av_find_best_stream(&context, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    const int audio = av_find_best_stream(&context, AVMEDIA_TYPE_AUDIO, -1, video, nullptr, 0);
    std::vector<ElementaryStream> best;
    for (unsigned i = 0; i < context.nb_streams; ++i) context.streams[i]->discard = AVDISCARD_ALL;
    for (const int index : {video, audio}) {
        const auto found = std::ranges::find(streams_, static_cast<std::size_t>(index), &ElementaryStream::index);
        // A picture on a sleeve is no video.
        if (index < 0 || found == streams_.end() ||
            (context.streams[index]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0)
            continue;
        context.streams[index]->discard = AVDISCARD_DEFAULT;
        best.push_back(*found);
    }
    return best;
}

Result<std::optional<ElementaryPacket>> Demuxer::next() {
    AVPacket& packet = *around_->packet.get();
    av_packet_unref(&packet);
    const int read = av_read_frame(around_->context.get(), &packet);
    if (read == AVERROR_EOF) return std::nullopt;
    if (read < 0) return failed(read, "the source cannot be read any further");
    const auto index = static_cast<std::size_t>(packet.stream_index);
    const AVRational base = around_->context->streams[index]->time_base;
    ElementaryPacket result{.stream = index,
                            .duration = to_ticks(std::max<std::int64_t>(packet.duration, 0), base),
                            .keyframe = (packet.flags & AV_PKT_FLAG_KEY) != 0,
                            .data = {packet.data, static_cast<std::size_t>(packet.size)}};
    const bool has_dts = packet.dts != AV_NOPTS_VALUE;
    const bool has_pts = packet.pts != AV_NOPTS_VALUE;
    if (has_dts || has_pts) result.dts = to_ticks(has_dts ? packet.dts : packet.pts, base);
    if (has_dts && has_pts) result.composition_offset = to_ticks(packet.pts - packet.dts, base);
    std::size_t size = 0;
    if (const std::uint8_t* record = av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, &size))
        result.new_record = {record, size};
    return result;
}

}  // namespace weir::av

#include "av/clip_reader.hpp"

#include "av/error.hpp"
#include "av/packed.hpp"

#include <cerrno>
#include <utility>

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

namespace {

constexpr int buffer_size = 64 << 10;
constexpr std::int64_t probe_bytes = 4 << 20;
/// What may be in the file; none of them opens another.
constexpr const char* formats =
    "png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,gif,apng,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,flv,mpegts,avi";
constexpr Ticks usual_frame = Ticks::from(1, 25);

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

void release_input(AVIOContext* input) noexcept {
    av_freep(static_cast<void*>(&input->buffer));
    avio_context_free(&input);
}
void release_format(AVFormatContext* format) noexcept { avformat_close_input(&format); }

using Input = Owned<AVIOContext, Object::context, release_input>;
using Format = Owned<AVFormatContext, Object::context, release_format>;

Ticks to_ticks(std::int64_t value, AVRational base) { return Ticks(av_rescale_q(value, base, {1, ticks_per_second})); }

}  // namespace

// One run through the file.
struct ClipReader::Source {
    explicit Source(int of) noexcept : file(of) {}

    int file;
    Input input;
    Format format;
    CodecContext decoder;
    CodedPacket packet;
    int stream = -1;
    Ticks frame = usual_frame;     ///< how long one is shown where it does not say
    std::optional<Ticks> first{};  ///< time of the first
    Ticks end;                     ///< of the last
    bool is_draining = false;

    Result<void> open();
    Result<void> open_decoder();
    /// False at the end of the file.
    Result<bool> feed();
    Picture place(Frame picture);
};

Result<void> ClipReader::Source::open() {
    if (::lseek(file, 0, SEEK_SET) < 0) return fail(ErrorKind::io, "the file cannot be read from its start");
    auto* const buffer = static_cast<std::uint8_t*>(av_malloc(buffer_size));
    if (buffer == nullptr) return fail(ErrorKind::too_large, "there is no memory for a file");
    input = Input(avio_alloc_context(buffer, buffer_size, 0, &file, read_file, nullptr, seek_file));
    AVFormatContext* context = input ? avformat_alloc_context() : nullptr;
    if (context == nullptr) return fail(ErrorKind::too_large, "there is no memory for a file");
    context->pb = input.get();
    context->flags |= AVFMT_FLAG_CUSTOM_IO;
    context->probesize = probe_bytes;
    AVDictionary* options = nullptr;
    av_dict_set(&options, "format_whitelist", formats, 0);
    av_dict_set(&options, "protocol_whitelist", "none", 0);
    const int opened = avformat_open_input(&context, nullptr, nullptr, &options);  // frees the context where it fails
    av_dict_free(&options);
    if (opened < 0) return av_fail(opened, "the file is neither a picture nor a clip that can be read");
    format = Format(context);
    if (const int found = avformat_find_stream_info(context, nullptr); found < 0)
        return av_fail(found, "the file does not say what it is made of");
    return open_decoder();
}

Result<void> ClipReader::Source::open_decoder() {
    const AVCodec* codec = nullptr;
    stream = av_find_best_stream(format.get(), AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    if (stream < 0 || codec == nullptr) return fail(ErrorKind::unsupported, "there is no picture in the file");
    const AVStream& of = *format->streams[stream];
    decoder = CodecContext(avcodec_alloc_context3(codec));
    if (!decoder) return fail(ErrorKind::too_large, "there is no memory for a decoder");
    if (const int taken = avcodec_parameters_to_context(decoder.get(), of.codecpar); taken < 0)
        return av_fail(taken, "there is no memory for a decoder");
    decoder->pkt_timebase = of.time_base;
    decoder->thread_count = 1;
    decoder->apply_cropping = 0;  // the scaler cuts
    if (const int opened = avcodec_open2(decoder.get(), codec, nullptr); opened < 0)
        return av_fail(opened, "the decoder does not open with this file");
    if (of.avg_frame_rate.num > 0 && of.avg_frame_rate.den > 0)
        frame = Ticks::from(of.avg_frame_rate.den, of.avg_frame_rate.num);
    packet = TRY(make_packet());
    return {};
}

Result<bool> ClipReader::Source::feed() {
    while (!is_draining) {
        const int got = av_read_frame(format.get(), packet.get());
        // What is damaged at the end is the end.
        is_draining = got < 0;
        const bool is_ours = is_draining || packet->stream_index == stream;
        if (is_ours) (void)avcodec_send_packet(decoder.get(), is_draining ? nullptr : packet.get());
        av_packet_unref(packet.get());
        if (is_ours) return true;
    }
    return false;
}

ClipReader::Picture ClipReader::Source::place(Frame picture) {
    const AVFrame& read = *picture.get();
    const AVRational base = format->streams[stream]->time_base;
    Ticks from = end;
    if (read.best_effort_timestamp != AV_NOPTS_VALUE) {
        const Ticks said = to_ticks(read.best_effort_timestamp, base);
        if (!first) first = said;
        from = std::max(said - *first, end - frame);
    }
    end = from + (read.pkt_duration > 0 ? to_ticks(read.pkt_duration, base) : frame);
    return {.frame = std::make_shared<const Frame>(std::move(picture)), .from = from, .until = end};
}

ClipReader::ClipReader(std::unique_ptr<Source> source) : source_(std::move(source)) {}
ClipReader::ClipReader(ClipReader&&) noexcept = default;
ClipReader& ClipReader::operator=(ClipReader&&) noexcept = default;
ClipReader::~ClipReader() = default;

Result<ClipReader> ClipReader::open(int file) {
    ClipReader reader(std::make_unique<Source>(file));
    TRY(reader.source_->open());
    auto first = TRY(reader.read());
    if (!first) return fail(ErrorKind::unsupported, "there is no picture in the file");
    reader.shown_ = *std::move(first);
    return reader;
}

Result<std::optional<ClipReader::Picture>> ClipReader::read() {
    Frame frame = TRY(Frame::create());
    while (true) {
        const int received = avcodec_receive_frame(source_->decoder.get(), frame.get());
        if (received == 0) return source_->place(TRY(with_planes(std::move(frame))));
        if (received == AVERROR_EOF) return std::nullopt;
        // What cannot be decoded is passed over.
        if (!TRY(source_->feed())) return std::nullopt;
    }
}

Result<void> ClipReader::rewind() {
    round_ += source_->end;
    source_ = std::make_unique<Source>(source_->file);
    TRY(source_->open());
    auto first = TRY(read());
    if (!first) return fail(ErrorKind::io, "the file has no picture any more");
    shown_ = *std::move(first);
    return {};
}

Result<FrameRef> ClipReader::picture_at(Ticks time) {
    while (!is_still_ && time >= round_ + shown_.until) {
        auto next = TRY(read());
        if (next) {
            shown_ = *std::move(next);
            continue;
        }
        // One picture, whatever it says of its length: it is not read again.
        is_still_ = shown_.from == Ticks();
        if (!is_still_) TRY(rewind());
    }
    return shown_.frame;
}

}  // namespace weir::av

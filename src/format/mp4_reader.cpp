#include "format/mp4_reader.hpp"

#include "base/byte_reader.hpp"
#include "media/frames.hpp"

#include <algorithm>

namespace weir::format::mp4 {

using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

void Reader::receive(ByteView bytes) {
    while (state_ != State::failed) {
        const auto rest = step(bytes);
        if (!rest) {
            error_ = rest.error();
            state_ = State::failed;
        } else if (rest->size() == bytes.size()) {
            return;  // nothing more can be done with what there is
        } else {
            bytes = *rest;
        }
    }
}

Result<std::optional<Event>> Reader::next() {
    if (!events_.empty()) {
        Event event = std::move(events_.front());
        events_.pop_front();
        return event;
    }
    if (error_) return std::unexpected(*error_);
    return std::nullopt;
}

/// Takes some of the bytes for the current state and returns the rest.
Result<ByteView> Reader::step(ByteView bytes) {
    if (state_ == State::box_header) {
        const bool is_long = collected_.size() >= 8 && collected_.view()[3] == 1 &&
                             std::ranges::all_of(collected_.view().first(3), [](auto b) { return b == 0; });
        const std::size_t want = (is_long ? 16 : 8) - collected_.size();
        const std::size_t count = std::min(want, bytes.size());
        if (collected_.size() == 0) box_position_ = position_;
        collected_.bytes(bytes.first(count));
        position_ += count;
        if (count == want) TRY(begin_box());
        return bytes.subspan(count);
    }
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size()));
    if (state_ == State::header_body) collected_.bytes(bytes.first(count));
    else if (state_ == State::media_body)
        std::ranges::copy(bytes.first(count), media_->span().end() - static_cast<std::ptrdiff_t>(remaining_));
    position_ += count;
    remaining_ -= count;
    if (remaining_ == 0 && count > 0) {
        if (state_ == State::header_body) TRY(finish_header());
        else if (state_ == State::media_body) TRY(finish_media());
        collected_.clear();
        state_ = State::box_header;
    }
    return bytes.subspan(count);
}

/// `collected_` holds the header of a box: 8 bytes, or 16 where the size does not fit.
Result<void> Reader::begin_box() {
    base::ByteReader reader(collected_.view());
    std::uint64_t size = TRY(reader.u32());
    const std::string_view type = TRY(reader.text(4));
    if (size == 1) {
        if (reader.at_end()) return {};  // the rest of the header comes
        size = TRY(reader.u64());
    }
    if (size == 0) return fail(ErrorKind::unsupported, "an MP4 box without a size ends the file");
    body_at_ = collected_.size();
    if (size < body_at_) return fail(ErrorKind::malformed, "an MP4 box is smaller than its header");
    remaining_ = size - body_at_;
    const bool is_header = type == "moov" || type == "moof";
    const bool is_wanted_media = type == "mdat" && !fragment_.empty();
    if (remaining_ == 0) {
        if (is_header || is_wanted_media) return fail(ErrorKind::malformed, "an MP4 box is empty");
        collected_.clear();
        return {};
    }
    if (is_header && remaining_ > limits_.header_bytes)
        return fail(ErrorKind::too_large, "a header of the MP4 is too large");
    if (is_wanted_media && remaining_ > limits_.fragment_bytes)
        return fail(ErrorKind::too_large, "a fragment of the MP4 is too large");
    state_ = is_header ? State::header_body : is_wanted_media ? State::media_body : State::skip;
    if (is_wanted_media) media_.emplace(static_cast<std::size_t>(remaining_));
    return {};
}

Result<void> Reader::finish_header() {
    const std::string_view type = base::as_text(collected_.view().subspan(4, 4));
    const ByteView body = collected_.view().subspan(body_at_);
    if (type == "moov") {
        tracks_ = TRY(parse_moov(body));
        next_decode_.assign(tracks_.size(), 0);
        fragment_.clear();
        auto set = std::make_shared<media::TrackSet>();
        for (const FileTrack& file : tracks_) set->tracks.push_back(file.track);
        events_.emplace_back(media::TrackSetRef(std::move(set)));
        return {};
    }
    if (tracks_.empty()) return fail(ErrorKind::malformed, "an MP4 fragment comes before the header");
    fragment_ = TRY(parse_moof(body, box_position_, tracks_, next_decode_, limits_.fragment_samples));
    return {};
}

Result<void> Reader::finish_media() {
    const base::Bytes media = std::move(*media_).freeze();
    media_.reset();
    const std::uint64_t start = position_ - media.size();
    for (const SampleSpan& span : fragment_) {
        const FileTrack& file = tracks_[span.track];
        if (span.offset < start || span.offset - start > media.size() ||
            media.size() - (span.offset - start) < span.size)
            return fail(ErrorKind::malformed, "a sample of the MP4 lies outside of its fragment");
        media::Packet packet;
        packet.track = file.track.id;
        packet.dts = span.decode;
        packet.pts = span.presentation;
        packet.duration = span.duration;
        packet.keyframe = span.sync;
        const base::Bytes sample = media.slice(static_cast<std::size_t>(span.offset - start), span.size);
        packet.payload = TRY(media::payload_of(file.track.codec, sample, file.length_size));
        events_.emplace_back(std::move(packet));
    }
    fragment_.clear();
    return {};
}

}  // namespace weir::format::mp4

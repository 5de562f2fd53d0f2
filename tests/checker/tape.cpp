#include "checker/tape.hpp"

#include <algorithm>
#include <cmath>

namespace weir::checker {

namespace {

constexpr double accuracy = 0.001;  ///< seconds

}  // namespace

void Tape::follow(const Playlist& playlist, const Fetch& fetch, Findings& findings) {
    for (const Segment& segment : playlist.segments) {
        if (is_read_ && segment.sequence < number_) continue;
        if (!has_begun_ || segment.sequence != number_) {
            if (!segment.is_complete() && segment.parts.empty()) return;
            begin(segment, fetch, findings);
        }
        for (; parts_ < segment.parts.size(); ++parts_) read_part(segment, segment.parts[parts_], fetch, findings);
        if (!segment.is_complete()) return;
        finish(segment, fetch, findings);
    }
}

void Tape::begin(const Segment& segment, const Fetch& fetch, Findings& findings) {
    const bool goes_on = is_read_ && segment.sequence == number_ && !segment.discontinuity;
    const bool follows_media = segment.sequence == number_ && next_decode_;
    before_ = !is_read_ ? Before::nothing : follows_media ? Before::media : Before::gap;
    if (!goes_on) next_decode_.reset();
    frame_before_ = next_decode_ ? last_frame_ : 0;
    has_broken_ |= segment.discontinuity;
    if (segment.map != map_ && !segment.map.empty()) {
        // Of a gap there is nothing to be decoded: what is behind it may belong to the discontinuity before it.
        findings.require(!goes_on || map_.empty() || has_broken_, Rule::map_changes, "another map for segment {}",
                         segment.sequence);
        const std::string address = resolve(address_, segment.map);
        if (!headers_.contains(address)) {
            const auto bytes = fetch(address);
            const auto header = bytes ? read_header(base::as_bytes(*bytes)) : std::nullopt;
            findings.require(header.has_value(), Rule::map_readable, "{} is {}", segment.map,
                             bytes ? "no header" : "not there");
            if (header) headers_.emplace(address, *header);
        }
        const auto found = headers_.find(address);
        header_ = found != headers_.end() ? &found->second : header_;
        map_ = segment.map;
    }
    number_ = segment.sequence;
    is_read_ = has_begun_ = true;
    parts_ = 0;
    bytes_.clear();
    chunks_.clear();
    units_ = 0;
}

void Tape::read_part(const Segment& segment, const Part& part, const Fetch& fetch, Findings& findings) {
    if (part.gap) return next_decode_.reset();
    const auto bytes = fetch(resolve(address_, part.uri));
    findings.require(bytes.has_value(), Rule::part_available, "{} of segment {} is not there", part.uri,
                     segment.sequence);
    if (!bytes || header_ == nullptr) return;
    const std::size_t before = chunks_.size();
    check_length(read(*bytes, part.uri, findings), part.duration, part.uri, findings);
    if (chunks_.size() == before) return;
    const bool has_sync = std::any_of(chunks_.begin() + static_cast<std::ptrdiff_t>(before), chunks_.end(),
                                      [](const Chunk& chunk) { return chunk.has_sync; });
    findings.require(part.independent == has_sync, Rule::independent, "{} has {} independent frame", part.uri,
                     has_sync ? "an" : "no");
}

void Tape::finish(const Segment& segment, const Fetch& fetch, Findings& findings) {
    if (segment.gap) {
        next_decode_.reset();
    } else {
        const auto bytes = fetch(resolve(address_, segment.uri));
        findings.require(bytes.has_value(), Rule::segment_available, "{} is not there", segment.uri);
        if (bytes && header_ != nullptr) {
            // Parts that are no longer listed may be some that were not read.
            const bool is_whole = segment.parts.empty() ? bytes->starts_with(bytes_) : *bytes == bytes_;
            findings.require(is_whole, Rule::segment_is_parts, "{} has {} bytes, its parts have {}", segment.uri,
                             bytes->size(), bytes_.size());
            if (is_whole && bytes->size() > bytes_.size())
                (void)read(bytes->substr(bytes_.size()), segment.uri, findings);
            check_length(units_, segment.duration, segment.uri, findings);
        }
    }
    Fact fact{.sequence = segment.sequence,
              .gap = segment.gap || chunks_.empty() || header_ == nullptr,
              .discontinuity = segment.discontinuity,
              .begins_source = segment.begins_source(),
              .before = before_,
              .date = segment.date,
              .length = segment.duration};
    if (!fact.gap) {
        const auto first = std::ranges::min(chunks_, {}, &Chunk::first_shown).first_shown;
        fact.shown = static_cast<double>(first) / header_->timescale;
        fact.decoded = static_cast<double>(chunks_.front().decode) / header_->timescale;
        // A pause in the sound may lie across the boundary.
        const Chunk& begin = chunks_.front();
        const double frame = static_cast<double>(begin.duration) / static_cast<double>(begin.samples);
        fact.frame = std::max(frame, static_cast<double>(frame_before_)) / header_->timescale;
        const std::int64_t shortest = std::ranges::min(chunks_, {}, &Chunk::shortest).shortest;
        fact.put_off = static_cast<double>(begin.first - shortest) / header_->timescale;
        fact.starts_in_sync = begin.starts_in_sync;
    }
    fact.size = bytes_.size();
    facts_.push_back(fact);
    has_broken_ &= segment.gap;
    has_begun_ = false;
    ++number_;
}

/// Adds the chunks to the segment; what they last.
std::int64_t Tape::read(const std::string& bytes, const std::string& what, Findings& findings) {
    const auto chunks = read_chunks(base::as_bytes(bytes), *header_);
    findings.require(chunks.has_value(), Rule::media_readable, "{}", what);
    std::int64_t units = 0;
    for (const Chunk& chunk : chunks.value_or(std::vector<Chunk>())) {
        findings.require(!next_decode_ || *next_decode_ == chunk.decode, Rule::time_continuous,
                         "{} begins at {} of 1/{} s, {} is due", what, chunk.decode, header_->timescale,
                         next_decode_.value_or(0));
        findings.require(chunk.starts_in_sync == chunk.starts_with_idr, Rule::independent,
                         "{}: its flags and its first picture differ", what);
        next_decode_ = chunk.decode + chunk.duration;
        last_frame_ = chunk.last;
        units += chunk.duration;
        chunks_.push_back(chunk);
    }
    units_ += units;
    bytes_ += bytes;
    return units;
}

void Tape::check_length(std::int64_t units, Time said, const std::string& what, Findings& findings) const {
    const double lasts = static_cast<double>(units) / header_->timescale;
    findings.require(std::abs(lasts - seconds(said)) <= accuracy, Rule::duration_true,
                     "{} is said to last {} s, and lasts {:.6f}", what, seconds(said), lasts);
}

}  // namespace weir::checker

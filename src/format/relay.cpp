// One frame (docs/relay.md):
//
//   | length  4 | type  1 | body  length - 1 |
//
// The body is the members of the message in the order of its `fields`. How a member is written follows from its C++ type alone:
// integers and doubles as they are, a truth as 0 or 1, Ticks as 8 bytes signed, a text behind its length in 2 bytes, Bytes
// behind their length in 4, a list behind its count in 1.
#include "format/relay.hpp"

#include "base/byte_reader.hpp"
#include "base/byte_writer.hpp"
#include "base/fields.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <concepts>
#include <type_traits>
#include <utility>

namespace weir::format::relay {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::size_t worth_sharing = 512;  ///< below it a copy is cheaper than another slice to send

/// The structs of media/ know nothing of wires; their lists are here.
void fields_of(auto& packet, auto&& visit)
    requires std::same_as<std::remove_const_t<std::remove_reference_t<decltype(packet)>>, media::Packet>
{
    visit("track", packet.track);
    visit("dts", packet.dts);
    visit("pts", packet.pts);
    visit("duration", packet.duration);
    visit("keyframe", packet.keyframe);
    visit("segment_boundary", packet.segment_boundary);
    visit("discontinuity", packet.discontinuity);
    visit("payload", packet.payload);
}
void fields_of(auto& track, auto&& visit)
    requires std::same_as<std::remove_const_t<std::remove_reference_t<decltype(track)>>, media::Track>
{
    visit("id", track.id);
    visit("kind", track.kind);
    visit("codec", track.codec);
    visit("config", track.config);
    visit("codec_string", track.codec_string);
    visit("width", track.width);
    visit("height", track.height);
    visit("frame_rate", track.frame_rate);
    visit("sample_rate", track.sample_rate);
    visit("channels", track.channels);
    visit("announced_bitrate", track.announced_bitrate);
    visit("language", track.language);
}
void fields_of(base::HasFields auto& value, auto&& visit) { value.fields(visit); }

template <typename T>
concept Structured = base::HasFields<T> || std::same_as<std::remove_const_t<T>, media::Packet> ||
                     std::same_as<std::remove_const_t<T>, media::Track>;

/// The codec's name in the table, since the order of an enumeration is nobody's contract.
std::optional<media::Codec> codec_named(std::string_view name) noexcept {
    for (const media::CodecInfo& row : media::codecs())
        if (row.name == name) return row.codec;
    return std::nullopt;
}

/// What a codec string or a language tag is made of.
bool is_plain(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char letter) {
        return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
               (letter >= 'A' && letter <= 'Z') || letter == '.' || letter == '-';
    });
}

/// Writes the members of a message, and shares what is large.
class Writing {
  public:
    Writing() { out_.u32(0); }  // the length, which is known in the end

    void operator()(std::string_view, const auto& value) { put(value); }

    void type(std::size_t type) { out_.u8(static_cast<std::uint8_t>(type)); }
    void members(const auto& value) { fields_of(value, *this); }
    [[nodiscard]] std::vector<base::Bytes> finish() &&;

  private:
    void put(std::uint8_t value) { out_.u8(value); }
    void put(std::uint16_t value) { out_.u16(value); }
    void put(std::uint32_t value) { out_.u32(value); }
    void put(std::uint64_t value) { out_.u64(value); }
    void put(bool value) { out_.u8(value ? 1 : 0); }
    void put(double value) { out_.f64(value); }
    void put(media::Ticks value) { out_.u64(static_cast<std::uint64_t>(value.count())); }
    void put(media::Kind value) { out_.u8(std::to_underlying(value)); }
    void put(base::LogLevel value) { out_.u8(std::to_underlying(value)); }
    void put(base::ErrorKind value) { out_.u8(std::to_underlying(value)); }
    void put(media::Codec value) { put(media::info(value).name); }
    void put(std::string_view value) {
        value = value.substr(0, Limits{}.text);
        out_.u16(static_cast<std::uint16_t>(value.size()));
        out_.text(value);
    }
    void put(const std::string& value) { put(std::string_view(value)); }
    void put(const base::Bytes& value) {
        out_.u32(static_cast<std::uint32_t>(value.size()));
        if (value.size() < worth_sharing) return out_.bytes(value);
        shared_.push_back({.at = out_.size(), .bytes = value});
    }
    void put(const media::TrackSetRef& value) { put(value->tracks); }
    template <typename T>
    void put(const std::vector<T>& list) {
        assert(list.size() <= 0xFF);
        out_.u8(static_cast<std::uint8_t>(list.size()));
        for (const T& value : list) put(value);
    }
    void put(const Structured auto& value) { members(value); }

    struct Shared {
        std::size_t at;  ///< where among the bytes of `out_` it stands
        base::Bytes bytes;
    };
    base::ByteWriter out_;
    std::vector<Shared> shared_;
};

std::vector<base::Bytes> Writing::finish() && {
    std::size_t length = out_.size() - sizeof(std::uint32_t);
    for (const Shared& shared : shared_) length += shared.bytes.size();
    out_.patch_u32(0, static_cast<std::uint32_t>(length));

    const base::Bytes own = out_.to_bytes();
    std::vector<base::Bytes> chain;
    std::size_t at = 0;
    for (Shared& shared : shared_) {
        chain.push_back(own.slice(at, shared.at - at));
        chain.push_back(std::move(shared.bytes));
        at = shared.at;
    }
    if (at < own.size()) chain.push_back(own.slice(at));
    return chain;
}

/// Reads the members of a message. After the first error the rest stays as it is.
class Reading {
  public:
    Reading(const base::Bytes& body, const Limits& limits) noexcept : body_(body), reader_(body), limits_(limits) {}

    void operator()(std::string_view, auto& value) {
        if (outcome_) outcome_ = get(value);
    }
    Result<void> members(auto& value) {
        fields_of(value, *this);
        return outcome_;
    }
    [[nodiscard]] bool at_end() const noexcept { return reader_.at_end(); }

  private:
    Result<void> get(std::uint8_t& value) { return keep(value, reader_.u8()); }
    Result<void> get(std::uint16_t& value) { return keep(value, reader_.u16()); }
    Result<void> get(std::uint32_t& value) { return keep(value, reader_.u32()); }
    Result<void> get(std::uint64_t& value) { return keep(value, reader_.u64()); }
    Result<void> get(bool& value) { return enumerator(value, 2); }
    Result<void> get(media::Kind& value) { return enumerator(value, 2); }
    Result<void> get(base::LogLevel& value) { return enumerator(value, enumerator_names(value).size()); }
    Result<void> get(base::ErrorKind& value) {
        return enumerator(value, std::to_underlying(base::ErrorKind::internal) + std::size_t{1});
    }
    Result<void> get(double& value);
    Result<void> get(media::Ticks& value);
    Result<void> get(media::Codec& value);
    Result<void> get(std::string& value);
    Result<void> get(base::Bytes& value);
    Result<void> get(media::TrackSetRef& value);
    Result<void> get(media::Track& value);
    Result<void> get(std::vector<media::Track>& value) { return list(value, limits_.tracks); }
    Result<void> get(std::vector<RungSetup>& value) { return list(value, limits_.rungs); }
    Result<void> get(std::vector<RungReport>& value) { return list(value, limits_.rungs); }
    Result<void> get(std::vector<std::string>& value) { return list(value, limits_.texts); }
    Result<void> get(Structured auto& value) { return members(value); }

    template <typename T>
    static Result<void> keep(T& value, const Result<T>& read) {
        value = TRY(read);
        return {};
    }
    template <typename T>
    Result<void> enumerator(T& value, std::size_t count) {
        const std::uint8_t read = TRY(reader_.u8());
        if (read >= count) return fail(ErrorKind::malformed, "a relay message has a value that there is not");
        value = static_cast<T>(read);
        return {};
    }
    template <typename T>
    Result<void> list(std::vector<T>& values, std::size_t limit) {
        const std::uint8_t count = TRY(reader_.u8());
        if (count > limit) return fail(ErrorKind::too_large, "a relay message lists more than allowed");
        for (std::size_t i = 0; i < count; ++i) TRY(get(values.emplace_back()));
        return {};
    }

    const base::Bytes& body_;
    base::ByteReader reader_;
    const Limits& limits_;
    Result<void> outcome_;
};

Result<void> Reading::get(double& value) {
    value = TRY(reader_.f64());
    if (!std::isfinite(value)) return fail(ErrorKind::malformed, "a relay message has a number that is none");
    return {};
}

Result<void> Reading::get(media::Ticks& value) {
    value = media::Ticks(static_cast<std::int64_t>(TRY(reader_.u64())));
    return {};
}

Result<void> Reading::get(media::Codec& value) {
    const std::uint16_t size = TRY(reader_.u16());
    const std::optional<media::Codec> codec = codec_named(TRY(reader_.text(size)));
    if (!codec) return fail(ErrorKind::unsupported, "a relay message names a codec that is not known here");
    value = *codec;
    return {};
}

Result<void> Reading::get(std::string& value) {
    const std::uint16_t size = TRY(reader_.u16());
    if (size > limits_.text) return fail(ErrorKind::too_large, "a text in a relay message is longer than allowed");
    value = TRY(reader_.text(size));
    return {};
}

Result<void> Reading::get(base::Bytes& value) {
    const std::uint32_t size = TRY(reader_.u32());
    const std::size_t at = reader_.position();
    TRY(reader_.skip(size));
    value = body_.slice(at, size);
    return {};
}

Result<void> Reading::get(media::TrackSetRef& value) {
    auto set = std::make_shared<media::TrackSet>();
    TRY(get(set->tracks));
    value = std::move(set);
    return {};
}

// These two go into playlists as they are.
Result<void> Reading::get(media::Track& value) {
    TRY(members(value));
    if (!is_plain(value.codec_string) || !is_plain(value.language))
        return fail(ErrorKind::malformed, "a track in a relay message has a name of other letters than allowed");
    return {};
}

using Parser = Result<Message> (*)(Reading&);

template <typename T>
Result<Message> parse_as(Reading& reading) {
    T value;
    TRY(reading.members(value));
    if (reading.at_end()) return value;
    return fail(ErrorKind::malformed, "a relay message is longer than its members");
}

template <typename... T>
constexpr std::array<Parser, sizeof...(T)> parsers_of(std::type_identity<std::variant<T...>>) {
    return {parse_as<T>...};
}
constexpr auto parsers = parsers_of(std::type_identity<Message>{});
constexpr std::size_t hello_type = 1;
static_assert(std::same_as<std::variant_alternative_t<hello_type - 1, Message>, Hello>);

}  // namespace

std::vector<base::Bytes> write(const Message& message) {
    Writing writing;
    writing.type(message.index() + 1);
    std::visit([&](const auto& value) { writing.members(value); }, message);
    return std::move(writing).finish();
}

void Reader::receive(base::ByteView bytes) {
    while (!bytes.empty() && !broken_ && !error_) {
        bytes = length_filled_ < length_size ? take_length(bytes) : fill_frame(bytes);
    }
}

base::ByteView Reader::take_length(base::ByteView bytes) {
    const std::size_t count = std::min(bytes.size(), length_size - length_filled_);
    std::ranges::copy(bytes.first(count), length_.begin() + static_cast<std::ptrdiff_t>(length_filled_));
    length_filled_ += count;
    if (length_filled_ == length_size) begin_frame();
    return bytes.subspan(count);
}

void Reader::begin_frame() {
    const std::uint32_t length = *base::ByteReader(length_).u32();
    if (length == 0) broken_ = fail(ErrorKind::malformed, "a relay message without a type").error();
    else if (length > limits_.frame.bytes())
        broken_ = fail(ErrorKind::too_large, "a relay message is longer than allowed").error();
    else frame_ = base::Buffer(length);
}

base::ByteView Reader::fill_frame(base::ByteView bytes) {
    const std::size_t count = std::min(bytes.size(), frame_.size() - frame_filled_);
    std::ranges::copy(bytes.first(count), frame_.span().begin() + static_cast<std::ptrdiff_t>(frame_filled_));
    frame_filled_ += count;
    if (frame_filled_ == frame_.size()) {
        frames_.push_back(std::exchange(frame_, base::Buffer(0)).freeze());
        length_filled_ = frame_filled_ = 0;
    }
    return bytes.subspan(count);
}

Result<std::optional<Message>> Reader::next() {
    if (error_) return std::unexpected(*error_);
    auto message = take_message();
    if (!message) {
        error_ = message.error();
        frames_.clear();
        frame_ = base::Buffer(0);
    }
    return message;
}

Result<std::optional<Message>> Reader::take_message() {
    if (frames_.empty() && broken_) return std::unexpected(*broken_);
    if (frames_.empty()) return std::nullopt;
    const base::Bytes frame = std::move(frames_.front());
    frames_.pop_front();
    return parse(frame);
}

Result<Message> Reader::parse(const base::Bytes& frame) {
    const std::size_t type = *frame.data();
    const base::Bytes body = frame.slice(1);
    const bool is_hello = type == hello_type;
    if (is_hello == greeted_) return fail(ErrorKind::malformed, "a relay connection begins with one Hello");
    // What follows the number in another version's Hello is its own affair.
    if (is_hello && TRY(base::ByteReader(body).u16()) != version)
        return fail(ErrorKind::unsupported, "the other side is of another version: both programs must be of one build");
    greeted_ = true;
    if (type == 0 || type > parsers.size())
        return fail(ErrorKind::malformed, "a relay message of a type that there is not");
    Reading reading(body, limits_);
    return parsers[type - 1](reading);
}

}  // namespace weir::format::relay

#include "format/rtcp.hpp"

#include "base/byte_reader.hpp"

#include <algorithm>
#include <array>

namespace weir::format::rtcp {

using base::ByteReader;
using base::ByteView;
using base::ByteWriter;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

enum class Type : std::uint8_t { sender_report = 200, receiver_report = 201, description = 202, goodbye = 203 };
enum class Item : std::uint8_t { end = 0, cname = 1 };

constexpr unsigned version = 2;
constexpr std::size_t most_counted = 31;  ///< five bits
constexpr std::size_t longest_text = 255;
constexpr std::int64_t unix_epoch = 2'208'988'800;  ///< in seconds since 1900
constexpr std::int64_t ntp_scale = std::int64_t{1} << 32;

// Reading

Result<ReportBlock> parse_block(ByteReader& reader) {
    ReportBlock block;
    block.ssrc = TRY(reader.u32());
    block.fraction_lost = TRY(reader.u8());
    block.lost = static_cast<std::int32_t>(TRY(reader.u24()) << 8) >> 8;
    block.highest_sequence = TRY(reader.u32());
    block.jitter = TRY(reader.u32());
    block.last_report = TRY(reader.u32());
    block.since_last_report = TRY(reader.u32());
    return block;
}

Result<std::vector<ReportBlock>> parse_blocks(ByteReader& reader, unsigned count) {
    std::vector<ReportBlock> blocks;
    for (unsigned i = 0; i < count; ++i) blocks.push_back(TRY(parse_block(reader)));
    return blocks;
}

Result<void> parse_sender_report(ByteReader& reader, unsigned count, std::vector<Message>& messages) {
    SenderReport report;
    report.ssrc = TRY(reader.u32());
    report.time.value = TRY(reader.u64());
    report.timestamp = TRY(reader.u32());
    report.packets = TRY(reader.u32());
    report.octets = TRY(reader.u32());
    report.blocks = TRY(parse_blocks(reader, count));
    messages.emplace_back(std::move(report));
    return {};
}

Result<void> parse_receiver_report(ByteReader& reader, unsigned count, std::vector<Message>& messages) {
    ReceiverReport report;
    report.ssrc = TRY(reader.u32());
    report.blocks = TRY(parse_blocks(reader, count));
    messages.emplace_back(std::move(report));
    return {};
}

Result<SourceDescription> parse_chunk(ByteReader& reader) {
    SourceDescription chunk;
    chunk.ssrc = TRY(reader.u32());
    const std::size_t begin = reader.position();
    for (auto item = Item(TRY(reader.u8())); item != Item::end; item = Item(TRY(reader.u8()))) {
        const std::size_t size = TRY(reader.u8());
        const std::string_view text = TRY(reader.text(size));
        if (item == Item::cname) chunk.cname = text;
    }
    // The list ends in zeros up to the next word.
    const std::size_t odd = (reader.position() - begin) % 4;
    if (odd != 0) TRY(reader.skip(4 - odd));
    return chunk;
}

Result<void> parse_description(ByteReader& reader, unsigned count, std::vector<Message>& messages) {
    for (unsigned i = 0; i < count; ++i) messages.emplace_back(TRY(parse_chunk(reader)));
    return {};
}

Result<void> parse_goodbye(ByteReader& reader, unsigned count, std::vector<Message>& messages) {
    Goodbye goodbye;
    for (unsigned i = 0; i < count; ++i) goodbye.ssrcs.push_back(TRY(reader.u32()));
    if (!reader.at_end()) {
        const std::size_t size = TRY(reader.u8());
        goodbye.reason = TRY(reader.text(size));
    }
    messages.emplace_back(std::move(goodbye));
    return {};
}

struct Parser {
    Type type;
    Result<void> (*parse)(ByteReader& reader, unsigned count, std::vector<Message>& messages);
};
constexpr std::array<Parser, 4> parsers{{
    {Type::sender_report, parse_sender_report},
    {Type::receiver_report, parse_receiver_report},
    {Type::description, parse_description},
    {Type::goodbye, parse_goodbye},
}};

/// One packet of the compound packet.
Result<void> parse_packet(ByteReader& compound, std::vector<Message>& messages) {
    const std::uint8_t first = TRY(compound.u8());
    if (first >> 6 != version) return fail(ErrorKind::malformed, "an RTCP packet is not of version 2");
    const auto type = Type(TRY(compound.u8()));
    const std::size_t words = TRY(compound.u16());
    ByteView body = TRY(compound.take(4 * words));
    if ((first & 0x20) != 0) {
        const std::size_t padding = body.empty() ? 0U : body.back();
        if (padding == 0 || padding > body.size())
            return fail(ErrorKind::malformed, "the padding of an RTCP packet is wrong");
        body = body.first(body.size() - padding);
    }
    const auto parser = std::ranges::find(parsers, type, &Parser::type);
    if (parser == parsers.end()) return {};
    ByteReader reader(body);
    return parser->parse(reader, first & 0x1fU, messages);
}

// Writing

/// The header, and its length once the body is there. The body is of whole words.
class PacketWriter {
  public:
    PacketWriter(Type type, std::size_t count, ByteWriter& out) : out_(out), begin_(out.size()), type_(type) {
        count_ = static_cast<unsigned>(std::min(count, most_counted));
        out.u32(0);
    }
    ~PacketWriter() {
        while ((out_.size() - begin_) % 4 != 0) out_.u8(0);
        const auto words = static_cast<std::uint32_t>((out_.size() - begin_) / 4 - 1);
        out_.patch_u32(begin_, version << 30 | count_ << 24 | std::uint32_t{static_cast<std::uint8_t>(type_)} << 16 |
                                   (words & 0xffff));
    }
    PacketWriter(const PacketWriter&) = delete;
    PacketWriter& operator=(const PacketWriter&) = delete;

  private:
    ByteWriter& out_;
    std::size_t begin_;
    Type type_;
    unsigned count_;
};

void write_blocks(const std::vector<ReportBlock>& blocks, ByteWriter& out) {
    for (std::size_t i = 0; i < std::min(blocks.size(), most_counted); ++i) {
        const ReportBlock& block = blocks[i];
        out.u32(block.ssrc);
        out.u8(block.fraction_lost);
        out.u24(static_cast<std::uint32_t>(std::clamp(block.lost, -0x800000, 0x7fffff)));
        out.u32(block.highest_sequence);
        out.u32(block.jitter);
        out.u32(block.last_report);
        out.u32(block.since_last_report);
    }
}

void write_text(std::string_view text, ByteWriter& out) {
    text = text.substr(0, longest_text);
    out.u8(static_cast<std::uint8_t>(text.size()));
    out.text(text);
}

void write_one(const SenderReport& report, ByteWriter& out) {
    const PacketWriter packet(Type::sender_report, report.blocks.size(), out);
    out.u32(report.ssrc);
    out.u64(report.time.value);
    out.u32(report.timestamp);
    out.u32(report.packets);
    out.u32(report.octets);
    write_blocks(report.blocks, out);
}

void write_one(const ReceiverReport& report, ByteWriter& out) {
    const PacketWriter packet(Type::receiver_report, report.blocks.size(), out);
    out.u32(report.ssrc);
    write_blocks(report.blocks, out);
}

void write_one(const SourceDescription& description, ByteWriter& out) {
    const PacketWriter packet(Type::description, 1, out);
    out.u32(description.ssrc);
    out.u8(static_cast<std::uint8_t>(Item::cname));
    write_text(description.cname, out);
    out.u8(static_cast<std::uint8_t>(Item::end));
}

void write_one(const Goodbye& goodbye, ByteWriter& out) {
    const PacketWriter packet(Type::goodbye, goodbye.ssrcs.size(), out);
    for (std::size_t i = 0; i < std::min(goodbye.ssrcs.size(), most_counted); ++i) out.u32(goodbye.ssrcs[i]);
    if (!goodbye.reason.empty()) write_text(goodbye.reason, out);
}

}  // namespace

NtpTime to_ntp(base::WallTime time) noexcept {
    const std::int64_t nanoseconds = time.time_since_epoch().count();
    const std::int64_t second = nanoseconds / 1'000'000'000 - (nanoseconds % 1'000'000'000 < 0 ? 1 : 0);
    const auto rest = static_cast<std::uint64_t>(nanoseconds - second * 1'000'000'000);
    const auto fraction = (rest << 32) / 1'000'000'000;
    return {static_cast<std::uint64_t>(second + unix_epoch) << 32 | fraction};
}

media::Ticks between(NtpTime from, NtpTime to) noexcept {
    return media::Ticks::from(static_cast<std::int64_t>(to.value - from.value), ntp_scale);
}

Result<std::vector<Message>> parse(ByteView datagram) {
    ByteReader reader(datagram);
    std::vector<Message> messages;
    do TRY(parse_packet(reader, messages));
    while (!reader.at_end());
    return messages;
}

void write(const Message& message, ByteWriter& out) {
    std::visit([&](const auto& one) { write_one(one, out); }, message);
}

}  // namespace weir::format::rtcp

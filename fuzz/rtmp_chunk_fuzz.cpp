// The first byte seeds the cuts, the second is the chunk size; the rest is chunks. Properties: never a crash, the same
// messages wherever the bytes are cut, and no more memory than the bytes that came and the slab that small messages share.
#include "base/byte_reader.hpp"
#include "proto/rtmp/chunk_reader.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>

namespace {

using namespace weir;
using namespace weir::proto::rtmp;

/// What the bytes were read as, as text, ending with the error where there is one.
class Reading {
  public:
    explicit Reading(std::uint32_t chunk_size) : reader_(limits_) {
        reader_.allow_media(limits_);
        (void)reader_.set_chunk_size(std::max(1U, chunk_size));
    }

    void receive(base::ByteView input) {
        received_ += input.size();
        while (!failed_) {
            const auto message = reader_.next(input);
            if (!message) {
                text.append(message.error().text);
                failed_ = true;
            } else if (!*message) {
                break;
            } else {
                take(**message);
            }
        }
        if (reader_.unfinished_bytes() > received_) {
            std::abort();
        }
    }

    std::string text;

  private:
    void take(const Message& message) {
        text.append(std::to_string(static_cast<int>(message.type)))
            .append("@")
            .append(std::to_string(message.timestamp));
        text.append("/")
            .append(std::to_string(message.stream_id))
            .append(base::as_text(message.payload))
            .append("\x01");
        base::ByteReader body(message.payload);
        const auto value = body.u32();
        if (value && message.type == MessageType::set_chunk_size) {
            failed_ = !reader_.set_chunk_size(*value);
        } else if (value && message.type == MessageType::abort) {
            reader_.abort(*value);
        }
    }

  public:
    static constexpr Limits limits_{
        .message = base::ByteCount(5000), .unfinished = base::ByteCount(9000), .chunk_streams = 6};

  private:
    ChunkReader reader_;
    std::size_t received_ = 0;
    bool failed_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const base::ByteView bytes(data + 2, size - 2);
    const std::size_t memory = base::slab_bytes();
    {
        Reading whole(data[1]);
        whole.receive(bytes);
        Reading cut(data[1]);
        std::minstd_rand random(data[0]);
        for (std::size_t at = 0; at < bytes.size();) {
            const std::size_t count = std::min<std::size_t>(bytes.size() - at, 1 + random() % (1 + data[0] % 32));
            cut.receive(bytes.subspan(at, count));
            at += count;
        }
        if (whole.text != cut.text ||
            base::slab_bytes() - memory > 4 * size + 2 * (6 * 2048 + Reading::limits_.slab.bytes())) {
            std::abort();
        }
    }
    if (base::slab_bytes() != memory) {
        std::abort();
    }
    return 0;
}

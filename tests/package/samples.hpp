// The samples of segments, as our reader finds them in their bytes.
#pragma once

#include "format/mp4_reader.hpp"
#include "stream/segments.hpp"

#include <gtest/gtest.h>

#include <span>
#include <variant>
#include <vector>

namespace weir::package::test {

inline std::vector<media::Packet> samples(const stream::InitSegment& init, std::span<const stream::Part> parts) {
    format::mp4::Reader reader;
    reader.receive(init.bytes);
    for (const stream::Part& part : parts)
        for (const base::Bytes& bytes : part.bytes) reader.receive(bytes);
    std::vector<media::Packet> found;
    while (true) {
        auto event = reader.next();
        EXPECT_TRUE(event.has_value()) << event.error().text;
        if (!event || !*event) return found;
        if (auto* packet = std::get_if<media::Packet>(&**event)) found.push_back(std::move(*packet));
    }
}

inline std::vector<media::Packet> samples(const stream::Segment& segment) {
    return samples(*segment.init, segment.parts);
}

}  // namespace weir::package::test

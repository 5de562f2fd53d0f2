#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>

namespace weir::base {
namespace {

std::string text_of(const Bytes& bytes) { return std::string(as_text(bytes)); }

TEST(Bytes, ASliceOutlivesWhatItWasCutFrom) {
    const std::size_t before = slab_bytes();
    {
        Bytes slice;
        {
            const Bytes whole = Bytes::copy_of("a keyframe and what follows");
            slice = whole.slice(2, 8);
        }
        EXPECT_EQ(text_of(slice), "keyframe");
        EXPECT_EQ(slab_bytes(), before + 27) << "the slab lives as long as its last slice";
    }
    EXPECT_EQ(slab_bytes(), before);
}

TEST(Bytes, ASliceEndsWhereTheBytesEnd) {
    const Bytes bytes = Bytes::copy_of("abc");
    EXPECT_EQ(text_of(bytes.slice(1)), "bc");
    EXPECT_EQ(text_of(bytes.slice(2, SIZE_MAX)), "c");
    EXPECT_TRUE(bytes.slice(3).empty());
    EXPECT_TRUE(bytes.slice(SIZE_MAX, SIZE_MAX).empty());
    EXPECT_TRUE(bytes.slice(0, 0).empty());
    EXPECT_EQ(bytes, Bytes::copy_of("abc"));
    EXPECT_NE(bytes, bytes.slice(1));
    EXPECT_EQ(Bytes(), Bytes::copy_of(""));
}

TEST(Bytes, OnlyNeighborsOfOneSlabBecomeOne) {
    const Bytes whole = Bytes::copy_of("abcdef");
    Bytes front = whole.slice(0, 2);
    EXPECT_FALSE(front.extend(whole.slice(3, 1))) << "there is a hole between them";
    EXPECT_FALSE(front.extend(Bytes::copy_of("cd"))) << "the same bytes of another slab";
    EXPECT_EQ(text_of(front), "ab");
    EXPECT_TRUE(front.extend(whole.slice(2, 3)));
    EXPECT_EQ(text_of(front), "abcde");
    Bytes empty;
    EXPECT_FALSE(empty.extend(whole));
}

TEST(Bytes, ABufferIsFrozenToWhatWasFilled) {
    Buffer buffer(8);
    buffer.span()[0] = 'x';
    buffer.span()[1] = 'y';
    const Bytes bytes = std::move(buffer).freeze(2);
    EXPECT_EQ(text_of(bytes), "xy");
    EXPECT_TRUE(Buffer(0).freeze().empty());
}

TEST(Bytes, StaticBytesCostNoMemory) {
    const std::size_t before = slab_bytes();
    const Bytes bytes = Bytes::of_static(as_bytes("page"));
    EXPECT_EQ(text_of(bytes.slice(1, 2)), "ag");
    EXPECT_EQ(slab_bytes(), before);
}

TEST(BufferCutter, SmallBuffersShareASlabThatGoesWithTheLastOfThem) {
    const std::size_t before = slab_bytes();
    Bytes kept;
    {
        BufferCutter cutter(64);
        Buffer first = cutter.cut(16);
        Buffer second = cutter.cut(16);
        EXPECT_EQ(slab_bytes(), before + 64);
        EXPECT_EQ(first.span().data() + 16, second.span().data());
        std::ranges::fill(first.span(), std::uint8_t{1});
        std::ranges::fill(second.span(), std::uint8_t{2});
        kept = std::move(first).freeze();
        for (int i = 0; i < 4; ++i) EXPECT_EQ(cutter.cut(16).size(), 16U);
        EXPECT_EQ(slab_bytes(), before + 128) << "one is full, one is begun";
    }
    EXPECT_EQ(slab_bytes(), before + 64);
    EXPECT_EQ(kept, Bytes::copy_of(std::string_view("\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1")));
    kept = {};
    EXPECT_EQ(slab_bytes(), before);
}

TEST(BufferCutter, ALargeBufferWastesNoRestOfASlab) {
    const std::size_t before = slab_bytes();
    BufferCutter cutter(64);
    const Buffer large = cutter.cut(17);
    EXPECT_EQ(slab_bytes(), before + 17);
    const Buffer empty = cutter.cut(0);
    EXPECT_EQ(empty.size(), 0U);
    EXPECT_EQ(slab_bytes(), before + 17);
}

TEST(SlabWriter, WhatIsAppendedComesOutInOrderAcrossSlabs) {
    SlabWriter writer(4);
    writer.append(as_bytes("abc"));
    writer.append(as_bytes("defghij"));
    std::string all;
    for (const Bytes& bytes : writer.take()) {
        EXPECT_LE(bytes.size(), 4U);
        all += text_of(bytes);
    }
    EXPECT_EQ(all, "abcdefghij");
    EXPECT_TRUE(writer.take().empty());
    writer.append(as_bytes("k"));
    ASSERT_EQ(writer.take().size(), 1U);
}

TEST(SlabWriter, WhatIsStoredIsInOnePieceAndInOrder) {
    SlabWriter writer(8);
    const Bytes small = writer.store(as_bytes("abc"));
    const Bytes large = writer.store(as_bytes("larger than a slab"));
    const Bytes next = writer.store(as_bytes("xyz"));
    EXPECT_EQ(text_of(small), "abc");
    EXPECT_EQ(text_of(large), "larger than a slab");
    EXPECT_EQ(text_of(next), "xyz");
    EXPECT_TRUE(writer.take().empty()) << "stored bytes belong to the caller alone";
}

TEST(Bytes, SlicesMayBeSharedBetweenThreads) {
    const std::size_t before = slab_bytes();
    {
        const Bytes whole = Bytes::copy_of(std::string(1000, 'a'));
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([copy = whole] {
                for (std::size_t k = 0; k < 1000; ++k) {
                    const Bytes slice = copy.slice(k, 1);
                    EXPECT_EQ(*slice.begin(), 'a');
                }
            });
        }
    }
    EXPECT_EQ(slab_bytes(), before);
}

}  // namespace
}  // namespace weir::base

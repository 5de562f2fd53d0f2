#include "media/nal.hpp"

#include <gtest/gtest.h>

#include "wire/bytes.hpp"

namespace weir::media::nal {

using tests::from_hex;
using tests::to_hex;

namespace {

std::vector<std::string> units_of(base::ByteView access_unit, unsigned length_size, bool& broken) {
    std::vector<std::string> units;
    UnitReader reader(access_unit, length_size);
    while (true) {
        const auto next = reader.next();
        broken = !next;
        if (!next || !*next) return units;
        units.push_back(to_hex(**next));
    }
}

std::vector<std::string> units_of_annex_b(base::ByteView bytes) {
    std::vector<std::string> units;
    for (AnnexBReader reader(bytes); const auto unit = reader.next();) units.push_back(to_hex(*unit));
    return units;
}

using Units = std::vector<std::string>;

}  // namespace

TEST(Nal, AccessUnitsOfEveryLengthSizeAreWalked) {
    struct Row {
        const char* name;
        const char* bytes;
        unsigned length_size;
        Units units;
        bool broken;
    };
    const Row rows[] = {
        {"empty", "", 4, {}, false},
        {"two units", "00000002 0910 00000003 658811", 4, {"0910", "658811"}, false},
        {"an empty unit between", "00000001 09 00000000 00000001 65", 4, {"09", "65"}, false},
        {"one byte", "02 0910 01 65", 1, {"0910", "65"}, false},
        {"two bytes", "0002 0910 0001 65", 2, {"0910", "65"}, false},
        {"three bytes", "000002 0910 000001 65", 3, {"0910", "65"}, false},
        {"length cut short", "00000001 09 0000", 4, {"09"}, true},
        {"unit cut short", "00000001 09 00000005 65", 4, {"09"}, true},
        {"the largest length", "ffffffff 09", 4, {}, true},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        bool broken = false;
        EXPECT_EQ(units_of(from_hex(row.bytes), row.length_size, broken), row.units);
        EXPECT_EQ(broken, row.broken);
    }
}

TEST(Nal, AnnexBIsSplitAtBothStartCodesAndLosesItsPadding) {
    EXPECT_EQ(units_of_annex_b(from_hex("00000001 0910 000001 658800 00000001 41")), (Units{"0910", "6588", "41"}));
    EXPECT_EQ(units_of_annex_b(from_hex("ffff 000001 09 000001 000001 41 0000")), (Units{"09", "41"}));
    EXPECT_EQ(units_of_annex_b(from_hex("0910")), Units{});
    EXPECT_EQ(units_of_annex_b(from_hex("000001")), Units{});
    EXPECT_EQ(units_of_annex_b(from_hex("")), Units{});
}

TEST(Nal, AnnexBAndLengthsTurnIntoEachOther) {
    const base::Bytes annex_b = from_hex("00000001 0910 00000001 658811");
    const base::Bytes lengths = from_hex("00000002 0910 00000003 658811");
    EXPECT_EQ(to_hex(from_annex_b(annex_b)), to_hex(lengths));
    base::ByteWriter out;
    ASSERT_TRUE(write_annex_b(lengths, out).has_value());
    EXPECT_EQ(to_hex(out.view()), to_hex(annex_b));
}

TEST(Nal, PayloadsWithFourByteLengthsAreNotCopied) {
    const base::Bytes access_unit = from_hex("00000002 0910 00000001 65");
    const auto same = with_four_byte_lengths(access_unit, 4);
    ASSERT_TRUE(same.has_value());
    EXPECT_EQ(same->data(), access_unit.data());
}

TEST(Nal, EveryLengthSizeBecomesFourAndBrokenOnesAreRefused) {
    const char* const expected = "0000000209100000000165";
    const std::pair<unsigned, const char*> rows[] = {
        {1, "02 0910 01 65"}, {2, "0002 0910 0001 65"}, {3, "000002 0910 000001 65"}};
    for (const auto& [length_size, bytes] : rows) {
        const auto converted = with_four_byte_lengths(from_hex(bytes), length_size);
        ASSERT_TRUE(converted.has_value());
        EXPECT_EQ(to_hex(*converted), expected);
    }
    EXPECT_FALSE(with_four_byte_lengths(from_hex("00000009 0910"), 4).has_value());
    EXPECT_FALSE(with_four_byte_lengths(from_hex("09 0910"), 1).has_value());
}

TEST(Nal, EmulationPreventionIsTakenOutAndPutBackIn) {
    const std::pair<const char*, const char*> rows[] = {
        {"", ""},
        {"0102", "0102"},
        {"000000", "00000300"},
        {"0000", "000003"},
        {"000001", "00000301"},
        {"000003", "00000303"},
        {"000004", "000004"},
        {"0000000000ff", "000003000003 00ff"},
    };
    for (const auto& [raw, escaped] : rows) {
        base::ByteWriter out;
        write_escaped(from_hex(raw), out);
        EXPECT_EQ(to_hex(out.view()), to_hex(from_hex(escaped))) << raw;
        EXPECT_EQ(to_hex(unescape(out.view())), to_hex(from_hex(raw)));
    }
}

}  // namespace weir::media::nal

// AMF3 values (Action Message Format, AMF 3, Adobe 2013), which clients with `objectEncoding` 3 say inside AMF0, behind its marker
// avmplus-object. They are read as the values of AMF0 that mean the same, and never written: what is answered is AMF0, which such clients
// read as well.
//
//   marker (8), and behind it by type (3.1):
//   undefined 00   null 01   false 02   true 03    integer 04: U29              double 05: 64 bits
//   string 06: U29 = length << 1 | 1, UTF-8        xml-doc 07, xml 0b, byte-array 0c: the same
//   date 08: U29 = 1, double                       array 09: U29 = count << 1 | 1, named values, "", `count` values
//   object 0a: U29 = sealed << 4 | dynamic << 3 | 3, class name, `sealed` names, `sealed` values, and where it is dynamic named values, ""
//   and with the lowest bit 0, whatever it is: U29 = index << 1 of one that was before; objects with 01 in the lowest two: of the traits
#pragma once

#include "base/byte_reader.hpp"
#include "base/result.hpp"
#include "format/amf0.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace weir::format::amf3 {

/// What an object of a class is made of (3.12).
struct Traits {
    std::vector<std::string> sealed;
    bool is_dynamic = false;
};

/// What a message has said so far, and may refer to by number: each in the order of the wire (2.2). One for all values of a message.
struct Tables {
    std::vector<std::string> strings{};
    std::vector<std::optional<amf0::Value>> objects{};  ///< nothing: it is being said
    std::vector<Traits> traits{};
    std::size_t text = 0;  ///< bytes of all strings of its values, again for each time that one is referred to
};

/// Takes one value with its marker. `depth` and `values` count as in AMF0: what is referred to counts as if it was said again.
[[nodiscard]] base::Result<amf0::Value> parse(base::ByteReader& reader, const amf0::Limits& limits, std::size_t depth,
                                              std::size_t& values, Tables& tables);

}  // namespace weir::format::amf3

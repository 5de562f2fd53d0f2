// What a struct is made of, said once. A configuration, limits or statistics struct has one member function
//   void fields(this auto& self, auto&& visit) { visit("name", self.name, about...); ... }
// and everything that lists members (the YAML loader, the reference documentation, JSON, the Prometheus text) is a visitor
// of it. `about` is the vocabulary of the struct: `config::Key`, `base::Limit`, or for statistics a sentence of help.
#pragma once

namespace weir::base {

template <typename T>
concept HasFields = requires(T& value) { value.fields([](auto&&...) {}); };

}  // namespace weir::base

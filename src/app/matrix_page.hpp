// The matrix as people and programs read it: docs/matrix.md, the tables of the README, and JSON for tests/e2e/matrix_test.py.
#pragma once

#include <string>

namespace weir::app {

/// `weir docs matrix`
[[nodiscard]] std::string matrix_page();
/// `weir docs readme`: what stands between the marks there.
[[nodiscard]] std::string matrix_block();
/// `weir docs matrix --json`: {"codecs": [{name, title, kind}], "sources": [{name, refused: {codec: why}}], "forms": [the same]}
[[nodiscard]] std::string matrix_json();

}  // namespace weir::app

// A worker that says what a test wrote down for it, whatever it is told.
#pragma once

#include "format/relay.hpp"

#include <filesystem>
#include <fstream>
#include <span>
#include <string>

#include <unistd.h>

namespace weir::endpoint {

/// A script beside its words: it says them into the descriptor that it is given, and hears whatever comes until its end.
class Script {
  public:
    explicit Script(std::span<const format::relay::Message> words)
        : folder_(std::filesystem::temp_directory_path() / ("weir-worker-test-" + std::to_string(::getpid()))) {
        std::filesystem::create_directories(folder_);
        std::ofstream(path()) << "#!/bin/sh\ncat \"$0.words\" >&$2\nexec cat <&$2 >/dev/null\n";
        std::filesystem::permissions(path(), std::filesystem::perms::owner_all);
        std::ofstream out(path() + ".words", std::ios::binary);
        for (const format::relay::Message& message : words)
            for (const base::Bytes& bytes : format::relay::write(message)) out << base::as_text(bytes);
    }
    ~Script() { std::filesystem::remove_all(folder_); }
    Script(const Script&) = delete;
    Script& operator=(const Script&) = delete;

    [[nodiscard]] std::string path() const { return folder_ / "weir-worker"; }

  private:
    std::filesystem::path folder_;
};

}  // namespace weir::endpoint

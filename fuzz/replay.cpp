// Runs one fuzz target over stored inputs: every file of the folders named on the command line, and the empty input. A
// folder that is not there holds nothing. The target aborts when one of its properties fails, so reaching the end is passing.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int count, char** arguments) {
    std::set<std::filesystem::path> inputs;
    for (int i = 1; i < count; ++i) {
        if (!std::filesystem::is_directory(arguments[i])) {
            continue;
        }
        for (const auto& entry : std::filesystem::recursive_directory_iterator(arguments[i])) {
            if (entry.is_regular_file()) {
                inputs.insert(entry.path());
            }
        }
    }
    LLVMFuzzerTestOneInput(nullptr, 0);
    for (const auto& path : inputs) {
        std::fprintf(stderr, "%s\n", path.c_str());  // the last line before a crash names the culprit
        std::ifstream file(path, std::ios::binary);
        const std::vector<char> text(std::istreambuf_iterator<char>(file), {});
        const std::vector<std::uint8_t> bytes(text.begin(), text.end());
        LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    }
    std::fprintf(stderr, "%zu stored inputs and the empty one: clean\n", inputs.size());
}

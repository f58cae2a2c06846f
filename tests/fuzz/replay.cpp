#include <algorithm>
#include <filesystem>
#include <random>
#include <vector>

#include "core/base/file.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

// Copies to the heap, so that a sanitizer sees the first byte beyond the end.
void run(bramley::ByteView input) {
  const bramley::Bytes copy(input.begin(), input.end());
  LLVMFuzzerTestOneInput(copy.data(), copy.size());
}

// A poor man's fuzzer, the same in every run: beginnings of the input, and single bytes changed.
void run_variants(const bramley::Bytes& input) {
  constexpr std::size_t variants = 64;
  const std::size_t stride = std::max<std::size_t>(1, input.size() / variants);
  for (std::size_t length = 0; length < input.size(); length += stride) {
    run(bramley::ByteView(input).first(length));
  }
  std::mt19937 random(1);
  for (std::size_t i = 0; i < variants && !input.empty(); ++i) {
    bramley::Bytes changed = input;
    changed[random() % changed.size()] = static_cast<std::uint8_t>(random());
    run(changed);
  }
}

}  // namespace

// usage: replay FOLDER. Runs every file of a corpus, and simple variants of it.
int main(int count, char** arguments) {
  if (count != 2) {
    return 2;
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(arguments[1])) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    const auto content = bramley::read_file(file);
    CHECK(content);
    run(*content);
    run_variants(*content);
  }
  std::printf("%zu files\n", files.size());
  return files.empty() ? 1 : 0;
}

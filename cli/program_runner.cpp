#include "cli/program_runner.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace bramley {
namespace {

constexpr std::size_t output_limit = 64U << 10U;

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    close();
    number_ = std::exchange(other.number_, -1);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  void close() {
    if (number_ >= 0) {
      ::close(number_);
      number_ = -1;
    }
  }

 private:
  int number_;
};

// Ours and the program's. A socket, so that writing to a program that has ended is an error and no
// signal.
struct Line {
  Descriptor ours;
  Descriptor theirs;
};
std::optional<Line> open_line() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return std::nullopt;
  }
  return Line{Descriptor(ends[0]), Descriptor(ends[1])};
}

class Program {
 public:
  static Result<Program> start(const ProgramRun& run);
  Program(Program&& other) noexcept
      : child_(std::exchange(other.child_, 0)),
        input_(std::move(other.input_)),
        output_(std::move(other.output_)),
        errors_(std::move(other.errors_)) {}
  Program& operator=(Program&&) = delete;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  // Ends it, if it still runs, with all that it started.
  ~Program() {
    if (child_ > 0) {
      ::kill(-child_, SIGKILL);
      int ignored = 0;
      while (::waitpid(child_, &ignored, 0) < 0 && errno == EINTR) {
      }
    }
  }

  // False: the time is over.
  bool converse(ByteView input, std::chrono::steady_clock::time_point end, Bytes& output,
                Bytes& errors);
  // None: it still runs then.
  std::optional<int> wait(std::chrono::steady_clock::time_point end);

 private:
  Program(pid_t child, Line input, Line output, Line errors)
      : child_(child),
        input_(std::move(input.ours)),
        output_(std::move(output.ours)),
        errors_(std::move(errors.ours)) {}
  void write_some(ByteView& input);
  static void read_some(Descriptor& from, Bytes& into);

  pid_t child_;
  Descriptor input_;
  Descriptor output_;
  Descriptor errors_;
};

// What a parent has done to its signals is undone, and a group of its own lets it be ended whole.
int spawn(const std::vector<std::string>& words, const std::array<int, 3>& descriptors,
          pid_t& child) {
  std::vector<std::string> copies = words;
  std::vector<char*> pointers;
  pointers.reserve(copies.size() + 1);
  for (std::string& copy : copies) {
    pointers.push_back(copy.data());
  }
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  for (std::size_t number = 0; number < descriptors.size(); ++number) {
    ::posix_spawn_file_actions_adddup2(&actions, descriptors.at(number), static_cast<int>(number));
  }
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  sigset_t usual;
  ::sigemptyset(&usual);
  ::sigaddset(&usual, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&attributes, &usual);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  const int failure =
      ::posix_spawnp(&child, pointers.front(), &actions, &attributes, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  return failure;
}

Result<Program> Program::start(const ProgramRun& run) {
  auto input = open_line();
  auto output = open_line();
  auto errors = open_line();
  if (!input || !output || !errors) {
    return Error{ErrorCode::unavailable,
                 run.words.front() + ": " + std::generic_category().message(errno)};
  }
  pid_t child = 0;
  const int failure =
      spawn(run.words, {input->theirs.get(), output->theirs.get(), errors->theirs.get()}, child);
  if (failure != 0) {
    return Error{failure == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable,
                 run.words.front() + ": " + std::generic_category().message(failure)};
  }
  // The program's ends close here with the lines: the end of what it says must be seen.
  return Program(child, *std::move(input), *std::move(output), *std::move(errors));
}

void Program::write_some(ByteView& input) {
  const auto written = ::send(input_.get(), input.data(), input.size(), MSG_NOSIGNAL);
  if (written < 0 && (errno == EINTR || errno == EAGAIN)) {
    return;
  }
  // One that does not want to hear more may still end well.
  input = written < 0 ? ByteView() : input.subspan(static_cast<std::size_t>(written));
}

void Program::read_some(Descriptor& from, Bytes& into) {
  std::array<std::uint8_t, 4096> piece{};
  const auto count = ::read(from.get(), piece.data(), piece.size());
  if (count < 0 && errno == EINTR) {
    return;
  }
  if (count <= 0) {
    from.close();
    return;
  }
  const auto room = output_limit - std::min(into.size(), output_limit);
  const auto kept = std::min(static_cast<std::size_t>(count), room);
  into.insert(into.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(kept));
  piece.fill(0);
}

bool Program::converse(ByteView input, std::chrono::steady_clock::time_point end, Bytes& output,
                       Bytes& errors) {
  while (output_.is_open() || errors_.is_open()) {
    if (input.empty()) {
      input_.close();
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return false;
    }
    std::array<pollfd, 3> watched = {pollfd{input_.get(), POLLOUT, 0},
                                     pollfd{output_.get(), POLLIN, 0},
                                     pollfd{errors_.get(), POLLIN, 0}};
    if (::poll(watched.data(), watched.size(), static_cast<int>(left.count())) < 0) {
      continue;
    }
    if (watched[0].revents != 0) {
      write_some(input);
    }
    if (watched[1].revents != 0) {
      read_some(output_, output);
    }
    if (watched[2].revents != 0) {
      read_some(errors_, errors);
    }
  }
  return true;
}

std::optional<int> Program::wait(std::chrono::steady_clock::time_point end) {
  constexpr std::chrono::milliseconds pause(5);
  while (true) {
    int status = 0;
    const pid_t ended = ::waitpid(child_, &status, WNOHANG);
    if (ended == child_) {
      child_ = 0;
      return status;
    }
    if ((ended < 0 && errno != EINTR) || std::chrono::steady_clock::now() >= end) {
      return std::nullopt;
    }
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace

Result<ProgramEnd> run_program(const ProgramRun& run) {
  const auto end = std::chrono::steady_clock::now() + run.limit;
  TRY_ASSIGN(Program program, Program::start(run));
  Bytes output;
  output.reserve(output_limit);  // so that no copy of a secret is left behind
  Bytes errors;
  const bool in_time = program.converse(run.input, end, output, errors);
  SecretBytes secret(std::move(output));
  const auto status = in_time ? program.wait(end) : std::nullopt;
  if (!status) {
    return Error{ErrorCode::unavailable, run.words.front() + ": no answer within " +
                                             std::to_string(run.limit.count()) + " ms"};
  }
  if (!WIFEXITED(*status)) {
    return Error{ErrorCode::unavailable,
                 run.words.front() + ": ended by signal " + std::to_string(WTERMSIG(*status))};
  }
  return ProgramEnd{WEXITSTATUS(*status), std::move(secret), to_text(errors)};
}

}  // namespace bramley

#include "vendor-tool/command_courier.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <thread>

namespace bramley {
namespace {

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

// How the child begins: what a server has done to its signals and descriptors is undone.
class SpawnTerms {
 public:
  SpawnTerms() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, STDERR_FILENO, STDOUT_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t ignored;
    ::sigemptyset(&ignored);
    ::sigaddset(&ignored, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&attributes_, &ignored);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  SpawnTerms(const SpawnTerms&) = delete;
  SpawnTerms& operator=(const SpawnTerms&) = delete;
  ~SpawnTerms() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  Result<pid_t> spawn(const std::string& program, std::vector<std::string> arguments,
                      std::vector<std::string> environment) const {
    pid_t child = 0;
    const int failure =
        ::posix_spawnp(&child, program.c_str(), &actions_, &attributes_,
                       pointers_to(arguments).data(), pointers_to(environment).data());
    if (failure != 0) {
      return Error{ErrorCode::unavailable,
                   program + ": " + std::generic_category().message(failure)};
    }
    return child;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// Empty: it runs longer than that.
std::optional<int> wait_for(pid_t child, std::chrono::milliseconds limit) {
  constexpr std::chrono::milliseconds pause(20);
  const auto end = std::chrono::steady_clock::now() + limit;
  while (true) {
    int status = 0;
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) {
      return status;
    }
    if ((ended < 0 && errno != EINTR) || std::chrono::steady_clock::now() >= end) {
      return std::nullopt;
    }
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace

Status CommandCourier::deliver(const SigningCase& subject) {
  std::vector<std::string> environment = environment_;
  environment.push_back("BRAMLEY_REQUEST_ID=" + subject.id);
  environment.push_back("BRAMLEY_REQUEST_CUSTOMER=" + subject.customer);
  environment.push_back("BRAMLEY_REQUEST_EMAIL=" + subject.email);
  environment.push_back("BRAMLEY_REQUEST_FILE=" + subject.file);
  const SpawnTerms terms;
  TRY_ASSIGN(const pid_t child,
             terms.spawn(program_.string(), {program_.string(), subject.file, subject.email},
                         std::move(environment)));
  const auto status = wait_for(child, limit_);
  if (!status) {
    ::kill(-child, SIGKILL);
    int ignored = 0;
    ::waitpid(child, &ignored, 0);
    return Error{ErrorCode::unavailable, program_.string() + ": took too long, and was ended"};
  }
  if (WIFEXITED(*status) && WEXITSTATUS(*status) == 0) {
    return {};
  }
  return Error{ErrorCode::unavailable,
               program_.string() +
                   (WIFEXITED(*status) ? ": exit code " + std::to_string(WEXITSTATUS(*status))
                                       : ": ended by signal " + std::to_string(WTERMSIG(*status)))};
}

}  // namespace bramley

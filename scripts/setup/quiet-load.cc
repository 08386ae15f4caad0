// While TensorFlow's libraries are loaded they write two lines to standard error that no setting turns off
// ("All log messages before absl::InitializeLog() …", "oneDNN custom operations are on …").
//
// This file is compiled twice: alone (QUIET_BEGIN) as a library that is initialised before TensorFlow's and
// mutes standard error, and into the addon, which is initialised after them and restores it.
// TF_CPP_MIN_LOG_LEVEL=0 lets everything through.

#ifdef QUIET_BEGIN

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

static int saved = -1;

__attribute__((constructor)) static void begin() {
  const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  if (level == nullptr || std::atoi(level) < 1) return;
  int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere < 0) return;
  saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (saved >= 0) dup2(nowhere, STDERR_FILENO);
  close(nowhere);
}

extern "C" void quiet_end() {
  if (saved < 0) return;
  dup2(saved, STDERR_FILENO);
  close(saved);
  saved = -1;
}

#else

extern "C" void quiet_end();

__attribute__((constructor)) static void end() { quiet_end(); }

#endif

// While TensorFlow's libraries are loaded they write to standard error, whatever TF_CPP_MIN_LOG_LEVEL is, since they
// do so before their logging is initialized:
//
//   WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
//   I0000 00:00:1795654507.736819   13894 port.cc:153] oneDNN custom operations are on. You may see slightly different …
//
// Without this file every command, notebook and test would begin with these lines, and nothing in JavaScript can keep
// them back: the descriptor must be redirected before the libraries are initialized.
//
// It is compiled twice: alone (QUIET_BEGIN) as a library that is initialized before TensorFlow's and mutes standard
// error, and into the addon, which is initialized after them and restores it. TF_CPP_MIN_LOG_LEVEL=0 lets everything
// through.

#ifdef QUIET_BEGIN

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

static int saved = -1;

__attribute__((constructor)) static void begin() {
  const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  if (level == nullptr || std::atoi(level) < 1) return;
  int null_device = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null_device < 0) return;
  saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (saved >= 0) dup2(null_device, STDERR_FILENO);
  close(null_device);
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

/* Preloaded into a program under test: ends it, as a power cut would, just before or just after its n-th change of a
   directory entry (BRAMLEY_CRASH_AT=n, BRAMLEY_CRASH=before|after). The process exits with 86. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int calls;

static int is_due(const char* moment) {
  const char* at = getenv("BRAMLEY_CRASH_AT");
  const char* when = getenv("BRAMLEY_CRASH");
  return at != NULL && when != NULL && calls == atoi(at) && strcmp(when, moment) == 0;
}

static int changed(const char* symbol, const char* from, const char* to) {
  int (*real)(const char*, const char*) = (int (*)(const char*, const char*))dlsym(RTLD_NEXT, symbol);
  ++calls;
  if (is_due("before")) {
    _exit(86);
  }
  const int outcome = real(from, to);
  if (is_due("after")) {
    _exit(86);
  }
  return outcome;
}

int rename(const char* from, const char* to) { return changed("rename", from, to); }
int link(const char* from, const char* to) { return changed("link", from, to); }

/* Makes the n-th change of the files below a folder fail, as a full or dying disk would.

   Preloaded into a process, which arms it with fail_disk(). What counts is every call that
   creates, writes, sizes, syncs, renames or deletes a file, or makes a folder. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { ONCE, FROM_THEN_ON, SHORT_WRITE_FIRST };

static char folder[4096];
static long calls, failing = -1;
static int code, manner;

void fail_disk(const char *path, long nth, int error, int how) {
    snprintf(folder, sizeof folder, "%s", path);
    calls = 0;
    failing = nth;
    code = error;
    manner = how;
}

long count_calls(void) { return calls; }

static int is_below(const char *path) {
    size_t length = strlen(folder);
    return length && !strncmp(path, folder, length) && (path[length] == '/' || !path[length]);
}

static int is_open_below(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_below(path);
}

static int fails(void) {
    calls++;
    if (failing < 0 || calls < failing || (manner == ONCE && calls > failing)) return 0;
    errno = code;
    return 1;
}

/* How much of a write happens: all of it, none, or the half that still fitted. */
static ssize_t allowed(int file, size_t size) {
    if (!is_open_below(file) || !fails()) return (ssize_t)size;
    return manner == SHORT_WRITE_FIRST && calls == failing && size > 1 ? (ssize_t)(size / 2) : -1;
}

#define REAL(name) \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, name)

ssize_t write(int file, const void *bytes, size_t size) {
    static ssize_t (*real)(int, const void *, size_t);
    REAL("write");
    ssize_t part = allowed(file, size);
    return part < 0 ? -1 : real(file, bytes, (size_t)part);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset) {
    static ssize_t (*real)(int, const void *, size_t, off_t);
    REAL("pwrite");
    ssize_t part = allowed(file, size);
    return part < 0 ? -1 : real(file, bytes, (size_t)part, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset) {
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    REAL("pwrite64");
    ssize_t part = allowed(file, size);
    return part < 0 ? -1 : real(file, bytes, (size_t)part, offset);
}

#define FAIL_ON(condition, name, parameters, types, arguments) \
    int name parameters {                                      \
        static int (*real) types;                              \
        REAL(#name);                                           \
        return condition && fails() ? -1 : real arguments;     \
    }

FAIL_ON(is_open_below(file), fsync, (int file), (int), (file))
FAIL_ON(is_open_below(file), fdatasync, (int file), (int), (file))
FAIL_ON(is_open_below(file), ftruncate, (int file, off_t n), (int, off_t), (file, n))
FAIL_ON(is_open_below(file), ftruncate64, (int file, off64_t n), (int, off64_t), (file, n))
FAIL_ON(is_below(path), unlink, (const char *path), (const char *), (path))
FAIL_ON(is_below(path), mkdir, (const char *path, mode_t mode), (const char *, mode_t), (path, mode))
FAIL_ON(is_below(path), rename, (const char *path, const char *to), (const char *, const char *),
        (path, to))

#define FAIL_ON_CREATING(name)                                 \
    int name(const char *path, int flags, ...) {               \
        static int (*real)(const char *, int, ...);            \
        REAL(#name);                                           \
        va_list rest;                                          \
        va_start(rest, flags);                                 \
        int mode = flags & O_CREAT ? va_arg(rest, int) : 0;    \
        va_end(rest);                                          \
        if (flags & O_CREAT && is_below(path) && fails()) return -1; \
        return real(path, flags, mode);                        \
    }

FAIL_ON_CREATING(open)
FAIL_ON_CREATING(open64)

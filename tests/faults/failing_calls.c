/*
 * Makes the n-th system call on files below a folder fail, or kills the process there. Preloaded into a real process,
 * it reaches every call of Python and of SQLite alike.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static char folder[4096];
static long wanted, seen;
static int code, for_good, deadly;

void fault_arm(const char *below, long at, int error, int keep, int kill_instead) {
    snprintf(folder, sizeof folder, "%s", below);
    wanted = at;
    seen = 0;
    code = error;
    for_good = keep;
    deadly = kill_instead;
}

long fault_seen(void) { return seen; }

static int fails(const char *path) {
    if (!folder[0] || strncmp(path, folder, strlen(folder)) != 0) return 0;
    long now = __atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST);
    return now == wanted || (for_good && wanted > 0 && now > wanted);
}

static int refused(const char *path) {
    if (!fails(path)) return 0;
    if (deadly) kill(getpid(), SIGKILL);
    errno = code;
    return 1;
}

static const char *path_of(int file) {
    static __thread char path[4096];
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    return path;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define OPEN(name)                                   \
    int name(const char *path, int flags, ...) {     \
        va_list rest;                                \
        va_start(rest, flags);                       \
        int mode = va_arg(rest, int);                \
        va_end(rest);                                \
        if (refused(path)) return -1;                \
        return REAL(name)(path, flags, mode);        \
    }
OPEN(open)
OPEN(open64)

/* A write that is killed leaves half of its bytes behind. */
#define WRITE(name, parameters, arguments, half)     \
    ssize_t name parameters {                        \
        if (fails(path_of(file))) {                  \
            if (deadly) {                            \
                REAL(name) half;                     \
                kill(getpid(), SIGKILL);             \
            }                                        \
            errno = code;                            \
            return -1;                               \
        }                                            \
        return REAL(name) arguments;                 \
    }
WRITE(write, (int file, const void *data, size_t count), (file, data, count), (file, data, count / 2))
WRITE(pwrite, (int file, const void *data, size_t count, off_t at), (file, data, count, at), (file, data, count / 2, at))
WRITE(pwrite64, (int file, const void *data, size_t count, off64_t at), (file, data, count, at), (file, data, count / 2, at))

#define ON_FILE(name, parameters, arguments)         \
    int name parameters { return refused(path_of(file)) ? -1 : REAL(name) arguments; }
ON_FILE(fsync, (int file), (file))
ON_FILE(fdatasync, (int file), (file))
ON_FILE(ftruncate, (int file, off_t size), (file, size))
ON_FILE(ftruncate64, (int file, off64_t size), (file, size))

#define ON_PATH(name, parameters, arguments)         \
    int name parameters { return refused(path) ? -1 : REAL(name) arguments; }
ON_PATH(rename, (const char *path, const char *to), (path, to))
ON_PATH(unlink, (const char *path), (path))
ON_PATH(rmdir, (const char *path), (path))
ON_PATH(mkdir, (const char *path, mode_t mode), (path, mode))

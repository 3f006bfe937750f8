/* Preloaded into a build: a disk that fails from some moment on, or a clock that jumps.

   FAULT_PLACE  a folder; after FAULT_SYNCS calls of fsync in it, all that writes there fails with FAULT_ERRNO.
   FAULT_CLOCK  the clock of the day goes three days forward and back from one call to the next. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static int syncs;

static int inside(const char *path) {
    const char *place = getenv("FAULT_PLACE");
    return place && path && !strncmp(path, place, strlen(place));
}

static int file_inside(int file) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return inside(path);
}

static int broken(void) {
    const char *after = getenv("FAULT_SYNCS");
    if (!after || syncs <= atoi(after)) return 0;
    errno = atoi(getenv("FAULT_ERRNO"));
    return 1;
}

#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

int fsync(int file) {
    if (file_inside(file)) syncs++;
    return file_inside(file) && broken() ? -1 : REAL(fsync)(file);
}

ssize_t write(int file, const void *data, size_t size) {
    return file_inside(file) && broken() ? -1 : REAL(write)(file, data, size);
}

int rename(const char *from, const char *to) { return inside(to) && broken() ? -1 : REAL(rename)(from, to); }

#define OPEN(name)                                                              \
    int name(const char *path, int flags, ...) {                                \
        va_list rest;                                                           \
        va_start(rest, flags);                                                  \
        mode_t mode = va_arg(rest, mode_t);                                     \
        va_end(rest);                                                           \
        if (inside(path) && (flags & (O_WRONLY | O_RDWR)) && broken()) return -1; \
        return REAL(name)(path, flags, mode);                                   \
    }
OPEN(open)
OPEN(open64)

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int calls;
    int result = REAL(clock_gettime)(clock, now);
    if (clock == CLOCK_REALTIME && getenv("FAULT_CLOCK")) now->tv_sec += (calls++ % 3 - 1) * 3 * 86400;
    return result;
}

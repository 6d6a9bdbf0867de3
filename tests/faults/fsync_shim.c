/* Loaded before the C library (LD_PRELOAD): a disk that fails. The file named by FAULTS_FLAG says how:
 * nothing or no file - all is well; "fsync" - fsync and fdatasync fail with EIO; "readonly" - what writes to files
 * below FAULTS_FOLDER fails with EROFS, as on a file system that the kernel has turned read-only; "slow" - the log's
 * fsync and fdatasync take a quarter of a second. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name, type) \
    static type real; \
    if (!real) real = (type)dlsym(RTLD_NEXT, name)

static int real_open(const char *path, int flags, mode_t mode) {
    typedef int (*open_t)(const char *, int, ...);
    REAL("open", open_t);
    return real(path, flags, mode);
}

static char mode_now(void) {
    const char *flag = getenv("FAULTS_FLAG");
    if (!flag) return 0;
    int fd = real_open(flag, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return 0;
    char c = 0;
    if (read(fd, &c, 1) != 1) c = 0;
    close(fd);
    return c;
}

static int below(const char *path) {
    const char *folder = getenv("FAULTS_FOLDER");
    return folder && strncmp(path, folder, strlen(folder)) == 0;
}

/* A file of the folder; sockets, pipes and the program's own output are not struck. */
static int struck(int fd) {
    if (mode_now() != 'r') return 0;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0) return 0;
    path[n] = 0;
    return below(path);
}

/* The log's files take their time; the other stores of the folder don't. */
static void dawdle(int fd) {
    if (mode_now() != 's') return;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0) return;
    path[n] = 0;
    if (below(path) && strstr(path, "/log.db")) usleep(250000);
}

#define READ_ONLY(fd) if (struck(fd)) { errno = EROFS; return -1; }
#define UNSYNCED(fd) if (mode_now() == 'f') { errno = EIO; return -1; } READ_ONLY(fd)

int fsync(int fd) {
    typedef int (*fn)(int);
    REAL("fsync", fn);
    dawdle(fd);
    UNSYNCED(fd)
    return real(fd);
}

int fdatasync(int fd) {
    typedef int (*fn)(int);
    REAL("fdatasync", fn);
    dawdle(fd);
    UNSYNCED(fd)
    return real(fd);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    typedef ssize_t (*fn)(int, const void *, size_t);
    REAL("write", fn);
    READ_ONLY(fd)
    return real(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    typedef ssize_t (*fn)(int, const void *, size_t, off_t);
    REAL("pwrite", fn);
    READ_ONLY(fd)
    return real(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    typedef ssize_t (*fn)(int, const void *, size_t, off64_t);
    REAL("pwrite64", fn);
    READ_ONLY(fd)
    return real(fd, bytes, count, at);
}

int ftruncate(int fd, off_t size) {
    typedef int (*fn)(int, off_t);
    REAL("ftruncate", fn);
    READ_ONLY(fd)
    return real(fd, size);
}

int ftruncate64(int fd, off64_t size) {
    typedef int (*fn)(int, off64_t);
    REAL("ftruncate64", fn);
    READ_ONLY(fd)
    return real(fd, size);
}

static int opened(const char *path, int flags, mode_t mode) {
    if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) && below(path) && mode_now() == 'r') {
        errno = EROFS;
        return -1;
    }
    return real_open(path, flags, mode);
}

#define MODE mode_t mode = 0; \
    if (flags & O_CREAT) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }

int open(const char *path, int flags, ...) {
    MODE
    return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    MODE
    return opened(path, flags, mode);
}

int rename(const char *from, const char *to) {
    typedef int (*fn)(const char *, const char *);
    REAL("rename", fn);
    if (below(to) && mode_now() == 'r') { errno = EROFS; return -1; }
    return real(from, to);
}

int unlink(const char *path) {
    typedef int (*fn)(const char *);
    REAL("unlink", fn);
    if (below(path) && mode_now() == 'r') { errno = EROFS; return -1; }
    return real(path);
}

/* Transfers as a C program sees them: transfer FOLDER, with rsync as the other end. Run under valgrind and with the address sanitizer by run.sh. */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "syncline.h"

static int passed, failed;
static char folder[1024];

#define CHECK(condition)                                                          \
    do {                                                                          \
        if (condition) {                                                          \
            passed++;                                                             \
        } else {                                                                  \
            failed++;                                                             \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
        }                                                                         \
    } while (0)

/* A path in the folder; good until the eighth call after. */
static char *in(const char *name) {
    static char paths[8][2048];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void put(const char *name, size_t size, unsigned seed) {
    FILE *file = fopen(in(name), "wb");
    unsigned state = seed * 2654435761u + 1;
    if (file == NULL) {
        perror(name);
        exit(1);
    }
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525u + 1013904223u;
        putc((int)(state >> 24), file);
    }
    fclose(file);
}

static int same(const char *one, const char *other) {
    FILE *left = fopen(in(one), "rb"), *right = fopen(in(other), "rb");
    int equal = left != NULL && right != NULL;
    for (int byte = 0; equal && byte != EOF;) {
        byte = getc(left);
        equal = byte == getc(right);
    }
    if (left != NULL)
        fclose(left);
    if (right != NULL)
        fclose(right);
    return equal;
}

static void clear(const char *name) {
    char command[2200];
    snprintf(command, sizeof command, "rm -rf '%s'", in(name));
    if (system(command) != 0)
        exit(1);
}

static int entries_in(const char *path) {
    DIR *directory = opendir(path);
    int count = 0;
    if (directory == NULL)
        return -1;
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

/* What a transfer told. */
struct told {
    int listed, changed, created, deleted, messages, failed, progress;
    uint64_t done;
    int backwards;
    int stop_after; /* events; 0 for never */
    int events;
    char itemized[16];
};

static int32_t hear(void *userdata, const syncline_event *event) {
    struct told *told = userdata;
    size_t len = 0;
    switch (syncline_event_kind(event)) {
    case SYNCLINE_EVENT_LISTED:
        told->listed++;
        CHECK(syncline_change_path(syncline_event_change(event), &len) != NULL && len > 0);
        break;
    case SYNCLINE_EVENT_CHANGED:
        told->changed++;
        told->created += syncline_change_is_new(syncline_event_change(event));
        snprintf(told->itemized, sizeof told->itemized, "%s", syncline_change_itemized(syncline_event_change(event)));
        CHECK(strlen(told->itemized) == 11);
        break;
    case SYNCLINE_EVENT_DELETED:
        told->deleted++;
        CHECK(syncline_event_deleted_path(event, &len) != NULL && len > 0);
        break;
    case SYNCLINE_EVENT_MESSAGE:
        told->messages++;
        CHECK(syncline_event_text(event, &len) != NULL && syncline_event_level(event) != 0);
        break;
    case SYNCLINE_EVENT_FAILED:
        told->failed++;
        CHECK(syncline_failure_status(syncline_event_failure(event)) < 0);
        break;
    case SYNCLINE_EVENT_PROGRESS:
        told->progress++;
        told->backwards |= syncline_event_bytes_done(event) < told->done;
        told->done = syncline_event_bytes_done(event);
        CHECK(told->done <= syncline_event_bytes_total(event));
        CHECK(syncline_event_files_done(event) <= syncline_event_files_total(event));
        CHECK(syncline_event_file_bytes_done(event) <= syncline_event_file_bytes_total(event));
        break;
    }
    told->events++;
    return told->stop_after != 0 && told->events >= told->stop_after;
}

static syncline_options *archive(void) {
    syncline_options *options = syncline_options_new();
    CHECK(syncline_options_set(options, "archive", NULL, NULL) == SYNCLINE_OK);
    return options;
}

static syncline_options *archive_by_shell(void) {
    syncline_options *options = archive();
    CHECK(syncline_options_set(options, "rsh", in("shell"), NULL) == SYNCLINE_OK);
    return options;
}

static syncline_transfer *transfer(const char *from, const char *to, const syncline_options *options) {
    syncline_transfer *made = NULL;
    syncline_error *error = NULL;
    if (syncline_transfer_new(&from, 1, to, options, &made, &error) != SYNCLINE_OK) {
        fprintf(stderr, "%s\n", syncline_error_message(error));
        syncline_error_free(error);
        failed++;
    }
    return made;
}

/* Runs a transfer; its status. */
static int32_t run(const char *from, const char *to, const syncline_options *options, struct told *told, syncline_report **report) {
    syncline_transfer *one = transfer(from, to, options);
    syncline_error *error = NULL;
    CHECK(syncline_transfer_set_observer(one, told == NULL ? NULL : hear, told) == SYNCLINE_OK);
    int32_t status = syncline_transfer_run(one, report, &error);
    CHECK((status == SYNCLINE_OK) == (error == NULL));
    CHECK(syncline_error_status(error) == status);
    CHECK(syncline_transfer_run(one, NULL, NULL) == SYNCLINE_ERROR_INVALID_STATE);
    syncline_error_free(error);
    syncline_transfer_free(one);
    return status;
}

static uint64_t transferred(const syncline_report *report) {
    return syncline_report_total(report, SYNCLINE_TOTAL_FILES_TRANSFERRED);
}

static void mirror_here(void) {
    syncline_options *options = archive();
    syncline_report *report = NULL;
    struct told told = {0};
    CHECK(syncline_options_set(options, "delete", NULL, NULL) == SYNCLINE_OK);
    CHECK(run(in("source/"), in("copy"), options, &told, &report) == SYNCLINE_OK);
    CHECK(transferred(report) == 3 && same("source/sub/large", "copy/sub/large"));
    CHECK(syncline_report_exit_status(report) == 0 && syncline_report_failure_count(report) == 0);
    CHECK(syncline_report_total(report, SYNCLINE_TOTAL_FILES) == 3);
    CHECK(told.created >= 4 && told.progress > 0 && !told.backwards);
    CHECK(told.done == syncline_report_total(report, SYNCLINE_TOTAL_SIZE));
    syncline_report_free(report);

    put("copy/extra", 10, 1);
    memset(&told, 0, sizeof told);
    CHECK(run(in("source/"), in("copy"), options, &told, &report) == SYNCLINE_OK);
    CHECK(transferred(report) == 0 && told.deleted == 1 && access(in("copy/extra"), F_OK) != 0);
    CHECK(syncline_report_total(report, SYNCLINE_TOTAL_DELETED) == 1);
    syncline_report_free(report);
    syncline_options_free(options);
}

static void preview(void) {
    syncline_options *options = archive();
    syncline_report *report = NULL;
    int found = 0;
    CHECK(syncline_options_set(options, "dry-run", NULL, NULL) == SYNCLINE_OK);
    CHECK(run(in("source/"), in("nowhere"), options, NULL, &report) == SYNCLINE_OK);
    CHECK(access(in("nowhere"), F_OK) != 0);
    for (size_t i = 0; i < syncline_report_change_count(report); i++) {
        const syncline_change *change = syncline_report_change(report, i);
        size_t len = 0;
        const uint8_t *path = syncline_change_path(change, &len);
        if (len == 9 && memcmp(path, "sub/large", 9) == 0) {
            found = 1;
            CHECK(syncline_change_kind(change) == SYNCLINE_FILE_REGULAR && syncline_change_size(change) == 300000);
            CHECK(syncline_change_is_new(change) && syncline_change_transfers_content(change));
            CHECK(strcmp(syncline_change_itemized(change), ">f+++++++++") == 0);
            CHECK(syncline_change_modified(change, NULL) > 1000000000);
            CHECK(S_ISREG(syncline_change_mode(change)));
        }
    }
    CHECK(found && syncline_report_change(report, 1000) == NULL);
    syncline_report_free(report);
    syncline_options_free(options);
}

static void over_rsync(void) {
    char there[2100], back[2100];
    syncline_options *options = archive_by_shell();
    syncline_report *report = NULL;
    struct told told = {0};
    snprintf(there, sizeof there, "host:%s", in("pushed"));
    CHECK(run(in("source/"), there, options, &told, &report) == SYNCLINE_OK);
    CHECK(transferred(report) == 3 && same("source/sub/large", "pushed/sub/large"));
    CHECK(strncmp(told.itemized, "<f", 2) == 0 || strncmp(told.itemized, "cd", 2) == 0);
    syncline_report_free(report);
    CHECK(run(in("source/"), there, options, NULL, &report) == SYNCLINE_OK);
    CHECK(transferred(report) == 0);
    syncline_report_free(report);

    snprintf(back, sizeof back, "host:%s/", in("pushed"));
    CHECK(run(back, in("pulled"), options, NULL, &report) == SYNCLINE_OK);
    CHECK(transferred(report) == 3 && same("source/sub/large", "pulled/sub/large"));
    syncline_report_free(report);

    syncline_options *lists = syncline_options_new();
    CHECK(syncline_options_set(lists, "rsh", in("shell"), NULL) == SYNCLINE_OK);
    CHECK(syncline_options_set(lists, "recursive", NULL, NULL) == SYNCLINE_OK);
    memset(&told, 0, sizeof told);
    CHECK(run(back, NULL, lists, &told, NULL) == SYNCLINE_OK);
    CHECK(told.listed == 5 && told.changed == 0);
    syncline_options_free(lists);
    syncline_options_free(options);
}

static void failures_have_names(void) {
    const char *sources[] = {in("source/small"), in("source/missing")};
    syncline_options *options = archive();
    syncline_transfer *one = NULL;
    syncline_report *report = NULL;
    syncline_error *error = NULL;
    size_t len = 0;
    CHECK(syncline_transfer_new(sources, 2, in("some/"), options, &one, NULL) == SYNCLINE_OK);
    CHECK(syncline_transfer_run(one, &report, &error) == SYNCLINE_ERROR_PARTIAL_TRANSFER);
    CHECK(strstr(syncline_error_message(error), "missing") != NULL);
    CHECK(syncline_report_exit_status(report) == 23 && syncline_report_failure_count(report) == 1);
    const syncline_failure *failure = syncline_report_failure(report, 0);
    CHECK(syncline_failure_errno(failure) == ENOENT && syncline_failure_status(failure) == SYNCLINE_ERROR_NOT_FOUND);
    CHECK(syncline_failure_path(failure, &len) != NULL && len > 0);
    CHECK(syncline_failure_operation(failure)[0] != 0 && syncline_failure_reason(failure)[0] != 0);
    CHECK(same("source/small", "some/small"));
    syncline_error_free(error);
    syncline_report_free(report);
    syncline_transfer_free(one);

    /* The same at the other end. */
    char missing[2100];
    syncline_options *by_shell = archive_by_shell();
    snprintf(missing, sizeof missing, "host:%s", in("source/missing"));
    report = NULL;
    CHECK(run(missing, in("some"), by_shell, NULL, &report) == SYNCLINE_ERROR_PARTIAL_TRANSFER);
    CHECK(syncline_report_failure_count(report) == 1);
    failure = syncline_report_failure(report, 0);
    const uint8_t *path = syncline_failure_path(failure, &len);
    CHECK(len > 15 && memcmp(path + len - 15, "/source/missing", 15) == 0);
    CHECK(syncline_failure_errno(failure) == ENOENT);
    syncline_report_free(report);

    CHECK(syncline_options_set(by_shell, "rsync-path", "/no/such/rsync", NULL) == SYNCLINE_OK);
    report = NULL;
    CHECK(run(missing, in("some"), by_shell, NULL, &report) < 0 && report == NULL);
    syncline_options_free(by_shell);
    syncline_options_free(options);
}

static void arguments(void) {
    syncline_options *options = syncline_options_new();
    syncline_error *error = NULL;
    const char *remote[] = {"one:a", "two:b"};
    syncline_transfer *one = NULL;
    CHECK(syncline_options_set(options, "no-such-option", NULL, &error) == SYNCLINE_ERROR_INVALID_ARGUMENT);
    CHECK(strstr(syncline_error_message(error), "no-such-option") != NULL);
    syncline_error_free(error);
    CHECK(syncline_options_set(options, "max-size", NULL, NULL) < 0);
    CHECK(syncline_options_set(options, "max-size", "2k", NULL) == SYNCLINE_OK);
    CHECK(syncline_options_set(NULL, "archive", NULL, NULL) == SYNCLINE_ERROR_INVALID_ARGUMENT);
    CHECK(syncline_options_set(options, NULL, NULL, NULL) == SYNCLINE_ERROR_INVALID_ARGUMENT);
    CHECK(syncline_transfer_new(remote, 2, "x", options, &one, NULL) == SYNCLINE_OK);
    CHECK(syncline_transfer_run(one, NULL, NULL) == SYNCLINE_ERROR_INVALID_ARGUMENT);
    syncline_transfer_free(one);
    CHECK(syncline_transfer_new(NULL, 1, "x", options, &one, NULL) == SYNCLINE_ERROR_INVALID_ARGUMENT);
    CHECK(syncline_transfer_new(remote, 1, "x", NULL, NULL, NULL) == SYNCLINE_ERROR_INVALID_ARGUMENT);
    syncline_options_free(options);

    int archive_found = 0;
    for (size_t i = 0; i < syncline_option_count(); i++) {
        CHECK(syncline_option_name(i) != NULL && syncline_option_help(i) != NULL);
        if (strcmp(syncline_option_name(i), "archive") == 0) {
            archive_found = 1;
            CHECK(syncline_option_letter(i) == 'a' && syncline_option_argument(i) == NULL);
            CHECK(syncline_option_is_supported(i));
        }
    }
    CHECK(archive_found && syncline_option_name(syncline_option_count()) == NULL);
    CHECK(syncline_event_kind(NULL) == 0 && syncline_change_kind(NULL) == 0 && syncline_report_total(NULL, 1) == 0);
    syncline_options_free(NULL);
    syncline_transfer_free(NULL);
    syncline_serve_free(NULL);
    syncline_report_free(NULL);
    syncline_strings_free(NULL);
}

/* The other end, on a thread. */
struct server {
    syncline_strings *arguments;
    int descriptor;
    uint32_t allow;
    int32_t status;
};

static void *serve(void *given) {
    struct server *server = given;
    size_t count = syncline_strings_count(server->arguments);
    const char **arguments = calloc(count, sizeof *arguments);
    syncline_serve *handle = NULL;
    for (size_t i = 0; i < count; i++)
        arguments[i] = syncline_strings_get(server->arguments, i);
    server->status = syncline_serve_new(arguments, count, folder, server->allow, &handle, NULL);
    free(arguments);
    if (server->status == SYNCLINE_OK)
        server->status = syncline_serve_set_descriptors(handle, server->descriptor, server->descriptor, NULL);
    close(server->descriptor);
    if (server->status == SYNCLINE_OK)
        server->status = syncline_serve_run(handle, NULL, NULL);
    syncline_serve_free(handle);
    return NULL;
}

static ptrdiff_t read_some(void *userdata, uint8_t *buffer, size_t capacity) {
    ssize_t count = recv(*(int *)userdata, buffer, capacity, 0);
    return count < 0 ? -errno : count;
}

static ptrdiff_t write_some(void *userdata, const uint8_t *data, size_t len) {
    if (len == 0)
        return shutdown(*(int *)userdata, SHUT_WR);
    ssize_t count = send(*(int *)userdata, data, len, MSG_NOSIGNAL);
    return count < 0 ? -errno : count;
}

static void interrupt(void *userdata) {
    shutdown(*(int *)userdata, SHUT_RDWR);
}

/* Pushes to a server of our own over a socket pair; what the two ends returned. */
static void pair(const char *to, uint32_t allow, int by_functions, int32_t *here, int32_t *there) {
    int sockets[2];
    pthread_t thread;
    struct server server = {0};
    syncline_options *options = archive();
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0)
        exit(1);
    syncline_transfer *one = transfer(in("source/"), to, options);
    CHECK(syncline_transfer_server_arguments(one, &server.arguments, NULL) == SYNCLINE_OK);
    CHECK(strcmp(syncline_strings_get(server.arguments, 0), "--server") == 0);
    server.descriptor = sockets[1];
    server.allow = allow;
    if (pthread_create(&thread, NULL, serve, &server) != 0)
        exit(1);
    if (by_functions) {
        CHECK(syncline_transfer_set_stream(one, read_some, write_some, interrupt, &sockets[0], NULL) == SYNCLINE_OK);
    } else {
        CHECK(syncline_transfer_set_descriptors(one, sockets[0], sockets[0], NULL) == SYNCLINE_OK);
        close(sockets[0]);
    }
    *here = syncline_transfer_run(one, NULL, NULL);
    syncline_transfer_free(one);
    if (by_functions)
        close(sockets[0]);
    pthread_join(thread, NULL);
    *there = server.status;
    syncline_strings_free(server.arguments);
    syncline_options_free(options);
}

static void both_ends(void) {
    int32_t here, there;
    for (int by_functions = 0; by_functions < 2; by_functions++) {
        clear("served");
        pair("peer:served", SYNCLINE_ALLOW_WRITE, by_functions, &here, &there);
        CHECK(here == SYNCLINE_OK && there == SYNCLINE_OK && same("source/sub/large", "served/sub/large"));
        pair("peer:served", SYNCLINE_ALLOW_READ, by_functions, &here, &there);
        CHECK(here < 0 && there == SYNCLINE_ERROR_UNSUPPORTED);
        pair("peer:../outside", SYNCLINE_ALLOW_WRITE, by_functions, &here, &there);
        CHECK(here < 0 && there < 0 && access(in("../outside"), F_OK) != 0);
    }
}

/* Stops a transfer after some time. */
static void *stop_soon(void *cancel) {
    usleep(30000);
    syncline_cancel_set(cancel);
    return NULL;
}

static void stopping(void) {
    char there[2100];
    snprintf(there, sizeof there, "host:%s", in("stopped"));
    put("big/file", 60u << 20, 7);
    clear("stopped");
    if (mkdir(in("stopped"), 0755) != 0)
        exit(1);
    put("stopped/file", 1000, 9);
    put("old", 1000, 9);

    syncline_options *options = archive_by_shell();
    CHECK(syncline_options_set(options, "bwlimit", "20m", NULL) == SYNCLINE_OK);
    syncline_transfer *one = transfer(in("big/"), there, options);
    syncline_cancel *cancel = syncline_cancel_new();
    pthread_t thread;
    CHECK(syncline_transfer_set_cancel(one, cancel) == SYNCLINE_OK);
    if (pthread_create(&thread, NULL, stop_soon, cancel) != 0)
        exit(1);
    int32_t status = syncline_transfer_run(one, NULL, NULL);
    pthread_join(thread, NULL);
    CHECK(status == SYNCLINE_ERROR_CANCELLED);
    syncline_transfer_free(one);
    syncline_cancel_free(cancel);
    /* The other end may still be taking note of it. */
    for (int wait = 0; wait < 200 && entries_in(in("stopped")) != 3; wait++)
        usleep(10000);
    CHECK(entries_in(in("stopped")) == 3 && same("stopped/file", "old"));

    struct told told = {.stop_after = 1};
    CHECK(run(in("source/"), in("never"), options, &told, NULL) == SYNCLINE_ERROR_CANCELLED);
    syncline_options_free(options);
}

static void *copy_once(void *given) {
    char name[40];
    syncline_options *options = archive();
    snprintf(name, sizeof name, "at-once-%d", *(int *)given);
    syncline_transfer *one = transfer(in("source/"), in(name), options);
    int32_t status = syncline_transfer_run(one, NULL, NULL);
    syncline_transfer_free(one);
    syncline_options_free(options);
    return status == SYNCLINE_OK ? given : NULL;
}

static void many(int runs) {
    syncline_options *options = archive();
    CHECK(run(in("source/"), in("copy"), options, NULL, NULL) == SYNCLINE_OK);
    int before = entries_in("/proc/self/fd");
    for (int i = 0; i < runs; i++)
        CHECK(run(in("source/"), in("copy"), options, NULL, NULL) == SYNCLINE_OK);
    CHECK(entries_in("/proc/self/fd") == before);
    syncline_options_free(options);

    pthread_t threads[8];
    int numbers[8];
    for (int i = 0; i < 8; i++) {
        numbers[i] = i;
        if (pthread_create(&threads[i], NULL, copy_once, &numbers[i]) != 0)
            exit(1);
    }
    for (int i = 0; i < 8; i++) {
        void *done = NULL;
        pthread_join(threads[i], &done);
        CHECK(done == &numbers[i]);
    }
    CHECK(entries_in("/proc/self/fd") == before);
}

/* Runs a transfer as `me`; its status. */
static int32_t log_in(const char *from, const char *to, const syncline_options *options, const char *password) {
    syncline_transfer *one = transfer(from, to, options);
    CHECK(syncline_transfer_set_login(one, "me", password, NULL) == SYNCLINE_OK);
    int32_t status = syncline_transfer_run(one, NULL, NULL);
    syncline_transfer_free(one);
    return status;
}

/* With a daemon, whose address the environment has. */
static void daemons(const char *address) {
    char locked[300], list[300];
    syncline_options *options = archive();
    struct told told = {0};
    snprintf(locked, sizeof locked, "%s/locked/", address);
    snprintf(list, sizeof list, "%s/", address);
    CHECK(run(list, NULL, options, &told, NULL) == SYNCLINE_OK && told.messages == 2);
    CHECK(log_in(in("source/"), locked, options, "pass word") == SYNCLINE_OK);
    CHECK(log_in(locked, in("from-daemon"), options, "pass word") == SYNCLINE_OK);
    CHECK(same("source/sub/large", "from-daemon/sub/large"));
    CHECK(log_in(locked, in("not"), options, "wrong") == SYNCLINE_ERROR_AUTHENTICATION_FAILED);
    CHECK(log_in(locked, in("not"), options, NULL) == SYNCLINE_ERROR_AUTHENTICATION_FAILED);
    syncline_options_free(options);
}

int main(int argc, char **argv) {
    if (argc < 2 || realpath(argv[1], folder) == NULL) {
        fprintf(stderr, "usage: transfer FOLDER [RUNS]\n");
        return 2;
    }
    mkdir(in("source"), 0755);
    mkdir(in("source/sub"), 0755);
    mkdir(in("big"), 0755);
    put("source/small", 5, 1);
    put("source/empty", 0, 2);
    put("source/sub/large", 300000, 3);
    FILE *shell = fopen(in("shell"), "w");
    fputs("#!/bin/sh\nshift\nexec \"$@\"\n", shell);
    fclose(shell);
    chmod(in("shell"), 0755);

    arguments();
    mirror_here();
    preview();
    over_rsync();
    failures_have_names();
    both_ends();
    stopping();
    if (getenv("SYNCLINE_TEST_DAEMON") != NULL)
        daemons(getenv("SYNCLINE_TEST_DAEMON"));
    many(argc > 2 ? atoi(argv[2]) : 200);
    printf("%d checks passed, %d failed\n", passed, failed);
    return failed != 0;
}

/* What the tests of the C interface share: a check that says where it failed, files in memory, jobs driven in pieces. */
#ifndef CHECK_H
#define CHECK_H

#include <librsync.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            exit(1); \
        } \
    } while (0)

#define CHECK_NUMBER(found, expected) \
    do { \
        long long found_ = (long long)(found), expected_ = (long long)(expected); \
        if (found_ != expected_) { \
            fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #found, found_, expected_); \
            exit(1); \
        } \
    } while (0)

typedef struct {
    unsigned char *bytes;
    size_t length;
} content;

static inline content content_of(void const *bytes, size_t length) {
    content made = {malloc(length ? length : 1), length};
    CHECK(made.bytes);
    if (length)
        memcpy(made.bytes, bytes, length);
    return made;
}

static inline content text(char const *string) {
    return content_of(string, strlen(string));
}

/* The bytes that the hexadecimal digits spell; blanks do not count. */
static inline content hex(char const *digits) {
    content made = {malloc(strlen(digits) + 1), 0};
    int high = -1;
    CHECK(made.bytes);
    for (; *digits; digits++) {
        int digit = *digits >= 'a' ? *digits - 'a' + 10 : *digits - '0';
        if (*digits == ' ')
            continue;
        if (high < 0) {
            high = digit;
        } else {
            made.bytes[made.length++] = (unsigned char)(high << 4 | digit);
            high = -1;
        }
    }
    return made;
}

static inline void add(content *to, void const *bytes, size_t length) {
    to->bytes = realloc(to->bytes, to->length + length + 1);
    CHECK(to->bytes);
    if (length)
        memcpy(to->bytes + to->length, bytes, length);
    to->length += length;
}

static inline int same(content a, content b) {
    if (a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0))
        return 1;
    fprintf(stderr, "%zu bytes:", a.length);
    for (size_t i = 0; i < a.length && i < 80; i++)
        fprintf(stderr, " %02x", a.bytes[i]);
    fprintf(stderr, "\n%zu bytes:", b.length);
    for (size_t i = 0; i < b.length && i < 80; i++)
        fprintf(stderr, " %02x", b.bytes[i]);
    fprintf(stderr, "\n");
    return 0;
}

/* Runs a job on `input`, offered `in_size` bytes at a time with room for `out_size`, and adds what it writes to `output`. The buffers are made for
 * each call and freed after it, so that a pointer kept into them shows. */
static inline rs_result run(rs_job_t *job, content input, size_t in_size, size_t out_size, content *output) {
    size_t at = 0;
    for (;;) {
        size_t offered = input.length - at < in_size ? input.length - at : in_size;
        char *in = malloc(offered + 1), *out = malloc(out_size + 1);
        CHECK(in && out);
        if (offered)
            memcpy(in, input.bytes + at, offered);
        rs_buffers_t buffers = {in, offered, offered == 0, out, out_size};
        rs_result result = rs_job_iter(job, &buffers);
        CHECK(buffers.next_in == in + (offered - buffers.avail_in));
        CHECK(buffers.next_out == out + (out_size - buffers.avail_out));
        at += offered - buffers.avail_in;
        if (output)
            add(output, out, out_size - buffers.avail_out);
        int moved = buffers.avail_in != offered || buffers.avail_out != out_size;
        free(in);
        free(out);
        if (result != RS_BLOCKED)
            return result;
        CHECK(moved || offered == 0);
    }
}

/* The old file of patches: reads at most `most` bytes at a time, into the library's buffer or by lending its own. */
typedef struct {
    content bytes;
    size_t most;
    int lends;
    int calls;
} old_file;

static inline rs_result read_old(void *opaque, rs_long_t position, size_t *length, void **buffer) {
    old_file *old = opaque;
    old->calls++;
    CHECK(position >= 0 && *length > 0);
    if ((size_t)position >= old->bytes.length)
        return RS_INPUT_ENDED;
    size_t count = old->bytes.length - (size_t)position;
    if (count > *length)
        count = *length;
    if (old->most && count > old->most)
        count = old->most;
    if (old->lends)
        *buffer = old->bytes.bytes + position;
    else
        memcpy(*buffer, old->bytes.bytes + position, count);
    *length = count;
    return RS_DONE;
}

static inline content signature_of(content old, size_t block, size_t strong, rs_magic_number magic, size_t in_size, size_t out_size) {
    content signature = {NULL, 0};
    rs_job_t *job = rs_sig_begin(block, strong, magic);
    CHECK(job);
    CHECK_NUMBER(run(job, old, in_size, out_size, &signature), RS_DONE);
    CHECK_NUMBER(rs_job_free(job), RS_DONE);
    return signature;
}

/* Loads a signature; gives what loading came to. */
static inline rs_result load(content bytes, size_t in_size, rs_signature_t **signature) {
    rs_job_t *job = rs_loadsig_begin(signature);
    CHECK(job && *signature);
    rs_result result = run(job, bytes, in_size, 0, NULL);
    rs_job_free(job);
    return result;
}

static inline rs_signature_t *loaded(content bytes, size_t in_size) {
    rs_signature_t *signature = NULL;
    CHECK_NUMBER(load(bytes, in_size, &signature), RS_DONE);
    CHECK_NUMBER(rs_build_hash_table(signature), RS_DONE);
    return signature;
}

static inline content delta_of(rs_signature_t *signature, content new, size_t in_size, size_t out_size) {
    content delta = {NULL, 0};
    rs_job_t *job = rs_delta_begin(signature);
    CHECK(job);
    CHECK_NUMBER(run(job, new, in_size, out_size, &delta), RS_DONE);
    rs_job_free(job);
    return delta;
}

static inline rs_result patch(old_file *old, content delta, size_t in_size, size_t out_size, content *new) {
    rs_job_t *job = rs_patch_begin(read_old, old);
    CHECK(job);
    rs_result result = run(job, delta, in_size, out_size, new);
    rs_job_free(job);
    return result;
}

/* Messages, kept instead of shown. */
static char messages[1 << 16];

static inline void keep_message(rs_loglevel level, char const *message) {
    size_t length = strlen(message);
    CHECK(level <= RS_LOG_INFO && length > 0 && message[length - 1] == '\n');
    /* One client overwrites the newline in place. */
    ((char *)(size_t)message)[length - 1] = ';';
    strncat(messages, message, sizeof messages - strlen(messages) - 1);
}

static inline int said(char const *words) {
    int found = strstr(messages, words) != NULL;
    if (!found)
        fprintf(stderr, "messages: %s\n", messages);
    messages[0] = 0;
    return found;
}

#endif

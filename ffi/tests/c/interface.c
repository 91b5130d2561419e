/* The C interface as a C program sees it: every door, its errors, and the shared vectors. Run under valgrind by run.sh. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "syncline.h"

static int passed, failed;

#define CHECK(condition)                                                          \
    do {                                                                          \
        if (condition) {                                                          \
            passed++;                                                             \
        } else {                                                                  \
            failed++;                                                             \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
        }                                                                         \
    } while (0)

/* Bytes without matches. */
static uint8_t *noise(uint64_t seed, size_t len) {
    uint8_t *bytes = malloc(len + 1);
    uint64_t state = seed * 0x9e3779b97f4a7c15u | 1;
    for (size_t i = 0; i < len; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes[i] = (uint8_t)(state >> 24);
    }
    return bytes;
}

static int equal(const syncline_buffer *buffer, const uint8_t *bytes, size_t len) {
    return syncline_buffer_len(buffer) == len && memcmp(syncline_buffer_data(buffer), bytes, len) == 0;
}

/* A signature of old, made and loaded again. */
static syncline_signature *sign(const uint8_t *old, size_t len, int32_t format, uint32_t block) {
    syncline_signature_options *options = syncline_signature_options_new();
    syncline_signature *made = NULL, *loaded = NULL;
    syncline_buffer *stored = NULL;
    CHECK(syncline_signature_options_set_format(options, format) == SYNCLINE_OK);
    CHECK(syncline_signature_options_set_block_length(options, block) == SYNCLINE_OK);
    CHECK(syncline_signature_of(old, len, options, &made, NULL) == SYNCLINE_OK);
    CHECK(syncline_signature_store(made, &stored, NULL) == SYNCLINE_OK);
    CHECK(syncline_signature_load(syncline_buffer_data(stored), syncline_buffer_len(stored), &loaded, NULL) == SYNCLINE_OK);
    CHECK(syncline_signature_format(loaded) == format);
    CHECK(syncline_signature_block_length(loaded) == block);
    CHECK(syncline_signature_block_count(loaded) == (len + block - 1) / block);
    CHECK(syncline_signature_basis(loaded, NULL, NULL) == (format == SYNCLINE_FORMAT_NATIVE));
    syncline_buffer_free(stored);
    syncline_signature_free(made);
    syncline_signature_options_free(options);
    return loaded;
}

struct basis {
    const uint8_t *bytes;
    size_t len;
};

static int32_t read_basis(void *userdata, uint64_t offset, uint8_t *buffer, size_t len, size_t *read) {
    const struct basis *basis = userdata;
    size_t rest = offset < basis->len ? basis->len - (size_t)offset : 0;
    *read = len < rest ? len : rest;
    if (*read > 0)
        memcpy(buffer, basis->bytes + offset, *read);
    return 0;
}

static void round_trip(int32_t format, size_t step) {
    size_t old_len = 50000, new_len = 50007;
    uint8_t *old = noise(1, old_len), *new_data = noise(2, new_len);
    memcpy(new_data + 100, old, 30000);
    memcpy(new_data + 35000, old + 34000, 15000);
    syncline_signature *signature = sign(old, old_len, format, 1024);
    syncline_buffer *delta = NULL, *result = NULL;
    CHECK(syncline_delta_of(signature, new_data, new_len, NULL, &delta, NULL) == SYNCLINE_OK);
    CHECK(syncline_buffer_len(delta) < 12000);
    CHECK(syncline_patch_of(old, old_len, syncline_buffer_data(delta), syncline_buffer_len(delta), &result, NULL) == SYNCLINE_OK);
    CHECK(equal(result, new_data, new_len));
    syncline_buffer_free(result);

    /* Pushed and pulled in steps, the delta is the same. */
    syncline_delta_builder *builder = NULL;
    uint8_t *pushed = malloc(2 * new_len), out[333];
    size_t pushed_len = 0, len;
    CHECK(syncline_delta_builder_new(signature, NULL, &builder, NULL) == SYNCLINE_OK);
    syncline_signature_free(signature);
    for (size_t at = 0; at < new_len; at += step) {
        size_t count = new_len - at < step ? new_len - at : step;
        CHECK(syncline_delta_builder_push(builder, new_data + at, count, NULL) == SYNCLINE_OK);
    }
    CHECK(syncline_delta_builder_finish(builder, NULL) == SYNCLINE_OK);
    CHECK(syncline_delta_builder_finish(builder, NULL) == SYNCLINE_ERROR_INVALID_STATE);
    do {
        CHECK(syncline_delta_builder_pull(builder, pushed + pushed_len, 777, &len, NULL) == SYNCLINE_OK);
        pushed_len += len;
    } while (len > 0);
    CHECK(equal(delta, pushed, pushed_len));
    syncline_delta_builder_free(builder);

    struct basis basis = {old, old_len};
    syncline_patcher *patcher = NULL;
    size_t made = 0;
    int32_t verified = -1;
    CHECK(syncline_patcher_new(read_basis, &basis, &patcher, NULL) == SYNCLINE_OK);
    for (size_t at = 0; at < pushed_len; at += step) {
        size_t count = pushed_len - at < step ? pushed_len - at : step;
        CHECK(syncline_patcher_push(patcher, pushed + at, count, NULL) == SYNCLINE_OK);
        do {
            CHECK(syncline_patcher_pull(patcher, out, sizeof out, &len, NULL) == SYNCLINE_OK);
            CHECK(made + len <= new_len && memcmp(out, new_data + made, len) == 0);
            made += len;
        } while (len > 0);
    }
    CHECK(made == new_len);
    CHECK(syncline_patcher_finish(patcher, &verified, NULL) == SYNCLINE_OK);
    CHECK(verified == (format == SYNCLINE_FORMAT_NATIVE));
    syncline_patcher_free(patcher);

    syncline_inspection *inspection = NULL;
    CHECK(syncline_inspect(pushed, pushed_len, &inspection, NULL) == SYNCLINE_OK);
    CHECK(syncline_inspection_content(inspection) == SYNCLINE_CONTENT_DELTA);
    CHECK(syncline_inspection_copied_bytes(inspection) + syncline_inspection_literal_bytes(inspection) == new_len);
    CHECK(syncline_inspection_length(inspection) == pushed_len);
    syncline_inspection_free(inspection);

    syncline_buffer_free(delta);
    free(pushed);
    free(old);
    free(new_data);
}

static void two_files_at_hand(void) {
    size_t len = 20000;
    uint8_t *old = noise(3, len), *new_data = malloc(len + 3);
    memcpy(new_data, old, 7777);
    memcpy(new_data + 7777, "abc", 3);
    memcpy(new_data + 7780, old + 7777, len - 7777);
    for (int32_t format = SYNCLINE_DELTA_NATIVE; format <= SYNCLINE_DELTA_LIBRSYNC; format++) {
        syncline_buffer *delta = NULL, *result = NULL;
        CHECK(syncline_diff(old, len, new_data, len + 3, format, NULL, &delta, NULL) == SYNCLINE_OK);
        CHECK(syncline_buffer_len(delta) < 150);
        CHECK(syncline_patch_of(old, len, syncline_buffer_data(delta), syncline_buffer_len(delta), &result, NULL) == SYNCLINE_OK);
        CHECK(equal(result, new_data, len + 3));
        syncline_buffer_free(delta);
        syncline_buffer_free(result);
    }
    free(old);
    free(new_data);
}

static void pushed_signatures(void) {
    size_t len = 30001;
    uint8_t *old = noise(4, len), *bytes = malloc(len);
    syncline_signature_options *options = syncline_signature_options_new();
    syncline_signature_options_set_basis_length(options, len);
    syncline_signature_builder *builder = NULL;
    syncline_signature *whole = NULL, *finished = NULL;
    syncline_buffer *expected = NULL, *stored = NULL;
    size_t at = 0, got;
    CHECK(syncline_signature_of(old, len, options, &whole, NULL) == SYNCLINE_OK);
    CHECK(syncline_signature_store(whole, &expected, NULL) == SYNCLINE_OK);
    CHECK(syncline_signature_builder_new(options, &builder, NULL) == SYNCLINE_OK);
    for (size_t from = 0; from < len; from += 1000)
        CHECK(syncline_signature_builder_push(builder, old + from, len - from < 1000 ? len - from : 1000, NULL) == SYNCLINE_OK);
    CHECK(syncline_signature_builder_finish(builder, &finished, NULL) == SYNCLINE_OK);
    do {
        CHECK(syncline_signature_builder_pull(builder, bytes + at, 99, &got, NULL) == SYNCLINE_OK);
        at += got;
    } while (got > 0);
    CHECK(equal(expected, bytes, at));
    CHECK(syncline_signature_store(finished, &stored, NULL) == SYNCLINE_OK);
    CHECK(equal(stored, bytes, at));
    syncline_buffer_free(stored);
    syncline_buffer_free(expected);
    syncline_signature_free(whole);
    syncline_signature_free(finished);
    syncline_signature_builder_free(builder);
    syncline_signature_options_free(options);
    free(bytes);
    free(old);
}

static void errors(void) {
    syncline_error *error = NULL;
    syncline_signature *signature = NULL;
    CHECK(syncline_signature_load((const uint8_t *)"plain text", 10, &signature, &error) == SYNCLINE_ERROR_NOT_A_SIGNATURE);
    CHECK(signature == NULL);
    CHECK(syncline_error_status(error) == SYNCLINE_ERROR_NOT_A_SIGNATURE);
    CHECK(strcmp(syncline_error_name(error), "NOT_A_SIGNATURE") == 0);
    CHECK(strstr(syncline_error_message(error), "not a signature") != NULL);
    CHECK(syncline_error_errno(error) == 0);
    CHECK(syncline_error_path(error, NULL) == NULL);
    syncline_error_free(error);
    error = NULL;

    CHECK(syncline_signature_file("/nonexistent/file", "/tmp/x", NULL, NULL, &error) < 0);
    CHECK(syncline_error_status(error) == SYNCLINE_ERROR_NOT_FOUND);
    CHECK(syncline_error_errno(error) == ENOENT);
    size_t len = 0;
    const uint8_t *path = syncline_error_path(error, &len);
    CHECK(path != NULL && len == strlen("/nonexistent/file") && memcmp(path, "/nonexistent/file", len) == 0);
    syncline_error_free(error);

    CHECK(syncline_signature_of(NULL, 5, NULL, &signature, NULL) == SYNCLINE_ERROR_INVALID_ARGUMENT);
    CHECK(syncline_signature_of((const uint8_t *)"x", 1, NULL, NULL, NULL) == SYNCLINE_ERROR_INVALID_ARGUMENT);
    CHECK(syncline_delta_of(NULL, NULL, 0, NULL, NULL, NULL) == SYNCLINE_ERROR_INVALID_ARGUMENT);
    CHECK(syncline_signature_options_set_format(NULL, 0) == SYNCLINE_ERROR_INVALID_ARGUMENT);
    syncline_signature_options *options = syncline_signature_options_new();
    CHECK(syncline_signature_options_set_format(options, 99) == SYNCLINE_ERROR_INVALID_ARGUMENT);
    CHECK(syncline_signature_options_set_strong_length(options, 1000) == SYNCLINE_ERROR_INVALID_ARGUMENT);
    syncline_signature_options_set_block_length(options, 1000);
    CHECK(syncline_signature_of((const uint8_t *)"x", 1, options, &signature, NULL) == SYNCLINE_ERROR_INVALID_ARGUMENT);
    syncline_signature_options_free(options);

    CHECK(strcmp(syncline_status_name(0), "OK") == 0);
    CHECK(strcmp(syncline_status_name(SYNCLINE_ERROR_WRONG_BASIS), "WRONG_BASIS") == 0);
    CHECK(syncline_status_name(12345) == NULL);
    syncline_buffer_free(NULL);
    syncline_signature_free(NULL);
    syncline_error_free(NULL);
    syncline_patcher_free(NULL);
    syncline_cancel_set(NULL);
}

static int32_t stop(void *userdata, uint64_t done, uint64_t total, int32_t total_is_final) {
    (void)total_is_final;
    CHECK(done <= total);
    return ++*(int *)userdata > 1;
}

static void files(void) {
    char folder[] = "/tmp/syncline-c-XXXXXX", old[64], sig[64], delta[64], result[64];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(old, sizeof old, "%s/old", folder);
    snprintf(sig, sizeof sig, "%s/sig", folder);
    snprintf(delta, sizeof delta, "%s/delta", folder);
    snprintf(result, sizeof result, "%s/result", folder);
    size_t len = 3000000;
    uint8_t *bytes = noise(5, len);
    FILE *file = fopen(old, "wb");
    CHECK(fwrite(bytes, 1, len, file) == len && fclose(file) == 0);
    free(bytes);

    syncline_file_options *options = syncline_file_options_new();
    int calls = 0;
    syncline_file_options_set_progress(options, stop, &calls);
    CHECK(syncline_signature_file(old, sig, NULL, options, NULL) == SYNCLINE_ERROR_CANCELLED);
    CHECK(calls == 2 && access(sig, F_OK) != 0);
    syncline_file_options_set_progress(options, NULL, NULL);

    syncline_cancel *cancel = syncline_cancel_new();
    syncline_file_options_set_cancel(options, cancel);
    CHECK(syncline_signature_file(old, sig, NULL, options, NULL) == SYNCLINE_OK);
    CHECK(syncline_signature_file(old, sig, NULL, options, NULL) == SYNCLINE_ERROR_ALREADY_EXISTS);
    CHECK(syncline_delta_file(sig, old, delta, NULL, options, NULL) == SYNCLINE_OK);
    CHECK(syncline_patch_file(old, delta, result, options, NULL) == SYNCLINE_OK);
    CHECK(syncline_patch_file(sig, delta, result, options, NULL) == SYNCLINE_ERROR_ALREADY_EXISTS);
    syncline_file_options_set_overwrite(options, 1);
    CHECK(syncline_patch_file(sig, delta, result, options, NULL) == SYNCLINE_ERROR_WRONG_BASIS);
    CHECK(syncline_diff_file(old, result, delta, SYNCLINE_DELTA_LIBRSYNC, NULL, options, NULL) == SYNCLINE_OK);
    CHECK(syncline_patch_file(old, delta, result, options, NULL) == SYNCLINE_OK);
    syncline_inspection *inspection = NULL;
    CHECK(syncline_inspect_file(sig, &inspection, NULL) == SYNCLINE_OK);
    uint64_t basis = 0;
    uint8_t hash[32];
    CHECK(syncline_inspection_basis(inspection, &basis, hash) == 1 && basis == len);
    syncline_inspection_free(inspection);
    syncline_cancel_set(cancel);
    syncline_cancel_free(cancel);
    CHECK(syncline_patch_file(old, delta, result, options, NULL) == SYNCLINE_ERROR_CANCELLED);
    syncline_file_options_free(options);

    remove(old);
    remove(sig);
    remove(delta);
    remove(result);
    CHECK(rmdir(folder) == 0);
}

/* One field of a line of a vector file: lower-case hex. */
static uint8_t *unhex(const char *text, size_t *len) {
    *len = strlen(text) / 2;
    uint8_t *bytes = malloc(*len + 1);
    for (size_t i = 0; i < *len; i++) {
        unsigned value;
        sscanf(text + 2 * i, "%2x", &value);
        bytes[i] = (uint8_t)value;
    }
    return bytes;
}

/* Splits a line at its tabs. */
static int fields(char *line, char **parts, int most) {
    int count = 0;
    line[strcspn(line, "\n")] = 0;
    for (char *at = line; at != NULL && count < most; count++) {
        parts[count] = at;
        at = strchr(at, '\t');
        if (at != NULL)
            *at++ = 0;
    }
    return count;
}

static FILE *vectors(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    return file;
}

static char line[1 << 20];

static void shared_vectors(const char *folder) {
    char *part[8];
    FILE *file = vectors(folder, "patches.tsv");
    int lines = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (line[0] == '#' || fields(line, part, 8) < 4)
            continue;
        size_t basis_len, delta_len, new_len;
        uint8_t *basis = unhex(part[1], &basis_len), *delta = unhex(part[2], &delta_len);
        uint8_t *new_data = unhex(part[3], &new_len);
        syncline_buffer *result = NULL;
        CHECK(syncline_patch_of(basis, basis_len, delta, delta_len, &result, NULL) == SYNCLINE_OK);
        CHECK(equal(result, new_data, new_len));
        syncline_buffer_free(result);
        free(basis);
        free(delta);
        free(new_data);
        lines++;
    }
    CHECK(lines > 5);
    if (file != NULL)
        fclose(file);

    file = vectors(folder, "errors.tsv");
    lines = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (line[0] == '#' || fields(line, part, 8) < 5)
            continue;
        size_t basis_len, input_len;
        uint8_t *input = unhex(part[3], &input_len), *basis = unhex(part[2], &basis_len);
        syncline_buffer *result = NULL;
        syncline_signature *signature = NULL;
        syncline_inspection *inspection = NULL;
        int32_t status = 0;
        if (strcmp(part[1], "patch") == 0)
            status = syncline_patch_of(basis, basis_len, input, input_len, &result, NULL);
        else if (strcmp(part[1], "inspect") == 0)
            status = syncline_inspect(input, input_len, &inspection, NULL);
        else
            status = syncline_signature_load(input, input_len, &signature, NULL);
        const char *name = syncline_status_name(status);
        CHECK(name != NULL && strcmp(name, part[4]) == 0);
        free(input);
        free(basis);
        lines++;
    }
    CHECK(lines > 5);
    if (file != NULL)
        fclose(file);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    CHECK(strcmp(syncline_version(), "0.1.0") == 0);
    for (int32_t format = SYNCLINE_FORMAT_NATIVE; format <= SYNCLINE_FORMAT_RABINKARP_BLAKE2; format++) {
        round_trip(format, 1000);
        round_trip(format, 77);
    }
    two_files_at_hand();
    pushed_signatures();
    errors();
    files();
    if (argc == 2)
        shared_vectors(argv[1]);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}

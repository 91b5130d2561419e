/*
 * The same with the incremental handles, as a program with its own event loop would use them: bytes are pushed as they arrive, and
 * output is pulled when there is room for it. Nothing is held in memory but a few blocks.
 *
 *     cc stream.c $(pkg-config --cflags --libs syncline) -o stream
 *     ./stream OLD NEW > RESULT
 */
#include <stdio.h>
#include <stdlib.h>
#include <syncline.h>

static void check(int32_t status, syncline_error *error) {
    if (status != SYNCLINE_OK) {
        fprintf(stderr, "stream: %s\n", syncline_error_message(error));
        exit(1);
    }
}

static FILE *open_file(const char *name) {
    FILE *file = fopen(name, "rb");
    if (file == NULL) {
        perror(name);
        exit(1);
    }
    return file;
}

static int32_t read_basis(void *userdata, uint64_t offset, uint8_t *buffer, size_t len, size_t *read) {
    FILE *old = userdata;
    if (fseeko(old, (off_t)offset, SEEK_SET) != 0)
        return 1;
    *read = fread(buffer, 1, len, old);
    return ferror(old) ? 1 : 0;
}

static void write_out(syncline_patcher *patcher) {
    uint8_t out[65536];
    size_t len;
    syncline_error *error = NULL;
    do {
        check(syncline_patcher_pull(patcher, out, sizeof out, &len, &error), error);
        fwrite(out, 1, len, stdout);
    } while (len > 0);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: stream OLD NEW > RESULT\n");
        return 2;
    }
    FILE *old = open_file(argv[1]), *new = open_file(argv[2]);
    uint8_t in[65536], out[65536];
    size_t got, len;
    syncline_error *error = NULL;

    syncline_signature_builder *signing = NULL;
    syncline_signature *signature = NULL;
    check(syncline_signature_builder_new(NULL, &signing, &error), error);
    while ((got = fread(in, 1, sizeof in, old)) > 0)
        check(syncline_signature_builder_push(signing, in, got, &error), error);
    check(syncline_signature_builder_finish(signing, &signature, &error), error);

    syncline_delta_builder *building = NULL;
    syncline_patcher *patching = NULL;
    check(syncline_delta_builder_new(signature, NULL, &building, &error), error);
    check(syncline_patcher_new(read_basis, old, &patching, &error), error);
    int at_end = 0;
    while (!at_end) {
        got = fread(in, 1, sizeof in, new);
        at_end = got == 0;
        if (at_end)
            check(syncline_delta_builder_finish(building, &error), error);
        else
            check(syncline_delta_builder_push(building, in, got, &error), error);
        do { /* Whatever there is of the delta goes straight into the patch. */
            check(syncline_delta_builder_pull(building, out, sizeof out, &len, &error), error);
            check(syncline_patcher_push(patching, out, len, &error), error);
            write_out(patching);
        } while (len > 0);
    }
    int32_t verified = 0;
    check(syncline_patcher_finish(patching, &verified, &error), error);
    fprintf(stderr, "verified: %s\n", verified ? "yes" : "no");

    syncline_patcher_free(patching);
    syncline_delta_builder_free(building);
    syncline_signature_builder_free(signing);
    syncline_signature_free(signature);
    fclose(old);
    fclose(new);
    return 0;
}

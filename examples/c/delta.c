/*
 * Turns an old file into a new one by way of a signature and a delta, as two machines would: the signature travels one way, the delta back.
 *
 *     cc delta.c $(pkg-config --cflags --libs syncline) -o delta
 *     ./delta OLD NEW RESULT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syncline.h>

static int fail(syncline_error *error) {
    fprintf(stderr, "delta: %s: %s\n", syncline_error_name(error), syncline_error_message(error));
    syncline_error_free(error);
    return 1;
}

/* Called now and then; anything but 0 stops the work. */
static int32_t watch(void *userdata, uint64_t done, uint64_t total, int32_t total_is_final) {
    (void)userdata;
    (void)total_is_final;
    fprintf(stderr, "\r%llu of %llu bytes", (unsigned long long)done, (unsigned long long)total);
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: delta OLD NEW RESULT\n");
        return 2;
    }
    char signature[4096], delta[4096];
    snprintf(signature, sizeof signature, "%s.signature", argv[3]);
    snprintf(delta, sizeof delta, "%s.delta", argv[3]);

    syncline_error *error = NULL;
    syncline_file_options *files = syncline_file_options_new();
    syncline_file_options_set_overwrite(files, 1);
    syncline_file_options_set_progress(files, watch, NULL);

    /* Where the old file is: describe it. */
    int32_t status = syncline_signature_file(argv[1], signature, NULL, files, &error);
    /* Where the new file is: say what is different. */
    if (status == SYNCLINE_OK)
        status = syncline_delta_file(signature, argv[2], delta, NULL, files, &error);
    /* Where the old file is: build the new one. It is verified before it gets its name. */
    if (status == SYNCLINE_OK)
        status = syncline_patch_file(argv[1], delta, argv[3], files, &error);

    fprintf(stderr, "\n");
    syncline_file_options_free(files);
    remove(signature);
    remove(delta);
    return status == SYNCLINE_OK ? 0 : fail(error);
}

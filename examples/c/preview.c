/*
 * Says what a transfer would change, and changes nothing.
 *
 *     cc preview.c $(pkg-config --cflags --libs syncline) -o preview
 *     ./preview FROM/ TO
 */
#include <stdio.h>
#include <syncline.h>

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: preview FROM/ TO\n");
        return 2;
    }
    const char *source = argv[1];
    syncline_error *error = NULL;
    syncline_transfer *transfer = NULL;
    syncline_report *report = NULL;

    syncline_options *options = syncline_options_new();
    syncline_options_set(options, "archive", NULL, NULL);
    syncline_options_set(options, "dry-run", NULL, NULL);
    int32_t status = syncline_transfer_new(&source, 1, argv[2], options, &transfer, &error);
    if (status == SYNCLINE_OK)
        status = syncline_transfer_run(transfer, &report, &error);
    if (status != SYNCLINE_OK)
        fprintf(stderr, "preview: %s\n", syncline_error_message(error));

    for (size_t i = 0; report != NULL && i < syncline_report_change_count(report); i++) {
        const syncline_change *change = syncline_report_change(report, i);
        size_t len = 0;
        const uint8_t *path = syncline_change_path(change, &len);
        printf("%s %10llu %.*s\n", syncline_change_itemized(change), (unsigned long long)syncline_change_size(change), (int)len,
               (const char *)path);
    }

    syncline_error_free(error);
    syncline_report_free(report);
    syncline_transfer_free(transfer);
    syncline_options_free(options);
    return status != SYNCLINE_OK;
}

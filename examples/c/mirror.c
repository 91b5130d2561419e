/*
 * Mirrors a directory, here or on another host, with a line of progress.
 *
 *     cc mirror.c $(pkg-config --cflags --libs syncline) -o mirror
 *     ./mirror FROM/ [USER@HOST:]TO [REMOTE-SHELL]
 */
#include <stdio.h>
#include <syncline.h>

static int32_t show(void *userdata, const syncline_event *event) {
    (void)userdata;
    if (syncline_event_kind(event) == SYNCLINE_EVENT_PROGRESS) {
        unsigned long long done = syncline_event_bytes_done(event), total = syncline_event_bytes_total(event);
        fprintf(stderr, "\r%3llu %% of %llu bytes%s", total == 0 ? 100 : 100 * done / total, total,
                syncline_event_total_is_final(event) ? "" : " (so far)");
    }
    return 0; /* anything else stops the transfer */
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: mirror FROM/ TO [REMOTE-SHELL]\n");
        return 2;
    }
    const char *source = argv[1];
    syncline_error *error = NULL;
    syncline_transfer *transfer = NULL;
    syncline_report *report = NULL;

    syncline_options *options = syncline_options_new();
    syncline_options_set(options, "archive", NULL, NULL);
    syncline_options_set(options, "delete", NULL, NULL);
    if (argc > 3)
        syncline_options_set(options, "rsh", argv[3], NULL);

    int32_t status = syncline_transfer_new(&source, 1, argv[2], options, &transfer, &error);
    if (status == SYNCLINE_OK) {
        syncline_transfer_forbid_prompts(transfer);
        syncline_transfer_set_observer(transfer, show, NULL);
        status = syncline_transfer_run(transfer, &report, &error);
        fprintf(stderr, "\n");
    }
    if (report != NULL)
        printf("%llu files sent, %llu deleted\n",
               (unsigned long long)syncline_report_total(report, SYNCLINE_TOTAL_FILES_TRANSFERRED),
               (unsigned long long)syncline_report_total(report, SYNCLINE_TOTAL_DELETED));
    if (status != SYNCLINE_OK)
        fprintf(stderr, "mirror: %s\n", syncline_error_message(error));
    /* Files that could not be transferred have names. */
    for (size_t i = 0; report != NULL && i < syncline_report_failure_count(report); i++) {
        const syncline_failure *failure = syncline_report_failure(report, i);
        size_t len = 0;
        const uint8_t *path = syncline_failure_path(failure, &len);
        fprintf(stderr, "mirror: %.*s: %s\n", (int)len, (const char *)path, syncline_failure_reason(failure));
    }

    syncline_error_free(error);
    syncline_report_free(report);
    syncline_transfer_free(transfer);
    syncline_options_free(options);
    return status != SYNCLINE_OK;
}

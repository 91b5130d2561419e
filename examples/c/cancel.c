/*
 * Stops a transfer from another thread after some milliseconds. What was complete stays, the file under way is left as it was.
 *
 *     cc cancel.c $(pkg-config --cflags --libs syncline) -lpthread -o cancel
 *     ./cancel MILLISECONDS FROM/ TO
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <syncline.h>
#include <time.h>

struct alarm {
    long milliseconds;
    syncline_cancel *cancel;
};

static void *ring(void *given) {
    const struct alarm *alarm = given;
    struct timespec time = {alarm->milliseconds / 1000, alarm->milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
    syncline_cancel_set(alarm->cancel);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: cancel MILLISECONDS FROM/ TO\n");
        return 2;
    }
    const char *source = argv[2];
    syncline_error *error = NULL;
    syncline_transfer *transfer = NULL;
    struct alarm alarm = {atol(argv[1]), syncline_cancel_new()};
    pthread_t thread;

    syncline_options *options = syncline_options_new();
    syncline_options_set(options, "archive", NULL, NULL);
    int32_t status = syncline_transfer_new(&source, 1, argv[3], options, &transfer, &error);
    if (status == SYNCLINE_OK && pthread_create(&thread, NULL, ring, &alarm) == 0) {
        syncline_transfer_set_cancel(transfer, alarm.cancel);
        status = syncline_transfer_run(transfer, NULL, &error);
        pthread_join(thread, NULL);
    }
    printf("%s\n", status == SYNCLINE_OK ? "done in time" : syncline_error_message(error));

    syncline_error_free(error);
    syncline_transfer_free(transfer);
    syncline_cancel_free(alarm.cancel);
    syncline_options_free(options);
    return status != SYNCLINE_OK && status != SYNCLINE_ERROR_CANCELLED;
}

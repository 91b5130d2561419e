/* One row of the demo: OLD NEW SIGNATURE DELTA RESULT. Prints the seconds that each of the three steps took. */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <syncline.h>
#include <time.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: demo OLD NEW SIGNATURE DELTA RESULT\n");
        return 2;
    }
    syncline_error *error = NULL;
    double times[4] = {now()};
    int32_t status = syncline_signature_file(argv[1], argv[3], NULL, NULL, &error);
    times[1] = now();
    if (status == SYNCLINE_OK)
        status = syncline_delta_file(argv[3], argv[2], argv[4], NULL, NULL, &error);
    times[2] = now();
    if (status == SYNCLINE_OK)
        status = syncline_patch_file(argv[1], argv[4], argv[5], NULL, &error);
    times[3] = now();
    if (status != SYNCLINE_OK) {
        fprintf(stderr, "demo: %s\n", syncline_error_message(error));
        syncline_error_free(error);
        return 1;
    }
    printf("%.3f %.3f %.3f\n", times[1] - times[0], times[2] - times[1], times[3] - times[2]);
    return 0;
}

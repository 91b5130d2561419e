/*
 * Both ends of a transfer in one program, over a socket pair: as two programs would do it over any stream. The serving end has a policy: one
 * directory that nothing leads out of, and files may be written to it but not read or deleted.
 *
 *     cc socket_pair.c $(pkg-config --cflags --libs syncline) -lpthread -o socket_pair
 *     ./socket_pair FROM/ ROOT FOLDER-IN-ROOT
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <syncline.h>
#include <unistd.h>

struct server {
    const syncline_strings *arguments; /* what the client asks for, as its server gets it */
    const char *root;
    int socket;
};

static void *serve(void *given) {
    struct server *server = given;
    size_t count = syncline_strings_count(server->arguments);
    const char **arguments = calloc(count, sizeof *arguments);
    syncline_serve *serve = NULL;
    syncline_error *error = NULL;
    for (size_t i = 0; i < count; i++)
        arguments[i] = syncline_strings_get(server->arguments, i);
    if (syncline_serve_new(arguments, count, server->root, SYNCLINE_ALLOW_WRITE, &serve, &error) != SYNCLINE_OK ||
        syncline_serve_set_descriptors(serve, server->socket, server->socket, &error) != SYNCLINE_OK ||
        (close(server->socket), syncline_serve_run(serve, NULL, &error)) != SYNCLINE_OK)
        fprintf(stderr, "server: %s\n", syncline_error_message(error));
    syncline_error_free(error);
    syncline_serve_free(serve);
    free(arguments);
    return NULL;
}

int main(int argc, char **argv) {
    int sockets[2];
    if (argc != 4 || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0) {
        fprintf(stderr, "usage: socket_pair FROM/ ROOT FOLDER-IN-ROOT\n");
        return 2;
    }
    char there[4200];
    const char *source = argv[1];
    syncline_error *error = NULL;
    syncline_transfer *transfer = NULL;
    syncline_strings *arguments = NULL;
    pthread_t thread;
    snprintf(there, sizeof there, "peer:%s", argv[3]);

    syncline_options *options = syncline_options_new();
    syncline_options_set(options, "archive", NULL, NULL);
    int32_t status = syncline_transfer_new(&source, 1, there, options, &transfer, &error);
    if (status == SYNCLINE_OK)
        status = syncline_transfer_server_arguments(transfer, &arguments, &error);
    if (status == SYNCLINE_OK)
        status = syncline_transfer_set_descriptors(transfer, sockets[0], sockets[0], &error);
    close(sockets[0]);
    struct server server = {arguments, argv[2], sockets[1]};
    if (status == SYNCLINE_OK && pthread_create(&thread, NULL, serve, &server) == 0) {
        status = syncline_transfer_run(transfer, NULL, &error);
        pthread_join(thread, NULL);
    }
    if (status != SYNCLINE_OK)
        fprintf(stderr, "socket_pair: %s\n", syncline_error_message(error));

    syncline_error_free(error);
    syncline_strings_free(arguments);
    syncline_transfer_free(transfer);
    syncline_options_free(options);
    return status != SYNCLINE_OK;
}

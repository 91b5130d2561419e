/*
 * Syncline: rsync as a library.
 * Generated from ffi/src by `make header`; do not edit.
 *
 * OWNERSHIP. A function with an `out` parameter makes a new handle, which the caller frees with the `_free` function of its type; every
 * `_free` takes NULL. What an accessor returns belongs to its handle and lives as long. Arguments are only read during the call, unless
 * the function says otherwise. Outputs are written only on success.
 *
 * ERRORS. Functions that can fail return 0 or a negative SYNCLINE_ERROR_... status. If `error` is not NULL, a failure also makes an error object
 * there, which says what failed, on which path, and what to do; free it with syncline_error_free. On success `*error` is left alone.
 *
 * THREADS. A syncline_signature never changes and may be used by any number of threads at once, and syncline_cancel_set may be called from any
 * thread. Every other handle may be moved between threads but used by one at a time. Callbacks are called on the thread that called
 * the function they belong to. The library starts threads only where a worker count asks for them, and they end before the call returns.
 *
 * The library never writes to stdout or stderr, installs no signal handlers, and changes nothing of the process.
 */


#ifndef SYNCLINE_H
#define SYNCLINE_H

#include <stddef.h>
#include <stdint.h>

/*
 Major version of the library.
 */
#define SYNCLINE_VERSION_MAJOR 0

/*
 Minor version of the library.
 */
#define SYNCLINE_VERSION_MINOR 1

/*
 Patch version of the library.
 */
#define SYNCLINE_VERSION_PATCH 0

/*
 Success.
 */
#define SYNCLINE_OK 0

/*
 An argument is outside its documented bounds.
 */
#define SYNCLINE_ERROR_INVALID_ARGUMENT -1

/*
 The operating system refused an operation for a reason that has no status of its own.
 */
#define SYNCLINE_ERROR_IO -2

/*
 A file or directory does not exist.
 */
#define SYNCLINE_ERROR_NOT_FOUND -3

/*
 The operating system refused access.
 */
#define SYNCLINE_ERROR_PERMISSION_DENIED -4

/*
 The output exists and overwriting was not asked for.
 */
#define SYNCLINE_ERROR_ALREADY_EXISTS -5

/*
 The disk or the quota is full.
 */
#define SYNCLINE_ERROR_NO_SPACE -6

/*
 The caller asked to stop.
 */
#define SYNCLINE_ERROR_CANCELLED -7

/*
 Memory ran out.
 */
#define SYNCLINE_ERROR_OUT_OF_MEMORY -8

/*
 A defect in the library: please report it.
 */
#define SYNCLINE_ERROR_INTERNAL -9

/*
 A path names a directory, or something else that has no content to work on.
 */
#define SYNCLINE_ERROR_NOT_A_FILE -10

/*
 A handle was used in a state that does not allow the call.
 */
#define SYNCLINE_ERROR_INVALID_STATE -11

/*
 The input is no signature of any known format.
 */
#define SYNCLINE_ERROR_NOT_A_SIGNATURE -20

/*
 The input is no delta of any known format.
 */
#define SYNCLINE_ERROR_NOT_A_DELTA -21

/*
 A delta was given where a signature belongs, or the other way round.
 */
#define SYNCLINE_ERROR_SWAPPED_ARGUMENTS -22

/*
 The input is of a later version of the format than this library reads.
 */
#define SYNCLINE_ERROR_UNSUPPORTED_VERSION -23

/*
 The input ends before its format says it does.
 */
#define SYNCLINE_ERROR_TRUNCATED -24

/*
 The input breaks the rules of its format.
 */
#define SYNCLINE_ERROR_CORRUPT -25

/*
 A length in the input is over the limit this library accepts.
 */
#define SYNCLINE_ERROR_LIMIT_EXCEEDED -26

/*
 The basis is not the file the delta or signature was made from.
 */
#define SYNCLINE_ERROR_WRONG_BASIS -27

/*
 The result of a patch does not have the checksum that the delta promises.
 */
#define SYNCLINE_ERROR_VERIFICATION_FAILED -28

/*
 A file changed while it was being read.
 */
#define SYNCLINE_ERROR_FILE_CHANGED -29

/*
 The other end broke the protocol, or asked for what cannot be.
 */
#define SYNCLINE_ERROR_PROTOCOL -40

/*
 The frames or the compressed data from the other end are damaged.
 */
#define SYNCLINE_ERROR_DAMAGED_STREAM -41

/*
 The connection ended before the session did.
 */
#define SYNCLINE_ERROR_CONNECTION_LOST -42

/*
 Nothing was read or written for as long as the timeout.
 */
#define SYNCLINE_ERROR_TIMEOUT -43

/*
 The two ends have no way of doing what was asked, or this one refuses to.
 */
#define SYNCLINE_ERROR_UNSUPPORTED -44

/*
 The other end gave up.
 */
#define SYNCLINE_ERROR_PEER_FAILED -45

/*
 The sources or the destination are not what the request needs.
 */
#define SYNCLINE_ERROR_FILE_SELECTION -46

/*
 Some files or attributes were not transferred.
 */
#define SYNCLINE_ERROR_PARTIAL_TRANSFER -47

/*
 Some source files vanished before they could be transferred.
 */
#define SYNCLINE_ERROR_SOURCE_VANISHED -48

/*
 The limit on deletions stopped some.
 */
#define SYNCLINE_ERROR_DELETE_LIMIT -49

/*
 The other end cannot be reached.
 */
#define SYNCLINE_ERROR_CONNECT_FAILED -50

/*
 The other end did not answer a connection in time.
 */
#define SYNCLINE_ERROR_CONNECT_TIMEOUT -51

/*
 A daemon does not let this user in, or wants a password that was not given.
 */
#define SYNCLINE_ERROR_AUTHENTICATION_FAILED -52

/*
 A daemon refused the request.
 */
#define SYNCLINE_ERROR_REFUSED -53

/*
 Syncline's own format: Adler-32 and BLAKE3, every result verified.
 */
#define SYNCLINE_FORMAT_NATIVE 0

/*
 librsync with rollsum and MD4: what rdiff-backup and duplicity write.
 */
#define SYNCLINE_FORMAT_ROLLSUM_MD4 1

/*
 librsync with rollsum and BLAKE2b.
 */
#define SYNCLINE_FORMAT_ROLLSUM_BLAKE2 2

/*
 librsync with RabinKarp and MD4.
 */
#define SYNCLINE_FORMAT_RABINKARP_MD4 3

/*
 librsync with RabinKarp and BLAKE2b: rdiff's default.
 */
#define SYNCLINE_FORMAT_RABINKARP_BLAKE2 4

/*
 The native delta format.
 */
#define SYNCLINE_DELTA_NATIVE 0

/*
 librsync's delta format.
 */
#define SYNCLINE_DELTA_LIBRSYNC 1

/*
 The reference's choices, byte for byte.
 */
#define SYNCLINE_MODE_EXACT 0

/*
 Bounded work on any input, runs merged, parallel.
 */
#define SYNCLINE_MODE_COMPACT 1

/*
 Literal sizes of librsync up to 2.3.2.
 */
#define SYNCLINE_GENERATION_1 1

/*
 Literal sizes of librsync from 2.3.3 on.
 */
#define SYNCLINE_GENERATION_2 2

/*
 A strong length: the format's default.
 */
#define SYNCLINE_STRONG_AUTO 0

/*
 A strong length: what the size calls for.
 */
#define SYNCLINE_STRONG_MINIMUM -1

/*
 A strong length: all of it.
 */
#define SYNCLINE_STRONG_MAX -2

/*
 An inspected file is a signature.
 */
#define SYNCLINE_CONTENT_SIGNATURE 1

/*
 An inspected file is a delta.
 */
#define SYNCLINE_CONTENT_DELTA 2

/*
 An entry of a list, when only a list was asked for.
 */
#define SYNCLINE_EVENT_LISTED 1

/*
 An entry was transferred, created or changed; in a dry run, it would be.
 */
#define SYNCLINE_EVENT_CHANGED 2

/*
 Something was deleted at the destination; in a dry run, it would be.
 */
#define SYNCLINE_EVENT_DELETED 3

/*
 A text of the other end.
 */
#define SYNCLINE_EVENT_MESSAGE 4

/*
 A file could not be transferred, or not completely.
 */
#define SYNCLINE_EVENT_FAILED 5

/*
 How far the transfer has come.
 */
#define SYNCLINE_EVENT_PROGRESS 6

/*
 A message says something to know.
 */
#define SYNCLINE_LEVEL_INFO 1

/*
 A message says something unusual.
 */
#define SYNCLINE_LEVEL_WARNING 2

/*
 A message says that something failed.
 */
#define SYNCLINE_LEVEL_ERROR 3

/*
 A regular file.
 */
#define SYNCLINE_FILE_REGULAR 1

/*
 A directory.
 */
#define SYNCLINE_FILE_DIRECTORY 2

/*
 A symbolic link.
 */
#define SYNCLINE_FILE_SYMLINK 3

/*
 A character device.
 */
#define SYNCLINE_FILE_CHAR_DEVICE 4

/*
 A block device.
 */
#define SYNCLINE_FILE_BLOCK_DEVICE 5

/*
 A FIFO.
 */
#define SYNCLINE_FILE_FIFO 6

/*
 A socket.
 */
#define SYNCLINE_FILE_SOCKET 7

/*
 A source that does not exist: what is at the destination goes.
 */
#define SYNCLINE_FILE_MISSING 8

/*
 A total: entries in the file lists.
 */
#define SYNCLINE_TOTAL_ENTRIES 1

/*
 A total: regular files in the file lists.
 */
#define SYNCLINE_TOTAL_FILES 2

/*
 A total: directories in the file lists.
 */
#define SYNCLINE_TOTAL_DIRECTORIES 3

/*
 A total: entries that did not exist at the destination.
 */
#define SYNCLINE_TOTAL_CREATED 4

/*
 A total: entries that were deleted.
 */
#define SYNCLINE_TOTAL_DELETED 5

/*
 A total: regular files whose content was transferred.
 */
#define SYNCLINE_TOTAL_FILES_TRANSFERRED 6

/*
 A total: bytes in all listed files and links.
 */
#define SYNCLINE_TOTAL_SIZE 7

/*
 A total: bytes in the files whose content was transferred.
 */
#define SYNCLINE_TOTAL_TRANSFERRED_SIZE 8

/*
 A total: bytes of content that crossed the connection.
 */
#define SYNCLINE_TOTAL_LITERAL_BYTES 9

/*
 A total: bytes of content that the destination already had.
 */
#define SYNCLINE_TOTAL_MATCHED_BYTES 10

/*
 A total: bytes this side wrote to the connection.
 */
#define SYNCLINE_TOTAL_BYTES_SENT 11

/*
 A total: bytes this side read from the connection.
 */
#define SYNCLINE_TOTAL_BYTES_RECEIVED 12

/*
 A total: bytes of the file lists.
 */
#define SYNCLINE_TOTAL_LIST_BYTES 13

/*
 A client may fetch files.
 */
#define SYNCLINE_ALLOW_READ 1

/*
 A client may send files.
 */
#define SYNCLINE_ALLOW_WRITE 2

/*
 A client that sends files may delete.
 */
#define SYNCLINE_ALLOW_DELETE 4

/*
 Bytes that belong to the caller until they are freed.
 */
typedef struct syncline_buffer syncline_buffer;

/*
 A flag that stops work from another thread.
 */
typedef struct syncline_cancel syncline_cancel;

/*
 One entry of a transfer.
 */
typedef struct syncline_change syncline_change;

/*
 A delta that is built from a new file which is pushed in pieces.
 */
typedef struct syncline_delta_builder syncline_delta_builder;

/*
 How to make a delta.
 */
typedef struct syncline_delta_options syncline_delta_options;

/*
 What failed, on which path, and why.
 */
typedef struct syncline_error syncline_error;

/*
 Something that happened. Lives during the call that it is passed to.
 */
typedef struct syncline_event syncline_event;

/*
 One file that was not transferred, or not completely.
 */
typedef struct syncline_failure syncline_failure;

/*
 How files are written, watched and stopped.
 */
typedef struct syncline_file_options syncline_file_options;

/*
 What a file is.
 */
typedef struct syncline_inspection syncline_inspection;

/*
 What is asked of a transfer.
 */
typedef struct syncline_options syncline_options;

/*
 A new file that is pulled while its delta is pushed.
 */
typedef struct syncline_patcher syncline_patcher;

/*
 What a transfer did.
 */
typedef struct syncline_report syncline_report;

/*
 One session as its server. Runs once.
 */
typedef struct syncline_serve syncline_serve;

/*
 What is known of a basis. Never changes: any number of threads may use it.
 */
typedef struct syncline_signature syncline_signature;

/*
 A signature that is built from a basis which is pushed in pieces.
 */
typedef struct syncline_signature_builder syncline_signature_builder;

/*
 How to make a signature.
 */
typedef struct syncline_signature_options syncline_signature_options;

/*
 A list of texts.
 */
typedef struct syncline_strings syncline_strings;

/*
 One transfer: what goes where, and how. Runs once.
 */
typedef struct syncline_transfer syncline_transfer;

/*
 Hears how far work is: `done` bytes of `total`. While `total_is_final` is 0, `total` may still grow. Called on the thread that called the
 work. Anything but 0 stops it with `SYNCLINE_ERROR_CANCELLED`.
 */
typedef int32_t (*syncline_progress_fn)(void *userdata,
                                        uint64_t done,
                                        uint64_t total,
                                        int32_t total_is_final);

/*
 Reads the basis: writes up to `len` bytes from byte `offset` on to `buffer` and their number to `*read`; fewer than asked for is allowed, 0 means that
 the basis ends at or before `offset`. Called on the thread that pulls. Anything but 0 is a failure, which the pull passes on as
 `SYNCLINE_ERROR_IO`.
 */
typedef int32_t (*syncline_read_fn)(void *userdata,
                                    uint64_t offset,
                                    uint8_t *buffer,
                                    size_t len,
                                    size_t *read);

/*
 Hears what happens. Called on the thread inside the `_run` function that the transfer runs in. Anything but 0 stops the transfer with
 `SYNCLINE_ERROR_CANCELLED`.
 */
typedef int32_t (*syncline_event_fn)(void *userdata,
                                     const syncline_event *event);

/*
 Reads up to `capacity` bytes into `buffer`: how many, 0 at the end of the stream, or a negative errno. It may block; called on a thread of
 the library, possibly while the other two functions run.
 */
typedef ptrdiff_t (*syncline_stream_read_fn)(void *userdata,
                                             uint8_t *buffer,
                                             size_t capacity);

/*
 Writes up to `len` bytes of `data`: how many, at least 1, or a negative errno. `len` is 0 once, at the end: nothing more will be written, and the
 other end should learn it. It may block; called on a thread of the library, possibly while the other two functions run.
 */
typedef ptrdiff_t (*syncline_stream_write_fn)(void *userdata,
                                              const uint8_t *data,
                                              size_t len);

/*
 Makes the other two functions return, now and whenever they are called again. Called on any thread, any number of times.
 */
typedef void (*syncline_stream_interrupt_fn)(void *userdata);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 The bytes. NULL for NULL; else never NULL, and valid until the buffer is freed.

 */
const uint8_t *syncline_buffer_data(const syncline_buffer *buffer);

/*
 How many bytes there are. 0 for NULL.

 */
size_t syncline_buffer_len(const syncline_buffer *buffer);

/*
 Frees a buffer. NULL is fine.

 */
void syncline_buffer_free(syncline_buffer *buffer);

/*
 The version of the library, for example `0.1.0`. Static.
 */
const char *syncline_version(void);

/*
 Makes the delta from the basis of `signature` to the `len` bytes at `new_data`. `options` may be NULL. `*out` is a new buffer.

 */
int32_t syncline_delta_of(const syncline_signature *signature,
                          const uint8_t *new_data,
                          size_t len,
                          const syncline_delta_options *options,
                          syncline_buffer **out,
                          syncline_error **error);

/*
 Makes the delta from the `old_len` bytes at `old_data` to the `new_len` bytes at `new_data`, as small as it can be made with both at hand. `format`
 is one of `SYNCLINE_DELTA_…`; `options` may be NULL. `*out` is a new buffer.

 */
int32_t syncline_diff(const uint8_t *old_data,
                      size_t old_len,
                      const uint8_t *new_data,
                      size_t new_len,
                      int32_t format,
                      const syncline_delta_options *options,
                      syncline_buffer **out,
                      syncline_error **error);

/*
 Starts a delta from the basis of `signature` to a new file that will be pushed. `options` may be NULL. `*out` is a new handle, which keeps
 a reference of its own to the signature.

 */
int32_t syncline_delta_builder_new(const syncline_signature *signature,
                                   const syncline_delta_options *options,
                                   syncline_delta_builder **out,
                                   syncline_error **error);

/*
 Takes the next `len` bytes of the new file. What of the delta is certain with them can then be pulled; until it is pulled it is held in memory.

 */
int32_t syncline_delta_builder_push(syncline_delta_builder *builder,
                                    const uint8_t *data,
                                    size_t len,
                                    syncline_error **error);

/*
 Ends the new file. The rest of the delta can then be pulled.

 */
int32_t syncline_delta_builder_finish(syncline_delta_builder *builder,
                                      syncline_error **error);

/*
 Moves up to `capacity` bytes of the delta to `buffer` and their number to `*len`; 0 when there are none (yet).

 */
int32_t syncline_delta_builder_pull(syncline_delta_builder *builder,
                                    uint8_t *buffer,
                                    size_t capacity,
                                    size_t *len,
                                    syncline_error **error);

/*
 Frees a builder, finished or not. NULL is fine.

 */
void syncline_delta_builder_free(syncline_delta_builder *builder);

/*
 The status that the failed call returned: one of the `SYNCLINE_ERROR_…` constants. 0 for NULL.

 */
int32_t syncline_error_status(const syncline_error *error);

/*
 The stable name of the error's kind, for example `NOT_A_SIGNATURE`. NULL for NULL. Lives as long as the error.

 */
const char *syncline_error_name(const syncline_error *error);

/*
 One sentence in English that says what failed and what to do, in UTF-8. NULL for NULL. Lives as long as the error.

 */
const char *syncline_error_message(const syncline_error *error);

/*
 The path that the error is about: `*len` bytes, not ended by NUL. NULL, and `*len` 0, if it is about none. Lives as long as the error.
 `len` may be NULL.

 */
const uint8_t *syncline_error_path(const syncline_error *error,
                                   size_t *len);

/*
 The operating system's error number (`errno`), or 0 if it was not the operating system that refused.

 */
int32_t syncline_error_errno(const syncline_error *error);

/*
 Frees an error. NULL is fine.

 */
void syncline_error_free(syncline_error *error);

/*
 The stable name of a status, for example `NOT_A_SIGNATURE`; `OK` for 0, NULL for a number that is no status. Static.
 */
const char *syncline_status_name(int32_t status);

/*
 Writes the signature of the file at `basis` to `signature`. `options` and `file_options` may be NULL.

 */
int32_t syncline_signature_file(const char *basis,
                                const char *signature,
                                const syncline_signature_options *options,
                                const syncline_file_options *file_options,
                                syncline_error **error);

/*
 Writes the delta from the basis of the signature file at `signature` to the file at `new_file` to `delta`. `options` and `file_options` may be NULL.

 */
int32_t syncline_delta_file(const char *signature,
                            const char *new_file,
                            const char *delta,
                            const syncline_delta_options *options,
                            const syncline_file_options *file_options,
                            syncline_error **error);

/*
 Writes the delta from the file at `old_file` to the one at `new_file` to `delta`, as small as it can be made with both at hand. `format` is one of
 `SYNCLINE_DELTA_…`; `options` and `file_options` may be NULL.

 */
int32_t syncline_diff_file(const char *old_file,
                           const char *new_file,
                           const char *delta,
                           int32_t format,
                           const syncline_delta_options *options,
                           const syncline_file_options *file_options,
                           syncline_error **error);

/*
 Writes what the delta at `delta` makes of the file at `basis` to `new_file`, which may be `basis` itself. `file_options` may be NULL.

 */
int32_t syncline_patch_file(const char *basis,
                            const char *delta,
                            const char *new_file,
                            const syncline_file_options *file_options,
                            syncline_error **error);

/*
 Says what the `len` bytes at `data` are. Every part is decoded: what passes is whole. `*out` is a new handle.

 */
int32_t syncline_inspect(const uint8_t *data,
                         size_t len,
                         syncline_inspection **out,
                         syncline_error **error);

/*
 Says what the file at `path` is. `*out` is a new handle.

 */
int32_t syncline_inspect_file(const char *path,
                              syncline_inspection **out,
                              syncline_error **error);

/*
 Bytes in the file. 0 for NULL.

 */
uint64_t syncline_inspection_length(const syncline_inspection *inspection);

/*
 `SYNCLINE_CONTENT_SIGNATURE` or `SYNCLINE_CONTENT_DELTA`. 0 for NULL.

 */
int32_t syncline_inspection_content(const syncline_inspection *inspection);

/*
 The format: `SYNCLINE_FORMAT_…` of a signature, `SYNCLINE_DELTA_…` of a delta. -1 for NULL.

 */
int32_t syncline_inspection_format(const syncline_inspection *inspection);

/*
 Bytes in a block of a signature; 0 for a delta.

 */
uint32_t syncline_inspection_block_length(const syncline_inspection *inspection);

/*
 Bytes kept of each strong sum of a signature; 0 for a delta.

 */
uint32_t syncline_inspection_strong_length(const syncline_inspection *inspection);

/*
 Blocks of a signature; 0 for a delta.

 */
uint64_t syncline_inspection_blocks(const syncline_inspection *inspection);

/*
 Copy operations of a delta; 0 for a signature.

 */
uint64_t syncline_inspection_copies(const syncline_inspection *inspection);

/*
 Bytes that a delta copies from the basis; 0 for a signature.

 */
uint64_t syncline_inspection_copied_bytes(const syncline_inspection *inspection);

/*
 Literal operations of a delta; 0 for a signature.

 */
uint64_t syncline_inspection_literals(const syncline_inspection *inspection);

/*
 Bytes that a delta carries; 0 for a signature.

 */
uint64_t syncline_inspection_literal_bytes(const syncline_inspection *inspection);

/*
 Bytes of a delta's compressed parts as they are in the file; 0 if nothing is compressed.

 */
uint64_t syncline_inspection_compressed_bytes(const syncline_inspection *inspection);

/*
 Writes length and BLAKE3 (32 bytes) of the basis and returns 1, or returns 0 where the file does not say. `length` and `hash` may be NULL.

 */
int32_t syncline_inspection_basis(const syncline_inspection *inspection,
                                  uint64_t *length,
                                  uint8_t *hash);

/*
 Writes length and BLAKE3 (32 bytes) of a delta's result and returns 1, or returns 0 where the file does not say. `length` and `hash` may be NULL.

 */
int32_t syncline_inspection_result(const syncline_inspection *inspection,
                                   uint64_t *length,
                                   uint8_t *hash);

/*
 Frees an inspection. NULL is fine.

 */
void syncline_inspection_free(syncline_inspection *inspection);

/*
 New signature options, all at their defaults: native format, lengths chosen from the size, one thread. Never NULL.
 */
syncline_signature_options *syncline_signature_options_new(void);

/*
 Sets the format: one of `SYNCLINE_FORMAT_…`.

 */
int32_t syncline_signature_options_set_format(syncline_signature_options *options,
                                              int32_t format_number);

/*
 Sets the bytes in a block; 0 chooses them from the size. Native: a power of two from 1024 to 16777216, checked when the options are used.

 */
int32_t syncline_signature_options_set_block_length(syncline_signature_options *options,
                                                    uint32_t bytes);

/*
 Sets the bytes kept of each strong sum, from 1 to 32, or one of `SYNCLINE_STRONG_…`. The format's own bounds are checked when the options
 are used.

 */
int32_t syncline_signature_options_set_strong_length(syncline_signature_options *options,
                                                     int32_t bytes);

/*
 Says how long the basis will be, in bytes, where it is pushed: the lengths left open follow from it. A wrong value costs efficiency, never
 correctness.

 */
int32_t syncline_signature_options_set_basis_length(syncline_signature_options *options,
                                                    uint64_t bytes);

/*
 Sets how many threads hash where all of the basis is at hand. The result is the same for every count.

 */
int32_t syncline_signature_options_set_workers(syncline_signature_options *options,
                                               size_t count);

/*
 Frees options. NULL is fine.

 */
void syncline_signature_options_free(syncline_signature_options *options);

/*
 New delta options, all at their defaults: literals compressed by zstd at level 3 (native), exact mode of generation 2 without a check
 (librsync), one thread. Never NULL.
 */
syncline_delta_options *syncline_delta_options_new(void);

/*
 Sets the zstd level of a native delta's literals, from 1 to 19; 0 stores them as they are.

 */
int32_t syncline_delta_options_set_compression(syncline_delta_options *options,
                                               int32_t level);

/*
 Sets which matches a librsync delta is made of: one of `SYNCLINE_MODE_…`.

 */
int32_t syncline_delta_options_set_mode(syncline_delta_options *options,
                                        int32_t mode);

/*
 Sets whose literal sizes an exact librsync delta has: one of `SYNCLINE_GENERATION_…`.

 */
int32_t syncline_delta_options_set_generation(syncline_delta_options *options,
                                              int32_t generation);

/*
 Sets whether a librsync delta is followed by a check of the result, which rdiff ignores and this library verifies.

 */
int32_t syncline_delta_options_set_check(syncline_delta_options *options,
                                         int32_t check);

/*
 Sets how many threads search. The result is the same for every count.

 */
int32_t syncline_delta_options_set_workers(syncline_delta_options *options,
                                           size_t count);

/*
 Frees options. NULL is fine.

 */
void syncline_delta_options_free(syncline_delta_options *options);

/*
 New file options: nothing is overwritten, no holes are made, nobody watches. Never NULL.
 */
syncline_file_options *syncline_file_options_new(void);

/*
 Sets whether an existing file may be replaced.

 */
int32_t syncline_file_options_set_overwrite(syncline_file_options *options,
                                            int32_t overwrite);

/*
 Sets whether long runs of zeros in a patched file become holes.

 */
int32_t syncline_file_options_set_sparse(syncline_file_options *options,
                                         int32_t sparse);

/*
 Sets who hears how far the work is; a NULL function is nobody. `userdata` is passed to it as it is.

 */
int32_t syncline_file_options_set_progress(syncline_file_options *options,
                                           syncline_progress_fn progress,
                                           void *userdata);

/*
 Sets the flag that stops the work; NULL for none. The options keep a reference of their own: `cancel` may be freed before them.

 */
int32_t syncline_file_options_set_cancel(syncline_file_options *options,
                                         const syncline_cancel *cancel);

/*
 Frees options. NULL is fine.

 */
void syncline_file_options_free(syncline_file_options *options);

/*
 A new flag, not set. Never NULL.
 */
syncline_cancel *syncline_cancel_new(void);

/*
 Sets the flag: all work that was given it stops soon with `SYNCLINE_ERROR_CANCELLED`. From any thread; NULL does nothing.

 */
void syncline_cancel_set(const syncline_cancel *cancel);

/*
 Frees a flag. NULL is fine.

 */
void syncline_cancel_free(syncline_cancel *cancel);

/*
 Makes what the delta at `delta_data` makes of the basis at `basis`. `*out` is a new buffer.

 */
int32_t syncline_patch_of(const uint8_t *basis,
                          size_t basis_len,
                          const uint8_t *delta_data,
                          size_t delta_len,
                          syncline_buffer **out,
                          syncline_error **error);

/*
 Starts a patch of the basis that `read` reads. `*out` is a new handle.

 */
int32_t syncline_patcher_new(syncline_read_fn read,
                             void *userdata,
                             syncline_patcher **out,
                             syncline_error **error);

/*
 Takes the next `len` bytes of the delta. They are looked at when their turn to be pulled comes.

 */
int32_t syncline_patcher_push(syncline_patcher *patcher,
                              const uint8_t *data,
                              size_t len,
                              syncline_error **error);

/*
 Moves up to `capacity` bytes of the new file to `buffer` and their number to `*len`; 0 when more of the delta is needed or it is at an end. Nothing
 of it is to be trusted before `syncline_patcher_finish` has agreed.

 */
int32_t syncline_patcher_pull(syncline_patcher *patcher,
                              uint8_t *buffer,
                              size_t capacity,
                              size_t *len,
                              syncline_error **error);

/*
 Ends the delta, once all has been pulled, and verifies the result. `*verified` (may be NULL) is 1 if the delta said what the result must be, 0 if it does
 not say (librsync's without a check).

 */
int32_t syncline_patcher_finish(syncline_patcher *patcher,
                                int32_t *verified,
                                syncline_error **error);

/*
 Frees a patcher, finished or not. NULL is fine.

 */
void syncline_patcher_free(syncline_patcher *patcher);

/*
 Makes the signature of the `len` bytes at `basis`. `options` may be NULL. `*out` is a new handle.

 */
int32_t syncline_signature_of(const uint8_t *basis,
                              size_t len,
                              const syncline_signature_options *options,
                              syncline_signature **out,
                              syncline_error **error);

/*
 Loads the signature file in the `len` bytes at `data`, whichever of the five formats it is in. `*out` is a new handle.

 */
int32_t syncline_signature_load(const uint8_t *data,
                                size_t len,
                                syncline_signature **out,
                                syncline_error **error);

/*
 Writes the signature as a file. `*out` is a new buffer.

 */
int32_t syncline_signature_store(const syncline_signature *signature,
                                 syncline_buffer **out,
                                 syncline_error **error);

/*
 The format: one of `SYNCLINE_FORMAT_…`. -1 for NULL.

 */
int32_t syncline_signature_format(const syncline_signature *signature);

/*
 Bytes in a block. 0 for NULL.

 */
uint32_t syncline_signature_block_length(const syncline_signature *signature);

/*
 Bytes kept of each strong sum. 0 for NULL.

 */
uint32_t syncline_signature_strong_length(const syncline_signature *signature);

/*
 Blocks in the basis. 0 for NULL.

 */
uint64_t syncline_signature_block_count(const syncline_signature *signature);

/*
 Writes length and BLAKE3 (32 bytes) of the basis and returns 1, or returns 0 where the format does not say (librsync's). `length` and `hash`
 may be NULL.

 */
int32_t syncline_signature_basis(const syncline_signature *signature,
                                 uint64_t *length,
                                 uint8_t *hash);

/*
 Frees a signature. NULL is fine. Deltas that are being built with it keep a reference of their own.

 */
void syncline_signature_free(syncline_signature *signature);

/*
 Starts a signature of a basis that will be pushed. `options` may be NULL. `*out` is a new handle.

 */
int32_t syncline_signature_builder_new(const syncline_signature_options *options,
                                       syncline_signature_builder **out,
                                       syncline_error **error);

/*
 Takes the next `len` bytes of the basis.

 */
int32_t syncline_signature_builder_push(syncline_signature_builder *builder,
                                        const uint8_t *data,
                                        size_t len,
                                        syncline_error **error);

/*
 Ends the basis. The signature file can now be pulled, and if `signature` is not NULL, `*signature` is a new handle on the signature.

 */
int32_t syncline_signature_builder_finish(syncline_signature_builder *builder,
                                          syncline_signature **signature,
                                          syncline_error **error);

/*
 Moves up to `capacity` bytes of the signature file to `buffer` and their number to `*len`; 0 when there are none (yet).

 */
int32_t syncline_signature_builder_pull(syncline_signature_builder *builder,
                                        uint8_t *buffer,
                                        size_t capacity,
                                        size_t *len,
                                        syncline_error **error);

/*
 Frees a builder, finished or not. NULL is fine.

 */
void syncline_signature_builder_free(syncline_signature_builder *builder);

/*
 The entry's path within the transfer: `*len` bytes in no particular encoding, not ended by NUL. `len` may be NULL.

 */
const uint8_t *syncline_change_path(const syncline_change *change,
                                    size_t *len);

/*
 What kind of file the entry is: one of `SYNCLINE_FILE_…`; 0 for NULL.

 */
int32_t syncline_change_kind(const syncline_change *change);

/*
 Bytes in the file, if it is a regular one.

 */
uint64_t syncline_change_size(const syncline_change *change);

/*
 Type and permission bits, as in `st_mode` on Linux.

 */
uint32_t syncline_change_mode(const syncline_change *change);

/*
 The modification time in seconds since 1970. `nanoseconds` may be NULL.

 */
int64_t syncline_change_modified(const syncline_change *change,
                                 uint32_t *nanoseconds);

/*
 The owner's number on the sending side, where owners are transferred.

 */
uint32_t syncline_change_uid(const syncline_change *change);

/*
 The group's number on the sending side, where groups are transferred.

 */
uint32_t syncline_change_gid(const syncline_change *change);

/*
 What a symbolic link points to: `*len` bytes; NULL for others. `len` may be NULL.

 */
const uint8_t *syncline_change_target(const syncline_change *change,
                                      size_t *len);

/*
 The file that the entry was linked to or built from: `*len` bytes; NULL if there is none. `len` may be NULL.

 */
const uint8_t *syncline_change_other_path(const syncline_change *change,
                                          size_t *len);

/*
 Whether the entry did not exist at the destination.

 */
int32_t syncline_change_is_new(const syncline_change *change);

/*
 Whether the entry's content is transferred. If not, only attributes differ, or it is something without content.

 */
int32_t syncline_change_transfers_content(const syncline_change *change);

/*
 The 11 characters that rsync's `--itemize-changes` shows for it, for example `>f.st......`; empty for what is only listed, NULL for NULL.
 Lives as long as the change.

 */
const char *syncline_change_itemized(const syncline_change *change);

/*
 What happened: one of `SYNCLINE_EVENT_…`; 0 for NULL. Later versions may have others: ignore what you don't know.

 */
int32_t syncline_event_kind(const syncline_event *event);

/*
 The entry of a LISTED or CHANGED event; NULL for others. Lives as long as the event.

 */
const syncline_change *syncline_event_change(const syncline_event *event);

/*
 The failure of a FAILED event; NULL for others. Lives as long as the event.

 */
const syncline_failure *syncline_event_failure(const syncline_event *event);

/*
 The path that a DELETED event is about: `*len` bytes; NULL for others. `len` may be NULL.

 */
const uint8_t *syncline_event_deleted_path(const syncline_event *event,
                                           size_t *len);

/*
 Whether a DELETED event is about a directory.

 */
int32_t syncline_event_deleted_directory(const syncline_event *event);

/*
 The text of a MESSAGE event, as the other end sent it: `*len` bytes, usually a line with its end; NULL for others. `len` may be NULL.

 */
const uint8_t *syncline_event_text(const syncline_event *event,
                                   size_t *len);

/*
 How serious a MESSAGE event is: one of `SYNCLINE_LEVEL_…`; 0 for others.

 */
int32_t syncline_event_level(const syncline_event *event);

/*
 Bytes of files that are done with, in a PROGRESS event; 0 for others. Never runs backwards, and reaches the total.

 */
uint64_t syncline_event_bytes_done(const syncline_event *event);

/*
 Bytes of all files found so far, in a PROGRESS event; 0 for others.

 */
uint64_t syncline_event_bytes_total(const syncline_event *event);

/*
 Whether the totals of a PROGRESS event are final: 0 while files are still being found.

 */
int32_t syncline_event_total_is_final(const syncline_event *event);

/*
 Entries that are done with, in a PROGRESS event; 0 for others.

 */
uint64_t syncline_event_files_done(const syncline_event *event);

/*
 Entries found so far, in a PROGRESS event; 0 for others.

 */
uint64_t syncline_event_files_total(const syncline_event *event);

/*
 Regular files whose content has been transferred, in a PROGRESS event; 0 for others.

 */
uint64_t syncline_event_files_transferred(const syncline_event *event);

/*
 Bytes of those files, and of the current one as far as it has come.

 */
uint64_t syncline_event_transferred_bytes(const syncline_event *event);

/*
 The path of the file whose content is being transferred, in a PROGRESS event: `*len` bytes; NULL if there is none. `len` may be NULL.

 */
const uint8_t *syncline_event_file_path(const syncline_event *event,
                                        size_t *len);

/*
 Bytes of that file that are done with; 0 if there is none.

 */
uint64_t syncline_event_file_bytes_done(const syncline_event *event);

/*
 Bytes of that file in all; 0 if there is none.

 */
uint64_t syncline_event_file_bytes_total(const syncline_event *event);

/*
 How many entries of the file lists there are up to that file: 1 for the first, 0 if there is none.

 */
uint64_t syncline_event_file_position(const syncline_event *event);

/*
 Whether all of that file's content has been transferred.

 */
int32_t syncline_event_file_is_complete(const syncline_event *event);

/*
 The path of the file within the transfer: `*len` bytes; none if the other end told of something that names no file. `len` may be NULL.

 */
const uint8_t *syncline_failure_path(const syncline_failure *failure,
                                     size_t *len);

/*
 What was tried, for example `open`. Lives as long as the failure; NULL for NULL.

 */
const char *syncline_failure_operation(const syncline_failure *failure);

/*
 Why it failed: the system's words, or what the other end told. Lives as long as the failure; NULL for NULL.

 */
const char *syncline_failure_reason(const syncline_failure *failure);

/*
 What a caller would act on: one of the `SYNCLINE_ERROR_…` constants; 0 for NULL.

 */
int32_t syncline_failure_status(const syncline_failure *failure);

/*
 The operating system's error number (`errno`), or 0.

 */
int32_t syncline_failure_errno(const syncline_failure *failure);

/*
 Whether the other end met it and told of it.

 */
int32_t syncline_failure_told(const syncline_failure *failure);

/*
 New options: nothing is asked for, as when rsync is given none. Never NULL.
 */
syncline_options *syncline_options_new(void);

/*
 Sets the option called `name`: a long name of rsync(1) without its dashes, such as `archive`, `delete`, `exclude` or `no-owner`. `value` is its
 argument, or NULL if it takes none. Options act in the order they are set in; `exclude`, `include` and `filter` add a rule each.

 */
int32_t syncline_options_set(syncline_options *options,
                             const char *name,
                             const char *value,
                             syncline_error **error);

/*
 Frees options. NULL is fine.

 */
void syncline_options_free(syncline_options *options);

/*
 How many options the table has.
 */
size_t syncline_option_count(void);

/*
 The name of option `index`, from 0 up; NULL beyond the last. Static.
 */
const char *syncline_option_name(size_t index);

/*
 What the argument of option `index` is called, for example `SIZE`; NULL if it takes none. Static.
 */
const char *syncline_option_argument(size_t index);

/*
 What option `index` does, in a few words; NULL beyond the last. Static.
 */
const char *syncline_option_help(size_t index);

/*
 The letter of option `index`, 0 if it has none.
 */
uint32_t syncline_option_letter(size_t index);

/*
 Whether this version can do option `index`: 0 for those that it knows and refuses.
 */
int32_t syncline_option_is_supported(size_t index);

/*
 How many texts there are. 0 for NULL.

 */
size_t syncline_strings_count(const syncline_strings *strings);

/*
 Text `index`, from 0 up; NULL beyond the last. Lives as long as the list.

 */
const char *syncline_strings_get(const syncline_strings *strings,
                                 size_t index);

/*
 Frees a list of texts. NULL is fine.

 */
void syncline_strings_free(syncline_strings *strings);

/*
 One number of a report: `which` is one of `SYNCLINE_TOTAL_…`. 0 for NULL and for numbers that this version does not know.

 */
uint64_t syncline_report_total(const syncline_report *report,
                               int32_t which);

/*
 rsync's exit status for it: 0, or 23 to 25 if something was left out.

 */
int32_t syncline_report_exit_status(const syncline_report *report);

/*
 How many files were not transferred, or not completely.

 */
size_t syncline_report_failure_count(const syncline_report *report);

/*
 Failure `index`, from 0 up; NULL beyond the last. Lives as long as the report.

 */
const syncline_failure *syncline_report_failure(const syncline_report *report,
                                                size_t index);

/*
 How many changes a dry run would make; 0 after a run that made them.

 */
size_t syncline_report_change_count(const syncline_report *report);

/*
 Change `index` of a dry run, from 0 up; NULL beyond the last. Lives as long as the report.

 */
const syncline_change *syncline_report_change(const syncline_report *report,
                                              size_t index);

/*
 Frees a report. NULL is fine.

 */
void syncline_report_free(syncline_report *report);

/*
 Makes a transfer of the `count` places in `sources` to `destination`: paths, `[user@]host:path`, `[user@]host::module/path` or
 `rsync://[user@]host[:port]/module/path`, as rsync's arguments are; a local path with a
 colon before its first slash is written `./a:b`. NULL as the destination only lists the sources. `options` may be NULL; they are copied.
 `*out` is a new handle.

 */
int32_t syncline_transfer_new(const char *const *sources,
                              size_t count,
                              const char *destination,
                              const syncline_options *options,
                              syncline_transfer **out,
                              syncline_error **error);

/*
 Sets who hears what happens; a NULL function is nobody. `userdata` is passed to it as it is.

 */
int32_t syncline_transfer_set_observer(syncline_transfer *transfer,
                                       syncline_event_fn event,
                                       void *userdata);

/*
 Sets the flag that stops the transfer, from any thread. The transfer keeps a reference of its own: `cancel` may be freed before it.

 */
int32_t syncline_transfer_set_cancel(syncline_transfer *transfer,
                                     const syncline_cancel *cancel);

/*
 Sets the permission bits that new files do not get where permissions are not preserved; 022 unless set. The process's own is never read.

 */
int32_t syncline_transfer_set_umask(syncline_transfer *transfer,
                                    uint32_t umask);

/*
 Makes ssh fail rather than ask on the terminal for a password or about a host's key.

 */
int32_t syncline_transfer_forbid_prompts(syncline_transfer *transfer);

/*
 Sets who logs in to a daemon (`rsync://…`, `host::module`), where its address names nobody, and by which password, up to a NUL; both may be
 NULL. The environment is never read.

 */
int32_t syncline_transfer_set_login(syncline_transfer *transfer,
                                    const char *user,
                                    const char *password,
                                    syncline_error **error);

/*
 Runs the transfer over a pair of descriptors (which may be the same, if it is a socket) instead of starting a remote shell: one of its two
 sides is still written `host:path`. Copies of the descriptors are made; the caller closes its own. A server started with
 `syncline_transfer_server_arguments` is at the other end.

 */
int32_t syncline_transfer_set_descriptors(syncline_transfer *transfer,
                                          int input,
                                          int output,
                                          syncline_error **error);

/*
 The same over three functions of the caller's, all of which have to be given. `userdata` is passed to them as it is.

 */
int32_t syncline_transfer_set_stream(syncline_transfer *transfer,
                                     syncline_stream_read_fn read,
                                     syncline_stream_write_fn write,
                                     syncline_stream_interrupt_fn interrupt,
                                     void *userdata,
                                     syncline_error **error);

/*
 The arguments that the server at the other end of a caller's stream has to be started with, the program's name not among them. `*out` is a new
 list.

 */
int32_t syncline_transfer_server_arguments(const syncline_transfer *transfer,
                                           syncline_strings **out,
                                           syncline_error **error);

/*
 Runs the transfer to its end. `report` may be NULL. If the session went to its end, `*report` is a new handle; if files were left out
 on the way, the status then is `SYNCLINE_ERROR_PARTIAL_TRANSFER`, `_SOURCE_VANISHED` or `_DELETE_LIMIT` and `*report` is written all the same, with
 the files by name. Other errors leave `*report` alone.

 */
int32_t syncline_transfer_run(syncline_transfer *transfer,
                              syncline_report **report,
                              syncline_error **error);

/*
 Frees a transfer that does not run. NULL is fine.

 */
void syncline_transfer_free(syncline_transfer *transfer);

/*
 Makes a server for one session. `arguments` are the `count` ones that the client starts its server with, without the program's name: `--server`, options,
 paths. All paths are in the directory `root`, out of which nothing leads; `"/"` for the whole file system. `allow` says what the
 client may do: `SYNCLINE_ALLOW_…`, added up. `*out` is a new handle.

 */
int32_t syncline_serve_new(const char *const *arguments,
                           size_t count,
                           const char *root,
                           uint32_t allow,
                           syncline_serve **out,
                           syncline_error **error);

/*
 Sets who hears what happens; a NULL function is nobody. `userdata` is passed to it as it is.

 */
int32_t syncline_serve_set_observer(syncline_serve *serve,
                                    syncline_event_fn event,
                                    void *userdata);

/*
 Sets the flag that stops the session, from any thread. The server keeps a reference of its own.

 */
int32_t syncline_serve_set_cancel(syncline_serve *serve,
                                  const syncline_cancel *cancel);

/*
 Sets the permission bits that new files do not get where permissions are not preserved; 022 unless set.

 */
int32_t syncline_serve_set_umask(syncline_serve *serve,
                                 uint32_t umask);

/*
 Sets the descriptors that the client is reached by; they may be the same, if it is a socket. Copies are made; the caller closes its own.

 */
int32_t syncline_serve_set_descriptors(syncline_serve *serve,
                                       int input,
                                       int output,
                                       syncline_error **error);

/*
 Sets the functions that the client is reached by, all of which have to be given. `userdata` is passed to them as it is.

 */
int32_t syncline_serve_set_stream(syncline_serve *serve,
                                  syncline_stream_read_fn read,
                                  syncline_stream_write_fn write,
                                  syncline_stream_interrupt_fn interrupt,
                                  void *userdata,
                                  syncline_error **error);

/*
 Runs the session to its end, over what was set. `report` may be NULL. Statuses and `*report` are as with `syncline_transfer_run`.

 */
int32_t syncline_serve_run(syncline_serve *serve,
                           syncline_report **report,
                           syncline_error **error);

/*
 Frees a server that does not run. NULL is fine.

 */
void syncline_serve_free(syncline_serve *serve);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SYNCLINE_H */

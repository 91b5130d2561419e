/* The interface of librsync 2.x, as Syncline's drop-in library offers it (docs/librsync.md).
 *
 * Signatures describe an old file; a delta is made from a signature and a new file; a patch makes the new file of the old
 * one and a delta. Each is a job: begin it, call rs_job_iter until it is done, free it. The rs_*_file functions run a whole
 * job between two stdio files.
 *
 * Memory belongs to whoever made it: buffers are the caller's, and nothing points into them after a call; jobs and
 * signatures are the library's, and are freed by rs_job_free and rs_free_sumset, in any order. A job is used by one thread
 * at a time. A signature may be used by several jobs, also at the same time.
 */
#ifndef LIBRSYNC_H
#define LIBRSYNC_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>
#ifndef RSYNC_NO_STDIO_INTERFACE
#include <stdio.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The release whose behaviour this is: 14 characters. */
extern const char rs_librsync_version[15];

typedef uint8_t rs_byte_t;
typedef intmax_t rs_long_t;
typedef uint32_t rs_weak_sum_t;

/* Bytes of the longest strong sum. */
#define RS_MAX_STRONG_SUM_LENGTH 32
/* Bytes of a block where the size of the old file is not known. */
#define RS_DEFAULT_BLOCK_LEN 2048
/* Recommended least strong length where the size of the old file is not known. */
#define RS_DEFAULT_MIN_STRONG_LEN 12

typedef unsigned char rs_strong_sum_t[RS_MAX_STRONG_SUM_LENGTH];

/* Bytes of an MD4, and of a BLAKE2b as signatures hold it. */
extern const int RS_MD4_SUM_LENGTH;
extern const int RS_BLAKE2_SUM_LENGTH;

/* What a file starts with, and so the kind of a signature: its weak and its strong sum. 0 stands for the default, the last. */
typedef enum {
    RS_DELTA_MAGIC = 0x72730236,
    RS_MD4_SIG_MAGIC = 0x72730136,    /* rollsum and MD4: for readers of before 1.0 */
    RS_BLAKE2_SIG_MAGIC = 0x72730137, /* rollsum and BLAKE2b: since 1.0 */
    RS_RK_MD4_SIG_MAGIC = 0x72730146, /* RabinKarp and MD4: since 2.2 */
    RS_RK_BLAKE2_SIG_MAGIC = 0x72730147 /* RabinKarp and BLAKE2b: since 2.2 */
} rs_magic_number;

/* What a call came to. From 100 on the job failed. */
typedef enum {
    RS_DONE = 0,
    RS_BLOCKED = 1, /* more input or more room for output is needed */
    RS_RUNNING = 2, /* never returned */
    RS_TEST_SKIPPED = 77,
    RS_IO_ERROR = 100,
    RS_SYNTAX_ERROR = 101,
    RS_MEM_ERROR = 102,
    RS_INPUT_ENDED = 103,
    RS_BAD_MAGIC = 104,
    RS_UNIMPLEMENTED = 105,
    RS_CORRUPT = 106,
    RS_INTERNAL_ERROR = 107,
    RS_PARAM_ERROR = 108
} rs_result;

/* A text for a result; static. */
char const *rs_strerror(rs_result result);

/* Messages: by default those of level RS_LOG_INFO and more serious ones go to the standard error stream. */

typedef enum {
    RS_LOG_EMERG = 0,
    RS_LOG_ALERT = 1,
    RS_LOG_CRIT = 2,
    RS_LOG_ERR = 3,
    RS_LOG_WARNING = 4,
    RS_LOG_NOTICE = 5,
    RS_LOG_INFO = 6,
    RS_LOG_DEBUG = 7
} rs_loglevel;

/* Takes a message, which ends with a newline and lives as long as the call. */
typedef void rs_trace_fn_t(rs_loglevel level, char const *message);

/* Messages with a number above level are dropped. */
void rs_trace_set_level(rs_loglevel level);
/* Where messages go; NULL silences. Level and sink are the process's. */
void rs_trace_to(rs_trace_fn_t *sink);
/* The sink that there is at first. */
void rs_trace_stderr(rs_loglevel level, char const *message);
/* Whether there are messages of level RS_LOG_DEBUG: 0. */
int rs_supports_trace(void);

/* Statistics. */

typedef struct rs_stats {
    char const *op;         /* "signature", "loadsig", "delta" or "patch" */
    int lit_cmds;           /* literals: commands, bytes of data, bytes of commands */
    rs_long_t lit_bytes;
    rs_long_t lit_cmdbytes;
    rs_long_t copy_cmds;    /* copies: commands, bytes copied, bytes of commands */
    rs_long_t copy_bytes;
    rs_long_t copy_cmdbytes;
    rs_long_t sig_cmds;     /* always 0 */
    rs_long_t sig_bytes;    /* always 0 */
    int false_matches;      /* always 0 */
    rs_long_t sig_blocks;   /* blocks of a signature */
    size_t block_len;       /* and bytes in one */
    rs_long_t in_bytes;     /* read and written by the whole-file functions; else 0 */
    rs_long_t out_bytes;
    time_t start;           /* when the job was begun, and when it ended */
    time_t end;
} rs_stats_t;

/* Writes a sentence to buf, at most size bytes with its NUL, and returns buf. */
char *rs_format_stats(rs_stats_t const *stats, char *buf, size_t size);
/* Logs that sentence. */
int rs_log_stats(rs_stats_t const *stats);

/* Signatures. */

typedef struct rs_signature rs_signature_t;

/* Chooses what is 0 (and what is (size_t)-1 of strong_len: the recommended least) for an old file of this size, -1 if that is
 * not known, and judges what is given. */
rs_result rs_sig_args(rs_long_t old_fsize, rs_magic_number *magic, size_t *block_len, size_t *strong_len);
/* Indexes a loaded signature for deltas. */
rs_result rs_build_hash_table(rs_signature_t *signature);
/* Frees a signature. Jobs that use it keep what they need. */
void rs_free_sumset(rs_signature_t *signature);
/* Logs a signature, and how often its blocks were looked for. */
void rs_sumset_dump(rs_signature_t const *signature);
void rs_signature_log_stats(rs_signature_t const *signature);

/* Jobs. */

typedef struct rs_job rs_job_t;

/* Input to take and room for output. rs_job_iter moves the cursors past what it took and wrote. */
typedef struct rs_buffers_s {
    char *next_in;
    size_t avail_in;
    int eof_in; /* what is in next_in is the last there will be */
    char *next_out;
    size_t avail_out;
} rs_buffers_t;

/* Delivers up to *len bytes of the old file from pos, at *buf or where it points *buf to, and sets *len. */
typedef rs_result rs_copy_cb(void *opaque, rs_long_t pos, size_t *len, void **buf);
/* Fills or empties the buffers of rs_job_drive. */
typedef rs_result rs_driven_cb(rs_job_t *job, rs_buffers_t *buf, void *opaque);

/* In: the old file. Out: its signature. What is wrong with the arguments shows at the first rs_job_iter. */
rs_job_t *rs_sig_begin(size_t block_len, size_t strong_len, rs_magic_number magic);
/* In: a signature. Out: nothing; *signature is set at once, and is the caller's. */
rs_job_t *rs_loadsig_begin(rs_signature_t **signature);
/* In: the new file. Out: a delta. Without a signature, or with one of an empty file, the delta holds all of the new file. */
rs_job_t *rs_delta_begin(rs_signature_t *signature);
/* In: a delta. Out: the new file. */
rs_job_t *rs_patch_begin(rs_copy_cb *copy_cb, void *copy_arg);

/* Goes as far as the buffers allow: RS_DONE, RS_BLOCKED, or an error. */
rs_result rs_job_iter(rs_job_t *job, rs_buffers_t *buffers);
/* Runs a job to its end; the callbacks fill and empty buf, which need not be initialised. */
rs_result rs_job_drive(rs_job_t *job, rs_buffers_t *buf, rs_driven_cb in_cb, void *in_opaque, rs_driven_cb out_cb, void *out_opaque);
/* What the job has done so far; lives as long as the job. */
const rs_stats_t *rs_job_statistics(rs_job_t *job);
/* Frees a job, in whatever state it is. */
rs_result rs_job_free(rs_job_t *job);

/* Small things. */

/* An MD4 in the making: set aside 96 bytes aligned to 8. */
typedef struct rs_mdfour rs_mdfour_t;
void rs_mdfour(unsigned char *out, void const *in, size_t n);
void rs_mdfour_begin(rs_mdfour_t *md);
void rs_mdfour_update(rs_mdfour_t *md, void const *in, size_t n);
void rs_mdfour_result(rs_mdfour_t *md, unsigned char *out);

/* Hexadecimal: 2 n characters and NUL. */
void rs_hexify(char *to_buf, void const *from_buf, int from_len);
/* Base64 without padding, and NUL; and back in place, up to the first other character. Of a remainder of two or three characters the
 * last byte counted is made of leftover bits. */
void rs_base64(unsigned char const *buf, int n, char *out);
size_t rs_unbase64(char *s);

#ifndef RSYNC_NO_STDIO_INTERFACE
/* Whole files. Reading starts where the file stands; output is left in stdio's buffer. stats may be NULL. */

/* Bytes of the input and the output buffer of these functions; 0 leaves them to the library. */
extern int rs_inbuflen;
extern int rs_outbuflen;

/* NULL or "-" is standard input or output. Where a file cannot be opened, or exists and force is 0, this ends the process with status 100. */
FILE *rs_file_open(char const *filename, char const *mode, int force);
/* Closes a file, but not standard input and output. */
int rs_file_close(FILE *file);
/* The size of a regular file, else -1. */
rs_long_t rs_file_size(FILE *file);
/* The callback for patches of stdio files. */
rs_result rs_file_copy_cb(void *file, rs_long_t pos, size_t *len, void **buf);

rs_result rs_sig_file(FILE *old_file, FILE *sig_file, size_t block_len, size_t strong_len, rs_magic_number magic, rs_stats_t *stats);
rs_result rs_loadsig_file(FILE *sig_file, rs_signature_t **signature, rs_stats_t *stats);
rs_result rs_delta_file(rs_signature_t *signature, FILE *new_file, FILE *delta_file, rs_stats_t *stats);
rs_result rs_patch_file(FILE *basis_file, FILE *delta_file, FILE *new_file, rs_stats_t *stats);
#endif

#ifdef __cplusplus
}
#endif

#endif

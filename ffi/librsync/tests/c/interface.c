/* The interface of librsync as docs/spec/librsync.md tells it: layouts, parameters, the examples, the tables of what is accepted,
 * the traces. Runs on any librsync: `interface ours` also checks what is ours alone. */
#include "check.h"

#include <stddef.h>
#include <sys/resource.h>
#include <unistd.h>

static int ours;

#define OFFSET(structure, field, offset) _Static_assert(offsetof(structure, field) == (offset), #field)
OFFSET(rs_buffers_t, next_in, 0);
OFFSET(rs_buffers_t, avail_in, 8);
OFFSET(rs_buffers_t, eof_in, 16);
OFFSET(rs_buffers_t, next_out, 24);
OFFSET(rs_buffers_t, avail_out, 32);
_Static_assert(sizeof(rs_buffers_t) == 40, "rs_buffers_t");
OFFSET(rs_stats_t, op, 0);
OFFSET(rs_stats_t, lit_cmds, 8);
OFFSET(rs_stats_t, lit_bytes, 16);
OFFSET(rs_stats_t, lit_cmdbytes, 24);
OFFSET(rs_stats_t, copy_cmds, 32);
OFFSET(rs_stats_t, copy_bytes, 40);
OFFSET(rs_stats_t, copy_cmdbytes, 48);
OFFSET(rs_stats_t, sig_cmds, 56);
OFFSET(rs_stats_t, sig_bytes, 64);
OFFSET(rs_stats_t, false_matches, 72);
OFFSET(rs_stats_t, sig_blocks, 80);
OFFSET(rs_stats_t, block_len, 88);
OFFSET(rs_stats_t, in_bytes, 96);
OFFSET(rs_stats_t, out_bytes, 104);
OFFSET(rs_stats_t, start, 112);
OFFSET(rs_stats_t, end, 120);
_Static_assert(sizeof(rs_stats_t) == 128, "rs_stats_t");
_Static_assert(sizeof(rs_result) == 4 && sizeof(rs_magic_number) == 4 && sizeof(rs_loglevel) == 4, "enumerations");
_Static_assert(sizeof(rs_long_t) == 8 && sizeof(rs_strong_sum_t) == 32 && sizeof rs_librsync_version == 15, "types");
#ifdef RS_DEFAULT_STRONG_LEN
#error clients take this for the interface before 1.0
#endif

/* Section 11.2, 11.3. */
static void constants(void) {
    CHECK(RS_MD4_SUM_LENGTH == 16 && RS_BLAKE2_SUM_LENGTH == 32);
    CHECK(strlen(rs_librsync_version) == 14 && strncmp(rs_librsync_version, "librsync 2.", 11) == 0);
    CHECK(rs_inbuflen == 0 && rs_outbuflen == 0 && rs_supports_trace() == 0);
    struct {
        int result;
        char const *text;
    } rows[] = {
        {0, "OK"}, {1, "blocked waiting for input or output buffers"}, {2, "still running"}, {77, "unexplained problem"},
        {100, "IO error"}, {101, "bad command line syntax"}, {102, "out of memory"}, {103, "unexpected end of input"},
        {104, "bad magic number at start of stream"}, {105, "unimplemented case"}, {106, "stream corrupt"},
        {107, "library internal error"}, {108, "unexplained problem"}, {-1, "unexplained problem"}, {99999, "unexplained problem"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK(strcmp(rs_strerror((rs_result)rows[i].result), rows[i].text) == 0);
}

/* Section 5. */
static void parameters(void) {
    struct {
        rs_long_t size;
        rs_magic_number magic;
        size_t block, strong, then_block, then_strong;
        int result;
    } rows[] = {
        {-1, 0, 0, -1, 2048, 12, 0}, {0, 0, 0, -1, 256, 5, 0}, {1, 0, 0, -1, 256, 5, 0}, {1000, 0, 0, -1, 256, 6, 0},
        {65536, 0, 0, -1, 256, 6, 0}, {65537, 0, 0, -1, 256, 6, 0}, {66049, 0, 0, -1, 256, 6, 0}, {147455, 0, 0, -1, 256, 7, 0},
        {147456, 0, 0, -1, 384, 6, 0}, {1000000, 0, 0, -1, 896, 7, 0}, {1 << 20, 0, 0, -1, 1024, 7, 0}, {1 << 24, 0, 0, -1, 4096, 7, 0},
        {1 << 30, 0, 0, -1, 32768, 8, 0}, {1LL << 32, 0, 0, -1, 65536, 8, 0}, {1LL << 40, 0, 0, -1, 1048576, 10, 0},
        {1LL << 50, 0, 0, -1, 33554432, 12, 0}, {1000, RS_MD4_SIG_MAGIC, 2048, -1, 2048, 5, 0},
        {1LL << 50, RS_MD4_SIG_MAGIC, 2048, -1, 2048, 14, 0}, {-1, 0, 0, 0, 2048, 32, 0}, {-1, RS_RK_MD4_SIG_MAGIC, 0, 0, 2048, 16, 0},
        {5000, 0, 0, 2, 256, 2, 0}, {-1, 0, 0, 2, 2048, 2, 0}, {5000, 0, 0, 33, 256, 33, RS_PARAM_ERROR},
        {-1, RS_MD4_SIG_MAGIC, 0, 17, 2048, 17, RS_PARAM_ERROR}, {5000, 0, 0, -2, 256, -2, RS_PARAM_ERROR},
        {5000, RS_DELTA_MAGIC, 0, 0, 0, 0, RS_BAD_MAGIC}, {5000, (rs_magic_number)0x11, 7, 0, 7, 0, RS_BAD_MAGIC},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rs_magic_number magic = rows[i].magic;
        size_t block = rows[i].block, strong = rows[i].strong;
        CHECK_NUMBER(rs_sig_args(rows[i].size, &magic, &block, &strong), rows[i].result);
        CHECK_NUMBER(block, rows[i].then_block);
        CHECK_NUMBER(strong, rows[i].then_strong);
        if (rows[i].magic == 0)
            CHECK_NUMBER(magic, RS_RK_BLAKE2_SIG_MAGIC);
    }
    CHECK(said("Warning: (rs_sig_args) strong_len=2 smaller than recommended minimum 6 for old_fsize=5000 with block_len=256;"
               "librsync: ERROR: (rs_sig_args) invalid strong_len=33 for magic=0x72730147;"));
}

static char const fox[] = "The quick brown fox jumps over the lazy dog\n";

/* Sections 2.4 and 7.4, in buffers of every size of the acceptance list. */
static void examples(void) {
    struct {
        rs_magic_number magic;
        char const *bytes;
    } signatures[] = {
        {RS_MD4_SIG_MAGIC,
         "72730136 00000010 00000008 41b907b6 3d55465380a6a05c 44b807fc b17bb7244d1c454f 253e0585 35107d0cd681850c"},
        {RS_RK_MD4_SIG_MAGIC,
         "72730146 00000010 00000008 94c17c63 3d55465380a6a05c 2e571d1d b17bb7244d1c454f 6c1ebcfe 35107d0cd681850c"},
        {RS_BLAKE2_SIG_MAGIC,
         "72730137 00000010 00000008 41b907b6 2cdcb86a8b3265e2 44b807fc 551647500963f8d5 253e0585 9618cf4b6f7a7eb0"},
        {RS_RK_BLAKE2_SIG_MAGIC,
         "72730147 00000010 00000008 94c17c63 2cdcb86a8b3265e2 2e571d1d 551647500963f8d5 6c1ebcfe 9618cf4b6f7a7eb0"},
    };
    struct {
        char const *new, *delta;
    } deltas[] = {
        {fox, "72730236 45002c 00"},
        {"Hello: The quick brown fox jumps over the lazy dog\n", "72730236 07 48656c6c6f3a20 45002c 00"},
        {"fox jumps over t<inserted>The quick brown he lazy dog\n",
         "72730236 451010 0a 3c696e7365727465643e 450010 45200c 00"},
        {"The quick rown fox jumps over the lazy dog\n", "72730236 0f 54686520717569636b20726f776e20 45101c 00"},
        {"", "72730236 00"},
    };
    size_t in_sizes[] = {1, 7, 100, 4096, 65536}, out_sizes[] = {1, 13, 100, 70000};
    content old = text(fox);
    for (size_t i = 0; i < 4; i++)
        for (size_t in = 0; in < 5; in++)
            for (size_t out = 0; out < 4; out++) {
                content expected = hex(signatures[i].bytes);
                content signature = signature_of(old, 16, 8, signatures[i].magic, in_sizes[in], out_sizes[out]);
                CHECK(same(signature, expected));
                rs_signature_t *sums = loaded(signature, in_sizes[in]);
                for (size_t d = 0; d < sizeof deltas / sizeof *deltas; d++) {
                    content new = text(deltas[d].new), expected_delta = hex(deltas[d].delta), result = {NULL, 0};
                    content delta = delta_of(sums, new, in_sizes[in], out_sizes[out]);
                    CHECK(same(delta, expected_delta));
                    old_file file = {old, in % 2 ? 3 : 0, (int)(out % 2), 0};
                    CHECK_NUMBER(patch(&file, delta, in_sizes[in], out_sizes[out], &result), RS_DONE);
                    CHECK(same(result, new));
                    free(new.bytes), free(expected_delta.bytes), free(delta.bytes), free(result.bytes);
                }
                rs_free_sumset(sums);
                free(expected.bytes), free(signature.bytes);
            }
    /* Equal blocks: the lowest is taken each time, and copies of it do not merge. */
    content zeros = {calloc(1024, 1), 1024}, repeated = hex("72730236 46000100 46000100 46000100 46000100 00");
    content signature = signature_of(zeros, 256, 0, 0, 1000, 1000);
    rs_signature_t *sums = loaded(signature, 1000);
    content delta = delta_of(sums, zeros, 1000, 1000);
    CHECK(same(delta, repeated));
    rs_free_sumset(sums);
    content nothing = {NULL, 0}, empty = hex("72730147 00000800 00000020");
    content of_nothing = signature_of(nothing, 0, 0, 0, 1, 1);
    CHECK(same(of_nothing, empty));
    free(old.bytes), free(zeros.bytes), free(repeated.bytes), free(signature.bytes), free(delta.bytes), free(empty.bytes), free(of_nothing.bytes);
}

/* Section 2.3. */
static void loading(void) {
    struct {
        char const *bytes;
        rs_result result;
    } rows[] = {
        {"", RS_INPUT_ENDED}, {"727301", RS_INPUT_ENDED}, {"72730147 00000010 000000", RS_INPUT_ENDED},
        {"72730147 80000000", RS_CORRUPT}, {"72730147 00000000", RS_CORRUPT}, {"72730147 00000010 00000021", RS_CORRUPT},
        {"72730147 00000010 80000008", RS_CORRUPT}, {"11223344", RS_INPUT_ENDED}, {"11223344 00000010 00000008", RS_BAD_MAGIC},
        {"11223344 00000000 00000008", RS_CORRUPT}, {"72730136 00000010 00000014", RS_PARAM_ERROR},
        {"72730136 00000010 00000000", RS_DONE},
        {"72730136 00000010 00000000 0000000001010101010101010101010101010101", RS_DONE},
        {"72730136 00000010 00000000 000000000101010101010101010101010101", RS_INPUT_ENDED},
        {"00000000 00000010 00000008", RS_DONE}, {"72730136 00000010 00000008", RS_DONE},
        {"72730136 00000010 00000008 000000000101010101010101", RS_DONE},
        {"72730136 00000010 00000008 000000000101010101010101 010203", RS_DONE},
        {"72730136 00000010 00000008 000000000101010101010101 01020304", RS_INPUT_ENDED},
        {"72730136 00000010 00000008 000000000101010101010101 0102030405060708090a0b", RS_INPUT_ENDED},
        {"72730236 41004040 01010101", RS_CORRUPT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t in = 1; in < 50; in += 7) {
            rs_signature_t *signature = NULL;
            content bytes = hex(rows[i].bytes);
            CHECK_NUMBER(load(bytes, in, &signature), rows[i].result);
            rs_free_sumset(signature);
            free(bytes.bytes);
        }
    CHECK(said("ERROR: (rs_job_complete) loadsig job failed: stream corrupt;"));
    rs_signature_t *signature = NULL;
    content bytes = hex("72730236 41004040 42000000");
    load(bytes, 100, &signature);
    CHECK(said("ERROR: (rs_loadsig_s_stronglen) strong sum length 1107296256 is implausible;"));
    rs_free_sumset(signature);
    free(bytes.bytes);
}

/* Section 8. */
static void patching(void) {
    content old = text("abcdefghijklmnopqrstuvwxyz");
    struct {
        char const *delta;
        rs_result result;
        char const *output;
    } rows[] = {
        {"", RS_INPUT_ENDED, ""}, {"727302", RS_INPUT_ENDED, ""}, {"72730236", RS_INPUT_ENDED, ""}, {"72730236 00", RS_DONE, ""},
        {"72730236 03 414243", RS_INPUT_ENDED, "ABC"}, {"72730236 05 41424344", RS_INPUT_ENDED, "ABCD"},
        {"72730236 4100", RS_CORRUPT, ""}, {"72730236 44ffffffffffffffff 00", RS_CORRUPT, ""}, {"72730236 450000 00", RS_CORRUPT, ""},
        {"72730236 54ffffffffffffffff0000000000000001 00", RS_CORRUPT, ""}, {"72730236 5400000000000000008000000000000000 00", RS_CORRUPT, ""},
        {"72730236 55", RS_CORRUPT, ""}, {"72730236 ff", RS_CORRUPT, ""}, {"72730236 4600", RS_INPUT_ENDED, ""},
        {"72730236 451805 00", RS_INPUT_ENDED, "yz"}, {"72730236 452005 00", RS_INPUT_ENDED, ""},
        {"72730236 03 414243 00 67617262616765", RS_DONE, "ABC"}, {"72730147 00", RS_BAD_MAGIC, ""},
        {"72730236 4400000000000000 03 414243 00", RS_DONE, "ABC"}, {"72730236 5400000000000000000000000000000004 00", RS_DONE, "abcd"},
        {"72730236 450a03 450003 01 21 450002 00", RS_DONE, "klmabc!ab"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t in = 1; in < 40; in += 3)
            for (size_t out = 1; out < 12; out += 2)
                for (int lends = 0; lends < 2; lends++) {
                    content delta = hex(rows[i].delta), found = {NULL, 0}, expected = text(rows[i].output);
                    old_file file = {old, in % 2 ? 2 : 0, lends, 0};
                    CHECK_NUMBER(patch(&file, delta, in, out, &found), rows[i].result);
                    CHECK(same(found, expected));
                    free(delta.bytes), free(found.bytes), free(expected.bytes);
                }
    messages[0] = 0;
    content delta = hex("72730147"), found = {NULL, 0};
    old_file file = {old, 0, 0, 0};
    patch(&file, delta, 9, 9, &found);
    CHECK(said("ERROR: (rs_patch_s_header) got magic number 0x72730147 rather than expected value 0x72730236;"
               "librsync: ERROR: (rs_job_complete) patch job failed: bad magic number at start of stream;"));
    free(delta.bytes), free(found.bytes), free(old.bytes);
}

/* One iteration: its result, the input left, the bytes written. */
static void step(rs_job_t *job, content input, int last, size_t room, rs_result result, size_t left, char const *written) {
    char out[256];
    rs_buffers_t buffers = {(char *)input.bytes, input.length, last, out, room};
    content expected = hex(written);
    CHECK_NUMBER(rs_job_iter(job, &buffers), result);
    CHECK_NUMBER(buffers.avail_in, left);
    content found = {(unsigned char *)out, room - buffers.avail_out};
    CHECK(same(found, expected));
    free(input.bytes), free(expected.bytes);
}

static content zeros(size_t length) {
    content made = {calloc(length + 1, 1), length};
    CHECK(made.bytes);
    return made;
}

/* Section 9.3, and 9.2 point 4 for patches. */
static void traces(void) {
    rs_job_t *job = rs_sig_begin(16, 8, RS_MD4_SIG_MAGIC);
    step(job, zeros(0), 0, 100, RS_BLOCKED, 0, "72730136 00000010 00000008");
    step(job, zeros(0), 0, 100, RS_BLOCKED, 0, "");
    step(job, zeros(10), 0, 100, RS_BLOCKED, 0, "");
    step(job, zeros(10), 0, 100, RS_BLOCKED, 0, "107801f0 487c3f5e2b0d6a79");
    step(job, zeros(20), 0, 5, RS_BLOCKED, 8, "107801f0 48");
    step(job, zeros(0), 0, 0, RS_BLOCKED, 0, "");
    step(job, zeros(0), 1, 3, RS_BLOCKED, 0, "7c3f5e");
    step(job, zeros(0), 1, 100, RS_DONE, 0, "2b0d6a79");
    step(job, zeros(0), 1, 100, RS_DONE, 0, "");
    rs_stats_t const *stats = rs_job_statistics(job);
    CHECK(strcmp(stats->op, "signature") == 0 && stats->sig_blocks == 2 && stats->block_len == 16);
    CHECK(stats->in_bytes == 0 && stats->start > 0 && stats->end >= stats->start);
    rs_job_free(job);

    content old = zeros(1000);
    for (size_t i = 0; i < old.length; i++)
        old.bytes[i] = (unsigned char)(i * i / 7 + i / 100);
    content signature = signature_of(old, 100, 0, 0, 1000, 1000);
    rs_signature_t *sums = loaded(signature, 1000);
    job = rs_delta_begin(sums);
    step(job, zeros(0), 0, 100, RS_BLOCKED, 0, "72730236");
    step(job, content_of(old.bytes, 50), 0, 100, RS_BLOCKED, 0, "");
    step(job, content_of(old.bytes + 50, 450), 0, 100, RS_BLOCKED, 0, "");
    step(job, content_of(old.bytes + 500, 500), 0, 100, RS_BLOCKED, 0, "");
    step(job, text("XYZ"), 0, 100, RS_BLOCKED, 0, "");
    step(job, zeros(0), 1, 1, RS_BLOCKED, 0, "46");
    step(job, zeros(0), 1, 100, RS_DONE, 0, "0003e8 03 58595a 00");
    stats = rs_job_statistics(job);
    CHECK(strcmp(stats->op, "delta") == 0 && stats->block_len == 0);
    CHECK(stats->copy_cmds == 1 && stats->copy_bytes == 1000 && stats->copy_cmdbytes == 4);
    CHECK(stats->lit_cmds == 1 && stats->lit_bytes == 3 && stats->lit_cmdbytes == 1);
    /* In this order, as two programs do. */
    rs_free_sumset(sums);
    rs_job_free(job);

    /* A patch leaves what follows the command it waits with, and takes the END without room. */
    content letters = text("abcdefghijklmnopqrstuvwxyz");
    old_file file = {letters, 0, 0, 0};
    job = rs_patch_begin(read_old, &file);
    step(job, hex("72730236 450304 03 414243 00"), 0, 3, RS_BLOCKED, 5, "646566");
    step(job, hex("03 414243 00"), 0, 1, RS_BLOCKED, 4, "67");
    step(job, hex("414243 00"), 0, 2, RS_BLOCKED, 2, "4142");
    step(job, hex("43 00"), 0, 1, RS_DONE, 0, "43");
    rs_job_free(job);
    job = rs_patch_begin(read_old, &file);
    step(job, hex("7273"), 0, 0, RS_BLOCKED, 0, "");
    step(job, hex("0236 53 0000"), 0, 0, RS_BLOCKED, 0, "");
    step(job, hex("000000000003 00000004 00"), 0, 0, RS_BLOCKED, 1, "");
    step(job, hex("00"), 0, 100, RS_DONE, 0, "64656667");
    rs_job_free(job);

    /* Without blocks every run of input becomes a literal. */
    job = rs_delta_begin(NULL);
    step(job, text("abc"), 0, 3, RS_BLOCKED, 3, "727302");
    step(job, text("abc"), 0, 3, RS_BLOCKED, 2, "36 03 61");
    step(job, text("bcdefgh"), 0, 3, RS_BLOCKED, 5, "6263 05");
    step(job, text("defgh"), 0, 100, RS_BLOCKED, 0, "6465666768");
    step(job, zeros(0), 1, 100, RS_DONE, 0, "00");
    rs_job_free(job);
    free(old.bytes), free(signature.bytes), free(letters.bytes);
}

/* Section 9.4. */
typedef struct {
    char sequence[64];
    char in[40], out[64];
    size_t written;
    int given;
} driven;

static rs_result fill(rs_job_t *job, rs_buffers_t *buffers, void *opaque) {
    driven *state = opaque;
    CHECK(job);
    if (buffers->avail_in > 0) {
        strcat(state->sequence, "in ");
        return RS_DONE;
    }
    if (state->given == 2)
        buffers->eof_in = 1;
    strcat(state->sequence, state->given == 2 ? "in(eof) " : "in ");
    if (state->given < 2) {
        buffers->next_in = state->in + 20 * state->given++;
        buffers->avail_in = 20;
    }
    return RS_DONE;
}

static rs_result drain(rs_job_t *job, rs_buffers_t *buffers, void *opaque) {
    driven *state = opaque;
    CHECK(job);
    strcat(state->sequence, buffers->next_out ? "out " : "out(NULL) ");
    if (!buffers->next_out) {
        buffers->next_out = state->out;
        buffers->avail_out = sizeof state->out;
    }
    state->written = (size_t)(buffers->next_out - state->out);
    return RS_DONE;
}

static rs_result refuse(rs_job_t *job, rs_buffers_t *buffers, void *opaque) {
    (void)job, (void)buffers, (void)opaque;
    return RS_BLOCKED;
}

static void driving(void) {
    driven state = {"", {0}, {0}, 0, 0};
    rs_buffers_t buffers;
    memset(&buffers, 0xaa, sizeof buffers);
    rs_job_t *job = rs_sig_begin(20, 8, RS_MD4_SIG_MAGIC);
    CHECK_NUMBER(rs_job_drive(job, &buffers, fill, &state, drain, &state), RS_DONE);
    CHECK(strcmp(state.sequence, "in out(NULL) in out in out in(eof) out ") == 0);
    CHECK_NUMBER(state.written, 12 + 2 * 12);
    rs_job_free(job);
    job = rs_sig_begin(20, 8, RS_MD4_SIG_MAGIC);
    CHECK_NUMBER(rs_job_drive(job, &buffers, refuse, NULL, drain, &state), RS_BLOCKED);
    rs_job_free(job);
}

/* Section 11.8, 11.9. */
static void small_things(void) {
    unsigned char bytes[] = {0xfa, 0x01, 0x08, 0x0f, 0x16, 0x1d, 0x24};
    char const *encoded[] = {"", "+g", "+gE", "+gEI", "+gEIDw", "+gEIDxY", "+gEIDxYd", "+gEIDxYdJA"};
    size_t counted[] = {0, 2, 3, 3, 5, 6, 6, 8};
    char shown[300];
    for (int i = 0; i <= 7; i++) {
        rs_base64(bytes, i, shown);
        CHECK(strcmp(shown, encoded[i]) == 0);
        CHECK_NUMBER(rs_unbase64(shown), counted[i]);
        CHECK(memcmp(shown, bytes, (size_t)i) == 0);
    }
    strcpy(shown, "+gEI=rest");
    CHECK_NUMBER(rs_unbase64(shown), 3);
    rs_hexify(shown, bytes, 7);
    CHECK(strcmp(shown, "fa01080f161d24") == 0);
    unsigned char md4[16];
    rs_mdfour(md4, "message digest", 14);
    rs_hexify(shown, md4, 16);
    CHECK(strcmp(shown, "d9130a8164549fe818874806e1c7014b") == 0);
    union {
        char bytes[96];
        long long aligned;
    } room;
    rs_mdfour_t *state = (rs_mdfour_t *)(void *)room.bytes;
    char long_text[200];
    for (size_t i = 0; i < sizeof long_text; i++)
        long_text[i] = (char)(i * 7);
    rs_mdfour(md4, long_text, sizeof long_text);
    for (size_t cut = 0; cut <= sizeof long_text; cut++) {
        unsigned char found[16];
        rs_mdfour_begin(state);
        rs_mdfour_update(state, long_text, cut);
        rs_mdfour_update(state, long_text + cut, sizeof long_text - cut);
        rs_mdfour_result(state, found);
        CHECK(memcmp(found, md4, 16) == 0);
    }

    rs_stats_t stats = {.op = "delta", .lit_cmds = 1, .lit_bytes = 262, .lit_cmdbytes = 3, .copy_cmds = 2, .copy_bytes = 4744, .copy_cmdbytes = 9};
    char const *sentence = "delta statistics: literal[1 cmds, 262 bytes, 3 cmdbytes] copy[2 cmds, 4744 bytes, 9 cmdbytes, 0 false] "
                           "speed[0.0 MB (0.0 MB/s) in, 0.0 MB (0.0 MB/s) out, 1 sec]";
    CHECK(rs_format_stats(&stats, shown, sizeof shown) == shown && strcmp(shown, sentence) == 0);
    rs_format_stats(&stats, shown, 10);
    CHECK(strlen(shown) == 9 && strncmp(shown, sentence, 9) == 0);
    CHECK(rs_log_stats(&stats) == 0);
    CHECK(said("librsync: delta statistics: literal[1 cmds"));
    rs_stats_t never = {.op = "x", .sig_cmds = 2, .sig_bytes = 3, .false_matches = 4, .sig_blocks = 5, .block_len = 6, .in_bytes = 123456789, .out_bytes = 1000000, .start = 7, .end = 10};
    rs_format_stats(&never, shown, sizeof shown);
    CHECK(strcmp(shown, "x statistics: in-place-signature[2 cmds, 3 bytes] copy[0 cmds, 0 bytes, 0 cmdbytes, 4 false]signature[5 blocks, 6 bytes per block] "
                        "speed[123.5 MB (41.2 MB/s) in, 1.0 MB (0.3 MB/s) out, 3 sec]") == 0);
    rs_stats_t none = {.op = NULL};
    rs_format_stats(&none, shown, sizeof shown);
    CHECK(strcmp(shown, "noop statistics:  speed[0.0 MB (0.0 MB/s) in, 0.0 MB (0.0 MB/s) out, 1 sec]") == 0);

    content bytes_of = hex("72730136 00000010 00000008 03040183 6162636465666768");
    rs_signature_t *signature = loaded(bytes_of, 100);
    rs_sumset_dump(signature);
    CHECK(said("librsync: sumset info: magic=0x72730136, block_len=16, block_num=1;librsync: sum      0: weak=674f1fb2, strong=6162636465666768;"));
    rs_signature_log_stats(signature);
    CHECK(said("librsync: match statistics: signature[0 searches, 0 (-nan%) matches"));
    rs_trace_set_level(RS_LOG_ERR);
    rs_sumset_dump(signature);
    CHECK(messages[0] == 0);
    rs_trace_set_level(RS_LOG_INFO);
    rs_trace_to(NULL);
    rs_sumset_dump(signature);
    rs_trace_to(keep_message);
    rs_free_sumset(signature);
    free(bytes_of.bytes);
}

static content all_of(FILE *file) {
    content made = {NULL, 0};
    char piece[1000];
    size_t count;
    fflush(file);
    rewind(file);
    while ((count = fread(piece, 1, sizeof piece, file)) > 0)
        add(&made, piece, count);
    rewind(file);
    return made;
}

/* Section 11.7. */
static void whole_files(void) {
    FILE *old = tmpfile(), *signature = tmpfile(), *new = tmpfile(), *delta = tmpfile(), *result = tmpfile();
    CHECK(old && signature && new && delta && result);
    for (int i = 0; i < 10000; i++)
        fprintf(old, "%d\n", i * i), fprintf(new, i == 5000 ? "here\n" : "%d\n", i * i);
    fflush(old), fflush(new), rewind(old), rewind(new);
    CHECK(rs_file_size(old) == ftell(old) + rs_file_size(old) && rs_file_size(old) > 10000 && ftell(old) == 0);
    rs_stats_t stats;
    memset(&stats, 0xee, sizeof stats);
    CHECK_NUMBER(rs_sig_file(old, signature, 0, 33, 0, &stats), RS_PARAM_ERROR);
    CHECK(stats.sig_blocks == (rs_long_t)0xeeeeeeeeeeeeeeee);
    CHECK_NUMBER(rs_sig_file(old, signature, 0, 0, 0, &stats), RS_DONE);
    CHECK(stats.in_bytes == rs_file_size(old) && stats.block_len == 256);
    fflush(signature);
    CHECK(stats.out_bytes == rs_file_size(signature) && stats.out_bytes == 12 + 36 * stats.sig_blocks);
    rewind(signature);
    rs_signature_t *sums = NULL;
    CHECK_NUMBER(rs_loadsig_file(signature, &sums, &stats), RS_DONE);
    CHECK(strcmp(stats.op, "loadsig") == 0 && stats.in_bytes == rs_file_size(signature) && stats.out_bytes == 0);
    CHECK_NUMBER(rs_build_hash_table(sums), RS_DONE);
    CHECK_NUMBER(rs_delta_file(sums, new, delta, &stats), RS_DONE);
    CHECK(stats.lit_cmds >= 1 && stats.copy_cmds >= 2 && stats.lit_bytes + stats.copy_bytes == rs_file_size(new));
    fflush(delta), rewind(delta);
    CHECK_NUMBER(rs_patch_file(old, delta, result, &stats), RS_DONE);
    CHECK(stats.out_bytes == rs_file_size(new));
    content wanted = all_of(new), found = all_of(result);
    CHECK(same(found, wanted));
    CHECK_NUMBER(rs_patch_file(old, delta, result, NULL), RS_INPUT_ENDED);
    rs_signature_t *none = NULL;
    CHECK_NUMBER(rs_loadsig_file(delta, &none, NULL), RS_INPUT_ENDED);
    CHECK(none);
    rs_free_sumset(none);

    /* A basis too short, with the words that go with it. */
    messages[0] = 0;
    rewind(delta);
    CHECK_NUMBER(rs_patch_file(signature, delta, result, NULL), RS_INPUT_ENDED);
    CHECK(said("ERROR: (rs_file_copy_cb) unexpected eof on fd"));
    int ends[2];
    CHECK(pipe(ends) == 0);
    FILE *reading = fdopen(ends[0], "rb"), *writing = fdopen(ends[1], "wb");
    CHECK(rs_file_size(reading) == -1);
    rewind(delta);
    CHECK_NUMBER(rs_patch_file(reading, delta, result, NULL), RS_IO_ERROR);
    CHECK(said("ERROR: (rs_file_copy_cb) seek failed: Illegal seek;"));
    rewind(signature);
    CHECK_NUMBER(rs_sig_file(writing, result, 0, 0, 0, NULL), RS_IO_ERROR);
    CHECK(said("ERROR: (rs_infilebuf_fill) error filling buf from file: Bad file descriptor;"));
    rs_file_close(reading), rs_file_close(writing);

    /* The buffers that the program sets: without blocks they show. */
    FILE *empty = tmpfile(), *sig_of_empty = tmpfile(), *literal = tmpfile();
    CHECK_NUMBER(rs_sig_file(empty, sig_of_empty, 0, 0, 0, NULL), RS_DONE);
    fflush(sig_of_empty), rewind(sig_of_empty), rewind(new);
    CHECK_NUMBER(rs_loadsig_file(sig_of_empty, &none, NULL), RS_DONE);
    rs_build_hash_table(none);
    rs_inbuflen = 1000;
    rs_outbuflen = 77;
    CHECK_NUMBER(rs_delta_file(none, new, literal, &stats), RS_DONE);
    rs_inbuflen = rs_outbuflen = 0;
    content literals = all_of(literal);
    unsigned char start[] = {0x72, 0x73, 0x02, 0x36, 0x42, 0x03, 0xe8};
    CHECK(memcmp(literals.bytes, start, 7) == 0 && literals.bytes[7 + 1000] == 0x42 && literals.bytes[7 + 1002] == 0xe8);
    CHECK(stats.lit_bytes == rs_file_size(new) && stats.lit_cmds == (stats.lit_bytes + 999) / 1000);
    free(literals.bytes);

    CHECK(rs_file_open(NULL, "rb", 0) == stdin && rs_file_open("-", "wb", 0) == stdout && rs_file_close(stdout) == 0);
    rs_free_sumset(none), rs_free_sumset(sums);
    free(wanted.bytes), free(found.bytes);
    fclose(old), fclose(signature), fclose(new), fclose(delta), fclose(result), fclose(empty), fclose(sig_of_empty), fclose(literal);
}

/* Offsets and lengths over 4 GiB (section 7.4). */
static rs_result pretend(void *opaque, rs_long_t position, size_t *length, void **buffer) {
    rs_long_t *next = opaque;
    CHECK(position == *next);
    **(char **)buffer = 'x';
    *next += (rs_long_t)*length;
    return RS_DONE;
}

static void beyond_four_gigabytes(void) {
    /* Block 69000 of 64 KiB is the first of any consequence. */
    content old = zeros(3 << 16), signature = hex("72730136 00010000 00000010"), filler = zeros(20);
    for (size_t i = 0; i < old.length; i++)
        old.bytes[i] = (unsigned char)((i * i >> 9) + (i >> 16));
    content sums_of_three = signature_of(old, 1 << 16, 0, RS_MD4_SIG_MAGIC, 1 << 16, 1 << 16);
    signature.bytes = realloc(signature.bytes, 12 + 20 * 69003);
    for (size_t i = 0; i < 69000; i++) {
        filler.bytes[0] = (unsigned char)(i >> 16), filler.bytes[1] = (unsigned char)(i >> 8), filler.bytes[2] = (unsigned char)i;
        memcpy(signature.bytes + signature.length, filler.bytes, 20);
        signature.length += 20;
    }
    add(&signature, sums_of_three.bytes + 12, 60);
    rs_signature_t *sums = loaded(signature, 1 << 16);
    content delta = delta_of(sums, old, 1 << 16, 1 << 16), expected = hex("72730236 53 000000010d880000 00030000 00");
    CHECK(same(delta, expected));
    rs_free_sumset(sums);

    rs_long_t next = 0x10d880000;
    content long_copy = hex("72730236 54 000000010d880000 0000000123456789 00");
    static char out[1 << 20];
    rs_job_t *job = rs_patch_begin(pretend, &next);
    rs_buffers_t buffers = {(char *)long_copy.bytes, long_copy.length, 0, out, sizeof out};
    while (rs_job_iter(job, &buffers) == RS_BLOCKED) {
        CHECK(buffers.avail_out == 0 && buffers.avail_in == 1);
        buffers.next_out = out;
        buffers.avail_out = sizeof out;
    }
    CHECK(next == 0x10d880000 + 0x123456789 && rs_job_statistics(job)->copy_bytes == 0x123456789);
    rs_job_free(job);
    free(old.bytes), free(signature.bytes), free(filler.bytes), free(sums_of_three.bytes), free(delta.bytes), free(expected.bytes), free(long_copy.bytes);
}

/* Section 11.10 and 12.2: what the original answers by ending the process, and the one deliberate addition. */
static void misuse(void) {
    char out[100];
    rs_buffers_t buffers = {NULL, 0, 0, out, sizeof out};
    CHECK_NUMBER(rs_job_iter(NULL, &buffers), RS_PARAM_ERROR);
    CHECK_NUMBER(rs_job_drive(NULL, &buffers, NULL, NULL, NULL, NULL), RS_PARAM_ERROR);
    CHECK_NUMBER(rs_job_free(NULL), RS_DONE);
    rs_free_sumset(NULL);
    CHECK_NUMBER(rs_build_hash_table(NULL), RS_PARAM_ERROR);
    rs_job_t *job = rs_sig_begin(0, 0, (rs_magic_number)0x11);
    CHECK_NUMBER(rs_job_iter(job, NULL), RS_PARAM_ERROR);
    CHECK_NUMBER(rs_job_iter(job, &buffers), RS_BLOCKED);
    CHECK(memcmp(out, "rs\x01\x47", 4) == 0 && said("Warning: (rs_sig_begin) invalid magic 0x11"));
    rs_job_free(job);
    job = rs_sig_begin(16, 8, 0);
    buffers = (rs_buffers_t){NULL, 0, 1, out, sizeof out};
    CHECK_NUMBER(rs_job_iter(job, &buffers), RS_DONE);
    buffers = (rs_buffers_t){out, 5, 1, out + 50, 10};
    CHECK_NUMBER(rs_job_iter(job, &buffers), RS_DONE);
    CHECK(buffers.avail_in == 5);
    rs_job_free(job);

    /* A job that failed goes on failing. A callback that delivers nothing, or too much, does no harm. */
    job = rs_patch_begin(NULL, NULL);
    content delta = hex("72730236 450005 00");
    buffers = (rs_buffers_t){(char *)delta.bytes, delta.length, 1, out, sizeof out};
    CHECK_NUMBER(rs_job_iter(job, &buffers), RS_PARAM_ERROR);
    CHECK_NUMBER(rs_job_iter(job, &buffers), RS_PARAM_ERROR);
    rs_job_free(job);
    free(delta.bytes);

    /* A signature that was not indexed, or whose loading failed, or that is freed before its job. */
    content old = text(fox), bytes = signature_of(old, 16, 8, 0, 100, 100), wanted = hex("72730236 45002c 00"), all = {NULL, 0};
    rs_signature_t *signature = NULL, *failed = NULL;
    CHECK_NUMBER(load(bytes, 100, &signature), RS_DONE);
    content found = delta_of(signature, old, 7, 7);
    CHECK(same(found, wanted));
    job = rs_delta_begin(signature);
    rs_free_sumset(signature);
    CHECK_NUMBER(run(job, old, 5, 5, &all), RS_DONE);
    CHECK(same(all, wanted));
    rs_job_free(job);
    bytes.length -= 1;
    CHECK_NUMBER(load(bytes, 100, &failed), RS_INPUT_ENDED);
    content literal = delta_of(failed, old, 100, 100);
    CHECK(literal.length == 4 + 1 + 44 + 1);
    rs_free_sumset(failed);
    free(old.bytes), free(bytes.bytes), free(wanted.bytes), free(all.bytes), free(found.bytes), free(literal.bytes);
}

/* Small files with large promises, and noise: an answer, no crash, and no memory for what only a length says (acceptance list, 7). */
static void hostile(void) {
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    content some = text("some bytes of a new file"), everything = {NULL, 0};
    char const *signatures[] = {
        "72730147 7fffffff 00000020 0000000101010101010101010101010101010101010101010101010101010101010101010101",
        "72730136 7fffffff 00000001 0102030405",
        "72730136 00000001 00000001 0102030405",
    };
    for (size_t i = 0; i < 3; i++) {
        content bytes = hex(signatures[i]);
        rs_signature_t *signature = loaded(bytes, 5);
        content delta = delta_of(signature, some, 3, 50);
        CHECK(delta.length == 4 + 1 + some.length + 1);
        rs_free_sumset(signature);
        free(bytes.bytes), free(delta.bytes);
    }
    char const *deltas[] = {
        "72730236 447fffffffffffffff 01", "72730236 547fffffffffffffff7fffffffffffffff 00", "72730236 54 00000000000000007fffffffffffffff 00",
    };
    old_file file = {some, 0, 0, 0};
    for (size_t i = 0; i < 3; i++) {
        content bytes = hex(deltas[i]);
        everything.length = 0;
        CHECK_NUMBER(patch(&file, bytes, 1000, 1000, &everything), RS_INPUT_ENDED);
        CHECK(everything.length <= some.length);
        free(bytes.bytes);
    }
    messages[0] = 0;
    unsigned state = 1;
    for (int round = 0; round < 20000; round++) {
        unsigned char noise[64];
        for (size_t i = 0; i < sizeof noise; i++)
            noise[i] = (unsigned char)((state = state * 1664525 + 1013904223) >> 24);
        content bytes = {noise, state >> 26};
        /* Half of them start like what they are taken for. */
        if (round & 1)
            memcpy(noise, "rs\x02\x36", 4);
        everything.length = 0;
        rs_result result = patch(&file, bytes, 1 + round % 13, 1 + round % 31, &everything);
        CHECK(result == RS_DONE || (result >= RS_INPUT_ENDED && result <= RS_CORRUPT));
        if (round & 1)
            memcpy(noise, "rs\x01\x36\0\0\0", 7), noise[8] = noise[9] = noise[10] = 0;
        rs_signature_t *signature = NULL;
        result = load(bytes, 1 + round % 13, &signature);
        CHECK(result == RS_DONE || (result >= RS_INPUT_ENDED && result <= RS_CORRUPT) || result == RS_PARAM_ERROR);
        if (result == RS_DONE) {
            CHECK_NUMBER(rs_build_hash_table(signature), RS_DONE);
            content delta = delta_of(signature, some, 5, 5);
            free(delta.bytes);
        }
        rs_free_sumset(signature);
        messages[0] = 0;
    }
    getrusage(RUSAGE_SELF, &after);
    /* In KiB. */
    CHECK(after.ru_maxrss - before.ru_maxrss < 64 << 10);
    free(some.bytes), free(everything.bytes);
}

int main(int count, char **words) {
    ours = count > 1 && strcmp(words[1], "ours") == 0;
    rs_trace_to(keep_message);
    constants();
    parameters();
    messages[0] = 0;
    examples();
    loading();
    patching();
    traces();
    driving();
    messages[0] = 0;
    small_things();
    whole_files();
    beyond_four_gigabytes();
    hostile();
    if (ours)
        misuse();
    puts(ours ? "the interface is as specified, on ours" : "the interface is as specified");
    return 0;
}

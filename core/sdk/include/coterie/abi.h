/*
 * The C boundary between Coterie and a plugin. Append-only: a released field never moves, changes
 * its meaning or goes away; new ones are added at the end of a struct and raise the minor version.
 * Each struct opens with its size as its builder knew it, so that the other side can tell which of
 * the later fields are there.
 *
 * Bytes are UTF-8. A coterie_bytes is borrowed for the duration of the call that passes it, unless
 * the comment beside it says otherwise. No exception, C++ type, allocator or FILE* crosses.
 *
 * Threads: the core calls one function of an instance at a time, `cancel` excepted, which may come
 * from any thread at any time. A plugin calls the host's functions from the thread that it was
 * called on.
 */
#ifndef COTERIE_ABI_H
#define COTERIE_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COTERIE_ABI_MAJOR 1u
#define COTERIE_ABI_MINOR 2u

/* The exported symbol, and the ELF section whose first bytes are a coterie_abi_note. The note is
 * read from the file before the library is loaded. */
#define COTERIE_ENTRY_SYMBOL "coterie_plugin_entry"
#define COTERIE_NOTE_SECTION ".coterie_abi"
#define COTERIE_NOTE_MAGIC "COTERIE"

typedef struct coterie_abi_note {
    char magic[8]; /* COTERIE_NOTE_MAGIC with its closing NUL */
    uint32_t abi_major;
    uint32_t abi_minor;
} coterie_abi_note;

typedef struct coterie_bytes {
    const char* data; /* may be NULL where size is 0 */
    size_t size;
} coterie_bytes;

typedef enum coterie_status {
    COTERIE_OK = 0,
    COTERIE_TRANSIENT = 1, /* a later try may succeed */
    COTERIE_CONFIG = 2,    /* a person must act */
    COTERIE_DATA = 3,      /* one record is bad */
    COTERIE_FATAL = 4,     /* this source cannot go on */
    COTERIE_CANCELLED = 5  /* the host asked to stop */
} coterie_status;

typedef enum coterie_log_level {
    COTERIE_LOG_DEBUG = 0,
    COTERIE_LOG_INFO = 1,
    COTERIE_LOG_WARNING = 2,
    COTERIE_LOG_ERROR = 3
} coterie_log_level;

/* What a line of a check is about. */
typedef enum coterie_report {
    COTERIE_REPORT_SEES = 0,           /* what the credentials can see, and how much of it */
    COTERIE_REPORT_SCOPE_MISSING = 1,  /* a scope or right that they lack, without which it fails */
    COTERIE_REPORT_SCOPE_OPTIONAL = 2, /* one that they lack, without which it does less */
    COTERIE_REPORT_LIMIT = 3,          /* what is left of a limit */
    COTERIE_REPORT_NOTE = 4            /* anything else that a person should know */
} coterie_report;

/* What the host offers to one call. A status other than COTERIE_OK from `record`, `deleted`,
 * `record_at`, `quarantine`, `checkpoint`, `restarted`, `keep_state`, `unchanged`, `delivered`,
 * `planned`, `hold`, `replaces` or `partial` means: stop, and return that status. */
typedef struct coterie_host {
    uint32_t size;
    uint32_t abi_major;
    uint32_t abi_minor;
    void* context; /* handed back as the first argument of each function */

    /* One source record: a JSON object. An empty id: the core makes one from the content. */
    int32_t (*record)(void* context, coterie_bytes id, coterie_bytes json);
    /* The source says that this record is gone. */
    int32_t (*deleted)(void* context, coterie_bytes id);
    /* Something that could not be read as a record: as it stood, where it stood, and why not. */
    int32_t (*quarantine)(void* context, coterie_bytes raw, coterie_bytes where, coterie_bytes why);
    /* All before this point has been handed over; `cursor` (JSON) resumes behind it. */
    int32_t (*checkpoint)(void* context, coterie_bytes cursor);
    void (*log)(void* context, int32_t level, coterie_bytes message);
    /* How far the read is; total 0 where unknown. unit: "bytes", "records", "pages". */
    void (*progress)(void* context, uint64_t done, uint64_t total, coterie_bytes unit);
    /* Not 0 when the call should end soon. */
    int32_t (*cancelled)(void* context);
    /* The cursor that this read was to resume from fits no more (the file is another one): what
     * follows is the stream from its beginning. Before the first record, or never. */
    int32_t (*restarted)(void* context);
    /* Says what the status that the function is about to return means. retry_after_ms: 0 = unsaid.
     */
    void (*error)(void* context, coterie_bytes message, uint64_t retry_after_ms);

    /* Since ABI 1.1. */

    /* As `record`, with where it stands, for people: "roster.csv:17". Not part of the content:
     * a record that only stands elsewhere is unchanged. */
    int32_t (*record_at)(void* context, coterie_bytes id, coterie_bytes json, coterie_bytes where);
    /* What tells this state of the stream from the next (JSON): the next read is given it as
     * last_state, if this one comes to its end and the source is not held. The last call counts. */
    int32_t (*keep_state)(void* context, coterie_bytes state);
    /* All that this stream yields is as it was when last_state was kept. Without any record, and
     * only where the request has a last_state. */
    int32_t (*unchanged)(void* context);

    /* Of `write` alone. What became of the delivery with this id: COTERIE_OK: the destination has
     * it. COTERIE_DATA: it refuses it, `message` says why. COTERIE_TRANSIENT: not this time, the
     * next run tries again. Once for each delivery that `next` gave, in any order, before `write`
     * returns COTERIE_OK. */
    int32_t (*delivered)(void* context, coterie_bytes id, int32_t status, coterie_bytes message);

    /* Since ABI 1.2. */

    /* Of `check` alone. One line of what was found out: a coterie_report; the name of what it is
     * about ("contacts", a scope's name); what there is to say of it. No person's values. */
    void (*report)(void* context, int32_t kind, coterie_bytes subject, coterie_bytes text);
    /* Of `write` in a dry run alone (`about` says "dry_run": true), in which nothing is sent: what
     * would be made of the delivery with this id, a JSON object. Instead of COTERIE_OK by
     * `delivered`. */
    int32_t (*planned)(void* context, coterie_bytes id, coterie_bytes json);
    /* Of `write` alone. The destination will not make these changes before a person has looked at
     * them: `why` names how many there are and the limit that they pass. What was answered before
     * stays good; `write` then returns COTERIE_OK, and the rest is still to be told. */
    int32_t (*hold)(void* context, coterie_bytes why);
    /* Of the records whose ids begin with `id_prefix` this read brings all: those that it does not
     * bring are gone once it has come to its end. At any time in the read; a full read needs none.
     */
    int32_t (*replaces)(void* context, coterie_bytes id_prefix);
    /* This read does not bring all that there is, though it has no cursor (a feed that reaches back
     * 90 days): what it does not bring stays. Before the first record; after `restarted`. */
    int32_t (*partial)(void* context);
} coterie_host;

/* A read of one stream. An empty cursor: from the beginning. */
typedef struct coterie_read_request {
    uint32_t size;
    coterie_bytes stream;
    coterie_bytes cursor;

    /* Since ABI 1.1. What the last finished read kept; empty: nothing, or it holds no more (another
     * config or plugin, a full read, a read that goes on from a cursor). */
    coterie_bytes last_state;
} coterie_read_request;

typedef enum coterie_action {
    COTERIE_END = 0,    /* there is nothing more to deliver */
    COTERIE_UPSERT = 1, /* the destination is to have this record under this id */
    COTERIE_REMOVE = 2  /* it is to have none under this id */
} coterie_action;

/* One change that a destination is to make. Its bytes live until the next call of `next`. */
typedef struct coterie_delivery {
    uint32_t size;
    int32_t action;         /* coterie_action */
    coterie_bytes id;       /* of the record; what the destination makes is found again by it */
    coterie_bytes json;     /* upserts: the record, a JSON object */
    coterie_bytes previous; /* upserts: what the destination took last under this id, where it is
                             * kept (the manifest asks for it); else empty */
} coterie_delivery;

/* A write to a destination. */
typedef struct coterie_write_request {
    uint32_t size;
    coterie_bytes stream; /* what is delivered: "golden", "links", "quarantine" */
    /* Not 0: all records follow, and replace what is there; none is a removal. 0: changes only. */
    int32_t is_complete;
    /* Not 0: all of it is as the destination took it last; one that still has it may return
     * COTERIE_OK without asking for anything. */
    int32_t is_unchanged;
    uint64_t total; /* how many deliveries there are */
    /* A JSON object: "run", "time"; of a flat stream "columns"; of golden records also "dry_run"
     * (nothing may be sent), "accept_changes" (a person has looked: nothing is to be held),
     * "roster" (how many there are), "has" (how many of them it had before this run), "sources"
     * (name → connector). */
    coterie_bytes about;
    void* context; /* the first argument of `next` */
    /* Fills in the next delivery; waits for it. A status other than COTERIE_OK means: stop, and
     * return that status. */
    int32_t (*next)(void* context, coterie_delivery* delivery);
} coterie_write_request;

typedef struct coterie_plugin {
    uint32_t size;
    uint32_t abi_major;
    uint32_t abi_minor;
    coterie_bytes name;    /* static; as in the manifest */
    coterie_bytes version; /* static; as in the manifest */
    coterie_bytes kinds;   /* static; comma-separated: "source", "destination" */

    /* Makes an instance from its config (a JSON object, already validated against the manifest). */
    int32_t (*open)(const coterie_host* host, coterie_bytes config, void** instance);
    /* Whether it can be read or written: paths, credentials. Reads and writes no records. */
    int32_t (*check)(void* instance, const coterie_host* host);
    int32_t (*read)(void* instance, const coterie_host* host, const coterie_read_request* request);
    void (*close)(void* instance);

    /* Since 1.1. `read` may be NULL in a plugin that is no source, `write` in one that is no
     * destination. */
    int32_t (*write)(void* instance, const coterie_host* host,
                     const coterie_write_request* request);
} coterie_plugin;

/* The one exported function. The returned struct is static: it lives as long as the library. The
 * host is the newest that the core knows; a plugin that needs more returns NULL after host->error.
 */
typedef const coterie_plugin* (*coterie_plugin_entry_function)(const coterie_host* host);

#ifdef __cplusplus
}
#endif
#endif

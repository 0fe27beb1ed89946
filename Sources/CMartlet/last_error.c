#include "last_error.h"

#include <string.h>

enum { message_byte_limit = 2048 };

static _Thread_local char last_message[message_byte_limit];
static _Thread_local martlet_error last = {
    .struct_byte_count = sizeof(martlet_error), .culprit = -1};

/* The first version of the structure ended with this member. */
static const size_t oldest_byte_count = offsetof(martlet_error, message) + sizeof(const char *);

/* How much of the message fits: never a part of a character. */
static size_t fitting(const char *message, size_t byte_count) {
    if (byte_count < message_byte_limit) return byte_count;
    byte_count = message_byte_limit - 1;
    while (byte_count > 0 && ((unsigned char)message[byte_count] & 0xc0) == 0x80) byte_count--;
    return byte_count;
}

martlet_status cmartlet_error_set(
    martlet_status status, martlet_phase phase, int32_t culprit, int32_t error_number,
    uint64_t sequence, const char *message, size_t message_byte_count) {
    size_t byte_count = fitting(message, message_byte_count);
    memcpy(last_message, message, byte_count);
    last_message[byte_count] = 0;
    last.status = status;
    last.phase = phase;
    last.culprit = culprit;
    last.error_number = error_number;
    last.sequence = sequence;
    return status;
}

const char *martlet_last_error_message(void) {
    return last_message;
}

martlet_status martlet_last_error(martlet_error *error) {
    if (error == NULL || error->struct_byte_count < oldest_byte_count) {
        return MARTLET_INVALID_ARGUMENT;
    }
    /* A constant address cannot stand in the initialiser of a thread's variable. */
    last.message = last_message;
    size_t theirs = error->struct_byte_count;
    memcpy(error, &last, theirs < sizeof last ? theirs : sizeof last);
    error->struct_byte_count = theirs;
    return MARTLET_OK;
}

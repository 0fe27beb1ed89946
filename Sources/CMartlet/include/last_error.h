#ifndef CMARTLET_LAST_ERROR_H
#define CMARTLET_LAST_ERROR_H

#include "martlet.h"

/* Remembers how a call of this thread failed, for martlet_last_error(), and answers its status.
 * In C because Swift has no variables of a thread. The message is copied, and cut at a character of
 * UTF-8 where it is too long. */
martlet_status cmartlet_error_set(
    martlet_status status, martlet_phase phase, int32_t culprit, int32_t error_number,
    uint64_t sequence, const char *message, size_t message_byte_count);

#endif

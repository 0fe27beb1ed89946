/* The two calls that Martlet makes of OpenSSL's libcrypto (Debian: libssl-dev), and nothing else of
 * it. They are functions and not inline, so that OpenSSL's headers stay out of Swift: those pull in
 * system headers without _GNU_SOURCE, which then disagree with CLinux about the same structures. */
#ifndef CCRYPTO_H
#define CCRYPTO_H

#include <stddef.h>

enum { ccrypto_mac_byte_count = 32 };

/* HMAC-SHA256 under a key of 0 to 4096 bytes. Returns 0, or -1. */
int ccrypto_hmac_sha256(const void *key, size_t key_count, const void *bytes, size_t byte_count,
                        unsigned char mac[ccrypto_mac_byte_count]);

/* Takes the same time whatever the bytes are. Returns 1 when they are equal, else 0. */
int ccrypto_equal(const void *left, const void *right, size_t byte_count);

#endif

#include "CCrypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

/* HMAC takes a null key as "the key of the call before", and its length as an int: an empty key
 * must be a pointer to no bytes, and what does not fit is refused. */
int ccrypto_hmac_sha256(const void *key, size_t key_count, const void *bytes, size_t byte_count,
                        unsigned char mac[ccrypto_mac_byte_count]) {
    unsigned int mac_count = 0;
    if (key_count > 4096) return -1;
    if (HMAC(EVP_sha256(), key_count ? key : "", (int)key_count, bytes, byte_count, mac,
             &mac_count) == NULL)
        return -1;
    return mac_count == ccrypto_mac_byte_count ? 0 : -1;
}

int ccrypto_equal(const void *left, const void *right, size_t byte_count) {
    return CRYPTO_memcmp(left, right, byte_count) == 0;
}

/* Vectors of VECTOR_BYTES, and moving them between registers and memory of any alignment.
 *
 * Included once per variant, by variant.h. GNU vector types instead of loops left to the
 * auto-vectoriser: in place reduction would fail its overlap checks and run scalar, and here the
 * tail of a buffer runs through the very instructions of its body, so both give the same bits. */

#define INLINE static inline __attribute__((always_inline))
#define VECTOR(element, byteCount)                                                                \
    typedef element element##_vector __attribute__((vector_size(byteCount)))

/* Memory of any type at any address. */
#define UNALIGNED __attribute__((aligned(1), may_alias))
typedef uint16_t loose16 UNALIGNED;
typedef uint32_t loose32 UNALIGNED;
typedef uint64_t loose64 UNALIGNED;

/* What a register holds, before anybody says of which type. */
typedef uint8_t bytes __attribute__((vector_size(VECTOR_BYTES)));
typedef bytes loose_bytes UNALIGNED;

/* The low 16 bytes of a vector, the unit in which tails are handled. */
typedef uint64_t pair __attribute__((vector_size(16)));
typedef pair loose_pair UNALIGNED;

INLINE bytes widen_pair(pair low) {
#if VECTOR_BYTES == 16
    return (bytes)low;
#elif VECTOR_BYTES == 32
    return (bytes)__builtin_shufflevector(low, (pair){0, 0}, 0, 1, 2, 3);
#else
    return (bytes)__builtin_shufflevector(low, (pair){0, 0}, 0, 1, 2, 3, 2, 3, 2, 3);
#endif
}

INLINE pair narrow_pair(bytes whole) {
    typedef uint64_t words __attribute__((vector_size(VECTOR_BYTES)));
    return __builtin_shufflevector((words)whole, (words)whole, 0, 1);
}

INLINE bytes load_whole(const uint8_t *from, size_t byte_count) {
    (void)byte_count;
    return *(const loose_bytes *)from;
}

INLINE void store_whole(uint8_t *to, bytes value, size_t byte_count) {
    (void)byte_count;
    *(loose_bytes *)to = value;
}

INLINE bytes load_pair(const uint8_t *from, size_t byte_count) {
    (void)byte_count;
    return widen_pair(*(const loose_pair *)from);
}

INLINE void store_pair(uint8_t *to, bytes value, size_t byte_count) {
    (void)byte_count;
    *(loose_pair *)to = narrow_pair(value);
}

/* Loads 1 to 15 bytes, the rest zero. Two loads that overlap, put together in a register: going
 * through a buffer in memory would stall on store forwarding. */
INLINE bytes load_part(const uint8_t *from, size_t byte_count) {
    uint64_t low, high = 0;
    if (byte_count >= 8) {
        low = *(const loose64 *)from;
        if (byte_count > 8)
            high = *(const loose64 *)(from + byte_count - 8) >> (8 * (16 - byte_count));
    } else if (byte_count >= 4) {
        low = *(const loose32 *)from;
        low |= (uint64_t)*(const loose32 *)(from + byte_count - 4) << (8 * (byte_count - 4));
    } else if (byte_count >= 2) {
        low = *(const loose16 *)from;
        low |= (uint64_t)*(const loose16 *)(from + byte_count - 2) << (8 * (byte_count - 2));
    } else {
        low = *from;
    }
    return widen_pair((pair){low, high});
}

/* Stores 1 to 15 bytes and touches nothing behind them. */
INLINE void store_part(uint8_t *to, bytes value, size_t byte_count) {
    pair both = narrow_pair(value);
    uint64_t word = both[0];
    if (byte_count & 8) {
        *(loose64 *)to = word;
        to += 8;
        word = both[1];
    }
    if (byte_count & 4) {
        *(loose32 *)to = (uint32_t)word;
        to += 4;
        word >>= 32;
    }
    if (byte_count & 2) {
        *(loose16 *)to = (uint16_t)word;
        to += 2;
        word >>= 16;
    }
    if (byte_count & 1)
        *to = (uint8_t)word;
}

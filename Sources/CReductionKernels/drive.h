/* The loop of every kernel, written once.
 *
 * A template: included with HELD, the type of an accumulator in registers, GROUP, how many of
 * them there are, and NAMED(word), which makes the names of this instance.
 *
 * An accumulator stays in registers while the operands of all sources pass: k sources cost k
 * loads and one store whatever k is, `into` may be any of the sources, and float16 is rounded
 * once. GROUP accumulators are independent chains that hide the latency of an addition. */

/* What distinguishes one kernel from another. Always a constant, so that nothing of it is left
 * after inlining. */
typedef struct {
    HELD (*widen)(bytes stored);
    HELD (*apply)(HELD left, HELD right);
    bytes (*narrow)(HELD result, uint32_t divisor);
} NAMED(recipe);

/* Combines `group` vectors at `offset`; `load` and `store` move `byte_count` bytes of each. */
INLINE void NAMED(visit)(uint8_t *into, const void *const *sources, size_t source_count,
                         size_t offset, size_t byte_count, int group, NAMED(recipe) recipe,
                         uint32_t divisor, bytes (*load)(const uint8_t *, size_t),
                         void (*store)(uint8_t *, bytes, size_t)) {
    HELD held[GROUP];
    const uint8_t *from = (const uint8_t *)sources[0] + offset;
#pragma clang loop unroll(full)
    for (int i = 0; i < group; i++)
        held[i] = recipe.widen(load(from + i * VECTOR_BYTES, byte_count));
    for (size_t source = 1; source < source_count; source++) {
        from = (const uint8_t *)sources[source] + offset;
#pragma clang loop unroll(full)
        for (int i = 0; i < group; i++) {
            HELD operand = recipe.widen(load(from + i * VECTOR_BYTES, byte_count));
            held[i] = recipe.apply(held[i], operand);
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < group; i++)
        store(into + offset + i * VECTOR_BYTES, recipe.narrow(held[i], divisor), byte_count);
}

/* The whole groups of the buffer; returns how many bytes they were. */
INLINE size_t NAMED(groups)(uint8_t *into, const void *const *sources, size_t source_count,
                            size_t byte_count, NAMED(recipe) recipe, uint32_t divisor) {
    size_t offset = 0;
    for (; byte_count - offset >= GROUP * VECTOR_BYTES; offset += GROUP * VECTOR_BYTES)
        NAMED(visit)(into, sources, source_count, offset, VECTOR_BYTES, GROUP, recipe, divisor,
                     load_whole, store_whole);
    return offset;
}

/* All of the buffer. Two and three sources have loops of their own, with the pointers in
 * registers; what is left after whole groups is shared by all. */
INLINE void NAMED(drive)(uint8_t *into, const void *const *sources, size_t source_count,
                         size_t byte_count, NAMED(recipe) recipe, uint32_t divisor) {
    size_t offset;
    if (source_count == 2) {
        const void *const near[] = {sources[0], sources[1]};
        offset = NAMED(groups)(into, near, 2, byte_count, recipe, divisor);
    } else if (source_count == 3) {
        const void *const near[] = {sources[0], sources[1], sources[2]};
        offset = NAMED(groups)(into, near, 3, byte_count, recipe, divisor);
    } else {
        offset = NAMED(groups)(into, sources, source_count, byte_count, recipe, divisor);
    }
    for (; byte_count - offset >= VECTOR_BYTES; offset += VECTOR_BYTES)
        NAMED(visit)(into, sources, source_count, offset, VECTOR_BYTES, 1, recipe, divisor,
                     load_whole, store_whole);
#if VECTOR_BYTES > 16
    for (; byte_count - offset >= 16; offset += 16)
        NAMED(visit)(into, sources, source_count, offset, 16, 1, recipe, divisor, load_pair,
                     store_pair);
#endif
    if (byte_count > offset)
        NAMED(visit)(into, sources, source_count, offset, byte_count - offset, 1, recipe, divisor,
                     load_part, store_part);
}

/* Descriptors that must not live on in a child of fork. A child that keeps its parent's sockets open
 * hides the parent's death from everyone else. */
#ifndef CLINUX_FORK_H
#define CLINUX_FORK_H

#include <stdint.h>

/* Descriptors at or above this number cannot be guarded. */
#define CLINUX_GUARD_LIMIT 65536

/* In a child of fork, this descriptor becomes /dev/null: its number stays taken, so that whoever owns
 * it there closes nothing else. Returns 0, -ERANGE above the limit, or what pthread_atfork said. */
int clinux_guard(int fd);

/* clinux_socket and clinux_accept, guarded from the first moment: between a call and a guard behind
 * it another thread could fork, and the child would keep the socket. They must not block, for fork
 * waits for them. A descriptor at or above the limit is not guarded. */
int clinux_guarded_socket(int family, int type);
int clinux_guarded_accept(int listener);

/* Lets children of fork keep the descriptor after all. */
void clinux_unguard(int fd);

/* Closes a descriptor, guarded or not: 0 or a negated errno. A guarded one must be closed here alone,
 * because its number is somebody else's afterwards. */
int clinux_guarded_close(int fd);

/* How many forks lie between this process and the one that guarded the first descriptor. */
uint64_t clinux_fork_generation(void);

#endif

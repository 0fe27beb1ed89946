#include "CLinux.h"

int clinux_thread_start(pthread_t *thread, const char *name, size_t stack_byte_count,
                        void *(*body)(void *), void *argument) {
    pthread_attr_t attributes;
    int failed = pthread_attr_init(&attributes);
    if (failed) return -failed;
    pthread_attr_setstacksize(&attributes, stack_byte_count);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(thread, &attributes, body, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (failed) return -failed;
    pthread_setname_np(*thread, name);
    return 0;
}

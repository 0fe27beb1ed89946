/* For setenv, which C11 alone does not have. */
#define _POSIX_C_SOURCE 200809L

#include "CHwloc.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Components hwloc does not have make set_components fail, which is as good as blocked. */
static void block(hwloc_topology_t topology, const char *names) {
    char name[32];
    while (*names) {
        size_t length = strcspn(names, " ");
        if (length > 0 && length < sizeof name) {
            memcpy(name, names, length);
            name[length] = 0;
            hwloc_topology_set_components(topology, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST, name);
        }
        names += length + strspn(names + length, " ");
    }
}

static int configure(hwloc_topology_t topology, const char *xml, int xml_byte_count,
                     const char *blocked) {
    if (hwloc_topology_set_flags(topology, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED) < 0) return -1;
    if (hwloc_topology_set_all_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_ALL) < 0) return -1;
    if (hwloc_topology_set_type_filter(topology, HWLOC_OBJ_MISC, HWLOC_TYPE_FILTER_KEEP_NONE) < 0)
        return -1;
    block(topology, blocked);
    return xml ? hwloc_topology_set_xmlbuffer(topology, xml, xml_byte_count) : 0;
}

/* hwloc unloads its plug-ins with its last topology, and libpciaccess then forgets, but does not
 * free, its list of PCI names: 600 KB for each discovery. A topology that is never loaded keeps them. */
static hwloc_topology_t keeper;
static pthread_once_t kept = PTHREAD_ONCE_INIT;

static void keep_plugins(void) {
    if (hwloc_topology_init(&keeper) < 0) keeper = NULL;
}

int chwloc_load(hwloc_topology_t *topology, const char *xml, int xml_byte_count,
                const char *blocked) {
    hwloc_topology_t made;
    pthread_once(&kept, keep_plugins);
    errno = 0;
    if (hwloc_topology_init(&made) < 0) return errno ? -errno : -ENOMEM;
    if (configure(made, xml, xml_byte_count, blocked) < 0 || hwloc_topology_load(made) < 0) {
        int reason = errno ? -errno : -EINVAL;
        hwloc_topology_destroy(made);
        return reason;
    }
    *topology = made;
    return 0;
}

int chwloc_prepare_process(void) {
    if (setenv("HWLOC_HIDE_ERRORS", "2", 0) < 0) return -errno;
    return setenv("HWLOC_LIBXML_IMPORT", "0", 0) < 0 ? -errno : 0;
}

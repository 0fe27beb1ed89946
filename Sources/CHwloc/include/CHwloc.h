/* hwloc (Debian: libhwloc-dev), as far as Martlet uses it. Swift sees hwloc's own declarations; the
 * shims here are what it cannot do with them, one reason each. A shim returns 0 or a negated errno. */
#ifndef CHWLOC_H
#define CHWLOC_H

#include <hwloc.h>

/* hwloc_topology_load says why it failed through errno, which Swift would read only after it has
 * released something. Creates and loads: everything of this host, or of an XML text when there is
 * one, with processors and memory that this process may not use, and with every I/O device.
 * `blocked` names hwloc components, separated by spaces, that must not run. */
int chwloc_load(hwloc_topology_t *topology, const char *xml, int xml_byte_count,
                const char *blocked);

/* Variables that hwloc reads once: not to complain about broken firmware on standard error, and to
 * read XML by its own parser, because libxml2 refuses more than 10 MB. Those that are set stay. Only
 * for commands, before they have threads: setenv is not safe beside getenv. */
int chwloc_prepare_process(void);

#endif

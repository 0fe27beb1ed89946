"""A job of one rank through ctypes, and an error."""

import ctypes
import sys

library = ctypes.CDLL(sys.argv[1])
library.martlet_last_error_message.restype = ctypes.c_char_p
FLOAT64, SUM, INVALID_ARGUMENT = 10, 1, 1


def check(status):
    if status != 0:
        sys.exit(library.martlet_last_error_message().decode())


world = ctypes.c_void_p()
check(library.martlet_communicator_join(None, ctypes.byref(world)))
values = (ctypes.c_double * 2)(3, 6)
check(
    library.martlet_all_reduce(
        world, values, values, ctypes.c_size_t(len(values)), FLOAT64, SUM
    )
)
assert library.martlet_barrier(None) == INVALID_ARGUMENT
assert library.martlet_last_error_message() == b"the communicator is a null pointer"
check(library.martlet_communicator_destroy(world))
print(*values)

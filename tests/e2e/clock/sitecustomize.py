"""The clock of a site under test: the real one, moved by as many seconds as a file says.

Python runs this at the start of every process that has this folder on its PYTHONPATH. All that reads the hour is moved,
in our code, in Django's and in Celery's, and again whenever the file changes; monotonic time stays real, as it does
when somebody sets the clock of a machine.
"""

import mmap
import os
import struct
import sys

sys.modules["pytest"] = None  # time-machine looks for it, and no process of a site should carry it
import _time_machine  # noqa: E402
import time_machine  # noqa: E402

del sys.modules["pytest"]

with open(os.environ["KZSIM_TEST_CLOCK"], "rb") as _file:
    _seconds = mmap.mmap(_file.fileno(), 8, access=mmap.ACCESS_READ)


class _Moved(time_machine.Traveller):
    def time_ns(self) -> int:
        return _time_machine.original_time_ns() + int(struct.unpack("d", _seconds[:8])[0] * 1e9)


time_machine.travel(0).start()
time_machine.traveller_stack[:] = [_Moved(0, None, tick=True)]

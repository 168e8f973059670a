"""A vendor's rate limit: so many requests within any so many seconds."""

import collections
import threading
import time


class SlidingWindow:
    """Refused requests do not count against the window; they are counted for the proof."""

    def __init__(self, requests, seconds, clock=time.monotonic):
        self.requests, self.seconds, self._clock = requests, seconds, clock
        self._times, self._lock = collections.deque(), threading.Lock()
        self.used = self.refused = 0
        self.first = self.last = None

    def take(self):
        """Whether this request is within the limit."""
        with self._lock:
            now = self._forget()
            self.first = now if self.first is None else self.first
            self.last = now
            if len(self._times) >= self.requests:
                self.refused += 1
                return False
            self._times.append(now)
            self.used += 1
            return True

    def remaining(self):
        with self._lock:
            self._forget()
            return self.requests - len(self._times)

    def reset_seconds(self):
        """Until the oldest request leaves the window."""
        with self._lock:
            now = self._forget()
            return max(0.0, self._times[0] + self.seconds - now) if self._times else 0.0

    def utilization(self):
        """The rate of what was used, from the first request to the last, as a share of the allowed one."""
        if self.used < 2 or self.last - self.first < 1e-3:
            return 0.0
        return (self.used - 1) / (self.last - self.first) / (self.requests / self.seconds)

    def _forget(self):
        now = self._clock()
        while self._times and self._times[0] <= now - self.seconds:
            self._times.popleft()
        return now

"""Live video of a camera: never a queue.

A frame that comes while the worker is busy waits, and once it has waited for `FRESH_SECONDS` gives way to a newer
one. So the delay is bounded by that and the time that one frame takes, however fast frames come; and of two frames
that come at nearly the same time, as they do over a network and on a busy machine, both are answered.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.classify.pipeline import Classifier
from core.heads import Thresholds
from core.types import Pixels
from core.video.following import MAX_EVERY, Follower, drawn
from core.video.people import Person

FRESH_SECONDS = 0.03  # less than the time from frame to frame of most cameras
IDLE_SECONDS = 5.0  # the worker ends by itself where no frame comes, as when a browser is closed
_KEPT_TIMES = 300
_RATE_SECONDS = 3.0
_CALM_FRAMES = 30  # answered in time one after the other, after which the machine may be asked for more
_log = logging.getLogger(__name__)
Take = Callable[[], Pixels]
Give = Callable[[Pixels], object]


@dataclass(frozen=True, slots=True)
class LiveStatistics:
    """How the live video is doing.

    Attributes:
        offered: Frames that came from the camera.
        drawn: Frames that were answered; the others were replaced by newer ones.
        per_second: Frames answered a second, over the last few seconds.
        delay_ms: Median time from a frame's coming to its being drawn, milliseconds; NaN without one.
        delay_p95_ms: Its 95th percentile.
        failed: Frames on which something went wrong; the log has the details.
    """

    offered: int
    drawn: int
    per_second: float
    delay_ms: float
    delay_p95_ms: float
    failed: int = 0


class Pace:
    """In one of how many frames a machine can search for faces: it is told how the last frames went."""

    def __init__(self) -> None:
        self.every = 1
        self._calm = 0

    def answered(self, replaced: int) -> None:
        """Take in that a frame was answered while so many others came and went unanswered."""
        if replaced:
            self.every, self._calm = min(self.every + 1, MAX_EVERY), 0
            return
        self._calm += 1
        if self._calm >= _CALM_FRAMES:
            self.every, self._calm = max(1, self.every - 1), 0


class LiveVideo:
    """Answers the newest frame of a camera in a thread of its own; safe to call from any thread.

    The thread begins with the first frame and ends by `stop`, or by itself when no frame comes any
    more. No frame is kept but those that wait, until `stop`.
    """

    def __init__(
        self,
        classifier: Classifier,
        thresholds: Thresholds,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Get ready; nothing runs yet.

        Args:
            classifier: Answers the faces.
            thresholds: From which probabilities on something is said of a face.
            clock: Seconds.
        """
        self._clock = clock
        self._classifier, self._thresholds = classifier, thresholds
        self._change = threading.Condition()
        self._follower = Follower(classifier, thresholds)
        self._begin = clock()
        self._waiting: deque[tuple[Take, Give, float]] = deque()
        self._thread: threading.Thread | None = None
        self._ending: threading.Thread | None = None
        self._people: list[Person] = []
        self._done: deque[tuple[float, float]] = deque(maxlen=_KEPT_TIMES)
        self._offered = self._drawn = self._failed = self._replaced = 0
        self._pace = Pace()

    def use(self, classifier: Classifier, thresholds: Thresholds) -> None:
        """Answer from the next frame on with this model and these thresholds."""
        with self._change:
            self._classifier, self._thresholds = classifier, thresholds

    def offer(self, take: Take, give: Give) -> None:
        """Hand over the camera's newest frame; returns at once.

        Args:
            take: Gives its pixels, uint8 RGB (height, width, 3); called by the thread, and only if it comes to that.
            give: Told the drawn picture as soon as there is one, of the same kind; called by the thread as well.
        """
        with self._change:
            now = self._clock()
            self._waiting.append((take, give, now))
            self._forget_stale(now)
            if not self._offered:
                self._begin = now
            self._offered += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, args=(self._ending,), name="live video", daemon=True)
                self._thread.start()
            self._change.notify_all()

    def stop(self) -> None:
        """End the thread, after the frame that it is at, and forget those that wait; the tally stays."""
        with self._change:
            self._ending, self._thread = self._thread or self._ending, None
            self._waiting.clear()
            self._change.notify_all()

    def reset(self) -> None:
        """Forget everybody who was seen."""
        with self._change:
            self._follower = Follower(self._classifier, self._thresholds)
            self._begin = self._clock()
            self._people = []

    def people(self) -> list[Person]:
        """Everybody who was seen since the beginning or the last `reset`."""
        with self._change:
            return list(self._people)

    def statistics(self) -> LiveStatistics:
        """How it is doing."""
        with self._change:
            done, now = list(self._done), self._clock()
            counts = self._offered, self._drawn, self._failed
        recent = [at for at, _ in done if now - at <= _RATE_SECONDS]
        rate = (len(recent) - 1) / (recent[-1] - recent[0]) if len(recent) > 1 and recent[-1] > recent[0] else 0.0
        delays = [1000 * delay for _, delay in done]
        median, late = np.percentile(delays, [50, 95]).tolist() if delays else (float("nan"), float("nan"))
        return LiveStatistics(counts[0], counts[1], rate, median, late, counts[2])

    def _forget_stale(self, now: float) -> None:
        """Forget frames that have waited too long while newer ones came."""
        while len(self._waiting) > 1 and now - self._waiting[0][-1] >= FRESH_SECONDS:
            self._waiting.popleft()
            self._replaced += 1

    def _work(self, before: threading.Thread | None) -> None:
        """Answer frame after frame until this thread is not wanted any more; `before` ends first."""
        me = threading.current_thread()
        if before is not None:
            before.join()
        while True:
            with self._change:
                came = self._change.wait_for(lambda: self._waiting or self._thread is not me, IDLE_SECONDS)
                if not came:
                    self._thread = None
                if self._thread is not me or not self._waiting:
                    return
                self._forget_stale(self._clock())
                take, give, at = self._waiting.popleft()
                self._pace.answered(self._replaced)
                self._replaced = 0
                follower, begin, every = self._follower, self._begin, self._pace.every
                settings = self._classifier, self._thresholds
            try:
                follower.use(*settings)
                pixels = take()
                give(drawn(pixels, follower.follow(pixels, max(0.0, at - begin), every)))
                people = follower.people()
            except Exception:  # one bad frame must not end the video
                _log.exception("a frame of the live video failed")
                with self._change:
                    self._failed += 1
                continue
            with self._change:
                now = self._clock()
                if self._thread is not me:
                    return
                self._drawn += 1
                self._done.append((now, now - at))
                if follower is self._follower:
                    self._people = people

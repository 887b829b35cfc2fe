"""Numbers for any result: how near the painting it is, and what went wrong if not.

Looks at finished pictures only; knows nothing of how they were made.
"""

from worker.engine.judgement.report import QualityReport, judge

__all__ = ["QualityReport", "judge"]

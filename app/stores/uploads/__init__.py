"""The records of uploads, kept in Redis."""

from app.stores.uploads.redis_uploads import RedisUploadRecords

__all__ = ["RedisUploadRecords"]

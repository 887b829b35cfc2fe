"""The stores: the only rooms that touch disk or Redis.

Each module translates its vendor's errors into those of `app.contract.ports`.
"""
